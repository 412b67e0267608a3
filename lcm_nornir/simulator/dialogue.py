"""Commands that talk: a generator yields what it wants from the terminal and returns its last output."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from dataclasses import dataclass

_YES, _NO = {"yes", "y"}, {"no", "n"}

Tell = Callable[[str], None]
"""Prints what work says while it holds the session."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Print a question and wait for a line.

    Attributes:
        text: The question, with whatever stands before it.
        hidden: The answer is a password: neither echoed nor logged.
        key: One key is the answer, without the end of a line; the end of a line alone is one, too.
    """

    text: str
    hidden: bool = False
    key: bool = False


@dataclass(frozen=True, slots=True)
class Hang:
    """Print something and never come back to the prompt."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """Hold the session until a piece of work is done, and print what that says meanwhile; its result is the answer.

    Attributes:
        start: Begins the work; it is given what prints.
        outlives: The work goes on when the session is gone, and cannot be interrupted.
    """

    start: Callable[[Tell], asyncio.Future[str]]
    outlives: bool = False


Step = Ask | Hang | Held
Dialogue = Generator[Step, str, str]
Outcome = str | Dialogue


def hang() -> Dialogue:
    """Say nothing, and never come back to the prompt."""
    yield Hang()
    return ""


def agrees(answer: str) -> bool:
    """Tell whether an answer is yes."""
    return answer.strip().lower() in _YES


def agreed(question: str, again: str) -> Generator[Step, str, bool]:
    """Ask until the answer is yes or no.

    Args:
        question: The question.
        again: What is asked after any other answer.
    """
    answer = yield Ask(question)
    while answer.strip().lower() not in _YES | _NO:
        answer = yield Ask(again)
    return agrees(answer)
