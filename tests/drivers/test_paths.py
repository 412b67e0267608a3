"""What rules of upgrade paths lead to, and what none tells of; the form of each rule is the kit's question."""

from __future__ import annotations

import pytest

from lcm_nornir.drivers.cisco_nxos import CiscoNXOS
from lcm_nornir.drivers.paths import Jump, Rule, verdict
from lcm_nornir.drivers.sonic import Sonic


@pytest.mark.parametrize(
    ("running", "target", "jump", "first"),
    [
        ("5.0(3)U1(1)", "5.0(3)U5(1)", Jump.GOOD, ""),
        ("5.0(3)U2(1)", "6.0(2)U6(10)", Jump.INDIRECT, "5.0(3)U5(1)"),
        ("5.0(3)U5(1)", "6.0(2)U6(10)", Jump.GOOD, ""),
        ("5.0(3)U5(1)", "7.0(3)I7(9)", Jump.INDIRECT, "6.0(2)U6(2a)"),
        ("5.0(3)U5(1)", "10.4(5)", Jump.UNKNOWN, ""),
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
def test_on_nxos_a_jump_is_good_or_needs_a_release_that_is_named_or_is_unknown_or_untold(
    running: str, target: str, jump: Jump, first: str
) -> None:
    found = verdict(CiscoNXOS.paths, running, target)
    assert (found.jump, found.first) == (jump, first)
    assert bool(found.source) == (jump is not Jump.UNTOLD)


@pytest.mark.parametrize(
    ("running", "target", "jump"),
    [
        ("201811.32", "202605.1", Jump.GOOD),
        ("20181130.105", "20201231.97", Jump.GOOD),
        ("202305.4", "202311.2-a1b2c3d", Jump.GOOD),
        ("202311.1", "202311.2", Jump.GOOD),
        ("202505.1", "202511.0", Jump.GOOD),
        ("202111.3", "202111.10", Jump.GOOD),
        ("202111.3", "202205.1", Jump.UNKNOWN),
        ("202012.7", "202111.3", Jump.UNKNOWN),
        ("202205.1", "202705.1", Jump.UNKNOWN),
        ("202605.1", "202611.1", Jump.UNTOLD),
        ("master.12345-a1b2c3d", "202605.1", Jump.UNTOLD),
    ],
)
def test_on_sonic_a_jump_is_good_if_the_image_takes_the_configuration_database_along(
    running: str, target: str, jump: Jump
) -> None:
    found = verdict(Sonic.paths, running, target)
    assert (found.jump, found.first) == (jump, "")
    assert bool(found.source) == (jump is not Jump.UNTOLD)


def test_where_there_is_no_rule_nothing_is_told() -> None:
    assert verdict((), "10.4.0.0", "10.6.1.0").jump is Jump.UNTOLD


@pytest.mark.parametrize(
    ("running", "jump"),
    [
        ("1.0(2)U6", Jump.INDIRECT),
        ("1.0(2)U6(2)", Jump.INDIRECT),
        ("1.0(2)U6(2a)", Jump.INDIRECT),
        ("1.0(2)U6(2b)", Jump.GOOD),
        ("1.0(2)U6(10)", Jump.GOOD),
        ("1.0(2)T7(1)", Jump.INDIRECT),
    ],
)
def test_within_a_train_numbers_go_by_value_and_letters_after_none(running: str, jump: Jump) -> None:
    rule = Rule("1.", ("2.",), ("1.0(2)U6(2b)",), "", "", "")
    assert verdict([rule], running, "2.0").jump is jump
