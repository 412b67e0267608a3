"""What both processes have in common: they live as long as their parent holds their standard input open."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import sys


def allow_files() -> None:
    """Raise the limit of open files as far as the system lets us: each switch needs a few."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def cpu_seconds() -> float:
    """CPU seconds of this process and of the children that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def say(line: str) -> None:
    """Write one line of the protocol with the parent."""
    with contextlib.suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), line.encode() + b"\n")


def watch_parent() -> asyncio.Event:
    """Give an event that is set when standard input ends, or SIGTERM or SIGINT comes.

    It is to be called before the process says that it is ready: from then on a signal must end it in order.
    """
    loop, over, stdin = asyncio.get_running_loop(), asyncio.Event(), sys.stdin.fileno()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)

    def read() -> None:
        if not os.read(stdin, 4096):
            loop.remove_reader(stdin)
            over.set()

    # A regular file or /dev/null cannot be watched: then only a signal ends the process.
    with contextlib.suppress(PermissionError):
        loop.add_reader(stdin, read)
    return over
