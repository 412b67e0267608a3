"""A store in a database of a PostgreSQL server: made whole or not at all, one who writes at a time, nothing changed.

Its tables are in a schema of their own, whose comment tells that it is ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import Connection, Engine, Select, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import NullPool, QueuePool

from lcm_nornir.errors import RequestError
from lcm_nornir.journal.form import REVISION, check_form, check_readable, migrate
from lcm_nornir.journal.place import FORM, Address
from lcm_nornir.journal.refusals import LOCKED, RESTORE, damaged, refusal
from lcm_nornir.journal.session_lock import SessionLock
from lcm_nornir.journal.tables import ONLY_GROW, executed
from lcm_nornir.places import state_folder

SCHEMA = "lcm_nornir"
MARK = "store of lcm_nornir"
"""Comment of the schema: what tells a store from the schemas of other programs."""
WRITING = f"{int.from_bytes(b'lcmn')}, 1"
"""Key of the advisory lock of this database that whoever writes has."""
_SERVING = f"{int.from_bytes(b'lcmn')}, 2"
# An advisory lock, and not one of a table: it is there before the first table is, and neither backups nor autovacuum,
# which a lock of a table would call off again and again, ever meet it. What is read then is what the last who
# had it left: READ COMMITTED looks anew for each statement.
_BEGIN_TO_WRITE = f"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock({WRITING})"
_BEGIN_TO_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_LOOK = 10.0  # seconds to wait for a lock where nothing is to be written
_READERS = 20  # connections to read by, at most
_SETTINGS = {
    "search_path": f"{SCHEMA},pg_temp",  # nobody else's table of the same name comes first
    "synchronous_commit": "on",
    "extra_float_digits": "1",  # times come back as they were given, to the last bit: digests are of them
    "idle_in_transaction_session_timeout": "15s",  # one who stands still in the middle keeps nobody else from writing
    "tcp_keepalives_idle": "10",  # nor does one whose machine is gone
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
_CONNECTING: dict[str, str | int] = {
    "connect_timeout": 10,
    "client_encoding": "utf8",
    "fallback_application_name": "lcm-nornir",
    "keepalives_idle": 10,  # a server that is gone is noticed long before a lease runs out
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
_STATE = f"""
SELECT current_setting('server_encoding'), current_setting('fsync'), current_setting('synchronous_commit'),
    (SELECT coalesce(obj_description(oid, 'pg_namespace'), '') FROM pg_namespace WHERE nspname = '{SCHEMA}'),
    EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname NOT IN ('information_schema', '{SCHEMA}') AND n.nspname !~ '^pg_' AND NOT EXISTS (
            SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
"""  # noqa: S608  # nosec B608 - the name is ours
_FORM = f"SELECT version_num FROM {SCHEMA}.alembic_version"  # noqa: S608  # nosec B608 - as above
_TABLES = f"SELECT relname FROM pg_class WHERE relnamespace = '{SCHEMA}'::regnamespace AND relkind = 'r'"  # noqa: S608  # nosec B608 - as above
_TRIGGERS = f"""
SELECT c.relname, t.tgname, t.tgtype, t.tgenabled = 'A', p.pronamespace = c.relnamespace, p.proname, p.prosrc,
    t.tgqual IS NULL AND t.tgattr::text = ''
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE c.relnamespace = '{SCHEMA}'::regnamespace AND NOT t.tgisinternal
"""  # noqa: S608  # nosec B608 - as above
_BEFORE_ANY_CHANGE = (
    2 | 8 | 16 | 32
)  # pg_trigger.tgtype: before, of a delete, an update, a truncate; once per statement
_REFUSES = "BEGIN RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END"
_GUARDS = {
    (table, f"{table}_only_grows", _BEFORE_ANY_CHANGE, True, True, "only_grows", _REFUSES, True) for table in ONLY_GROW
}
_STRANGE = f"""
SELECT 'table ' || relname || ' is not kept as it was made' FROM pg_class
    WHERE relnamespace = '{SCHEMA}'::regnamespace AND relkind IN ('r', 'v', 'm', 'f', 'p')
    AND (relkind <> 'r' OR relpersistence <> 'p' OR relrowsecurity OR relhasrules)
UNION ALL SELECT 'there is a function ' || proname FROM pg_proc
    WHERE pronamespace = '{SCHEMA}'::regnamespace AND proname <> 'only_grows'
"""  # noqa: S608  # nosec B608 - as above
_NOW = "SELECT extract(epoch FROM clock_timestamp())::float8"
_LOG_IN = (
    "see that its server runs, that the database is there (createdb) and that you may log in: PGPASSWORD or a password"
    " file (~/.pgpass) gives a password"
)
_UNREACHABLE = ("it cannot be reached", _LOG_IN)
_MEANINGS = {  # by the begin of PostgreSQL's error code
    "08": _UNREACHABLE,
    "28": _UNREACHABLE,
    "3D": _UNREACHABLE,
    "57P": _UNREACHABLE,
    "55P03": LOCKED,
    "42501": ("its user may not do this", "let its owner GRANT it, or name another user"),
    "25006": ("it cannot be written", "name the server that takes what is written, and no standby of it"),
    "53": ("its server has no room for it", "see that its disk has room, and that it may have more connections"),
    "58": ("its server's disk does not do what it should", "see that it has room and works"),
}
_DAMAGE = ("XX", "42P01", "42703")


class PostgreSQL:
    """The database of a store on a server, see `Database`.

    Args:
        place: Where it is.

    Raises:
        RequestError: That is nothing that libpq understands.
    """

    is_shared = True

    def __init__(self, place: Address) -> None:
        self.place = place
        self.signs: Path = state_folder() / "owners"
        try:
            self._given = conninfo_to_dict(place.url)
        except psycopg.Error as error:
            raise refusal(place, f"this is no URL of a database ({_said(error)})", FORM) from error

    def find(self) -> None:
        """Look whether there is a store."""
        if not self._form():
            raise self._missing()

    def open(self, wait: float) -> Engine:
        """Open it for reading and writing."""
        found = self._form()  # what is not ours is looked at in a transaction that can change nothing
        engine = self._engine(wait, write=True)
        if found != REVISION:
            try:
                with self.translated(), engine.begin() as connection:
                    if not self._checked(connection):  # still: nobody has made it in the meantime
                        connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
                        connection.exec_driver_sql(f"COMMENT ON SCHEMA {SCHEMA} IS '{MARK}'")
                    migrate(connection)
            except BaseException:
                engine.dispose()
                raise
        return engine

    def open_to_read(self, wait: float) -> Engine:
        """Open a store of this release's form; its transactions are read-only, and each sees one moment."""
        if not (found := self._form()):
            raise self._missing()
        check_readable(self.place, found)
        return self._engine(wait, write=False)

    def open_to_ask(self, wait: float) -> Engine:
        """Open a store that is open already, for one small question again and again."""
        return self._engine(wait, write=False)

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Tell what PostgreSQL says of the store in our words."""
        try:
            yield
        except PoolTimeout as error:
            cure = f"ask less at once: {_READERS} may read at a time"
            raise refusal(self.place, "all its connections are in use", cure) from error
        except (DBAPIError, psycopg.Error) as error:
            raise _translate(self.place, error.orig if isinstance(error, DBAPIError) else error) from error

    def now(self, connection: Connection) -> float:
        """Give the server's clock: the one that all have in common."""
        return float(connection.exec_driver_sql(_NOW).scalar_one())

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only service of the store, by a lock that a connection of its own holds.

        After that connection was lost it is taken again. Whoever serves then, too, is told of in the log; what keeps
        two apart in any case are the leases of switches and the revisions of jobs.
        """
        others = f"another service runs the jobs of {self.place}"
        lock = SessionLock(lambda: self._connect({}, write=False), _SERVING, others)
        with self.translated():
            is_ours = lock.take()
        if not is_ours:
            raise RequestError(others, field="--store", cure="end that one, or name another store")
        with lock:
            yield

    def findings(self, connection: Connection) -> Iterator[str]:
        """Tell whether the triggers are as they were made, and the tables are tables."""
        if {tuple(row) for row in connection.exec_driver_sql(_TRIGGERS)} != _GUARDS:
            yield "the database no longer refuses to change what happened, or does more than that (its triggers)"
        yield from connection.exec_driver_sql(_STRANGE).scalars()

    def as_stored(self, connection: Connection, wanted: Select[Any]) -> Iterator[dict[str, Any]]:
        """Give rows as they stand there; no column holds what is of another kind."""
        for row in connection.execute(wanted, execution_options={"stream_results": True}).mappings():
            yield dict(row)

    def _form(self) -> str:
        """Give the form of the store, once it is known to be whole, and ours; empty if there is none."""
        engine = self._engine(_LOOK, write=False)
        try:
            with self.translated(), engine.connect() as connection:
                return self._checked(connection)
        finally:
            engine.dispose()

    def _checked(self, connection: Connection) -> str:
        encoding, fsync, commits, mark, has_others = connection.exec_driver_sql(_STATE).one()
        if mark is None and not has_others:
            found = ""
        elif mark != MARK:
            raise refusal(self.place, "it is a database, but no store of this program", "name another, an empty one")
        else:
            found = str(connection.exec_driver_sql(_FORM).scalar())
            check_form(self.place, found, connection.exec_driver_sql(_TABLES).scalars().all())
        if encoding != "UTF8":
            raise refusal(self.place, f"its encoding is {encoding}", "make one with createdb -E UTF8 -T template0")
        if fsync != "on" or commits != "on":
            what = f"a power loss may take what its server has committed (fsync {fsync}, synchronous_commit {commits})"
            raise refusal(self.place, what, "set fsync = on in postgresql.conf, and connect to the server itself")
        return found

    def _missing(self) -> RequestError:
        return refusal(self.place, "there is no store", "name the one that the run had")

    def _engine(self, wait: float, *, write: bool) -> Engine:
        settings = {"lock_timeout": f"{max(1, round(wait * 1000))}ms"}  # 0 would be: for ever
        pool: dict[str, Any] = {"poolclass": NullPool}
        if not write:  # of those that read there are many, and one that was lost does not matter
            pool = {"poolclass": QueuePool, "pool_size": 5, "max_overflow": _READERS - 5, "pool_timeout": wait}
            pool["pool_pre_ping"] = True
        engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: self._connect(settings, write=write),
            use_native_hstore=False,
            **pool,
        )

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            try:
                executed(connection, _BEGIN_TO_WRITE if write else _BEGIN_TO_READ)
            except DBAPIError:
                with suppress(psycopg.Error):  # it was lost
                    connection.connection.rollback()  # it has begun, and waited in vain
                raise

        return engine

    def _connect(self, settings: dict[str, str], *, write: bool) -> psycopg.Connection[Any]:
        asked = {**_SETTINGS, **settings, "default_transaction_read_only": "off" if write else "on"}
        options = [str(self._given.get("options") or ""), *(f"-c {name}={value}" for name, value in asked.items())]
        given: dict[str, Any] = {**_CONNECTING, **self._given, "options": " ".join(options)}
        connection = psycopg.connect(make_conninfo(**given), autocommit=True)  # transactions begin where we say so
        if not write:
            connection.adapters.register_dumper(str, _Sought)
        return connection


class _Sought(StrDumperUnknown):
    """A text that is looked for, by whatever name: one with a NUL, which no text of PostgreSQL has, is not found."""

    def dump(self, obj: str) -> Any:
        """Give it as PostgreSQL reads it."""
        return super().dump(obj.replace("\0", "\N{REPLACEMENT CHARACTER}"))


def _said(error: BaseException | None) -> str:
    return " ".join(str(error).split())


def _translate(place: Address, error: BaseException | None) -> RequestError:
    code = getattr(error, "sqlstate", None) or "08"  # who is not answered has no code
    if code.startswith(_DAMAGE):
        return damaged(place, _said(error))
    meaning = next((meaning for begin, meaning in _MEANINGS.items() if code.startswith(begin)), None)
    what, cure = meaning or ("it cannot be used", RESTORE)
    return refusal(place, f"{what} ({_said(error)})", cure)
