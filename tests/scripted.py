"""A session that says what a test has written down: the one seam at which drivers are tested without a switch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from lcm_nornir.errors import ReplyTimeout, SessionError
from lcm_nornir.image import Image
from lcm_nornir.timeouts import Timeouts

Dialogue = list[tuple[str, str | SessionError]]


def check_that_every_reply_was_asked_for() -> None:
    """Fail if a reply is left over: it was written for something that is not done any more. Forgets all sessions."""
    made, Scripted.made[:] = Scripted.made.copy(), []
    left = [ssh.unasked for ssh in made if ssh.unasked]
    assert not left, f"nobody asked for {left}"


class Scripted:
    """A session that replays pairs of line and reply, each once; an answer's line is ``> yes``, Ctrl-C's ``^C``.

    Attributes:
        made: The sessions of the test that runs, at the end of which every reply must have been asked for.
        typed: All that was typed.
    """

    made: ClassVar[list[Scripted]] = []
    limits = Timeouts()
    vrf = ""

    def __init__(self, replies: Iterable[tuple[str, str | SessionError]], prompt: str = "OS10#") -> None:
        self.prompt = rf"(?:^|\n){re.escape(prompt)} ?$"
        self._replies = list(replies)
        self.typed: list[str] = []
        self.made.append(self)

    @property
    def unasked(self) -> list[str]:
        """The lines whose replies nobody has asked for."""
        return [line for line, _ in self._replies]

    def send(self, line: str, *, until: str = "", timeout: float | None = None) -> str:
        del timeout
        self.typed.append(line)
        _, reply = self._replies.pop([its_line for its_line, _ in self._replies].index(line))
        if isinstance(reply, SessionError):
            raise reply
        if until and not re.search(until, reply):
            raise ReplyTimeout("no prompt", command=line, said=reply)
        return reply

    def hold(self, line: str, *, until: str, timeout: float) -> Iterator[str]:
        """Give the reply line by line, each time all that came so far."""
        reply = self.send(line, until=until, timeout=timeout)
        lines = reply.splitlines()
        for count in range(1, len(lines)):
            yield "\n".join(lines[:count])
        yield reply

    def answer(self, text: str, *, until: str = "", timeout: float | None = None) -> str:
        return self.send(f"> {text}", until=until, timeout=timeout)

    def interrupt(self) -> None:
        self.send("^C")

    def password(self) -> str:
        return "secret"

    def push(self, image: Image, path: str = "") -> None:
        assert image.file is not None
        self.typed.append(f"scp {image.file.name} {path or image.name}")
