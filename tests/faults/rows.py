"""The rows of docs/faults.md, and which of them a test's name tells of."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).parents[2] / "docs" / "faults.md"
_ROW = re.compile(r"\| [FSN]\d+ \|.*\|")
_ID = re.compile(r"(?<![A-Za-z0-9])(?:[FS]\d\d|N\d{1,2})(?!\d)")


class Row(NamedTuple):
    """One row.

    Attributes:
        id: Its id.
        told: What goes wrong and what must come of it, as the cells of the table.
        tests: The files of its tests, as the table tells.
        result: How they ended, or why there are none, as the table tells.
    """

    id: str
    told: tuple[str, ...]
    tests: str
    result: str

    def __str__(self) -> str:
        cells = (self.id, *self.told, self.tests, self.result)
        return f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in cells)}|"


def read(line: str) -> Row | None:
    """Give the row that a line of the table is; None if it is none."""
    if not _ROW.fullmatch(line):
        return None
    row, *told, tests, result = (cell.strip() for cell in line[1:-1].split("|"))
    return Row(row, tuple(told), tests, result)


def rows() -> dict[str, Row]:
    """Give all rows, by id."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return {row.id: row for row in map(read, lines) if row}


def ids_in(text: str) -> list[str]:
    """Give the ids of rows that stand in a text, such as a test's name, each once."""
    return list(dict.fromkeys(_ID.findall(text)))
