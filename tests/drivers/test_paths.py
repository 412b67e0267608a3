"""The rules of upgrade paths: what each leads to, and what none tells of."""

from __future__ import annotations

import re

import pytest
from netmiko.ssh_dispatcher import CLASS_MAPPER

from lcm_nornir.drivers.paths import RULES, Jump, Rule, verdict
from lcm_nornir.drivers.registry import drivers

EVERY = [(platform, rule) for platform, rules in RULES.items() for rule in rules]


@pytest.mark.parametrize(
    ("running", "target", "jump", "first"),
    [
        ("6.0(2)U2(5)", "7.0(3)I7(9)", Jump.INDIRECT, "6.0(2)U6(10)"),
        ("6.0(2)U6(9)", "7.0(3)I7(9)", Jump.INDIRECT, "6.0(2)U6(10)"),
        ("6.0(2)U6(3a)", "7.0(3)I4(6)", Jump.INDIRECT, "6.0(2)U6(10)"),
        ("6.0(2)U6(10)", "7.0(3)I7(9)", Jump.GOOD, ""),
        ("6.0(2)U6(10a)", "7.0(3)I7(9)", Jump.GOOD, ""),
        ("6.0(2)U1(1)", "6.0(2)U6(10)", Jump.GOOD, ""),
        ("6.0(2)U3(1)", "9.2(4)", Jump.INDIRECT, "6.0(2)U6(10)"),
        ("6.0(2)U6(10)", "9.2(4)", Jump.INDIRECT, "7.0(3)I7(9)"),
        ("6.0(2)U6(10)", "9.3(7)", Jump.UNKNOWN, ""),
        ("6.0(2)U6(10)", "10.4(5)", Jump.UNKNOWN, ""),
        ("7.0(3)I4(6)", "9.3(7)", Jump.UNTOLD, ""),
        ("9.3(7)", "10.4(5)", Jump.UNTOLD, ""),
        ("10.2(5)", "10.2(6)", Jump.UNTOLD, ""),
    ],
)
def test_a_jump_is_good_or_needs_a_release_that_is_named_or_is_unknown_or_untold(
    running: str, target: str, jump: Jump, first: str
) -> None:
    found = verdict("cisco_nxos", running, target)
    assert (found.jump, found.first) == (jump, first)
    assert bool(found.source) == (jump is not Jump.UNTOLD)


@pytest.mark.parametrize(("platform", "running", "target"), [("dell_os10", "10.4.0.0", "10.6.1.0"), ("none", "1", "2")])
def test_where_there_is_no_rule_nothing_is_told(platform: str, running: str, target: str) -> None:
    assert verdict(platform, running, target).jump is Jump.UNTOLD


@pytest.mark.parametrize(("platform", "rule"), EVERY, ids=lambda value: str(value)[:24])
def test_each_rule_has_a_source_that_can_be_opened_and_a_way_that_ends(platform: str, rule: Rule) -> None:
    assert re.search(r"https://\S+$", rule.source)
    assert rule.mark in set("SVFT")  # from memory is no source
    assert rule.about
    running = next((release for release in rule.first if release.startswith(rule.running)), rule.running)
    steps = [release for release in rule.first if release != running]
    assert verdict(platform, running, f"{rule.target}1").first == (steps[0] if steps else "")


def test_the_platforms_of_the_rules_are_names_of_netmiko() -> None:
    assert set(RULES) <= set(CLASS_MAPPER)
    assert all(not driver.aliases & set(RULES) for driver in drivers().values())
