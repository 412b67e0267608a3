"""Questions about what only reads: does it change nothing, give the same twice, and know an error when it sees one?"""

from __future__ import annotations

import pickle  # nosec B403 - only of what was just made
import re
from collections.abc import Iterator
from dataclasses import replace

from lcm_nornir.dialogue import Ended, Exchange, Kind, Recording
from lcm_nornir.drivers.base import RunsFiles, Slot, SwitchFacts
from lcm_nornir.drivers.conformance.finding import Finding
from lcm_nornir.drivers.conformance.less import tells_no_other
from lcm_nornir.drivers.conformance.material import QUERIES
from lcm_nornir.drivers.conformance.plays import Play, again, play
from lcm_nornir.drivers.conformance.reads import only_reads
from lcm_nornir.drivers.conformance.subject import Subject
from lcm_nornir.errors import SessionError

ERRORS = (
    "% Error: Unrecognized command.",
    "% Error: Illegal command line",
    "% Invalid input detected at '^' marker.",
    "             ^\n% Invalid input detected at '^' marker.",
    "% Invalid command at '^' marker.",
    "% Invalid input",
    "% Incomplete command.",
    '% Ambiguous command:  "show v"',
    "% Authorization failed.",
    "Syntax error: Illegal parameter",
    "syntax error.",
    "error: command is not valid",
    "Invalid input: show",
    'Error: No such command "list".',
    "-bash: show: command not found",
    "bash: show: command not found",
    "sudo: a password is required",
)
"""How CLIs refuse a command. Of these a driver's `refusals` must know one."""
_NOTHING = ("", "Nov 28 02:06:34 host1 %NODE.1-PROCESS-5-NOTICE: something else happened")


def recorded_findings(subject: Subject) -> Iterator[Finding]:
    """Ask whether the recordings show every query, so that nothing is passed over in silence."""
    good = {one.method for _, one in subject.queries if one.is_good}
    for method in QUERIES:
        if hasattr(subject.driver, method) and method not in good:
            how = " --configuration" if method == "configuration" else ""
            yield Finding("recorded", method, f"no recording shows an answer to it: make one (lcm-nornir record{how})")
    for place in subject.places:
        if not place.plays:
            typed = subject.recordings[place.recording].exchanges[place.number].typed
            yield Finding("recorded", place.method, f"does not type what was recorded: {typed!r}", place.recording)
    for name, one in subject.queries:
        if one.crash:
            yield Finding("recorded", one.method, f"raises {one.crash}", name)


def reading_findings(subject: Subject) -> Iterator[Finding]:
    """Ask whether queries change nothing."""
    for name, one in subject.queries:
        for kind, text in dict.fromkeys(one.done):
            if kind is Kind.LINE and not only_reads(text):
                yield Finding("reading", one.method, f"types {text!r}, which is not certain to only read", name)
            if kind is Kind.ANSWER and text:
                yield Finding(
                    "reading", one.method, f"answers {text!r}: a query answers a password's question only", name
                )
            if kind is Kind.PUSH:
                yield Finding("reading", one.method, f"sends the file {text}", name)


def repeated_findings(subject: Subject) -> Iterator[Finding]:
    """Ask whether a query gives the same value twice, and one that other processes can be told."""
    before = dict(getattr(subject.driver, "__dict__", {}))
    for name, one in subject.queries:
        twice = play(subject.driver, one.method, one.recording, min(one.heard, default=0), one.args)
        if twice is None or twice.outcome != one.outcome:
            yield Finding("repeated", one.method, f"gives first {one.outcome}, then {twice and twice.outcome}", name)
        if one.is_good and not _is_plain(one):
            yield Finding("repeated", one.method, f"its value is not the same after pickling: {one.outcome}", name)
        yield from _contradictions(subject, name, one)
    if before != getattr(subject.driver, "__dict__", {}):
        yield Finding("repeated", "__dict__", "the driver keeps state: one instance serves all switches and threads")


def _is_plain(one: Play) -> bool:
    try:
        return bool(pickle.loads(pickle.dumps(one.value)) == one.value)  # noqa: S301  # nosec B301 - just made
    except Exception:  # noqa: BLE001 - pickle raises whatever it likes
        return False


def _contradictions(subject: Subject, name: str, one: Play) -> Iterator[Finding]:
    value = one.value
    slots: tuple[Slot, ...] = value.slots if isinstance(value, SwitchFacts) else value if one.method == "slots" else ()
    for what in ("running", "next_boot"):
        if slots and sum(getattr(slot, what) for slot in slots) != 1:
            yield Finding("repeated", one.method, f"not exactly one slot has {what}: {slots}", name)
    if any(slot.is_file for slot in slots) and not isinstance(subject.driver, RunsFiles):
        yield Finding("repeated", one.method, "slots are files, but it does not run files (protocol RunsFiles)", name)
    if isinstance(value, SwitchFacts) and not (value.members and value.model and all(m.version for m in value.members)):
        yield Finding("repeated", one.method, f"has no model, or no version of a member: {value}", name)


def error_findings(subject: Subject) -> Iterator[Finding]:
    """Ask whether the driver knows its CLI's errors, and takes none for an answer."""
    known = [text for text in ERRORS if re.search(subject.driver.refusals, text)]
    if not known:
        yield Finding("errors", "refusals", f"matches no error that a CLI prints, such as {ERRORS[0]!r}")
    for name, one in subject.queries:
        if not one.is_good:
            continue
        for number in dict.fromkeys(one.heard):
            exchange = one.recording.exchanges[number]
            if re.search(subject.driver.refusals, _body(exchange)[:300]):
                yield Finding("errors", "refusals", f"matches a good answer to {exchange.typed!r}", name)
            for said in (*known, *(_NOTHING if one.method != "configuration" else _NOTHING[:1])):
                other = again(subject.driver, one, number, answering(one.recording, number, said))
                if other and (wrong := wrongly(one, other)):
                    yield Finding("errors", one.method, f"{exchange.typed!r} answered by {said!r}: {wrong}", name)


def wrongly(one: Play, other: Play) -> str:
    """Say what is wrong with what came of an answer that was changed; empty if nothing is."""
    if other.crash:
        return f"raises {other.crash}"
    if other.error is not None:
        return "" if isinstance(other.error, SessionError) else f"raises {other.outcome}"
    return "" if tells_no_other(one.value, other.value, one.method) else f"gives {other.outcome}, and not {one.outcome}"


def parts(one: Exchange) -> tuple[str, str, str]:
    """Cut what came into its echo, its body, and the prompt or question at its end."""
    echo, sign, rest = one.came.partition(one.typed) if one.kind is Kind.LINE and one.typed else ("", "", one.came)
    if not sign:
        echo, rest = "", one.came
    body, newline, end = rest.rpartition("\n")
    if one.ended not in (Ended.PROMPT, Ended.QUESTION):
        return echo + sign, rest, ""
    return echo + sign, body + newline, end


def _body(one: Exchange) -> str:
    return parts(one)[1].strip()


def answering(recording: Recording, number: int, said: str) -> Exchange:
    """Give an exchange with another answer, after which the prompt came."""
    one = recording.exchanges[number]
    prompts = (parts(other)[2] for other in recording.exchanges if other.ended is Ended.PROMPT)
    text = said.replace("\n", "\r\n")
    came = "\r\n".join((parts(one)[0], *([text] if text else ()), next(filter(None, prompts), "")))
    return replace(one, came=came, ended=Ended.PROMPT)
