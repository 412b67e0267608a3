"""A store is made whole and private, or not at all; what is not to be used is refused and left as it is."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from lcm_nornir import Reading, Store
from lcm_nornir.errors import RequestError
from lcm_nornir.journal import tables
from lcm_nornir.journal.form import REVISION
from lcm_nornir.journal.sqlite import APPLICATION, SQLite
from tests.journal.stores import MIGRATIONS, asked, begun, bodies, content, filled, locked, owned

SCRIPTS = ScriptDirectory.from_config(MIGRATIONS)
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()]
PAGE = 4096
OPENERS = pytest.mark.parametrize("open_it", [Store, Reading.at], ids=["to write", "to read"])


@pytest.fixture
def _no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.usefixtures("_no_umask")
def test_S13_a_new_store_and_all_that_lies_beside_it_is_for_nobody_else(tmp_path: Path) -> None:
    place = tmp_path / "one" / "two" / "store.db"
    with Store(place) as store, owned(store, begun(store)):
        found = [*place.parent.rglob("*")]
        files = [file for file in found if file.is_file()]
        names = {file.name for file in files}
        assert {"store.db", "store.db-wal", "store.db-shm"} < names
        assert len(names) == 4, names  # and the owner's sign of life
        assert {mode(file) for file in files} == {0o600}
        folders = [tmp_path / "one", place.parent, *(folder for folder in found if folder.is_dir())]
        assert "store.db.owners" in {folder.name for folder in folders}
        assert {mode(folder) for folder in folders} == {0o700}


def overwritten(path: Path, first: int = 2, pages: int = 8) -> None:
    with path.open("rb+") as file:
        file.seek(first * PAGE)
        file.write(b"\xa5" * (pages * PAGE))


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def text(path: Path) -> None:
    path.write_text("leaf01 SUCCESS\n" * 1000)


def another_program(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE notes (text); INSERT INTO notes VALUES ('mine')")
    path.chmod(0o600)


def another_alembic_program(path: Path) -> None:
    another_program(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num)")
        connection.execute("INSERT INTO alembic_version VALUES (?)", (REVISION,))
        connection.commit()


def without_a_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE configurations")


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()


def readable(path: Path) -> None:
    path.chmod(0o640)


@OPENERS
@pytest.mark.parametrize(
    ("spoil", "said", "cure"),
    [
        (overwritten, "the store is damaged", "restore it from a backup, or name a new store"),
        (truncated, "the store is damaged", "restore it from a backup, or name a new store"),
        (emptied, "the store is damaged (it is no SQLite file)", "restore it from a backup, or name a new store"),
        (text, "the store is damaged (it is no SQLite file)", "restore it from a backup, or name a new store"),
        (another_program, "it is a database, but no store of this program", "name another"),
        (another_alembic_program, "it is a database, but no store of this program", "name another"),
        (without_a_table, "the store is damaged (it has no table configurations)", "restore it from a backup"),
        (newer, "9999", ""),
        (readable, "others can read this file", "run: chmod 600 "),
    ],
)
def test_F58_what_is_not_to_be_used_is_refused_and_stays_as_it_is(
    path: Path, spoil: Callable[[Path], None], said: str, cure: str, open_it: Callable[[Path], Any]
) -> None:
    with Store(path) as store:
        filled(store)
    spoil(path)
    before = content(path.parent)
    with pytest.raises(RequestError) as caught:
        open_it(path)
    assert caught.value.field == "--store"
    assert caught.value.message.startswith(f"{path}: ")
    assert said in caught.value.message
    assert caught.value.cure.startswith(cure)
    assert caught.value.cure
    assert content(path.parent) == before


def test_F58_a_damaged_store_that_a_crash_left_keeps_its_log_too(path: Path, tmp_path: Path) -> None:
    crashed = tmp_path / "crashed" / path.name
    crashed.parent.mkdir(mode=0o700)
    with Store(path) as store:
        filled(store)
        for suffix in ("", "-wal"):
            copyfile(f"{path}{suffix}", f"{crashed}{suffix}")
    crashed.chmod(0o600)
    overwritten(crashed)
    before = content(crashed.parent)
    assert before["store.db-wal"]
    with pytest.raises(RequestError, match="the store is damaged"):
        Store(crashed)
    assert content(crashed.parent) == before


def test_F58_a_store_that_is_not_there_is_not_made_for_reading(path: Path) -> None:
    with pytest.raises(RequestError, match="there is no store") as caught:
        Reading.at(path)
    assert (caught.value.field, caught.value.cure) == ("--store", "name the one that the run had")
    assert not path.parent.exists()


def test_F58_damage_that_shows_only_when_it_is_read_is_told(path: Path) -> None:
    with Store(path) as store:
        job = filled(store)
    with Reading.at(path) as store:
        overwritten(path, 1, path.stat().st_size // PAGE - 1)
        for read in (store.jobs, partial(store.job, "last"), partial(store.record, job), partial(store.notes, job)):
            with pytest.raises(RequestError, match="the store is damaged") as caught:
                read()
            assert caught.value.field == "--store"
            assert caught.value.message.startswith(f"{path}: ")


def test_F58_a_lock_that_comes_after_the_opening_is_told_to_who_reads(path: Path) -> None:
    Store(path).close()
    with (
        Reading(SQLite(path), SQLite(path).open_to_read(0.2)) as store,
        closing(sqlite3.connect(path, isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(RequestError, match="another program keeps it locked"):
            store.jobs()


def test_F58_a_store_that_is_gone_is_told_to_who_reads(path: Path) -> None:
    Store(path).close()
    with Reading.at(path) as store:
        path.unlink()
        with pytest.raises(RequestError, match="it cannot be opened") as caught:
            store.jobs()
        assert "(ulimit -n)" in caught.value.cure


def test_F58_a_store_that_another_program_keeps_locked_is_not_taken_for_damaged(path: Path) -> None:
    Store(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(RequestError, match="another program keeps it locked"):
            Store(path, wait=0.2)


@pytest.mark.parametrize("open_it", [partial(Store, wait=0.2), Reading.at], ids=["to write", "to read"])
def test_F58_a_writer_that_keeps_it_locked_keeps_nobody_from_reading_it(
    path: Path, open_it: Callable[[Path], Reading]
) -> None:
    with Store(path) as store:
        job = filled(store)
    with locked(path), open_it(path) as found:
        assert [one.id for one in found.jobs()] == [job.id]
        assert len(bodies(found, job)) == 6


def test_F58_a_place_that_is_a_file_or_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here")
    with pytest.raises(RequestError, match="it cannot be reached or made: File exists") as caught:
        Store(tmp_path / "file" / "store.db")
    assert caught.value.field == "--store"
    assert caught.value.cure.endswith("or name another place")


def test_F58_a_disk_that_is_full_while_a_store_is_made_is_told_and_leaves_nothing(path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * PAGE, before[1]))
    try:
        with pytest.raises(RequestError, match="its disk does not do what it should") as caught:
            Store(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.field == "--store"
    assert caught.value.cure == "see that it has room and works, or name another place"
    assert list(path.parent.iterdir()) == []
    Store(path).close()


DIES = """
import os, signal, sys
sys.addaudithook(lambda event, _: os.kill(os.getpid(), signal.SIGKILL) if event == sys.argv[2] else None)
from lcm_nornir.journal.store import Store
Store(sys.argv[1])
"""


@pytest.mark.parametrize("moment", ["tempfile.mkstemp", "sqlite3.connect", "os.link"])
def test_F58_a_crash_while_a_store_is_made_leaves_none(path: Path, moment: str) -> None:
    done = subprocess.run([sys.executable, "-c", DIES, path, moment], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not path.exists()
    assert all(file.name.startswith(".store.db-") for file in path.parent.iterdir())
    with Store(path) as store:
        begun(store)


def test_F58_a_crash_that_leaves_a_new_store_its_first_name_too_keeps_nobody_from_it(path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", DIES, path, "os.remove"], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.stat().st_nlink == 2
    with Reading.at(path) as reading:
        assert reading.jobs() == ()
    assert path.stat().st_nlink == 2  # who only reads changes nothing
    with Store(path) as store:
        begun(store)
        assert [file.name for file in path.parent.iterdir() if file.name.startswith(".")] == []


MEETS = """
import sys
def meet(event, _):
    if event == "os.link":
        print("made", flush=True)
        sys.stdin.readline()
sys.addaudithook(meet)
from lcm_nornir.journal.store import Store
from tests.journal.stores import begun
with Store(sys.argv[1]) as store:
    print(begun(store).id)
"""


def test_F58_two_processes_that_make_the_same_store_at_once_both_get_it(path: Path) -> None:
    with ExitStack() as stack:
        pair = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", MEETS, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                )
            )
            for _ in range(2)
        ]
        for process in pair:  # each has made a store of its own, and neither has named it
            assert process.stdout is not None
            assert process.stdout.readline() == "made\n"
        told = {process.communicate("go\n", timeout=20)[0].strip() for process in pair}
    with Reading.at(path) as store:
        assert {job.id for job in store.jobs()} == told
        assert len(told) == 2
    assert [file.name for file in path.parent.iterdir() if file.name.startswith(".")] == []


def structure(path: Path) -> set[tuple[Any, ...]]:
    return set(asked(path, "SELECT type, name, tbl_name, sql FROM sqlite_master"))


def test_this_release_knows_the_last_revision() -> None:
    assert SCRIPTS.get_current_head() == REVISION
    assert len(SCRIPTS.get_heads()) == 1


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_store_of_any_revision_becomes_one_of_this_release(path: Path, tmp_path: Path, revision: str) -> None:
    old = tmp_path / "old.db"
    engine = create_engine(f"sqlite:///{old}")
    with engine.begin() as connection:
        MIGRATIONS.attributes["connection"] = connection
        command.upgrade(MIGRATIONS, revision)
    engine.dispose()
    asked(old, f"PRAGMA application_id={APPLICATION}")
    old.chmod(0o600)
    with Store(old) as store:
        job = filled(store)
    with Store(old) as store:
        assert [one.id for one in store.jobs()] == [job.id]
        assert len(bodies(store, job)) == 6
    Store(path).close()
    assert structure(old) == structure(path)


def test_the_migrations_make_the_tables_that_the_code_knows(path: Path) -> None:
    Store(path).close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    engine.dispose()


@pytest.mark.parametrize("table", tables.ONLY_GROW)
@pytest.mark.parametrize("change", ["UPDATE {} SET rowid = rowid", "DELETE FROM {}"])
def test_N2_the_database_itself_refuses_to_change_or_remove_what_happened(path: Path, table: str, change: str) -> None:
    with Store(path) as store:
        filled(store)
    before = asked(path, f"SELECT * FROM {table}")  # noqa: S608 - a table of ours
    assert before
    with pytest.raises(sqlite3.IntegrityError, match=f"{table} only grows"):
        asked(path, change.format(table))
    assert asked(path, f"SELECT * FROM {table}") == before  # noqa: S608 - as above


def test_what_is_not_of_the_past_is_all_that_may_change() -> None:
    assert set(tables.metadata.tables) - set(tables.ONLY_GROW) == {
        "owners",
        "leases",
        "documents",
        "requests",
        "users",
        "tokens",
    }
