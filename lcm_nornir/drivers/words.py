"""The form of a table of words: what a switch says of a failure, and which error that is.

Words only narrow which error it is; that something failed is told by what is there. Each driver's package has its table
in a module ``words``, and the documentation's table is made of them (`lcm_nornir.drivers.pages`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple


class Means(StrEnum):
    """What a word means."""

    BUSY = "the installer is busy"
    GOES_ON = "it goes on without its session"
    UNREACHED = "no byte arrived"
    BROKE_OFF = "it broke off"
    REJECTED = "the image itself is rejected"
    UNPACKING = "it could not be unpacked"
    VETOED = "what the switch does or is configured for does not go with it"
    NOT_SET = "it was not made the next boot"
    NOT_INSTALLED = "it was not installed"
    BROKEN = "it broke a module"
    FAILED = "it failed"


ERROR_OF: Mapping[Means, str] = {
    Means.BUSY: "ANOTHER_INSTALL_IN_PROGRESS",
    Means.UNREACHED: "IMAGE_URL_NOT_REACHABLE",
    Means.REJECTED: "DOWNLOAD_VALIDATION_FAILED",
    Means.UNPACKING: "EXTRACTION_FAILED",
    Means.VETOED: "IMAGE_INSTALL_FAILED",
    Means.NOT_SET: "IMAGE_SET_BOOT_FAILED",
    Means.NOT_INSTALLED: "IMAGE_INSTALL_FAILED",
    Means.BROKEN: "IMAGE_ACTIVATION_FAILED",
}
"""The API's word for what a word means; where there is none it is that of the step in which it is said."""


class Word(NamedTuple):
    """A row.

    Attributes:
        pattern: Of the words.
        means: What they mean.
        trigger: What brings them.
        evidence: ``S`` read in the source of the OS or of its tools, ``V`` the vendor's document, ``F`` a real
            transcript, ``T`` third parties, ``U`` unverified.
        example: The words themselves; empty where none are known.
    """

    pattern: str
    means: Means
    trigger: str
    evidence: str
    example: str = ""


def meaning(text: str, rows: Iterable[Word]) -> Means | None:
    """Give what a text means: the first row that fits, None if none does; ``^`` begins a line."""
    return next((row.means for row in rows if re.search(row.pattern, text, re.MULTILINE)), None)


def any_of(rows: Iterable[Word], means: Means, flags: int = 0) -> re.Pattern[str]:
    """Give the pattern of all words that mean this."""
    return re.compile("|".join(row.pattern for row in rows if row.means is means), flags)


def rows_of(driver: object) -> Iterator[Any]:
    """Give the rows in the module ``words`` beside a driver's own: what has a ``pattern`` and an ``evidence``.

    A driver from elsewhere may have rows of its own form, so they need not be a `Word`.
    """
    package = type(driver).__module__.rpartition(".")[0]
    if not package or find_spec(f"{package}.words") is None:
        return
    for value in vars(import_module(f"{package}.words")).values():
        if isinstance(value, tuple | list):
            yield from (row for row in value if hasattr(row, "pattern") and hasattr(row, "evidence"))
