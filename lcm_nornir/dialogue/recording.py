"""The file format of a recording: one JSON document, a line of the switch's output per line of the file.

``came`` is raw: line ends and control codes stand there as JSON escapes them. Nothing but ASCII is in the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from lcm_nornir.errors import RequestError

FORMAT = 1


class Ended(StrEnum):
    """How an exchange ended.

    REFUSED: the switch did not take a file that was pushed. LEFT_OUT: its words are private as a whole, or something
    private might be left in them.
    """

    PROMPT = "prompt"
    QUESTION = "question"
    TIMEOUT = "timeout"
    LOST = "lost"
    REFUSED = "refused"
    LEFT_OUT = "left out"


class Kind(StrEnum):
    """What was done: a line typed, a question answered, Ctrl-C typed, a file pushed (then `typed` is its name)."""

    LINE = "line"
    ANSWER = "answer"
    INTERRUPT = "interrupt"
    PUSH = "push"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One thing typed, and what came.

    Attributes:
        typed: The line; of an answer only a yes or a no, since it may be a secret.
        came: What the switch printed, echo and prompt included, as it came.
        ended: How it ended.
        seconds: How long it took.
        kind: What was done.
        call: The method of `drivers.base.Driver` that typed it; ``show`` for a line that no driver typed.
    """

    typed: str
    came: str
    ended: Ended
    seconds: float = 0.0
    kind: Kind = Kind.LINE
    call: str = ""


@dataclass(frozen=True, slots=True)
class ReadFacts:
    """What the driver read of the switch at first.

    Attributes:
        serial: A stand-in of the same form.
        model: Its model.
        version: The version that runs.
        slots: The version in each slot, by the slot's name.
        running: Name of the slot that runs.
        next_boot: Name of the slot that the next power cycle runs.
    """

    serial: str
    model: str
    version: str
    slots: Mapping[str, str]
    running: str
    next_boot: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A switch's dialogue with us, redacted.

    Attributes:
        platform: The driver's name.
        prompt: What the switch calls itself at its prompt.
        made: The day, ``YYYY-MM-DD``.
        by: The package and its version.
        about: What the person who made it says of it.
        facts: What the driver read; None if it could not read the answers.
        exchanges: The dialogue, in the order in which it took place.
    """

    platform: str
    prompt: str
    made: str = ""
    by: str = ""
    about: str = ""
    facts: ReadFacts | None = None
    exchanges: tuple[Exchange, ...] = field(default=())

    def text(self) -> str:
        """Write it as the text of a file."""
        head = {name: getattr(self, name) for name in ("about", "platform", "prompt", "made", "by")}
        facts = {name: getattr(self.facts, name) for name in ReadFacts.__slots__} if self.facts else None
        document = {"recording": FORMAT, **head, "facts": facts, "exchanges": [_plain(one) for one in self.exchanges]}
        return json.dumps(document, indent=1).replace("\x7f", "\\u007f") + "\n"

    @classmethod
    def of(cls, text: str) -> Recording:
        """Read the text of a file.

        Raises:
            ValueError: It is no recording.
        """
        try:
            document = json.loads(text)
            if document.pop("recording") != FORMAT:
                raise ValueError(f"it is of another format than {FORMAT}")
            facts, exchanges = document.pop("facts"), map(_exchange, document.pop("exchanges"))
            return cls(**document, facts=ReadFacts(**facts) if facts else None, exchanges=tuple(exchanges))
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(" ".join(str(error).split())) from error

    @classmethod
    def read(cls, path: Path) -> Recording:
        """Read a file.

        Raises:
            RequestError: It cannot be read, or is no recording.
        """
        try:
            return cls.of(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise RequestError(f"cannot be read: {error.strerror}", field=str(path), cure="name a recording") from error
        except ValueError as error:
            raise RequestError(
                f"is no recording: {error}", field=str(path), cure="name a file that lcm-nornir record made"
            ) from error

    def transcript(self) -> str:
        """Write it as a person would have seen it, control codes made visible."""
        lines = []
        for one in self.exchanges:
            lines.append(f"--- {one.kind} {one.typed!r}: {one.ended} after {one.seconds:.2f} s")
            lines += [line.rstrip("\r").encode("unicode_escape").decode("ascii") for line in one.came.split("\n")]
        return "\n".join(lines)


def _plain(one: Exchange) -> dict[str, Any]:
    plain: dict[str, Any] = {name: getattr(one, name) for name in Exchange.__slots__}
    return plain | {"came": lines_of(one.came), "seconds": round(one.seconds, 3)}


def lines_of(text: str) -> list[str]:
    """Cut a text after each newline; nothing is lost."""
    return [line for line in _after_each_newline(text) if line]


def _after_each_newline(text: str) -> Iterable[str]:
    *lines, last = text.split("\n")
    yield from (line + "\n" for line in lines)
    yield last


def _exchange(plain: dict[str, Any]) -> Exchange:
    came, ended, kind = "".join(plain["came"]), Ended(plain["ended"]), Kind(plain["kind"])
    return Exchange(**plain | {"came": came, "ended": ended, "kind": kind})
