"""Can what a command changed be read afterwards?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lcm_nornir.drivers.base import (
    Activity,
    BootIdentity,
    Commitment,
    Configuration,
    InstallerState,
    Slot,
    SwitchFacts,
)
from lcm_nornir.drivers.conformance.finding import Finding
from lcm_nornir.drivers.conformance.material import COMMANDS, QUERIES
from lcm_nornir.drivers.conformance.plays import Play, play
from lcm_nornir.drivers.conformance.subject import Place, Subject
from lcm_nornir.image import Digest, Image

_BEGUN = (Activity.RUNNING, Activity.DONE, Activity.FAILED, Activity.UNKNOWN)


def read_back_findings(subject: Subject) -> Iterator[Finding]:
    """Ask whether what a command changed can be read afterwards, where a recording shows that."""
    for place in subject.commands:
        good = [one for one in place.plays if one.is_good]
        readings = [one for one in _afterwards(subject, place, good) if one.is_good]
        told = [(one, seen) for one in good for seen in readings if _shows(place.method, one, seen.value) is not None]
        if told and not any(_shows(place.method, one, seen.value) for one, seen in told):
            _, seen = told[-1]
            detail = f"what it changed is not read back: {seen.method} gives {seen.outcome}"
            yield Finding("read-back", place.method, detail, place.recording)


def _afterwards(subject: Subject, place: Place, good: list[Play]) -> Iterator[Play]:
    """Play every query against what was recorded after a command, up to the next command."""
    if not good:
        return
    recording = subject.recordings[place.recording]
    begin = max(good[0].heard) + 1
    numbers = range(begin, len(recording.exchanges))
    end = next((number for number in numbers if recording.exchanges[number].call in COMMANDS), numbers.stop)
    material = subject.material[place.recording]
    for method in (*QUERIES, "digest"):
        if not hasattr(subject.driver, method):
            continue
        for number in range(begin, end):
            for args in material.candidates(method, number):
                one = play(subject.driver, method, recording, number, args)
                if one and one.heard and begin <= min(one.heard) <= max(one.heard) < end:
                    yield one


def _shows(method: str, one: Play, seen: Any) -> bool | None:
    """Tell whether a value shows what a command changed; None if it says nothing about that."""
    shows = _SHOWN.get(method)
    return shows(one, seen) if shows else None


def _copied(one: Play, seen: Any) -> bool | None:
    image: Image = one.args[0]
    match seen:
        case SwitchFacts():
            return None if seen.images is None else image.name in seen.images
        case InstallerState():
            return seen.copy.activity in _BEGUN or None  # where a copy holds its session no state is kept of it
        case Digest():
            return True
    return None


def _installed(one: Play, seen: Any) -> bool | None:
    image: Image = one.args[0]
    match seen:
        case InstallerState():
            return seen.install.activity in _BEGUN or None
        case _:
            slots = _slots(seen)
            return any(slot.version == image.version for slot in slots) if slots else None


def _boots_next(one: Play, seen: Any) -> bool | None:
    slot: Slot = one.args[0]
    slots = _slots(seen)
    return any(other.next_boot and other.name == slot.name for other in slots) if slots else None


def _activated(one: Play, seen: Any) -> bool | None:
    slot: Slot = one.args[0]
    slots = _slots(seen)
    return any(other.running and other.version == slot.version for other in slots) if slots else None


def _committed(_one: Play, seen: Any) -> bool | None:
    return seen.done if isinstance(seen, Commitment) else None


def _deleted(one: Play, seen: Any) -> bool | None:
    return one.args[0] not in seen.images if isinstance(seen, SwitchFacts) and seen.images is not None else None


def _rebooted(_one: Play, seen: Any) -> bool | None:
    boot = seen.boot if isinstance(seen, SwitchFacts) else seen
    return bool(boot.boot_id) or boot.uptime is not None if isinstance(boot, BootIdentity) else None


def _slots(seen: Any) -> tuple[Slot, ...]:
    found = seen.slots if isinstance(seen, SwitchFacts) else seen
    return found if isinstance(found, tuple) and all(isinstance(one, Slot) for one in found) else ()


_SHOWN: dict[str, Callable[[Play, Any], bool | None]] = {
    "copy": _copied,
    "install": _installed,
    "set_next_boot": _boots_next,
    "activate": _activated,
    "commit": _committed,
    "delete": _deleted,
    "reload": _rebooted,
    "save_config": lambda _one, seen: bool(seen.startup.strip()) if isinstance(seen, Configuration) else None,
    "cancel": lambda _one, seen: (
        seen.copy.activity is not Activity.RUNNING if isinstance(seen, InstallerState) else None
    ),
}
