"""The parent's side: start a fleet, ask what its switches did, stop it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from lcm_nornir.simulator.spec import FleetReady, FleetSpec, SimulatedImage, SimulatedSwitch, fleet_ready, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

_STOP_S = 5.0  # seconds for an orderly end
_ROOT = Path(__file__).parents[2]


class SimulatorError(Exception):
    """The simulator did not start; the text is what it wrote to standard error."""


def start_fleet(spec: FleetSpec) -> Fleet:
    """Start a fleet in a process of its own and wait until every switch listens.

    Raises:
        SimulatorError: It did not start.
    """
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
    complaints = tempfile.TemporaryFile()  # noqa: SIM115 - Fleet.stop closes it
    process = subprocess.Popen(  # nosec B603 - our own interpreter, and no word of anybody else
        [sys.executable, "-m", "lcm_nornir.simulator"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,  # not a pipe: nobody reads it while the fleet runs
        env={**os.environ, "PYTHONPATH": path},
        text=True,
        start_new_session=True,  # a terminal's Ctrl-C is for the parent; the simulator ends with it
    )
    try:
        ready = _handshake(process, spec)
        if ready is not None:
            return Fleet(process, complaints, ready, Path(spec.log_dir))
        text = _read(complaints) or f"the simulator ended with exit code {process.wait()}"
    except BaseException:
        process.kill()
        process.communicate()
        complaints.close()
        raise
    process.communicate()
    complaints.close()
    raise SimulatorError(text)


def _handshake(process: subprocess.Popen[str], spec: FleetSpec) -> FleetReady | None:
    """Send the specification and read the answer; None if the process ended without one."""
    if process.stdin is None or process.stdout is None:
        return None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(to_json(spec) + "\n")
        process.stdin.flush()
    line = process.stdout.readline()
    return fleet_ready(line) if line else None


def _read(complaints: IO[bytes]) -> str:
    """Read without moving the position, which the simulator shares."""
    size = os.fstat(complaints.fileno()).st_size
    return os.pread(complaints.fileno(), size, 0).decode(errors="replace").strip()


class Fleet:
    """A running fleet; a context manager that stops it.

    Attributes:
        switches: The switches, in the order of the specification.
        images: The served images by platform; none without an image server.
        image: The served image of a fleet of one platform; None for a mixed fleet, or without an image server.
        pid: Process id of the simulator.
        pids: That one, and the image server's if there is one.
    """

    def __init__(self, process: subprocess.Popen[str], complaints: IO[bytes], ready: FleetReady, log_dir: Path) -> None:
        """Take over a process that has answered; :func:`start_fleet` is the way to make one."""
        self._process = process
        self._complaints = complaints
        self._folder = log_dir
        self._cpu: float | None = None
        self._last_complaints = ""
        self.switches: tuple[SimulatedSwitch, ...] = ready.switches
        self.images: dict[str, SimulatedImage] = dict(ready.images)
        self.image: SimulatedImage | None = next(iter(self.images.values())) if len(self.images) == 1 else None
        self.pid: int = ready.pid
        self.pids: tuple[int, ...] = tuple(pid for pid in (ready.pid, ready.images_pid) if pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def switch(self, name: str) -> SimulatedSwitch:
        """Give one switch by its name.

        Raises:
            KeyError: There is none of this name.
        """
        return {switch.name: switch for switch in self.switches}[name]

    def log(self, name: str) -> list[dict[str, Any]]:
        """Give a switch's own log so far, one dictionary for each event."""
        text = (self._folder / f"{name}.jsonl").read_text()
        # A line that is being written has no end yet and is left out.
        return [json.loads(line) for line in text.split("\n")[:-1]]

    def effects(self, name: str, kind: str | None = None) -> list[dict[str, Any]]:
        """Give what happened to a switch, of all kinds or of one."""
        effects = [entry for entry in self.log(name) if entry["event"] == "effect"]
        return [entry for entry in effects if kind in (None, entry["kind"])]

    def complaints(self) -> str:
        """Give what the simulator wrote to standard error; a healthy one writes nothing."""
        return self._last_complaints if self._complaints.closed else _read(self._complaints)

    def cpu_seconds(self) -> float:
        """Give the CPU seconds of the simulator and its image server so far; the final figure after :meth:`stop`."""
        return sum(map(_cpu_of, self.pids)) if self._cpu is None else self._cpu

    def stop(self) -> None:
        """Stop the fleet; does nothing the second time."""
        if self._cpu is not None:
            return
        self._cpu = self.cpu_seconds()
        try:
            output, _ = self._process.communicate(timeout=_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            output, _ = self._process.communicate()
        self._last_complaints = _read(self._complaints)
        self._complaints.close()
        with contextlib.suppress(ValueError, KeyError, IndexError):
            self._cpu = float(json.loads(output.splitlines()[-1])["cpu_seconds"])


def _cpu_of(pid: int) -> float:
    """Read a process's CPU seconds from /proc; 0 where that is not possible."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def inventory(
    switches: Iterable[SimulatedSwitch], lcm: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, dict[str, Any]]:
    """Give the hosts of a Nornir SimpleInventory.

    Args:
        switches: The switches of a fleet, or some of them.
        lcm: What goes into ``data.lcm`` of a switch, by its name; nothing by default.

    Returns:
        The data of ``hosts.yaml``.
    """
    extra = lcm or {}
    return {
        switch.name: {
            "hostname": switch.host,
            "port": switch.port,
            "username": switch.username,
            "password": switch.password,
            "platform": switch.platform,
            "data": {"lcm": dict(extra.get(switch.name, {}))},
        }
        for switch in switches
    }
