"""Why a store is not used, in our words: the one place where SQLite's exceptions become ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

from sqlalchemy.exc import DBAPIError

from lcm_nornir.errors import RequestError

_LOCKED = ("another program keeps it locked", "end that program, or wait")
_DISK = ("its disk does not do what it should", "see that it has room and works, or name another place")
_MEANINGS = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_PROTOCOL: _LOCKED,
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


def refusal(path: Path, what: str, cure: str) -> RequestError:
    """Give the refusal of a store: what is wrong with it, and what to do."""
    return RequestError(f"{path}: {what}", field="--store", cure=cure)


def damaged(path: Path, what: str) -> RequestError:
    """Give the refusal of a store whose content is spoilt."""
    return refusal(
        path, f"the store is damaged ({what}) and is left as it is", "restore it from a backup, or name a new store"
    )


def unwritable(path: Path, what: str) -> RequestError:
    """Give the refusal of a store that cannot be written."""
    folder, files = quote(str(path.parent)), quote(str(path))
    return refusal(
        path,
        f"it cannot be written ({what})",
        f"run: chmod u+rwx {folder} && chmod u+w {files}*, or name a store on a disk that can be written",
    )


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Tell what SQLite says of a store in our words.

    Raises:
        RequestError: SQLite raised.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        raise _translate(path, error.orig if isinstance(error, DBAPIError) else error) from error


def _translate(path: Path, error: BaseException | None) -> RequestError:
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
    if code in _DAMAGE:
        return damaged(path, _DAMAGE[code] or str(error))
    if code in _NOT_TO_BE_WRITTEN:
        return unwritable(path, f"{error}; SQLite has to write beside a store even to read it")
    what, cure = _MEANINGS.get(code, ("it cannot be used", "restore it from a backup, or name another store"))
    return refusal(path, f"{what} ({error})", cure)
