"""Questions about what changes something: is a refusal told, and is nothing answered that nobody knows?"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import takewhile

from lcm_nornir.dialogue import Ended, Kind
from lcm_nornir.drivers.base import Activity, InstallerState
from lcm_nornir.drivers.conformance.finding import Finding
from lcm_nornir.drivers.conformance.plays import Heard, Play, again
from lcm_nornir.drivers.conformance.queries import ERRORS, answering, parts
from lcm_nornir.drivers.conformance.subject import Subject
from lcm_nornir.errors import SessionError

_UNKNOWN = (
    "Erase everything that is stored here? [yes/no]: ",
    "Is that what you want? (y/n) ",
    "Shall the frobnication be [confirm]",
    "Enter the passphrase of the vault: ",
)
_HELD = ("copy", "install", "activate")
_TYPED = (Kind.LINE, Kind.ANSWER)


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
    """Give what is done when a generator is closed while it works; None if it is never busy.

    A copy is left after its first state; an installation after its last busy one, when all its questions were answered
    and there is no way back.
    """
    busy = sum(state.busy for state in _states(subject, one, _Interruptible(one.recording, min(one.heard))))
    ssh = _Interruptible(one.recording, min(one.heard))
    states = _states(subject, one, ssh)
    for _ in range(min(busy, 1) if one.method == "copy" else busy):
        next(states)
    before = len(ssh.done)
    states.close()
    return ssh.done[before:] if busy else None


def _states(subject: Subject, one: Play, ssh: Heard) -> Generator[InstallerState, None, None]:
    states: Generator[InstallerState, None, None] = getattr(subject.driver, one.method)(ssh, *one.args)
    return states


class _Interruptible(Heard):
    """A session that can be interrupted anywhere, for no recording of a copy that went well has a Ctrl-C."""

    def interrupt(self) -> None:
        """As `Session.interrupt`."""
        self.done.append((Kind.INTERRUPT, ""))
