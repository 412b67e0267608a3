"""Whether the process that owns something still exists: it holds a lock on a file for as long as it lives."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import IO

from lcm_nornir import clock
from lcm_nornir.errors import JournalFailed
from lcm_nornir.places import private_folder


class Sign:
    """The sign of life of an owner: a locked file, which the system unlocks when the process ends, however it ends.

    Args:
        store: Path of the store.
        owner: The owner's id.

    Raises:
        JournalFailed: It cannot be kept.
    """

    def __init__(self, store: Path, owner: str) -> None:
        folder = _place(store)
        try:
            self._path = private_folder(folder) / owner
            self._file = _locked(self._path)
        except OSError as error:
            raise JournalFailed(
                f"no sign that this process lives can be kept in {folder}: {error.strerror or error}",
                remedy="see that this is a folder that you may write, on a disk with room, and that this process may"
                " open files (ulimit -n)",
            ) from error

    def give_up(self) -> None:
        """Take the sign away; the owner owns nothing any more."""
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


def is_alive(store: Path, owner: str, boot: str) -> bool:
    """Tell whether the process of an owner still exists, be it suspended.

    Args:
        store: Path of the store.
        owner: Its id.
        boot: The boot of this machine in which it began.
    """
    if boot != clock.machine_boot():
        return False
    try:
        with (_place(store) / owner).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:  # locked, or it cannot be told (no file descriptor is left): nobody is taken for dead
        return True
    return False


def bury(store: Path, owner: str) -> None:
    """Remove what is left of an owner whose process does not exist any more."""
    with suppress(OSError):  # what stays of it is not locked, and tells the same
        (_place(store) / owner).unlink(missing_ok=True)


def _place(store: Path) -> Path:
    return store.with_name(f"{store.name}.owners")
