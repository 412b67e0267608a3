"""Questions about the methods that ask no switch: they must agree with themselves, and never name what is needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from lcm_nornir.drivers.base import (
    Activates,
    BootIdentity,
    Configuration,
    Member,
    RunsFiles,
    Slot,
    SwitchFacts,
)
from lcm_nornir.drivers.conformance.finding import Finding
from lcm_nornir.drivers.conformance.subject import Subject

# Versions of several OSs: whatever a driver makes of them, it must agree with itself.
_VERSIONS = (
    "10.5.4.1", "10.5.6.5", "10.4.0E(R3)", "202311.1-3c1f0a2b7", "202012.0-fb89c28c9", "master.1-0a1b2c3d4",
    "9.3(7)", "10.2(5)", "7.0(3)I4(6)", "17.09.04a", "16.12.5", "4.31.2F", "4.28.10.1M", "FL.10.13.1000",
    "22.4R3-S1.3", "1", "x",
)  # fmt: skip
_TEXTS = ("", "hostname a\n", "hostname a\ninterface ethernet1\n no shutdown\n", '{"a": {"b": "1"}}\n')
_ADDED = "interface loopback99\n description added\n"


def pure_findings(subject: Subject) -> Iterator[Finding]:
    """Ask whether the pure methods agree with themselves."""
    yield from _versions(subject)
    yield from _differences(subject)
    yield from _removable(subject)
    yield from _optional(subject)


def _versions(subject: Subject) -> Iterator[Finding]:
    driver, versions = subject.driver, (*_read(subject), *_VERSIONS)
    for version in versions:
        written = driver.canonical(version)
        if driver.canonical(written) != written:
            yield Finding("pure", "canonical", f"makes {written!r} of {version!r}, and another of that")
        if driver.order(version, version) not in (0, None):
            yield Finding("pure", "order", f"{version!r} is not as old as itself")
    for version in _read(subject):
        if driver.canonical(version) != version:
            yield Finding("pure", "canonical", f"writes {version!r} otherwise than facts and slots do")
    for one, other in product(versions, versions):
        there, back = _sign(driver.order(one, other)), _sign(driver.order(other, one))
        if there != (None if back is None else -back):
            yield Finding("pure", "order", f"{one!r} to {other!r} is {there}, and back it is {back}")
        if there != _sign(driver.order(driver.canonical(one), driver.canonical(other))):
            yield Finding("pure", "order", f"of {one!r} and {other!r} changes with their spelling (canonical)")
    yield from _transitive(driver, versions)


def _transitive(driver: Any, versions: tuple[str, ...]) -> Iterator[Finding]:
    older = {(one, other) for one, other in product(versions, versions) if _sign(driver.order(one, other)) == -1}
    for one, other in sorted(older):
        for third in versions:
            if (other, third) in older and _sign(driver.order(one, third)) not in (-1, None):
                yield Finding("pure", "order", f"{one!r} < {other!r} < {third!r}, but not the first and the third")
                return


def _sign(order: int | None) -> int | None:
    return None if order is None else (order > 0) - (order < 0)


def _read(subject: Subject) -> tuple[str, ...]:
    return tuple(dict.fromkeys(version for one in subject.material.values() for version in one.versions))


def _differences(subject: Subject) -> Iterator[Finding]:
    driver = subject.driver
    found = [one.value for _, one in subject.queries if isinstance(one.value, Configuration)]
    texts = (*_TEXTS, *(text for one in found for text in (one.running, one.startup)))
    for text in texts:
        for other in (text, text.rstrip("\n"), text.replace("\n", " \n")):
            if driver.differences(text, other):
                yield Finding("pure", "differences", f"a text differs from itself, but for blanks: {text[:60]!r}")
                break
        if text and not text.startswith("{") and not driver.differences(text, text + _ADDED):
            yield Finding("pure", "differences", f"lines that were added are no difference: {text[:60]!r}")
    for one, other in product(texts, texts):
        if bool(driver.differences(one, other)) != bool(driver.differences(other, one)):
            yield Finding("pure", "differences", f"of {one[:60]!r} and {other[:60]!r} depends on which is first")


def _removable(subject: Subject) -> Iterator[Finding]:
    read = [facts for one in subject.material.values() for facts in one.facts]
    files = _facts_of_files() if isinstance(subject.driver, RunsFiles) else ()
    for facts in (*read, *_with_files_of_slots(read), *files):
        named = subject.driver.removable(facts)
        stored = facts.images or {}
        if not isinstance(named, tuple) or not set(named) <= set(stored):
            yield Finding("pure", "removable", f"names what is not stored: {named}, of {sorted(stored)}")
        needed = {slot.name for slot in facts.slots if slot.is_file and (slot.running or slot.next_boot)}
        if needed & set(named):
            yield Finding("pure", "removable", f"names {sorted(needed & set(named))}, which runs or boots next")
    for facts in [replace(facts, images=None) for facts in read[:1]]:
        if subject.driver.removable(facts) != ():
            yield Finding("pure", "removable", "names files where none can be listed")


def _with_files_of_slots(read: list[SwitchFacts]) -> Iterator[SwitchFacts]:
    """Give the same facts with the next boot in each other slot: that one is needed then, too."""
    for facts in read:
        for chosen in facts.slots:
            slots = tuple(replace(slot, next_boot=slot.name == chosen.name) for slot in facts.slots)
            yield replace(facts, slots=slots)


def _facts_of_files() -> Iterator[SwitchFacts]:
    names = ("one-1.0.bin", "two-2.0.bin", "three-3.0.bin")
    for running, following in product(names, names):
        slots = tuple(Slot(name, "1.0", name == running, name == following, is_file=True) for name in names)
        yield SwitchFacts("S", "M", (Member("1", "1.0"),), BootIdentity(), slots, dict.fromkeys(names, 1), 1)


def _optional(subject: Subject) -> Iterator[Finding]:
    slots = [slot for one in subject.material.values() for slot in one.slots]
    yield from _version_of(subject.driver, [slot for slot in slots if slot.is_file])
    if isinstance(subject.driver, Activates):
        for slot in slots:
            if not isinstance(told := subject.driver.activates(slot), bool):
                yield Finding("pure", "activates", f"gives {told!r}, which is not true or false")


def _version_of(driver: Any, files: list[Slot]) -> Iterator[Finding]:
    if not isinstance(driver, RunsFiles):
        return
    for name in ("", "x", "README.txt", "nothing-in-it"):
        if told := driver.version_of(name):
            yield Finding("pure", "version_of", f"{name!r} tells a version: {told!r}")
    for slot in files:
        told = driver.version_of(slot.name)
        if not slot.running and told != slot.version:
            yield Finding("pure", "version_of", f"{slot.name!r} tells {told!r}, but its slot has {slot.version!r}")
