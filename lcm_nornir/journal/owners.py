"""Whether the process that owns something still exists: it holds a lock on a file for as long as it lives.

Of a store that other machines reach, too, this tells only of owners that left their sign on this machine, in this boot
of it, where this user finds it. Any other is taken to live as long as a lease of it has not run out: nobody is judged
dead by what is missing here.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Row, select

from lcm_nornir import clock
from lcm_nornir.errors import JournalFailed
from lcm_nornir.journal.database import Database
from lcm_nornir.journal.tables import leases
from lcm_nornir.places import private_folder


class Sign:
    """The sign of life of an owner: a locked file, which the system unlocks when the process ends, however it ends.

    Args:
        folder: Where the signs of the store's owners are.
        owner: The owner's id.

    Raises:
        JournalFailed: It cannot be kept.
    """

    def __init__(self, folder: Path, owner: str) -> None:
        try:
            self._path = private_folder(folder) / owner
            self._file = _locked(self._path)
        except OSError as error:
            raise JournalFailed(
                f"no sign that this process lives can be kept in {folder}: {error.strerror or error}",
                remedy="see that this is a folder that you may write, on a disk with room, and that this process may"
                " open files (ulimit -n)",
            ) from error

    def give_up(self, *, keep: bool = False) -> None:
        """Take the sign away; the owner owns nothing any more.

        Args:
            keep: Leave it, with nobody who holds it: it tells that the owner is dead where nothing else does.
        """
        if not keep:
            with suppress(OSError):  # an unlocked file that stays tells the same
                self._path.unlink(missing_ok=True)
        self._file.close()


def _locked(path: Path) -> IO[str]:
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise
    return file


def is_alive(database: Database, owner: Row[Any], *, holds: bool) -> bool:
    """Tell whether the process of an owner still exists, be it suspended.

    Args:
        database: Of the store.
        owner: Its row.
        holds: Whether a lease of it has not run out.
    """
    here = owner.machine_boot == clock.machine_boot() and (owner.machine_boot or not database.is_shared)
    sign = _is_locked(database.signs / owner.id) if here else None
    if sign is None:
        return holds and database.is_shared
    return sign


def living(database: Database, connection: Connection, rows: Sequence[Row[Any]]) -> frozenset[str]:
    """Give the ids of those owners whose processes still exist.

    Args:
        database: Of the store.
        connection: To it.
        rows: Of the owners.
    """
    holding: set[str] = set()
    if database.is_shared and rows:
        ids, now = [row.id for row in rows], database.now(connection)
        wanted = select(leases.c.owner).where(leases.c.owner.in_(ids), leases.c.expires > now).distinct()
        holding |= set(connection.scalars(wanted))
    return frozenset(row.id for row in rows if is_alive(database, row, holds=row.id in holding))


def bury(database: Database, owner: str, *, holds: bool) -> None:
    """Remove what is left of an owner whose process does not exist any more.

    Args:
        database: Of the store.
        owner: Its id.
        holds: Whether a lease of it has not run out: then its sign may be all that tells that it is dead.
    """
    if holds and database.is_shared:
        return
    with suppress(OSError):  # what stays of it is not locked, and tells the same
        (database.signs / owner).unlink(missing_ok=True)


def _is_locked(path: Path) -> bool | None:
    """Tell whether a sign is held; None if there is none."""
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except OSError:  # locked, or it cannot be told (no file descriptor is left): nobody is taken for dead
        return True
    return False
