"""Whether the process that owns something still exists: it holds a lock on a file for as long as it lives."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from lcm_nornir.clock import machine_boot
from lcm_nornir.places import private_folder


class Sign:
    """The sign of life of an owner: a locked file, which the system unlocks when the process ends, however it ends.

    Args:
        store: Path of the store.
        owner: The owner's id.
    """

    def __init__(self, store: Path, owner: str) -> None:
        self._path = private_folder(_place(store)) / owner
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        self._file: IO[str] = os.fdopen(handle, "w")
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def give_up(self) -> None:
        """Take the sign away; the owner owns nothing any more."""
        self._path.unlink(missing_ok=True)
        self._file.close()


def is_alive(store: Path, owner: str, boot: str) -> bool:
    """Tell whether the process of an owner still exists, be it suspended.

    Args:
        store: Path of the store.
        owner: Its id.
        boot: The boot of this machine in which it began.
    """
    if boot != machine_boot():
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
    (_place(store) / owner).unlink(missing_ok=True)


def _place(store: Path) -> Path:
    return store.with_name(f"{store.name}.owners")
