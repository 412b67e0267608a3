"""The dialogue cut at every byte, or with a log line in it: is what came ever read as something else?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from lcm_nornir.dialogue import Ended, Exchange
from lcm_nornir.drivers.conformance.finding import Finding
from lcm_nornir.drivers.conformance.plays import again
from lcm_nornir.drivers.conformance.queries import parts, wrongly
from lcm_nornir.drivers.conformance.subject import Subject

_WHOLLY = 2048  # characters: an answer of that length is cut at each of them
_SPREAD = 256  # places in a longer one, beside its line ends
_LOG = "Nov 28 02:06:34 host1 %NODE.1-PROCESS-5-NOTICE: something else happened\r\n"

Change = tuple[str, Exchange]
"""What was done to an exchange, and what came of it."""


def cut_findings(subject: Subject) -> Iterator[Finding]:
    """Ask each query with each of its answers cut: the prompt comes early, the session is lost, or nothing comes."""
    return _findings(subject, "cut", _cuts)


def noise_findings(subject: Subject) -> Iterator[Finding]:
    """Ask each query with a log line between the lines of its answers; configurations are texts, and take it in."""
    return _findings(subject, "noise", _noises, but="configuration")


def _findings(
    subject: Subject, question: str, changes: Callable[[Exchange], Iterator[Change]], but: str = ""
) -> Iterator[Finding]:
    seen: set[tuple[str, str, str]] = set()
    for name, one in subject.queries:
        if not one.is_good or one.method == but:
            continue
        for number in dict.fromkeys(one.heard):
            exchange = one.recording.exchanges[number]
            key = one.method, exchange.typed, exchange.came
            if key not in seen:
                seen.add(key)
                for what, changed in changes(exchange):
                    other = again(subject.driver, one, number, changed)
                    if other and (wrong := wrongly(one, other)):
                        yield Finding(question, one.method, f"{exchange.typed!r} {what}: {wrong}", name)
                        break  # the next ones tell the same


def _cuts(one: Exchange) -> Iterator[Change]:
    echo, body, end = parts(one)
    for place in _places(body):
        said = body[:place]
        line_end = "" if said.endswith("\n") or not end else "\r\n"
        yield f"cut after {said[-40:]!r}", replace(one, came=f"{echo}{said}{line_end}{end}")
    for place in sorted({0, len(body) // 2, len(body)}):
        for ended in (Ended.LOST, Ended.TIMEOUT):
            yield f"{ended} after {body[:place][-40:]!r}", replace(one, came=echo + body[:place], ended=ended)


def _noises(one: Exchange) -> Iterator[Change]:
    echo, body, end = parts(one)
    for place in _line_ends(body):
        came = f"{echo}{body[:place]}{_LOG}{body[place:]}{end}"
        yield f"with a log line after {body[:place][-40:]!r}", replace(one, came=came)


def _places(body: str) -> list[int]:
    if len(body) <= _WHOLLY:
        return list(range(len(body)))
    return sorted({*_line_ends(body), *range(0, len(body), max(len(body) // _SPREAD, 1))} - {len(body)})


def _line_ends(body: str) -> list[int]:
    return [place + 1 for place, sign in enumerate(body) if sign == "\n"]
