"""Commands that talk: a generator yields what it wants from the terminal and returns its last output."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ask:
    """Print a question and wait for a line.

    Attributes:
        text: The question, with whatever stands before it.
        hidden: The answer is a password: neither echoed nor logged.
    """

    text: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Hang:
    """Print something and never come back to the prompt."""

    text: str = ""


Dialogue = Generator[Ask | Hang, str, str]
Outcome = str | Dialogue
