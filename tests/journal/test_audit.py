"""What stands in the store is compared with the digests of what was written: what was altered is found, and named."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import create_engine

from lcm_nornir import Reading, Store
from lcm_nornir.drivers.base import Configuration
from lcm_nornir.errors import RequestError
from lcm_nornir.journal.audit import Audit
from lcm_nornir.journal.place import Place
from lcm_nornir.journal.sqlite import APPLICATION
from tests.journal.stores import MIGRATIONS, asked, begun, filled, number, owned

PAGE = 4096
TABLES = ("jobs", "switches", "history", "configurations")
NUMBERS = {"time": 1e-6, "created": 1e-6, "position": 1}
BLOBS = {"running", "startup"}
JOB = "what was asked for is not what was written"
KEPT = "what was kept of its configuration is not what was written"
BROKEN = "is not what was written there, or a line before it is missing"


@pytest.fixture
def past(path: Path) -> Path:
    """Give a store with something in every table."""
    with Store(path) as store:
        filled(store)
    return path


def audited(place: Place, head: str = "") -> Audit:
    with Reading.at(place) as store:
        return store.audit(head)


def roots(path: Path) -> list[int]:
    """Give where the indices of the audited tables begin; each is one page."""
    wanted = (
        "SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name IN ('history', 'jobs', 'configurations')"
    )
    return [(page - 1) * PAGE for (page,) in asked(path, wanted)]


def findings(path: Path) -> tuple[str, ...]:
    try:
        return audited(path).altered
    except RequestError as error:  # SQLite itself has noticed it
        return (str(error),)


def forged(path: Path, *statements: str) -> None:
    """Change a store past the package, and past what the database refuses; what it refuses stays the same."""
    with closing(sqlite3.connect(path)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, sql in triggers:
            connection.execute(sql)
        connection.commit()


def lines(place: Place) -> list[tuple[Any, ...]]:
    return asked(place, "SELECT job, switch, time, kind, body, digest FROM history ORDER BY seq")


def job_in(place: Place) -> str:
    return str(asked(place, "SELECT max(job) FROM history")[0][0])


def chain(values: list[tuple[Any, ...]]) -> list[str]:
    """Give the digests as docs/journal.md tells how they are made."""
    digests = [""]
    for line in values:
        digests.append(hashlib.sha256(json.dumps([digests[-1], *line]).encode()).hexdigest())
    return digests[1:]


def test_S24_what_is_as_it_was_written_is_told_to_be(past: Path) -> None:
    told = lines(past)
    assert [line[-1] for line in told] == chain([line[:-1] for line in told])
    assert [line[3] for line in told] == ["job", "StepBegan", "configuration", "Acting", "outcome", "StepEnded"]
    assert audited(past) == Audit(lines=6, jobs=1, configurations=1, head=told[-1][-1], altered=())


def test_S24_an_empty_store_is_as_it_was_written(place: Place) -> None:
    Store(place).close()
    assert audited(place) == Audit(lines=0, jobs=0, configurations=0, head="", altered=())


def columns() -> list[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        engine = create_engine("sqlite://", creator=lambda: connection)
        with engine.begin() as opened:
            MIGRATIONS.attributes["connection"] = opened
            command.upgrade(MIGRATIONS, "head")
        found = [(table, row[1]) for table in TABLES for row in connection.execute(f"PRAGMA table_info({table})")]
    return [(table, column) for table, column in found if column not in ("seq", "number")]


@pytest.mark.parametrize(("table", "column"), columns())
def test_S24_whatever_is_altered_is_found_and_named(past: Path, table: str, column: str) -> None:
    other = f"{column} || 'x'"
    if column in NUMBERS:
        other = f"{column} + {NUMBERS[column]}"
    elif column in BLOBS:
        other = "zeroblob(9)"
    where = " WHERE kind = 'StepBegan'" if table == "history" else ""
    before = asked(past, f"SELECT * FROM {table}")  # noqa: S608 - tables of ours
    forged(past, f"UPDATE {table} SET {column} = {other}{where}")  # noqa: S608 - as above
    assert before != asked(past, f"SELECT * FROM {table}")  # noqa: S608 - as above
    found = " ".join(audited(past).altered)
    if table == "history":
        assert "line 2 (job " in found
        assert BROKEN in found
        assert ("line 3 (job " in found) == (column == "digest")
    elif table == "configurations":
        assert f"of leaf01: {KEPT}" in found
    else:
        assert f"job {job_in(past)}: {JOB}" in found


@pytest.mark.parametrize(("table", "column"), columns())
def test_S24_a_value_of_another_kind_which_no_question_finds_is_found(past: Path, table: str, column: str) -> None:
    kind = "TEXT" if column in BLOBS else "BLOB"
    forged(past, f"UPDATE {table} SET {column} = CAST({column} AS {kind})")  # noqa: S608 - tables of ours
    assert findings(past)


def test_S24_kept_configurations_that_changed_places_are_found(past: Path) -> None:
    with Store(past) as store:
        store.keep(job_in(past), "leaf01", Configuration("after", "after"))
    assert audited(past).altered == ()
    forged(past, *(f"UPDATE configurations SET number = {to} WHERE number = {of}" for of, to in ((1, 9), (2, 1))))  # noqa: S608
    assert audited(past).altered == (f"job {job_in(past)} of leaf01: {KEPT}",)


def test_S24_jobs_that_changed_places_are_found(path: Path) -> None:
    with Store(path) as store:
        for _ in range(2):
            begun(store)
    assert audited(path).altered == ()
    forged(path, "UPDATE jobs SET rowid = 9 WHERE rowid = 1")
    assert audited(path).altered == ("the jobs do not stand in the order in which they were begun",)


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER history_only_grows_update",
        "CREATE TRIGGER quiet BEFORE INSERT ON history WHEN NEW.kind = 'Acting' BEGIN SELECT RAISE(IGNORE); END",
    ],
)
def test_S24_what_the_database_refuses_no_longer_or_does_besides_is_found(past: Path, statement: str) -> None:
    asked(past, statement)
    (found,) = audited(past).altered
    assert "triggers" in found


@pytest.mark.parametrize(
    ("forgery", "said"),
    [
        ("DELETE FROM history WHERE seq = 1", "line 2 "),
        ("DELETE FROM history WHERE kind = 'outcome'", "line 6 "),
        ("UPDATE history SET seq = 10 WHERE seq = 2", "line 10 "),
        ("INSERT INTO history SELECT 10, job, switch, time, kind, body, digest FROM history WHERE seq = 6", "line 10 "),
        ("INSERT INTO history SELECT 10, job, switch, time, kind, body, '' FROM history WHERE seq = 6", "line 10 "),
        ("DELETE FROM configurations", KEPT),
        ("INSERT INTO configurations SELECT 10, job, switch, time, running, startup FROM configurations", KEPT),
        ("DELETE FROM jobs", JOB),
        ("INSERT INTO jobs SELECT 'other', created, created_by, task, definition FROM jobs", f"job other: {JOB}"),
        ("DELETE FROM switches", JOB),
        ("INSERT INTO switches SELECT job, 'leaf02', 1, id, address FROM switches", JOB),
        (
            "INSERT INTO switches SELECT 'other', name, 1, id, address FROM switches",
            "job other: its switches are",
        ),
    ],
)
def test_S24_what_is_missing_moved_or_more_is_found(past: Path, forgery: str, said: str) -> None:
    forged(past, forgery)
    assert said in " ".join(audited(past).altered)


def test_S24_an_end_that_is_missing_shows_by_a_head_that_was_noted(past: Path) -> None:
    early, late = lines(past)[2][-1], audited(past).head
    with Store(past) as store:
        store.note(job_in(past), "leaf01", "n", number(1), wait=True)
    assert audited(past, early).altered == audited(past, late).altered == ()
    forged(past, "DELETE FROM history WHERE seq > 5")
    assert audited(past).altered == audited(past, early).altered == ()
    assert audited(past, late).altered == (
        f"no line has the digest {late}: the end is missing, or all was written anew",
    )


def test_S24_a_chain_that_was_written_anew_shows_by_a_head_that_was_noted(past: Path) -> None:
    head = audited(past).head
    forged(past, "UPDATE history SET body = '{}' WHERE kind = 'outcome'")
    anew = enumerate(chain([line[:-1] for line in lines(past)]), start=1)
    forged(past, *(f"UPDATE history SET digest = '{made}' WHERE seq = {seq}" for seq, made in anew))  # noqa: S608
    assert audited(past).altered == ()
    assert "written anew" in audited(past, head).altered[0]


def test_S24_a_flipped_byte_is_found_wherever_it_is(past: Path) -> None:
    sound = past.read_bytes()
    values = [value for table in TABLES for row in asked(past, f"SELECT * FROM {table}") for value in row]  # noqa: S608
    texts = {
        value if isinstance(value, bytes) else value.encode() for value in values if isinstance(value, str | bytes)
    }
    once = [text for text in sorted(texts) if len(text) > 7 and sound.count(text) == 1]  # else it may be a lease's
    places = [sound.index(text) + place for text in once for place in range(0, len(text), 41)]
    places += [root + place for root in (roots(past)) for place in range(PAGE) if sound[root + place] > ord(" ")]
    assert len(places) > 50
    for place in places:
        past.write_bytes(sound[:place] + bytes([sound[place] ^ 0x81]) + sound[place + 1 :])
        assert findings(past), place
    past.write_bytes(sound)
    assert audited(past).altered == ()


def test_S24_what_several_write_at_once_is_one_chain(place: Place) -> None:
    with Store(place) as one, Store(place) as other:
        first, second = begun(one), begun(other)
        for value in range(20):
            one.note(first.id, "leaf01", "n", number(value), wait=value % 3 == 0)
            other.note(second.id, "leaf01", "n", number(value), wait=value % 4 == 0)
    assert (audited(place).lines, audited(place).altered) == (42, ())


def test_S24_a_line_that_is_not_written_leaves_no_gap(place: Place) -> None:
    with Store(place, lease=0.1) as store, Store(place) as other:
        job = begun(store)
        with owned(store, job) as owner:
            time.sleep(0.2)
            with owned(other, job):
                store.note(job.id, "leaf01", "n", number(1), owner=owner, wait=True)
                store.note(job.id, "leaf01", "n", number(2), wait=True)
    assert [line[4] for line in lines(place)][1:] == [number(2)]
    assert audited(place).altered == ()


def test_S24_what_an_older_release_wrote_is_chained_as_it_stands(tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    engine = create_engine(f"sqlite:///{old}")
    with engine.begin() as connection:
        MIGRATIONS.attributes["connection"] = connection
        command.upgrade(MIGRATIONS, "0001")
    engine.dispose()
    asked(old, f"PRAGMA application_id={APPLICATION}")
    with closing(sqlite3.connect(old)) as database:
        database.execute("INSERT INTO jobs VALUES ('old', 1.5, 'somebody', 'update_image', '{}')")
        database.execute("INSERT INTO switches VALUES ('old', 'leaf01', 0, 'id-1', '192.0.2.1:22')")
        database.execute("INSERT INTO configurations VALUES (1, 'old', 'leaf01', 2.5, x'01', x'02')")
        for seq in (1, 2):
            database.execute("INSERT INTO history VALUES (?, 'old', 'leaf01', 2.5, 'n', ?)", (seq, number(seq)))
        database.commit()
    old.chmod(0o600)
    with pytest.raises(RequestError, match="older release"):
        audited(old)
    Store(old).close()
    assert [line[3] for line in lines(old)] == ["n", "n", "job", "configuration"]
    found = audited(old)
    assert (found.lines, found.jobs, found.configurations, found.altered) == (4, 1, 1, ())
    forged(old, "UPDATE jobs SET created_by = 'nobody'")
    assert audited(old).altered == (f"job old: {JOB}",)
