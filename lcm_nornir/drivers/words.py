"""The form of a table of words: what a switch says of a failure, and which error that is.

Words only narrow which error it is; that something failed is told by what is there. Each driver's package has its table
in a module ``words``, and the documentation's table is made of them (`lcm_nornir.drivers.pages`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Means(StrEnum):
    """What a word means."""

    REJECTED = "the image itself is rejected"
    UNPACKING = "it could not be unpacked"
    FAILED = "it failed"


class Word(NamedTuple):
    """A row.

    Attributes:
        pattern: Of the words.
        means: What they mean.
        trigger: What brings them.
        error: The API's word for it.
        evidence: ``S`` read in the OS's own source, ``V`` the vendor's document, ``F`` a real transcript, ``T`` third
            parties, ``U`` unverified.
    """

    pattern: str
    means: Means
    trigger: str
    error: str
    evidence: str


def any_of(rows: Iterable[Word], means: Means, flags: int = 0) -> re.Pattern[str]:
    """Give the pattern of all words that mean this."""
    return re.compile("|".join(row.pattern for row in rows if row.means is means), flags)
