"""Opening a store: made once, whole, private; one that is damaged, newer or on the network is refused, not replaced."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from lcm_nornir.journal.place import check_file, fresh_prefix, refuse_network
from lcm_nornir.journal.refusals import damaged, refusal, translated
from lcm_nornir.journal.tables import executed, metadata
from lcm_nornir.places import private_folder

REVISION = "0004"
"""The store's form in this release; the last of the migrations."""
APPLICATION = int.from_bytes(b"lcmn")
"""What tells a store from the databases of other programs (SQLite's ``application_id``)."""
_ALEMBIC = threading.Lock()  # it keeps what it works on in globals


def open_store(path: Path, *, wait: float) -> Engine:
    """Open a store for reading and writing; make it, or bring it to this release's form, where that is needed.

    Args:
        path: Of the database file, as `place_of` gives it; its folder is made if there is none.
        wait: Seconds to wait for a lock of another process.

    Raises:
        RequestError: It cannot be made, or what is there is not to be used.
    """
    try:
        private_folder(path.parent)
        refuse_network(path)
        if not path.exists():
            with translated(path):
                _make(path, wait)
    except OSError as error:
        cure = "see that you may write to its folder and that its disk has room, or name another place"
        raise refusal(path, f"it cannot be reached or made: {error.strerror or error}", cure) from error
    check_file(path, write=True)
    reading = _engine(path, wait, mode="ro")  # what is not ours stays as it is, to the last bit
    try:
        found = _checked(reading, path)
    finally:
        reading.dispose()
    engine = _engine(path, wait)
    if found != REVISION:
        with translated(path):
            _migrate(engine)
    return engine


def open_to_read(path: Path, *, wait: float) -> Engine:
    """Open a store of this release's form, only to read.

    Args:
        path: Of the database file, as `place_of` gives it.
        wait: Seconds to wait for a lock of another process.

    Raises:
        RequestError: There is none, or what is there is not to be used.
    """
    check_file(path, write=False)
    engine = _engine(path, wait, mode="ro")
    try:
        found = _checked(engine, path)
    except BaseException:
        engine.dispose()
        raise
    if found != REVISION:
        engine.dispose()
        cure = "the next run, resume, retry or cancel brings it to this release's form"
        raise refusal(path, f"it is from an older release (form {found}; this one reads {REVISION})", cure)
    return engine


def _make(path: Path, wait: float) -> None:
    """Make a new store under another name, whole; only then does it get its own: no crash leaves half a store."""
    handle, name = tempfile.mkstemp(prefix=fresh_prefix(path), dir=path.parent)  # mode 0600
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
            _migrate(engine)
        finally:
            engine.dispose()
        with fresh.open("rb+") as file:
            os.fsync(file.fileno())
        _name(fresh, path)
    finally:
        for rest in ("", "-wal", "-shm"):
            Path(name + rest).unlink(missing_ok=True)


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


def _engine(path: Path, wait: float, mode: str = "rw") -> Engine:
    engine = create_engine(
        f"sqlite:///file:{_escaped(path)}?mode={mode}&uri=true",
        poolclass=NullPool,
        connect_args={"timeout": wait, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say so: BEGIN IMMEDIATE
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA recursive_triggers=ON")  # else INSERT OR REPLACE gets past what only grows

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        executed(connection, "BEGIN IMMEDIATE" if mode == "rw" else "BEGIN")

    return engine


def _escaped(path: Path) -> str:
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _checked(engine: Engine, path: Path) -> str:
    """Give the form of a store, once it is known to be whole, and ours."""
    with translated(path), engine.connect() as connection:
        said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if said != "ok":
            raise damaged(path, str(said).splitlines()[-1])
        if connection.exec_driver_sql("PRAGMA application_id").scalar() != APPLICATION:
            raise refusal(path, "it is a database, but no store of this program", "name another")
        found = str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())
        tables = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars())
    if found == REVISION and (missing := set(metadata.tables) - tables):
        raise damaged(path, f"it has no table {min(missing)}")
    if found != REVISION and found not in _revisions():
        raise refusal(path, f"it is from a newer release (form {found}; this one knows {REVISION})", "use that release")
    return found


def _alembic() -> Any:
    from alembic.config import Config  # noqa: PLC0415 - heavy, and needed once per store and release

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def _revisions() -> set[str]:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    return {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}


def _migrate(engine: Engine) -> None:
    """Bring a store to this release's form, in one transaction."""
    from alembic import command  # noqa: PLC0415 - as above

    config = _alembic()
    with _ALEMBIC, engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
