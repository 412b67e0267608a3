"""A session that answers from a recording: for tests of drivers, ours and yours.

from lcm_nornir.drivers.registry import driver_for
from lcm_nornir.drivers.replay import replayed

session = replayed("tests/recordings/dell_os10-simulated.json")
facts = driver_for("dell_os10").facts(session)
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

from lcm_nornir.dialogue import Ended, Exchange, Kind, Recording
from lcm_nornir.dialogue.screen import TAIL, after_echo, clean, prompt_of
from lcm_nornir.errors import CommandRefused, ReplyTimeout, SessionLost
from lcm_nornir.image import Image
from lcm_nornir.timeouts import Timeouts

_LIMITS = Timeouts()


class NotRecorded(Exception):
    """What was typed is not in the recording. No error of a switch: a driver must not take it for an answer."""


class ReplaySession:
    """A `drivers.base.Session` that answers as the switch of a recording did, and refuses what was not recorded.

    A line is answered by the next time that it was typed, or, if it is not typed again, by the first. An answer, a
    Ctrl-C or a push is taken only where the recording has one.

    Args:
        recording: The recording.
        start: Number of the exchange at which the dialogue begins.

    Attributes:
        heard: Numbers of the exchanges that were replayed, in order.
    """

    def __init__(self, recording: Recording, start: int = 0) -> None:
        self.prompt = prompt_of(recording.prompt)
        self.limits, self.vrf = _LIMITS, ""
        self.heard: list[int] = []
        self._exchanges = recording.exchanges
        self._place = start

    def send(self, line: str, *, until: str = "", timeout: float | None = None) -> str:
        """As `Session.send`; nobody waits."""
        del timeout
        for number in (*range(self._place, len(self._exchanges)), *range(self._place)):
            one = self._exchanges[number]
            if one.typed == line and one.kind is Kind.LINE:
                return self._reply(number, until)
        raise NotRecorded(f"{line!r} was not typed when this was recorded")

    def hold(self, line: str, *, until: str, timeout: float) -> Iterator[str]:
        """As `Session.hold`: all of it at once."""
        yield self.send(line, until=until, timeout=timeout)

    def answer(self, text: str, *, until: str = "", timeout: float | None = None) -> str:
        """As `Session.answer`."""
        del timeout
        one = self._following(Kind.ANSWER)
        if one.typed not in ("", text):
            raise NotRecorded(f"{one.typed!r} was answered when this was recorded, and not {text!r}")
        return self._reply(self._place, until)

    def interrupt(self) -> None:
        """As `Session.interrupt`."""
        self._following(Kind.INTERRUPT)
        self._reply(self._place, "")

    def password(self) -> str:
        """As `Session.password`; no recording has one."""
        return "***"

    def push(self, image: Image, path: str = "") -> None:
        """As `Session.push`."""
        del path
        if self._following(Kind.PUSH).typed != image.name:
            raise NotRecorded(f"{image.name} was not pushed when this was recorded")
        self._reply(self._place, "")

    def _following(self, kind: Kind) -> Exchange:
        if self._place >= len(self._exchanges) or self._exchanges[self._place].kind is not kind:
            raise NotRecorded(f"there was no {kind} here when this was recorded")
        return self._exchanges[self._place]

    def _reply(self, number: int, until: str) -> str:
        one, self._place = self._exchanges[number], number + 1
        self.heard.append(number)
        return _said(one, until or self.prompt, bool(until))


@functools.lru_cache(512)  # whoever replays a dialogue a thousand times changes one exchange of it each time
def _said(one: Exchange, pattern: str, is_kept: bool) -> str:  # noqa: FBT001 - of this module only
    said = clean(one.came)
    if one.ended is Ended.LEFT_OUT:
        raise NotRecorded(f"what came after {one.typed!r} was left out of this recording")
    if one.ended is Ended.LOST:
        raise SessionLost("the session was lost", command=one.typed, said=said)
    if one.ended is Ended.REFUSED:
        raise CommandRefused("the switch did not take it", command=one.typed, said=said)
    text = clean(_without_echo(one))
    if one.kind is Kind.PUSH:
        return ""
    if one.ended is Ended.TIMEOUT or not re.search(pattern, text[-TAIL:]):
        raise ReplyTimeout("no prompt when this was recorded", command=one.typed, said=said)
    return (text if is_kept else re.sub(pattern, "\n", text)).strip("\n")


def _without_echo(one: Exchange) -> str:
    after = after_echo(one.came, one.typed) if one.kind is Kind.LINE else one.came
    return one.came if after is None else after


def replayed(path: Path | str) -> ReplaySession:
    """Open a recording for replay.

    Raises:
        RequestError: It cannot be read, or is no recording.
    """
    return ReplaySession(Recording.read(Path(path)))
