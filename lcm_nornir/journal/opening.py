"""Opening a store: made once, whole, private; one that is damaged, newer or on the network is refused, not replaced."""

from __future__ import annotations

import os
import stat
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from lcm_nornir.errors import RequestError
from lcm_nornir.places import private_folder

REVISION = "0001"
"""The store's form in this release; the last of the migrations."""
_ALEMBIC = threading.Lock()  # it keeps what it works on in globals
_NETWORK = ("nfs", "cifs", "smb", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs", "fuse.gluster", "davfs", "9p")
_OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_MAGIC = b"SQLite format 3\0"


def open_store(path: Path, *, wait: float) -> Engine:
    """Open a store for reading and writing; make it, or bring it to this release's form, where that is needed.

    Args:
        path: Of the database file; its folder is made if there is none.
        wait: Seconds to wait for a lock of another process.

    Raises:
        RequestError: It cannot be made, or what is there is not to be used.
    """
    try:
        private_folder(path.parent)
        refuse_network(path)
        if not path.exists():
            _make(path, wait)
    except OSError as error:
        raise _refusal(path, f"cannot be made: {error.strerror or error}", "name another place") from error
    _check_file(path)
    reading = _engine(path, wait, mode="ro")  # what is not ours stays as it is, to the last bit
    try:
        found = _checked(reading, path)
    finally:
        reading.dispose()
    engine = _engine(path, wait)
    if found != REVISION:
        _migrate(engine)
    return engine


def open_to_read(path: Path, *, wait: float) -> Engine:
    """Open a store of this release's form, only to read.

    Raises:
        RequestError: There is none, or what is there is not to be used.
    """
    if not path.exists():
        raise _refusal(path, "there is no store", "name the one that the run had")
    _check_file(path)
    engine = _engine(path, wait, mode="ro")
    try:
        found = _checked(engine, path)
    except BaseException:
        engine.dispose()
        raise
    if found != REVISION:
        engine.dispose()
        raise _refusal(path, f"its form is {found}, not {REVISION}", "open it with the release that wrote it")
    return engine


def refuse_network(path: Path, mounts: Iterable[tuple[str, str]] | None = None) -> None:
    """Refuse a place on a network file system: there SQLite's locks cannot be trusted.

    Args:
        path: Of the store.
        mounts: Mount point and type of each file system; this machine's if not given.

    Raises:
        RequestError: It is on one.
    """
    if mounts is None:
        from psutil import disk_partitions  # noqa: PLC0415 - heavy

        mounts = [(one.mountpoint, one.fstype) for one in disk_partitions(all=True)]
    place = path.absolute().parent.resolve()
    holding = [(point, kind) for point, kind in mounts if place.is_relative_to(point)]
    point, kind = max(holding, key=lambda one: len(one[0]), default=("", ""))
    if kind.lower().startswith(_NETWORK):
        raise _refusal(path, f"{point} is a network file system ({kind})", "name a place on a disk of this machine")


def _refusal(path: Path, what: str, cure: str) -> RequestError:
    return RequestError(f"{path}: {what}", field="--store", cure=cure)


def _make(path: Path, wait: float) -> None:
    """Make a new store under another name, whole; only then does it get its own: no crash leaves half a store."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # mode 0600
    os.close(handle)
    fresh = Path(name)
    try:
        engine = _engine(fresh, wait)
        try:
            with engine.connect() as connection:  # it stays so for good
                connection.connection.cursor().execute("PRAGMA journal_mode=WAL")
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


def _check_file(path: Path) -> None:
    try:
        if path.stat().st_mode & _OPEN_TO_OTHERS:
            raise _refusal(path, "others can read this file", f"run: chmod 600 {path}")
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except OSError as error:
        raise _refusal(path, f"cannot be read: {error.strerror}", "name another") from error
    if head != _MAGIC:
        raise _damaged(path, "it is no SQLite file")


def _damaged(path: Path, what: str) -> RequestError:
    return _refusal(
        path, f"the store is damaged ({what}) and is left as it is", "restore it from a backup, or name a new store"
    )


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
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if mode == "rw" else "BEGIN")

    return engine


def _escaped(path: Path) -> str:
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _checked(engine: Engine, path: Path) -> str:
    """Give the form of a store, once it is known to be whole, and ours."""
    found = _revision(engine, path)
    try:
        with engine.connect() as connection:
            said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    except DBAPIError as error:
        raise _damaged(path, str(error.orig)) from error
    if said != "ok":
        raise _damaged(path, str(said).splitlines()[-1])
    if found != REVISION and found not in _revisions():
        raise _refusal(
            path, f"it is from a newer release (form {found}; this one knows {REVISION})", "use that release"
        )
    return found


def _revision(engine: Engine, path: Path) -> str:
    try:
        with engine.connect() as connection:
            found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    except DBAPIError as error:
        if "locked" in str(error.orig):
            raise _refusal(path, "another program keeps it locked", "end that program, or wait") from error
        if "no such table" in str(error.orig):
            raise _refusal(path, "it is a database, but no store of this program", "name another") from error
        raise _damaged(path, str(error.orig)) from error
    return str(found)


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
