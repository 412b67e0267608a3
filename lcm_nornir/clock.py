"""Our own clocks: one that only goes forward, the boot from which it counts, and whether the wall clock is right."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_CLOCK_NOT_SYNCHRONISED = 5  # adjtimex(2): TIME_ERROR
_ZEROS = ctypes.c_char * 1024  # more than its struct timex
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # Linux's monotonic clock stands still in a suspend


def elapsed() -> float:
    """Give seconds since some moment: the same moment for all processes of one boot of this machine. Never set back."""
    return time.clock_gettime(_STEADY)


@cache
def machine_boot() -> str:
    """Give what tells this boot of our own machine from any other; empty where the system does not tell."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def synchronised() -> bool | None:
    """Tell whether the wall clock is kept right by a time service; None where the system does not tell."""
    if (adjtimex := _adjtimex()) is None:
        return None
    state = adjtimex(_ZEROS())  # it only reads
    return None if state < 0 else state != _CLOCK_NOT_SYNCHRONISED


@cache
def _adjtimex() -> Callable[..., int] | None:
    try:
        function: Callable[..., int] = ctypes.CDLL(None, use_errno=True).adjtimex
    except (AttributeError, OSError):
        return None
    return function
