"""Processes that begin with everything imported: to import it anew takes longer than to upgrade a simulated switch.

They are forked from a process that has done nothing but import. What a user starts is a new interpreter, and tests of
that start one: tests/simulator/test_processes.py those of the simulator, tests/cli and tests/docs those of commands.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing import connection
from pathlib import Path

from lcm_nornir.simulator.personality import PLATFORMS

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    [
        "alembic.command",
        "netmiko",
        "lcm_nornir.drivers.dell_os10",
        "lcm_nornir.jobs",
        "lcm_nornir.journal.store",
        "lcm_nornir.processors.journal",
        "lcm_nornir.processors.status",
        "lcm_nornir.runners.waves",
        "lcm_nornir.tasks",
        "lcm_nornir.simulator.images",
        "lcm_nornir.simulator.serving",
        *(platform.package for platform in PLATFORMS.values()),
        "tests.cli.commands",
        "tests.fleets",
        "tests.forked_fleets",
    ]
)
ONE_AT_A_TIME = threading.Lock()  # to begin one asks all others how they ended, and that is told only once


class Forked:
    """A process; what it prints goes to files.

    Args:
        main: What it does, a function of a module.
        *args: Its arguments.
        said: Where its output goes; its errors beside it, as ``.err``.
        environment: What its environment has besides ours.
    """

    def __init__(
        self, main: Callable[..., None], *args: str, said: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.said, self.complained = said, said.with_suffix(".err")
        self._process = CONTEXT.Process(
            target=_begin,
            args=(main, args, str(self.said), str(self.complained), {**os.environ, **(environment or {})}),
            daemon=True,
        )
        with ONE_AT_A_TIME:
            self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """Give how it ended, negative by a signal; None if it has not."""
        with ONE_AT_A_TIME:
            return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Wait for its end.

        Args:
            timeout: Seconds.

        Raises:
            TimeoutExpired: It has not ended.
        """
        connection.wait([self._process.sentinel], timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout)
        return code

    def kill(self) -> None:
        """Kill it, if it has not ended."""
        self.send_signal(signal.SIGKILL)

    def send_signal(self, which: int) -> None:
        """Send it a signal, if it has not ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it has ended, and that is being told
                os.kill(self.pid, which)


def _begin(
    main: Callable[..., None], args: tuple[str, ...], said: str, complained: str, environment: Mapping[str, str]
) -> None:
    with Path(said).open("w") as output, Path(complained).open("w") as errors:
        become({1: output.fileno(), 2: errors.fileno()}, environment)
    main(*args)


def become(files: Mapping[int, int], environment: Mapping[str, str]) -> None:
    """Give this process its standard files, by their numbers, and its environment."""
    for number, file in files.items():
        os.dup2(file, number)
    os.environ.clear()
    os.environ.update(environment)
