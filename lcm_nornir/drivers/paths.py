"""Upgrade paths: from which release a train may be entered, and which releases must be run on the way.

A driver has its rules (`HasPaths`), in a module ``paths`` of its package. A rule stands there only with a source that
could be read. What no rule tells of is not forbidden by that: only a way out of a train from which rules lead, to a
train to which none of them leads, is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Jump(StrEnum):
    """What the rules make of an upgrade."""

    GOOD = "good"
    INDIRECT = "indirect"
    UNKNOWN = "unknown"
    UNTOLD = "untold"


@dataclass(frozen=True, slots=True)
class Rule:
    """The way from one train to others.

    Attributes:
        running: How the versions of the train that runs begin.
        targets: How the versions of the trains begin of which one is to run.
        first: The releases to be run on the way, in this order; of each, a later one of its train will do as well.
        about: The hardware of which the source tells; those trains run on no other.
        source: Title and address.
        mark: How sure it is, as in the tables of words: ``V`` is the vendor's document.
    """

    running: str
    targets: tuple[str, ...]
    first: tuple[str, ...]
    about: str
    source: str
    mark: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules make of one upgrade.

    Attributes:
        jump: Whether it may be made at once.
        first: The release that must be run before, if there is one.
        source: Of the rule that tells it.
    """

    jump: Jump
    first: str = ""
    source: str = ""


def verdict(rules: Iterable[Rule], running: str, target: str) -> Verdict:
    """Tell what rules make of an upgrade.

    Args:
        rules: Those of the switch's driver.
        running: The version that runs, as the driver writes it.
        target: The later version that is to run.
    """
    leading = [rule for rule in rules if running.startswith(rule.running)]
    for rule in leading:
        if target.startswith(rule.targets):
            missing = [release for release in rule.first if not _reached(rule, release, running)]
            return Verdict(Jump.INDIRECT if missing else Jump.GOOD, missing[0] if missing else "", rule.source)
        if target.startswith(rule.running):
            return Verdict(Jump.GOOD, source=rule.source)
    return Verdict(Jump.UNKNOWN, source=leading[0].source) if leading else Verdict(Jump.UNTOLD)


def _reached(rule: Rule, release: str, running: str) -> bool:
    return release.startswith(rule.running) and _parts(running) >= _parts(release)


def _parts(version: str) -> list[tuple[int, str]]:
    """Give what can be compared within a train, such as 6.0(2)U6(10a): numbers by value, letters after none."""
    return [(int(number or 0), letters) for number, letters in re.findall(r"(\d+)|([A-Za-z]+)", version)]
