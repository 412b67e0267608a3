"""What drivers do alike with what a switch answers: refuse what cannot be read, compare configurations. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from lcm_nornir.errors import UnexpectedOutput


def refuse(command: str, text: str, what: str) -> UnexpectedOutput:
    """Make the error for an answer that cannot be read."""
    return UnexpectedOutput(f"the answer to '{command}' {what}", command=command, said=text)


def compared(before: str, after: str, volatile: re.Pattern[str]) -> tuple[str, ...]:
    """Compare two configurations without empty lines and those that change by themselves: unified diff lines."""
    old, new = (
        [line for line in map(str.rstrip, text.splitlines()) if line and not volatile.match(line)]
        for text in (before, after)
    )
    return changed(old, new)


def changed(old: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    """Give what differs between two texts in lines: unified diff lines, without those around them."""
    return tuple(difflib.unified_diff(old, new, "before", "after", lineterm="", n=0))
