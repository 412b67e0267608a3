"""A store on a PostgreSQL server: made whole, ours alone, guarded; what its server or its owners' machines do to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from lcm_nornir import Reading, Store, clock
from lcm_nornir.errors import JournalFailed, LeftUnfinished, OwnedElsewhere, OwnershipLost, RequestError
from lcm_nornir.journal import tables
from lcm_nornir.journal.audit import Audit
from lcm_nornir.journal.database import database_of
from lcm_nornir.journal.form import REVISION
from lcm_nornir.journal.leases import Key
from lcm_nornir.journal.place import Address, Place, place_of
from lcm_nornir.journal.postgresql import MARK, WRITING, PostgreSQL
from tests.fleets import happens
from tests.journal.other import ROOT
from tests.journal.stores import ADDRESS, MIGRATIONS, SENT, asked, begun, bodies, filled, number, numbers, owned
from tests.postgres import PASSWORD, PostgresServer, needed, postgres_server, program
from tests.proxy import Fate, Proxy, at_pattern

pytestmark = pytest.mark.slow  # each waits for the disk of a server, many times
REVISIONS = [script.revision for script in ScriptDirectory.from_config(MIGRATIONS).walk_revisions()]
OPENERS = pytest.mark.parametrize("open_it", [Store, Reading.at], ids=["to write", "to read"])
OTHERS = "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'public'"
COMMIT = b"COMMIT\0"  # and not READ COMMITTED
SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname = 'lcm_nornir'"


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.database()


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """Run a server of one's own, to be killed."""
    needed()
    with postgres_server() as own:
        yield own


def refused(open_it: Callable[[str], Any], url: str) -> RequestError:
    with pytest.raises(RequestError) as caught:
        open_it(url)
    assert caught.value.field == "--store"
    assert caught.value.cure
    assert PASSWORD not in str(caught.value)
    return caught.value


# How it is opened and made.


@OPENERS
@pytest.mark.parametrize(
    "name",
    [
        "postgresql://lcm:hunter2@127.0.0.1/jobs",
        "postgres://lcm:hunter2@127.0.0.1:5432/jobs",
        "postgresql://lcm:@127.0.0.1/jobs",
        "postgresql://lcm@127.0.0.1/jobs?sslmode=require&password=hunter2",
        "postgresql://127.0.0.1/jobs?sslpassword=hunter2",
        "postgresql+psycopg://lcm:hunter2@127.0.0.1/jobs",
        "postgresql://lcm:hunter2@[::1/jobs",
    ],
)
def test_S10_a_url_with_a_password_is_refused_and_not_told(name: str, open_it: Callable[[str], Any]) -> None:
    error = refused(open_it, name)
    assert "there is a password in this URL" in error.message
    assert "PGPASSWORD" in error.cure
    assert "hunter2" not in str(error)


@OPENERS
@pytest.mark.parametrize(
    "name", ["postgresql:/lcm@host/jobs", "postgresql://lcm@host", "mysql://lcm@host/jobs", "postgresql+psycopg://h/x"]
)
def test_a_url_that_names_no_database_is_refused(name: str, open_it: Callable[[str], Any]) -> None:
    error = refused(open_it, name)
    assert "this URL names no database of a PostgreSQL server" in error.message
    assert error.cure == "write postgresql://USER@HOST:PORT/DATABASE"


@OPENERS
@pytest.mark.parametrize("name", ["postgresql://h/x?no_such_word=1", "postgresql://lcm@host:nowhere/x"])
def test_a_url_that_libpq_does_not_understand_is_refused(name: str, open_it: Callable[[str], Any]) -> None:
    assert refused(open_it, name).message.startswith(f"{name}: ")


@OPENERS
def test_F58_a_server_that_does_not_answer_is_told(postgres: PostgresServer, open_it: Callable[[str], Any]) -> None:
    nowhere = postgres.url("none").replace(str(postgres.port), "1")
    error = refused(open_it, nowhere)
    assert error.message.startswith(f"{nowhere}: it cannot be reached (")
    assert "Connection refused" in error.message
    error = refused(open_it, postgres.url("no_such_database"))
    assert 'database "no_such_database" does not exist' in error.message


def test_S10_a_password_is_taken_from_where_libpq_looks_for_it_and_stands_nowhere(
    url: str, postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.do(url.rpartition("/")[2], f"GRANT CREATE ON DATABASE {url.rpartition('/')[2]} TO asked")
    name = url.replace("lcm@", "asked@")
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))
    assert "no password supplied" in refused(Store, name).message
    monkeypatch.setenv("PGPASSWORD", "wrong-" + PASSWORD)
    assert "password authentication failed" in refused(Store, name).message
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with Store(name) as store:
        filled(store)
        assert str(store.place) == name
        assert PASSWORD not in repr(store.place)
    monkeypatch.delenv("PGPASSWORD")
    (tmp_path / "pass").write_text(f"127.0.0.1:*:*:asked:{PASSWORD}\n")
    (tmp_path / "pass").chmod(0o600)
    with Reading.at(f"{name}?passfile={tmp_path / 'pass'}") as reading:
        assert len(reading.jobs()) == 1
    told = [asked(Address(url), f"TABLE {table}") for table in tables.metadata.tables]
    assert any(told)
    assert PASSWORD not in str(told)


def test_F58_a_store_that_is_not_there_is_not_made_for_reading(url: str) -> None:
    error = refused(Reading.at, url)
    assert "there is no store" in error.message
    assert error.cure == "name the one that the run had"
    assert asked(Address(url), SCHEMAS) == []
    with pytest.raises(RequestError, match="there is no store"):
        database_of(Address(url)).find()


@OPENERS
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (["CREATE TABLE public.notes (text text)"], "it is a database, but no store of this program"),
        (["CREATE SCHEMA lcm_nornir", "CREATE TABLE lcm_nornir.jobs (id text)"], "but no store of this program"),
        (["CREATE SCHEMA lcm_nornir", "COMMENT ON SCHEMA lcm_nornir IS 'mine'"], "but no store of this program"),
        (
            ["CREATE TABLE alembic_version (version_num text)", f"INSERT INTO alembic_version VALUES ('{REVISION}')"],  # noqa: S608 - ours
            "it is a database, but no store of this program",
        ),
    ],
)
def test_F58_another_programs_database_is_refused_and_stays_as_it_is(
    url: str, postgres: PostgresServer, spoil: list[str], said: str, open_it: Callable[[str], Any]
) -> None:
    postgres.do(url.rpartition("/")[2], *spoil)
    before = dump(url)
    error = refused(open_it, url)
    assert error.message.startswith(f"{url}: ")
    assert said in error.message
    assert dump(url) == before


@OPENERS
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "it is from a newer release (form 9999; this one knows"),
        ("DROP TABLE configurations", "the store is damaged (it has no table configurations)"),
        ("DROP TABLE alembic_version", 'the store is damaged (relation "lcm_nornir.alembic_version" does not exist'),
        ("COMMENT ON SCHEMA lcm_nornir IS NULL", "it is a database, but no store of this program"),
    ],
)
def test_F58_what_is_not_to_be_used_is_refused_and_stays_as_it_is(
    url: str, spoil: str, said: str, open_it: Callable[[str], Any]
) -> None:
    with Store(url) as store:
        filled(store)
    asked(Address(url), spoil)
    before = dump(url)
    assert said in refused(open_it, url).message
    assert dump(url) == before


@OPENERS
def test_F58_a_database_of_another_encoding_is_refused(postgres: PostgresServer, open_it: Callable[[str], Any]) -> None:
    url = postgres.database("ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    assert "its encoding is LATIN1" in refused(open_it, url).message
    assert asked(Address(url), SCHEMAS) == []


def test_F54_a_server_that_does_not_sync_its_disk_is_refused(server: PostgresServer) -> None:
    url = server.database()
    server.end()
    server.start(fsync="off")
    assert "a power loss may take what its server has committed (fsync off" in refused(Store, url).message
    server.end()
    server.start()
    with Store(url) as store:
        begun(store)


def test_F54_the_writer_waits_for_the_disk_whatever_the_server_is_set_to(url: str, postgres: PostgresServer) -> None:
    name = url.rpartition("/")[2]
    postgres.do(name, f"ALTER DATABASE {name} SET synchronous_commit = off")
    postgres.do(name, f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
    postgres.do(name, f"ALTER DATABASE {name} SET extra_float_digits = -5")
    with Store(url) as store:
        settings = ("synchronous_commit", "transaction_isolation", "transaction_read_only")
        found = [
            store.do("asked", lambda connection, of=one: connection.exec_driver_sql(f"SHOW {of}").scalar())  # type: ignore[misc]
            for one in settings
        ]
        assert found == ["on", "read committed", "off"]
        filled(store)
        assert store.audit().altered == ()


def test_nothing_is_written_by_whoever_reads(url: str) -> None:
    with Store(url) as store:
        job = filled(store)
        with Reading.at(url) as reading:
            for reader in (store, reading):
                for change in ("DELETE FROM leases", "CREATE TABLE other (id int)", "DELETE FROM history"):
                    with pytest.raises(RequestError, match="it cannot be written"):
                        reader.ask(lambda connection, of=change: connection.exec_driver_sql(of))  # type: ignore[misc]
        assert store.job("last") == job


def test_a_user_who_may_only_read_reads_and_writes_nothing(
    url: str, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(url) as store:
        job = filled(store)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    name = url.replace("lcm@", "asked@")
    assert "permission denied for schema lcm_nornir" in refused(Reading.at, name).message
    grants = ("USAGE ON SCHEMA lcm_nornir", "SELECT ON ALL TABLES IN SCHEMA lcm_nornir")
    postgres.do(url.rpartition("/")[2], *(f"GRANT {grant} TO asked" for grant in grants))
    with Reading.at(name) as reading:
        assert reading.job("last") == job
        assert reading.audit().altered == ()
    with Store(name) as store, pytest.raises(JournalFailed, match="permission denied for table"):
        begun(store)


DIES = """
import os, signal, sys
from sqlalchemy import event, Engine
left = int(sys.argv[2])
@event.listens_for(Engine, "before_cursor_execute")
def count(connection, cursor, statement, *_):
    global left
    if "CREATE" in statement.upper():
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
from lcm_nornir.journal.store import Store
Store(sys.argv[1])
"""


@pytest.mark.parametrize("moment", ["1", "2", "8", "20"])
def test_F58_a_crash_while_a_store_is_made_leaves_none(url: str, moment: str) -> None:
    done = subprocess.run([sys.executable, "-c", DIES, url, moment], check=False)
    assert done.returncode == -signal.SIGKILL
    assert asked(Address(url), SCHEMAS) == []
    with Store(url) as store:
        begun(store)


OPENS = """
import sys
from lcm_nornir.journal.store import Store
from tests.journal.stores import begun
print("ready", flush=True)
sys.stdin.readline()
with Store(sys.argv[1]) as store:
    print(begun(store).id)
"""


def test_F58_processes_that_make_the_same_store_at_once_all_get_it(url: str) -> None:
    with ExitStack() as stack:
        words = [sys.executable, "-c", OPENS, url]
        processes = [
            stack.enter_context(
                subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for _ in range(4)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        with psycopg.connect(url) as holding:  # each has looked, and found none
            holding.execute(f"SELECT pg_advisory_xact_lock({WRITING})")
            for process in processes:
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
            waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            assert happens(lambda: asked(Address(url), waiting) == [(4,)], 20)
        told = {process.communicate(timeout=30)[0].strip() for process in processes}
    with Reading.at(url) as store:
        assert {job.id for job in store.jobs()} == told
        assert len(told) == 4
        assert store.audit().altered == ()


def at_revision(url: str, revision: str) -> None:
    """Make a store of an older release."""
    asked(Address(url), "CREATE SCHEMA lcm_nornir")
    asked(Address(url), f"COMMENT ON SCHEMA lcm_nornir IS '{MARK}'")
    engine = PostgreSQL(Address(url))._engine(10, write=True)
    with engine.begin() as connection:
        MIGRATIONS.attributes["connection"] = connection
        command.upgrade(MIGRATIONS, revision)
    engine.dispose()


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_store_of_any_revision_becomes_one_of_this_release(url: str, postgres: PostgresServer, revision: str) -> None:
    at_revision(url, revision)
    if revision != REVISION:
        assert "it is from an older release" in refused(Reading.at, url).message
    with Store(url) as store:
        job = filled(store)
        assert store.audit().altered == ()
    with Store(url) as store:
        assert [one.id for one in store.jobs()] == [job.id]
    fresh = postgres.database()
    Store(fresh).close()
    assert dump(url, "--schema-only") == dump(fresh, "--schema-only")


def test_S24_what_an_older_release_wrote_is_chained_as_it_stands(url: str) -> None:
    place = Address(url)
    at_revision(url, "0001")
    asked(place, "INSERT INTO jobs VALUES ('old', 1.5, 'somebody', 'update_image', '{}')")
    asked(place, "INSERT INTO switches VALUES ('old', 'leaf01', 0, 'id-1', '192.0.2.1:22')")
    asked(place, "INSERT INTO configurations VALUES (1, 'old', 'leaf01', 2.5, '\\x01', '\\x02')")
    for _ in range(2):
        asked(place, "INSERT INTO history (job, switch, time, kind, body) VALUES ('old', 'leaf01', 2.5, 'n', '{}')")
    with Store(url) as store:
        assert [note.kind for note in store.notes(store.job("old"))] == ["n", "n", "job", "configuration"]
        found = store.audit()
    assert (found.lines, found.jobs, found.configurations, found.altered) == (4, 1, 1, ())
    with pytest.raises(psycopg.IntegrityError, match="history only grows"):
        asked(place, "UPDATE history SET body = '{}'")


def test_the_migrations_make_the_tables_that_the_code_knows(url: str) -> None:
    with Store(url) as store:
        diff = store.ask(lambda one: compare_metadata(MigrationContext.configure(one), tables.metadata))
    assert [(what, column.table.name, column.name) for what, _, _, column in diff] == [
        ("remove_column", "jobs", "rowid"),  # which SQLite has by itself
        ("remove_column", "owners", "rowid"),
    ]


def test_a_backup_that_is_restored_is_the_same_store(url: str, postgres: PostgresServer, tmp_path: Path) -> None:
    with Store(url) as store:
        job = filled(store)
        head = store.audit().head
        saved = tmp_path / "saved"
        subprocess.run(
            [program("pg_dump"), "--schema", "lcm_nornir", "--format", "custom", "--file", saved, url], check=True
        )
        store.note(job.id, "leaf01", "n", number(1), wait=True)
        lost = store.audit().head
    fresh = postgres.database()
    subprocess.run([program("pg_restore"), "--dbname", fresh, saved], check=True)
    with Store(fresh) as store:
        assert store.job("last") == job
        assert store.audit(head).altered == ()
        assert "the end is missing" in " ".join(store.audit(lost).altered)
        store.note(job.id, "leaf01", "n", number(2), wait=True)
        filled(store)
        assert store.audit(head).altered == ()


def dump(url: str, *words: str) -> str:
    """Give all that is in a database, as PostgreSQL's own backup tells it."""
    done = subprocess.run([program("pg_dump"), *words, url], check=True, capture_output=True, text=True)
    return "".join(line for line in done.stdout.splitlines(keepends=True) if "restrict" not in line)


# What happened only grows, and whatever is altered all the same is found.


@pytest.mark.parametrize("table", tables.ONLY_GROW)
@pytest.mark.parametrize("change", ["UPDATE {0} SET job = job", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_N2_the_database_itself_refuses_to_change_or_remove_what_happened(
    url: str, table: str, change: str, role: str
) -> None:
    with Store(url) as store:
        filled(store)
    before = asked(Address(url), f"SELECT * FROM {table}")  # noqa: S608 - a table of ours
    assert before
    change = change.format(table).replace("job = job", "id = id" if table == "jobs" else "job = job")
    with psycopg.connect(url, options="-c search_path=lcm_nornir", autocommit=True) as connection:
        connection.execute(f"SET session_replication_role = {role}")
        with pytest.raises(psycopg.IntegrityError, match="only grows"):
            connection.execute(change.encode())
    assert asked(Address(url), f"SELECT * FROM {table}") == before  # noqa: S608 - as above


def forged(url: str, *statements: str) -> None:
    """Change a store past what its triggers refuse; they stand as before afterwards."""
    for word in ("DISABLE", "ENABLE ALWAYS"):
        for statement in statements if word != "DISABLE" else ():
            asked(Address(url), statement)
        for table in tables.ONLY_GROW:
            asked(Address(url), f"ALTER TABLE {table} {word} TRIGGER {table}_only_grows")


def audited(url: str, head: str = "") -> Audit:
    with Reading.at(url) as store:
        return store.audit(head)


COLUMNS = [
    (table, column.name)
    for table in tables.ONLY_GROW
    for column in tables.metadata.tables[table].columns
    if column.name not in ("seq", "number")
]


def other(table: str, column: str) -> str:
    kind = str(tables.metadata.tables[table].columns[column].type)
    return {"TEXT": f"{column} || 'x'", "FLOAT": f"{column} + 1e-6", "INTEGER": f"{column} + 1"}.get(kind, "'\\x00'")


def test_S24_whatever_is_altered_is_found(url: str) -> None:
    with Store(url) as store:
        filled(store)
    asked(Address(url), "ALTER TABLE switches DROP CONSTRAINT switches_job_fkey")  # a forger's first line
    assert audited(url).altered == ()
    for table, column in COLUMNS:
        where = " WHERE seq = 2" if table == "history" else ""
        row = asked(Address(url), f"SELECT {column} FROM {table}{where}")  # noqa: S608 - ours
        forged(url, f"UPDATE {table} SET {column} = {other(table, column)}{where}")  # noqa: S608 - ours
        assert asked(Address(url), f"SELECT {column} FROM {table}{where}") != row  # noqa: S608 - ours
        assert audited(url).altered, (table, column)
        with psycopg.connect(url, options="-c search_path=lcm_nornir", autocommit=True) as connection:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_only_grows".encode())
            connection.execute(f"UPDATE {table} SET {column} = %s{where}".encode(), row[0])  # noqa: S608 - ours
            connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_only_grows".encode())
        assert audited(url).altered == (), (table, column)


@pytest.mark.parametrize(
    ("forgery", "said"),
    [
        ("DELETE FROM history WHERE seq = 1", "line 2 "),
        ("UPDATE history SET seq = 100 WHERE seq = 2", "line 100 "),
        ("DELETE FROM configurations", "what was kept of its configuration is not what was written"),
        ("UPDATE jobs SET rowid = DEFAULT WHERE rowid = 1", "the jobs do not stand in the order"),
    ],
)
def test_S24_what_is_missing_or_moved_is_found(url: str, forgery: str, said: str) -> None:
    with Store(url) as store:
        filled(store)
        begun(store)
    forged(url, forgery)
    assert said in " ".join(audited(url).altered)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("ALTER TABLE history DISABLE TRIGGER history_only_grows", "(its triggers)"),
        ("ALTER TABLE history ENABLE TRIGGER history_only_grows", "(its triggers)"),  # a replica's session gets past it
        ("DROP TRIGGER jobs_only_grows ON jobs", "(its triggers)"),
        (
            "CREATE OR REPLACE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "(its triggers)",
        ),
        (
            "CREATE TRIGGER quiet AFTER INSERT ON history EXECUTE FUNCTION only_grows()",
            "(its triggers)",
        ),
        ("CREATE RULE quiet AS ON INSERT TO history DO INSTEAD NOTHING", "table history is not kept as it was made"),
        ("ALTER TABLE history ENABLE ROW LEVEL SECURITY", "table history is not kept as it was made"),
        ("ALTER TABLE leases SET UNLOGGED", "table leases is not kept as it was made"),
        ("CREATE VIEW past AS SELECT * FROM history", "table past is not kept as it was made"),
        ("CREATE FUNCTION now2() RETURNS int LANGUAGE sql AS 'SELECT 1'", "there is a function now2"),
    ],
)
def test_S24_what_the_database_refuses_no_longer_or_does_besides_is_found(url: str, statement: str, said: str) -> None:
    Store(url).close()
    asked(Address(url), statement)
    assert said in " ".join(audited(url).altered)


WRITES = """
import sys
from lcm_nornir import Store
from tests.journal.stores import begun, number, owned, SENT, Key
with Store(sys.argv[1]) as store:
    job = begun(store)
    print(job.id, flush=True)
    sys.stdin.readline()
    for n in range(100):
        store.note(job.id, "leaf01", "n", number(n), wait=n % 7 == 0)
"""


def test_S24_what_several_processes_write_at_once_is_one_chain(url: str) -> None:
    Store(url).close()
    with ExitStack() as stack:
        words = [sys.executable, "-c", WRITES, url]
        processes = [
            stack.enter_context(
                subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for _ in range(3)
        ]
        jobs = []
        for process in processes:
            assert process.stdout is not None
            jobs.append(process.stdout.readline().strip())
        for process in processes:
            process.communicate("go\n", timeout=60)
            assert process.returncode == 0
    with Reading.at(url) as store:
        for job in jobs:
            assert numbers(store, store.job(job)) == list(range(100))
        seqs = [note.seq for note in store.lines(jobs, 0, 1000)]
        first = [note.switch for note in store.lines(jobs, 0, 1000)]
        assert len(first) == 303
        assert seqs == sorted(seqs)
        assert (store.audit().lines, store.audit().altered) == (303, ())


def test_a_line_that_no_server_takes_is_lost_alone(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with Store(url) as store:
        job = begun(store)
        for n, switch in enumerate(("leaf01", "leaf\0", "leaf\ud800", "leaf01")):
            store.note(job.id, switch, "n", number(n))
        assert happens(lambda: numbers(store, job) == [0, 3])
        assert caplog.text.count("a line of the journal is lost: history n") == 2
        assert store.audit().altered == ()


def test_what_cannot_be_there_is_not_found(url: str) -> None:
    with Store(url) as store:
        begun(store)
        assert store.accounts().user("nobody\0") is None
        assert store.job_of("\0") is None
        assert store.last("a\0") == 0
        assert store.lines(["\0"], 2**62, 10) == ()
        with pytest.raises(RequestError, match="there is no job"):
            store.job("\0")


def test_who_reads_when_all_connections_are_in_use_is_told(url: str) -> None:
    Store(url).close()
    database = database_of(place_of(url))
    with ExitStack() as stack:
        reading = stack.enter_context(Reading(database, database.open_to_read(0.2)))
        for _ in range(20):
            stack.enter_context(reading._read()).exec_driver_sql("SELECT 1")
        with pytest.raises(RequestError, match="all its connections are in use"):
            reading.jobs()


def test_without_the_package_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, PostgreSQL.__module__, None)
    error = refused(Store, "postgresql://lcm@127.0.0.1/jobs")
    assert "the package psycopg is missing" in error.message
    assert error.cure == "run: pip install 'lcm-nornir[postgresql]'"


# A server that is gone, and comes back.


def gone(server: PostgresServer) -> None:
    server.end(signal.SIGKILL)


def test_F58_while_the_server_is_gone_no_intent_is_stored_and_afterwards_nothing_is_missing(
    server: PostgresServer,
) -> None:
    with Store(server.database()) as store, owned(store, job := begun(store)) as owner:
        store.note(job.id, "leaf01", "n", number(0), wait=True)
        gone(server)
        for n in range(1, 10):
            store.note(job.id, "leaf01", "n", number(n))
        with pytest.raises(JournalFailed, match="the journal cannot be written: ") as caught:
            store.intend(owner, job.id, SENT)
        assert caught.value.remedy == "see that the store's server runs and its disk has room, then resume"
        assert "\n" not in caught.value.message
        with pytest.raises(JournalFailed):
            store.check()
        with pytest.raises(RequestError, match="it cannot be reached"):
            store.jobs()
        server.start()
        assert happens(lambda: len(bodies(store, job)) == 11, 15)
        assert numbers(store, job) == list(range(10))
        store.check()
        assert store.intend(owner, job.id, SENT).token
        assert len(store.intents(job)) == 1
        assert store.audit().altered == ()


def test_F58_a_server_that_was_started_again_while_nobody_wrote_is_not_even_noticed(server: PostgresServer) -> None:
    with Store(server.database()) as store:
        job = begun(store)
        server.end()
        server.start()
        store.note(job.id, "leaf01", "n", number(1), wait=True)
        assert numbers(store, job) == [1]


def test_F53_F54_a_server_that_is_killed_again_and_again_loses_nothing_and_writes_nothing_twice(
    server: PostgresServer,
) -> None:
    told, over = list[int](), threading.Event()
    with Store(server.database()) as store:
        job, other_job = begun(store), begun(store)

        def wait_for_each() -> None:
            n = 0
            while not over.is_set():
                with suppress(JournalFailed):
                    store.note(other_job.id, "leaf01", "n", number(n), wait=True)
                    told.append(n)
                n += 1

        waits = threading.Thread(target=wait_for_each)
        waits.start()
        given = 0
        for _ in range(5):
            end = time.monotonic() + 1.0
            while time.monotonic() < end:
                store.note(job.id, "leaf01", "n", number(given))
                given += 1
                time.sleep(0.002)
            gone(server)
            server.start()
        over.set()
        waits.join()
        store.note(job.id, "", "n", number(-1))
        assert happens(lambda: len(bodies(store, job, "")) == 2, 20)
        assert numbers(store, job, "leaf01") == list(range(given))
        found = numbers(store, other_job)
        assert len(found) == len(set(found))
        assert set(told) <= set(found)  # what was said to be on disk is there; what was not may be
        assert store.audit().altered == ()


@contextmanager
def through(url: str) -> Iterator[tuple[Proxy, str]]:
    """Give a link to a database that can be cut, and the URL that goes by it."""
    head, _, rest = url.partition("@")
    address, _, name = rest.partition("/")
    host, _, port = address.partition(":")
    with Proxy(host, int(port)) as proxy:
        yield proxy, f"{head}@{proxy.host}:{proxy.port}/{name}?sslmode=disable&gssencmode=disable"


@pytest.mark.parametrize("fate", [Fate.CUT, Fate.PASS_AND_CUT], ids=["lost", "obeyed"])
def test_F53_of_a_commit_whose_answer_is_lost_it_is_found_out_whether_it_was(url: str, fate: Fate) -> None:
    Store(url).close()
    with through(url) as (proxy, link), Store(link) as store, owned(store, job := begun(store)) as owner:
        owner.take_soon(Key("serial ABC", "leaf01"))
        proxy.judge = once(at_pattern(COMMIT, fate))
        for n in range(3):
            store.note(job.id, "leaf01", "n", number(n))
        assert happens(lambda: len(bodies(store, job)) == 4, 15)
        time.sleep(1.5)  # whatever would come twice has come
        assert numbers(store, job) == [0, 1, 2]
        assert store.intend(owner, job.id, SENT).token  # its serial is ours, whichever way it went
        assert store.audit().altered == ()


@pytest.mark.parametrize("fate", [Fate.CUT, Fate.PASS_AND_CUT], ids=["lost", "obeyed"])
def test_N4_an_intent_whose_commit_is_not_answered_is_not_taken_for_stored(url: str, fate: Fate) -> None:
    Store(url).close()
    with through(url) as (proxy, link), Store(link) as store, owned(store, job := begun(store)) as owner:
        proxy.judge = once(at_pattern(COMMIT, fate))
        with pytest.raises(JournalFailed, match="the journal cannot be written: "):
            store.intend(owner, job.id, SENT)
        intents = store.intents(job)
        assert len(intents) == (fate is Fate.PASS_AND_CUT)
        assert all(one.outcome is None for one in intents)  # it is looked at before anything is sent
        owner.check("leaf01")
        assert store.intend(owner, job.id, SENT).token


def test_a_job_whose_first_commit_is_not_answered_is_not_stored_twice(url: str) -> None:
    Store(url).close()
    with through(url) as (proxy, link), Store(link) as store:
        proxy.judge = once(at_pattern(COMMIT, Fate.PASS_AND_CUT))
        with pytest.raises(JournalFailed):
            begun(store)
        assert len(store.jobs()) == 1
        assert store.audit().altered == ()


def once(judge: Callable[[Any], Fate]) -> Callable[[Any], Fate]:
    left = [1]

    def judged(chunk: Any) -> Fate:
        fate = judge(chunk) if left else Fate.PASS
        if fate is not Fate.PASS:
            left.clear()
        return fate

    return judged


def test_one_who_stands_still_while_he_writes_is_let_go_and_keeps_nobody_waiting(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {**vars(sys.modules[PostgreSQL.__module__])["_SETTINGS"], "idle_in_transaction_session_timeout": "300ms"}
    monkeypatch.setitem(vars(sys.modules[PostgreSQL.__module__]), "_SETTINGS", settings)
    with Store(url) as store, Store(url) as other_store:
        job = begun(store)
        still = threading.Event()

        def stand_still(_: Any) -> None:
            still.set()
            time.sleep(1.0)

        thread = threading.Thread(target=_failing, args=(store, stand_still))
        thread.start()
        assert still.wait(5)
        began = time.monotonic()
        other_store.note(job.id, "", "n", number(1), wait=True)
        assert time.monotonic() - began < 0.9
        thread.join()
    assert len(asked(Address(url), "SELECT 1 FROM history WHERE kind = 'n'")) == 1


def _failing(store: Store, work: Callable[[Any], None]) -> None:
    with suppress(JournalFailed):
        store.do("still", work)


# Who works on a switch, from whichever machine.

HOLDS = """
import sys
from lcm_nornir import Store, clock
from tests.journal.stores import ADDRESS
if sys.argv[2]:
    vars(clock).update(machine_boot=lambda: sys.argv[2])
with Store(sys.argv[1], lease=float(sys.argv[3])) as store:
    owner = store.own(store.job("last"))
    owner.take([ADDRESS])
    print("has it", flush=True)
    sys.stdin.readline()
    owner.give_back(keep=sys.argv[4:])
    print("gave it back", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def holding(url: str, *, boot: str = "", lease: float = 60.0, keep: str = "", **environment: str) -> Iterator[Any]:
    """Own the last job's switch from another process, perhaps of another machine."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, url, boot, str(lease), *([keep] if keep else [])],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "has it\n"
        try:
            yield process
        finally:
            process.kill()


def works(store: Store, job: Any) -> bool:
    found = store.owner(job)
    assert found is not None
    return found.alive


def take(store: Store) -> None:
    owner = store.own(begun(store))
    try:
        owner.take([ADDRESS])
    finally:
        owner.give_back()


def test_F57_an_owner_who_is_killed_on_this_machine_owns_nothing_any_more_at_once(url: str) -> None:
    with Store(url) as store, holding(url_of_job(store, url)) as process:
        job = store.job("last")
        assert works(store, job)
        with pytest.raises(OwnedElsewhere, match="works on it"):
            take(store)
        process.kill()
        process.wait()
        assert not works(store, job)
        take(store)
        assert not works(store, job)  # as often as one looks


def url_of_job(store: Store, url: str) -> str:
    begun(store)
    return url


@pytest.mark.parametrize("elsewhere", ["another machine", "another user"])
def test_F57_an_owner_elsewhere_is_never_taken_for_dead_because_nothing_of_it_is_here(
    url: str, tmp_path: Path, elsewhere: str
) -> None:
    boot = "boot-of-another-machine" if elsewhere == "another machine" else ""
    away = {} if boot else {"XDG_STATE_HOME": str(tmp_path / "of another user")}
    with Store(url) as store, holding(url_of_job(store, url), boot=boot, lease=3.0, **away) as process:
        job = store.job("last")
        assert works(store, job)
        with pytest.raises(OwnedElsewhere, match="works on it"):
            take(store)
        process.kill()  # and nobody here can know it
        process.wait()
        assert works(store, job)
        with pytest.raises(OwnedElsewhere, match="works on it"):
            take(store)
        time.sleep(3.0)
        assert not works(store, job)
        take(store)


@pytest.mark.parametrize("keep", ["", "leaf01"])
def test_F57_an_owner_on_another_machine_who_ends_in_order_keeps_nobody_waiting(url: str, keep: str) -> None:
    with Store(url) as store, holding(url_of_job(store, url), boot="another", keep=keep) as process:
        job = store.job("last")
        assert process.stdin is not None
        process.stdin.write("give it back\n")
        process.stdin.flush()
        assert process.stdout.readline() == "gave it back\n"
        assert not works(store, job)
        take(store)


def test_F57_leases_run_out_by_the_servers_clock_and_not_by_ours(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store(url) as store, holding(url_of_job(store, url), boot="another"):
        real = clock.elapsed
        monkeypatch.setattr(clock, "elapsed", lambda: real() + 1e9)  # of a machine that has been up for thirty years
        with pytest.raises(OwnedElsewhere, match="works on it"):
            take(store)


def test_F57_who_was_cut_off_from_the_server_for_longer_than_its_lease_sends_nothing(url: str) -> None:
    Store(url).close()
    with Store(url) as store, through(url) as (proxy, link), Store(link, lease=0.5) as cut_off:
        owner = cut_off.own(job := begun(cut_off))
        owner.take([ADDRESS])
        asked(Address(url), "UPDATE owners SET machine_boot = 'another'")
        proxy.cut()
        proxy.judge = lambda _: Fate.CUT
        with pytest.raises(JournalFailed):
            owner.renew()
        time.sleep(0.6)
        with pytest.raises(OwnershipLost):
            owner.check("leaf01")
        with owned(store, job) as second:
            proxy.judge = lambda _: Fate.PASS
            with pytest.raises(OwnershipLost):
                cut_off.intend(owner, job.id, SENT)
            store.intend(second, job.id, SENT)
        owner.give_back()
    with Reading.at(url) as reading:
        assert [one.fence for one in reading.intents(job)] == [2]


def test_F57_what_a_dead_owner_may_have_changed_is_left_to_who_resumes_its_job(url: str) -> None:
    with Store(url) as store:
        job = begun(store)
        owner = store.own(job)
        owner.take([ADDRESS])
        store.note(job.id, "leaf01", "StepBegan", '{"phase":"reboot"}')
        store.intend(owner, job.id, SENT)
        asked(Address(url), "UPDATE leases SET expires = 1")  # by the server's clock it has run out
        asked(Address(url), "UPDATE owners SET machine_boot = 'another'")
        with pytest.raises(LeftUnfinished, match=f"job {job.id} has left it unfinished"):
            take(store)
        owner.give_back()


def test_a_store_has_one_service(url: str) -> None:
    Store(url).close()
    database = database_of(place_of(url))
    with database.alone():
        with pytest.raises(RequestError, match="another service runs the jobs of") as caught, database.alone():
            pass
        assert caught.value.message.endswith(url)
        backends = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        assert len(asked(Address(url), backends)) == 1
        held = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"
        assert happens(lambda: len(asked(Address(url), held)) == 1, 10)  # it is taken again
        with pytest.raises(RequestError, match="another service"), database.alone():
            pass
    with database.alone():
        pass


def test_a_service_that_lost_its_lock_to_another_says_so(url: str, caplog: pytest.LogCaptureFixture) -> None:
    Store(url).close()
    database = database_of(place_of(url))
    with database.alone(), psycopg.connect(url, autocommit=True) as thief:
        key = WRITING.replace(", 1", ", 2")
        thief.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        thief.execute(f"SELECT pg_advisory_lock({key})".encode())
        assert happens(lambda: "another service runs the jobs of" in caplog.text, 10)


def test_a_place_is_told_as_it_was_named(url: str) -> None:
    place: Place = place_of(url)
    assert str(place) == url
    assert place_of(place) is place
