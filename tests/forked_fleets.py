"""Simulated fleets whose processes need not import anything: most of what a small fleet takes to start is that."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from multiprocessing import connection
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from lcm_nornir.simulator import (
    Fleet,
    FleetSpec,
    ImageServerSpec,
    SimulatedImage,
    SimulatorError,
)
from lcm_nornir.simulator.spec import fleet_ready, images_of, to_json
from tests.forked import CONTEXT, ONE_AT_A_TIME, become


def forked_fleet(spec: FleetSpec) -> Fleet:
    """Start a fleet as ``start_fleet`` does, in a process that need not import anything.

    Raises:
        SimulatorError: It did not start; the text is what it wrote to standard error.
    """
    process = _Simulator()
    if ready := process.told(to_json(spec)):
        return Fleet(process, process.complaints, fleet_ready(ready), Path(spec.log_dir))  # type: ignore[arg-type]
    process.communicate()
    with process.complaints as complaints:
        complaints.seek(0)
        raise SimulatorError(complaints.read().decode())


class _Simulator:
    """What a fleet needs of the ``Popen`` of its simulator."""

    def __init__(self) -> None:
        self.complaints = tempfile.TemporaryFile()  # noqa: SIM115 - the fleet closes it
        (theirs_in, ours_in), (ours_out, theirs_out) = (CONTEXT.Pipe(duplex=False) for _ in range(2))
        complaints = Connection(os.dup(self.complaints.fileno()))
        self._process = CONTEXT.Process(
            target=_simulate, args=(theirs_in, theirs_out, complaints, dict(os.environ)), daemon=True
        )
        with ONE_AT_A_TIME:
            self._process.start()
        for one in (theirs_in, theirs_out, complaints):
            one.close()
        self._stdin, self._stdout = (
            os.fdopen(os.dup(one.fileno()), mode) for one, mode in ((ours_in, "w"), (ours_out, "r"))
        )
        ours_in.close()
        ours_out.close()

    def told(self, line: str) -> str:
        """Tell it something, and give the line that it answers; empty if it ends without one."""
        with suppress(BrokenPipeError):
            print(line, file=self._stdin, flush=True)
        answer: str = self._stdout.readline()
        return answer

    def kill(self) -> None:
        """Kill it, if it has not ended."""
        self._process.kill()

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Let it end, and give what it said meanwhile.

        Args:
            timeout: Seconds.

        Raises:
            TimeoutExpired: It has not ended.
        """
        with suppress(BrokenPipeError):
            self._stdin.close()
        if not connection.wait([self._process.sentinel], timeout):
            raise subprocess.TimeoutExpired("simulator", timeout or 0.0)
        with ONE_AT_A_TIME:
            self._process.join()
        with self._stdout as output:
            return output.read(), ""


def _simulate(given: Connection, said: Connection, complained: Connection, environment: Mapping[str, str]) -> None:
    from lcm_nornir.simulator import __main__ as simulator  # noqa: PLC0415 - only this process needs it
    from lcm_nornir.simulator import serving  # noqa: PLC0415 - as above

    os.setsid()
    become({0: given.fileno(), 1: said.fileno(), 2: complained.fileno()}, environment)
    for file in (given, said, complained):
        file.close()
    sys.stdin = os.fdopen(0, closefd=False)
    with _Images() as images:
        serving._image_server = images.served
        code = simulator.main([])
    sys.exit(code)


class _Images:
    """An image server that is forked before the simulator has a loop, and is told later what to serve."""

    def __init__(self) -> None:
        (theirs_in, ours_in), (ours_out, theirs_out) = os.pipe(), os.pipe()
        self._served = False
        self._pid = os.fork()
        if not self._pid:
            from lcm_nornir.simulator import images as image_server  # noqa: PLC0415 - only this process needs it

            for one in (ours_in, ours_out):
                os.close(one)
            become({0: theirs_in, 1: theirs_out}, os.environ.copy())
            os._exit(image_server.main())
        for one in (theirs_in, theirs_out):
            os.close(one)
        self._stdin, self._stdout = os.fdopen(ours_in, "w"), os.fdopen(ours_out)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._served:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)

    @asynccontextmanager
    async def served(self, images: ImageServerSpec) -> AsyncIterator[tuple[dict[str, SimulatedImage], int]]:
        """Serve; nothing else is served before, so that this may block."""
        self._served = True
        try:
            print(to_json(images), file=self._stdin, flush=True)
            yield images_of(json.loads(self._stdout.readline())), self._pid
        finally:
            self._stdin.close()
            await asyncio.to_thread(os.waitpid, self._pid, 0)
