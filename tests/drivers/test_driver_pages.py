"""The pages that are made of the drivers' data, and the tables that they are made of."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lcm_nornir.drivers import pages
from lcm_nornir.drivers.dell_os10.words import TABLE as OS10
from lcm_nornir.drivers.registry import drivers
from lcm_nornir.drivers.sonic.words import TABLE as SONIC
from lcm_nornir.drivers.words import ERROR_OF, Means, Word, any_of, rows_of
from lcm_nornir.schema import UpdateError

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", ["paths.md", "words.md"])
def test_a_page_is_what_the_drivers_say(name: str) -> None:
    """Else: python -m lcm_nornir.drivers.pages."""
    assert (DOCS / name).read_text(encoding="utf-8") == pages.pages()[name]


def test_the_program_checks_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pages.main(["--check"], tmp_path) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"docs/{name} is not what the drivers say" for name in ("paths.md", "words.md")
    ]
    assert list(tmp_path.iterdir()) == []
    assert pages.main([], tmp_path) == 0
    assert pages.main(["--check"], tmp_path) == 0


def test_it_is_a_module_that_can_be_run() -> None:
    done = subprocess.run([sys.executable, "-m", "lcm_nornir.drivers.pages", "--check"], check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("name", ["paths.md", "words.md"])
def test_every_row_has_as_many_cells_as_the_head(name: str) -> None:
    rows = [line for line in pages.pages()[name].splitlines() if line.startswith("|")]
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1
    assert len(rows) > 3


@pytest.mark.parametrize("row", [*OS10, *SONIC], ids=lambda row: row.pattern)
def test_a_row_is_whole(row: Word) -> None:
    re.compile(row.pattern)
    assert row.trigger
    assert ERROR_OF[row.means] in set(UpdateError)
    assert row.evidence in set("SVFTU")


def test_every_meaning_is_that_of_some_switch_and_every_error_is_the_api_s() -> None:
    assert {row.means for driver in drivers().values() for row in rows_of(driver) if isinstance(row, Word)} == {*Means}
    assert set(ERROR_OF.values()) <= set(UpdateError)
    assert ERROR_OF[Means.BROKEN] == UpdateError.IMAGE_ACTIVATION_FAILED


def test_any_of_the_rows_that_mean_it_is_found() -> None:
    rows = (
        Word("one|two", Means.REJECTED, "", "U"),
        Word("^three", Means.REJECTED, "", "U"),
        Word("four", Means.FAILED, "", "U"),
    )
    found = any_of(rows, Means.REJECTED, re.IGNORECASE | re.MULTILINE)
    assert [bool(found.search(text)) for text in ("a TWO", "x\nthree", "not three", "four")] == [
        True,
        True,
        False,
        False,
    ]
