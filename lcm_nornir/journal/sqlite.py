"""A store in one SQLite file: made once, whole, private; what is damaged, newer or on the network is refused."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Float, Integer, LargeBinary, Select, Text, cast, create_engine, event, func
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, QueuePool
from sqlalchemy.types import TypeEngine

from lcm_nornir import clock
from lcm_nornir.errors import RequestError
from lcm_nornir.journal.files import check_file, found_at, fresh_prefix, refuse_network, unwritable
from lcm_nornir.journal.form import REVISION, check_form, check_readable, migrate
from lcm_nornir.journal.refusals import LOCKED, RESTORE, damaged, refusal
from lcm_nornir.journal.tables import TRIGGERS, executed
from lcm_nornir.places import private_folder

APPLICATION = int.from_bytes(b"lcmn")
"""What tells a store from the databases of other programs (SQLite's ``application_id``)."""
_DISK = ("its disk does not do what it should", "see that it has room and works, or name another place")
_MEANINGS = {
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_PROTOCOL: LOCKED,
    sqlite3.SQLITE_FULL: _DISK,
    sqlite3.SQLITE_IOERR: _DISK,
    sqlite3.SQLITE_CANTOPEN: (
        "it cannot be opened",
        "see that you may read and write it and its folder, and that this process may open files (ulimit -n)",
    ),
}
_DAMAGE = {
    sqlite3.SQLITE_CORRUPT: "",
    sqlite3.SQLITE_FORMAT: "",
    sqlite3.SQLITE_NOTADB: "it is no SQLite file",
}
_NOT_TO_BE_WRITTEN = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)
_PRIMARY = 0xFF  # the part of an error code that tells the kind; the rest tells details
_KEPT = 2  # connections that stay open for a question that is asked often; more are made while more ask at once
_CHECK = "PRAGMA integrity_check(3)"
"""Also of the indices, by which lines are found, and which opening a store does not compare: it would take too long."""
_ACTS = "SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')"
_KINDS: dict[type[TypeEngine[Any]], str] = {Text: "text", LargeBinary: "blob", Float: "real", Integer: "integer"}
_AS_IT_IS = "surrogateescape"


class SQLite:
    """The database of a store in a file, see `Database`.

    Args:
        path: Of the file, as `place_of` gives it.
    """

    is_shared = False

    def __init__(self, path: Path) -> None:
        self.place = path
        self.signs = path.with_name(f"{path.name}.owners")

    def find(self) -> None:
        """Look whether there is a store."""
        found_at(self.place)

    def open(self, wait: float) -> Engine:
        """Open it for reading and writing; its folder is made if there is none."""
        path = self.place
        try:
            private_folder(path.parent)
            refuse_network(path)
            if not path.exists():
                with self.translated():
                    self._make(wait)
        except OSError as error:
            cure = "see that you may write to its folder and that its disk has room, or name another place"
            raise refusal(path, f"it cannot be reached or made: {error.strerror or error}", cure) from error
        check_file(path, write=True)
        reading = _engine(path, wait, mode="ro")  # what is not ours stays as it is, to the last bit
        try:
            found = self._checked(reading)
        finally:
            reading.dispose()
        engine = _engine(path, wait)
        if found != REVISION:
            with self.translated(), engine.begin() as connection:
                migrate(connection)
        return engine

    def open_to_read(self, wait: float) -> Engine:
        """Open a store of this release's form, only to read."""
        check_file(self.place, write=False)
        engine = _engine(self.place, wait, mode="ro")
        try:
            check_readable(self.place, self._checked(engine))
        except BaseException:
            engine.dispose()
            raise
        return engine

    def open_to_ask(self, wait: float) -> Engine:
        """Open a store that is open already, for one small question again and again."""
        return _engine(self.place, wait, mode="ro", kept=_KEPT)

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Tell what SQLite says of the store in our words."""
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            raise _translate(self.place, error.orig if isinstance(error, DBAPIError) else error) from error

    def now(self, _: Connection) -> float:
        """Give this machine's own clock: nobody else reaches the file."""
        return clock.elapsed()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only service of the store, by a lock on a file beside it."""
        with self.place.with_name(f"{self.place.name}.service").open("a") as mark:
            try:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise RequestError(
                    f"another service runs the jobs of {self.place}",
                    field="--store",
                    cure="end that one, or name another store",
                ) from error
            yield

    def findings(self, connection: Connection) -> Iterator[str]:
        """Tell what SQLite's own check finds, and whether the triggers are as they were made."""
        yield from (f"SQLite finds: {said}" for (said,) in connection.exec_driver_sql(_CHECK) if said != "ok")
        if {one.name: one.sql for one in connection.exec_driver_sql(_ACTS)} != TRIGGERS:
            yield "the database no longer refuses to change what happened, or does more than that (its triggers)"

    def as_stored(self, connection: Connection, wanted: Select[Any]) -> Iterator[dict[str, Any]]:
        """Give rows as they stand in the file: what was altered need be neither UTF-8 nor of its column's kind."""
        columns = list(wanted.selected_columns)
        stored = (one if isinstance(one.type, Float | Integer) else cast(one, LargeBinary) for one in columns)
        kinds = (func.typeof(one) for one in columns)
        for values in connection.execute(wanted.with_only_columns(*stored, *kinds)):
            yield {
                one.name: _value(one.type, value, kind)
                for one, value, kind in zip(columns, values, values[len(columns) :], strict=False)
            }

    def _make(self, wait: float) -> None:
        """Make a new store under another name, whole; only then does it get its own: no crash leaves half a store."""
        handle, name = tempfile.mkstemp(prefix=fresh_prefix(self.place), dir=self.place.parent)  # mode 0600
        os.close(handle)
        fresh = Path(name)
        try:
            engine = _engine(fresh, wait)
            try:
                with engine.connect() as connection:  # it stays so for good
                    cursor = connection.connection.cursor()
                    cursor.execute(f"PRAGMA application_id={APPLICATION}")
                    cursor.execute("PRAGMA journal_mode=WAL")
                    cursor.close()
                with engine.begin() as connection:
                    migrate(connection)
            finally:
                engine.dispose()
            with fresh.open("rb+") as file:
                os.fsync(file.fileno())
            _name(fresh, self.place)
        finally:
            for rest in ("", "-wal", "-shm"):
                Path(name + rest).unlink(missing_ok=True)

    def _checked(self, engine: Engine) -> str:
        """Give the form of a store, once it is known to be whole, and ours."""
        with self.translated(), engine.connect() as connection:
            said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
            if said != "ok":
                raise damaged(self.place, str(said).splitlines()[-1])
            if connection.exec_driver_sql("PRAGMA application_id").scalar() != APPLICATION:
                raise refusal(self.place, "it is a database, but no store of this program", "name another")
            found = str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())
            tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
        check_form(self.place, found, tables)
        return found


def _name(fresh: Path, path: Path) -> None:
    try:
        os.link(fresh, path)  # unlike a rename it never takes another's place
    except FileExistsError:
        return  # somebody made it in the meantime
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _engine(path: Path, wait: float, mode: str = "rw", kept: int = 0) -> Engine:
    """Make an engine that keeps so many connections; one that keeps none sees what was done to the file itself."""
    pool: dict[str, Any] = {"poolclass": NullPool}
    if kept:
        pool = {"poolclass": QueuePool, "pool_size": kept, "max_overflow": -1, "pool_use_lifo": True}
    engine = create_engine(
        f"sqlite:///file:{_escaped(path)}?mode={mode}&uri=true",
        connect_args={"timeout": wait, "check_same_thread": False},
        **pool,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say so: BEGIN IMMEDIATE
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA recursive_triggers=ON")  # else INSERT OR REPLACE gets past what only grows
        if mode == "ro":
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not kept:  # one question needs no transaction
            executed(connection, "BEGIN IMMEDIATE" if mode == "rw" else "BEGIN")

    return engine


def _escaped(path: Path) -> str:
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _value(type_: TypeEngine[Any], value: Any, kind: str) -> Any:
    """Give a value; one of a foreign kind, which may be found by no question, as one that is like no other."""
    if kind != next(kind for of, kind in _KINDS.items() if isinstance(type_, of)):
        value = f"{kind} {value!r}".encode()
    return value if isinstance(type_, LargeBinary) or not isinstance(value, bytes) else value.decode(errors=_AS_IT_IS)


def _translate(path: Path, error: BaseException | None) -> RequestError:
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
    if code in _DAMAGE:
        return damaged(path, _DAMAGE[code] or str(error))
    if code in _NOT_TO_BE_WRITTEN:
        return unwritable(path, f"{error}; SQLite has to write beside a store even to read it")
    what, cure = _MEANINGS.get(code, ("it cannot be used", RESTORE))
    return refusal(path, f"{what} ({error})", cure)
