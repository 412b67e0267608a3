"""``lcm-nornir audit verify``: what was altered in a store is printed, and the exit code tells it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lcm_nornir import Store
from lcm_nornir.cli import app
from lcm_nornir.journal.tables import TRIGGERS
from tests.journal.stores import filled


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "state" / "lcm.db"
    with Store(place) as store:
        filled(store)
    return place


def verified(path: Path, *words: str, code: int) -> Any:
    done = CliRunner().invoke(app, ["audit", "verify", "--store", str(path), *words])
    assert done.exit_code == code, done.output
    return done


def forge(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER history_only_grows_update")
        connection.execute(statement)
        connection.execute(TRIGGERS["history_only_grows_update"])
        connection.commit()


def test_S24_a_sound_store_is_told_to_be_so_also_against_a_head_noted_before(path: Path) -> None:
    first = json.loads(verified(path, "--output", "json", code=0).stdout)
    assert (first["lines"], first["jobs"], first["configurations"], first["altered"]) == (6, 1, 1, [])
    again = verified(path, "--head", first["head"], code=0)
    assert first["head"] in again.stdout
    assert again.stderr == ""


def test_S24_what_was_altered_is_printed_and_ends_with_1(path: Path) -> None:
    forge(path, "UPDATE history SET time = 0.5 WHERE kind = 'Acting'")
    done = verified(path, code=1)
    assert "line 4 (job " in done.stdout
    assert "leaf01, Acting) is not what was written there" in done.stdout
    assert done.stderr == f"{path} is not as it was written (1): keep the file, and ask who can write it\n"
    assert len(json.loads(verified(path, "--output", "json", code=1).stdout)["altered"]) == 1


@pytest.mark.parametrize("column", ["job", "switch", "kind"])
def test_S24_what_no_terminal_can_show_or_should_obey_is_told_in_escapes(path: Path, column: str) -> None:
    forge(path, f"UPDATE history SET {column} = CAST(x'1b5d20ff' AS TEXT) WHERE kind = 'Acting'")  # noqa: S608 - columns of ours
    done = verified(path, code=1)
    assert r"\x1b] \udcff" in done.stdout
    assert "\x1b" not in done.stdout


def test_S24_a_head_that_is_in_no_line_ends_with_1(path: Path) -> None:
    assert "the end is missing" in verified(path, "--head", "0" * 64, code=1).stdout


@pytest.mark.parametrize("head", ["a1", "g" * 64, "F" * 64])
def test_what_is_no_head_is_refused(path: Path, head: str) -> None:
    assert "--head" in verified(path, "--head", head, code=2).stderr


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert "there is no" in verified(tmp_path / "none.db", code=2).stderr
    assert list(tmp_path.iterdir()) == []
