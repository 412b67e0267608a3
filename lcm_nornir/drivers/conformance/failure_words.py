"""Is the table of a driver's failure words well-formed, if it has one?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from lcm_nornir.drivers.conformance.finding import Finding
from lcm_nornir.drivers.conformance.subject import Subject
from lcm_nornir.drivers.words import rows_of

_EVIDENCE = re.compile(r"[SVFTU](?:[, ]*[SVFTU])*")


def words_findings(subject: Subject) -> Iterator[Finding]:
    """Ask each row of the module ``words`` beside the driver's: its pattern, and what else stands in it.

    A row is a value with a ``pattern`` and an ``evidence`` (S source, V vendor's document, F seen on a switch, T third
    party's code, U unverified); its other fields tell what it means, and an ``example`` is what the pattern matches.
    """
    rows = list(rows_of(subject.driver))
    for row in rows:
        yield from (Finding("words", str(row.pattern), detail) for detail in _wrong(row))
    patterns = [str(row.pattern) for row in rows]
    for pattern in sorted({one for one in patterns if patterns.count(one) > 1}):
        yield Finding("words", pattern, "stands in two rows: the second is never reached")


def _wrong(row: Any) -> Iterator[str]:
    try:
        if re.compile(row.pattern).search(""):
            yield "matches where nothing stands"
    except (re.error, TypeError) as error:
        yield f"is no pattern: {error}"
        return
    if not isinstance(row.evidence, str) or not _EVIDENCE.fullmatch(row.evidence):
        yield f"its evidence is {row.evidence!r}, and not of S, V, F, T, U"
    if (example := getattr(row, "example", "")) and not re.search(row.pattern, example):
        yield f"does not match its own example: {example!r}"
    for name in _needed(row):
        if getattr(row, name) in ("", None):
            yield f"has nothing as {name}"


def _needed(row: Any) -> list[str]:
    """Name the fields of a row that have no default."""
    if is_dataclass(row):
        return [one.name for one in fields(row) if one.default is MISSING and one.default_factory is MISSING]
    return [name for name in getattr(row, "_fields", ()) if name not in row._field_defaults]
