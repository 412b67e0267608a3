"""The processes of one switch among all those of this machine: they carry the switch's mark in their environment."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path

MARK = "SONIC_SWITCH"
_GONE = (FileNotFoundError, ProcessLookupError, PermissionError)


@dataclass(frozen=True, slots=True)
class Process:
    """A process.

    Attributes:
        pid: Its id.
        name: Its name, 15 characters at most.
        command: Its command line.
    """

    pid: int
    name: str
    command: str


def of(root: str) -> list[Process]:
    """Give the processes of the switch that lives in a folder, the oldest first."""
    found = []
    sign = f"{MARK}={root}\0".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(*_GONE):
                if sign in (entry / "environ").read_bytes():
                    found.append(_described(entry))
    return sorted(found, key=lambda process: process.pid)


def _described(entry: Path) -> Process:
    command = (entry / "cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
    return Process(int(entry.name), (entry / "comm").read_text().rstrip("\n"), command)


def kill(root: str) -> None:
    """End all processes of a switch at once, also those that are born meanwhile."""
    for _ in range(3):
        alive = of(root)
        if not alive:
            return
        for process in alive:
            with contextlib.suppress(*_GONE):
                os.kill(process.pid, signal.SIGKILL)
