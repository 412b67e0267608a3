"""Questions about what changes something: is a refusal told, and can what it changed be read back?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import takewhile
from typing import Any

from lcm_nornir.dialogue import Ended, Kind
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
from lcm_nornir.drivers.conformance.plays import Heard, Play, again, play
from lcm_nornir.drivers.conformance.queries import ERRORS, answering, parts
from lcm_nornir.drivers.conformance.subject import Place, Subject
from lcm_nornir.errors import SessionError
from lcm_nornir.image import Image

_UNKNOWN = (
    "Erase everything that is stored here? [yes/no]: ",
    "Is that what you want? (y/n) ",
    "Shall the frobnication be [confirm]",
    "Enter the passphrase of the vault: ",
)
_HELD = ("copy", "install", "activate")
_TYPED = (Kind.LINE, Kind.ANSWER)
_BEGUN = (Activity.RUNNING, Activity.DONE, Activity.FAILED, Activity.UNKNOWN)


def refused_findings(subject: Subject) -> Iterator[Finding]:
    """Ask whether a command that the CLI answers with an error raises, or yields a failure."""
    known = [text for text in ERRORS if re.search(subject.driver.refusals, text)]
    for place in subject.commands:
        for one in [one for one in place.plays if one.is_good][:1]:
            for number in dict.fromkeys(one.heard):
                exchange = one.recording.exchanges[number]
                for said in known:
                    other = again(subject.driver, one, number, answering(one.recording, number, said))
                    if other and not _is_refused(other):
                        detail = f"{exchange.typed!r} answered by {said!r} is taken: it gives {other.outcome}"
                        yield Finding("refused", one.method, detail, place.recording)
                        break


def _is_refused(one: Play) -> bool:
    if one.crash:
        return False
    if one.error is not None:
        return isinstance(one.error, SessionError)
    states = one.value if isinstance(one.value, tuple) else ()
    last = states[-1] if states else None
    ends = (last.copy.activity, last.install.activity) if isinstance(last, InstallerState) else ()
    return Activity.FAILED in ends or Activity.UNKNOWN in ends


def asked_findings(subject: Subject) -> Iterator[Finding]:
    """Ask whether a question that no driver can know is interrupted or left, and neither answered nor typed over."""
    plays = [(place.recording, one) for place in subject.commands for one in place.plays[:1]]
    for name, one in (*plays, *subject.queries):
        for turn, number in enumerate(one.heard if one.is_good else ()):
            for question in _UNKNOWN:
                typed = [
                    text for kind, text in _after_question(subject, one, number, question)[turn + 1 :] if kind in _TYPED
                ]
                if typed:
                    asked = one.recording.exchanges[number].typed
                    detail = (
                        f"{asked!r} answered by {question!r}, of which nobody knows what it means: types {typed[0]!r}"
                    )
                    yield Finding("asked", one.method, detail, name)
                    break


def _after_question(subject: Subject, one: Play, number: int, question: str) -> tuple[tuple[Kind, str], ...]:
    """Give all that was done up to the first Ctrl-C, where one exchange ended in a question."""
    exchange, exchanges = one.recording.exchanges[number], one.recording.exchanges
    asked = replace(exchange, came=f"{parts(exchange)[0]}\r\n{question}", ended=Ended.QUESTION)
    stopped = replace(answering(one.recording, number, ""), typed="", kind=Kind.INTERRUPT)
    changed = replace(one.recording, exchanges=(*exchanges[:number], asked, stopped, *exchanges[number + 1 :]))
    ssh = Heard(changed, min(one.heard))
    with suppress(Exception):
        value = getattr(subject.driver, one.method)(ssh, *one.args)
        tuple(value if isinstance(value, Iterator) else ())
    return tuple(takewhile(lambda what: what[0] is not Kind.INTERRUPT, ssh.done))


def left_off_findings(subject: Subject) -> Iterator[Finding]:
    """Ask whether a held copy is interrupted when nobody wants it any more, and an installation never is."""
    for place in subject.commands:
        wants = place.method == "copy"
        if place.method not in _HELD or (wants and subject.driver.capabilities.copy != "held"):
            continue
        for one in [one for one in place.plays if one.is_good and one.done[0][0] is not Kind.PUSH][:1]:
            done = _left_off(subject, one)
            if done is not None and wants != any(kind is Kind.INTERRUPT for kind, _ in done):
                detail = "was closed while it was busy, and is " + ("not interrupted" if wants else "interrupted")
                yield Finding("left-off", place.method, detail, place.recording)


def _left_off(subject: Subject, one: Play) -> list[tuple[Kind, str]] | None:
    """Give what is done when a generator is closed after its first state; None if it was not busy any more then."""
    ssh = _Interruptible(one.recording, min(one.heard))
    states = getattr(subject.driver, one.method)(ssh, *one.args)
    if not next(states).busy:
        return None
    before = len(ssh.done)
    states.close()
    return ssh.done[before:]


class _Interruptible(Heard):
    """A session that can be interrupted anywhere, for no recording of a copy that went well has a Ctrl-C."""

    def interrupt(self) -> None:
        """As `Session.interrupt`."""
        self.done.append((Kind.INTERRUPT, ""))


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
            return seen.copy.activity in _BEGUN
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
