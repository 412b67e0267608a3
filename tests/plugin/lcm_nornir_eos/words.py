"""The words of EOS that tell of a failure: what each means, and how sure that is."""

from __future__ import annotations

import re
from typing import NamedTuple


class Word(NamedTuple):
    """A row: the words' pattern, what they mean, what brings them, and how that is known.

    The evidence is S for the source of a tool, V for a vendor's document, F for words that were seen on a switch, T for
    a third party's code, U for unverified.
    """

    pattern: str
    means: str
    trigger: str
    evidence: str


TABLE = (
    Word(r"is not a valid EOS image", "rejected", "the file is no image", "T"),
    Word(r"(?i)no space left on device", "full", "the flash is full", "U"),
    Word(r"% Error copying [^\n]*", "copy", "server, route, file or credentials", "T"),
    Word(r"% Error listing directory|No such file|Path does not exist", "missing", "no such file", "S"),
)


def telling(text: str) -> str:
    """Give the words that tell of a failure, else the last line."""
    for row in TABLE:
        if found := re.search(row.pattern, text):
            return found[0].strip()
    return text.strip().rpartition("\n")[2].strip()
