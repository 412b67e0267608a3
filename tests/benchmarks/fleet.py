"""How long a fleet takes against the ideal, and what it costs: one JSON object on stdout.

``python tests/benchmarks/fleet.py --switches 1000 --seconds 60``

Each simulated switch needs `--seconds` in all for its own download, installation and reboot: that is the ideal. They
run in a process of their own, with an image server in a third. The work of a real switch, some sixteen minutes, is
shortened to that time, and our time-outs and pauses by the same factor, as `lcm-nornir rehearse --speed` does. It
measures and asserts nothing; the exit code tells whether every switch runs the image.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nornir import InitNornir

from lcm_nornir.cli.lab import image_of, write_lab
from lcm_nornir.journal.store import Store
from lcm_nornir.processors.journal import JournalProcessor
from lcm_nornir.processors.status import StatusProcessor
from lcm_nornir.runners.waves import WaveRunner
from lcm_nornir.simulator import Fleet, FleetSpec, ImageServerSpec, SwitchSpec, start_fleet
from lcm_nornir.tasks import update_image

DOWNLOAD_S, INSTALL_S, REBOOT_S = 150.0, 240.0, 600.0  # of a real switch, between the observed extremes
LEAVING = 1.05  # a switch answers for another twentieth of its reboot before it goes down, which is its own time too
ORDINARY_IMAGE = 65_536  # bytes; what the bytes cost is the image server's affair


def main() -> int:
    """Run the benchmark and print its figures."""
    chosen = options(__doc__ or "")
    factor = speed(chosen.seconds)
    with tempfile.TemporaryDirectory(prefix="lcm_nornir-") as name:
        place = Path(name)
        began = time.monotonic()
        with start_fleet(spec(chosen.switches, factor, place / "switches")) as fleet:
            started = time.monotonic() - began
            figures = _measure(fleet, place, factor, chosen)
        figures |= {"simulator_start_s": round(started, 2), **of_the_simulator(fleet)}
    json.dump(figures, sys.stdout)
    sys.stdout.write("\n")
    return 0 if figures["success"] == chosen.switches else 1


def options(purpose: str) -> argparse.Namespace:
    """Read the command line."""
    known = parser(purpose)
    known.add_argument("--journal", action="store_true", help="with a store, on this machine's disk")
    return known.parse_args()


def parser(purpose: str, *, switches: int = 1000, seconds: float = 60.0) -> argparse.ArgumentParser:
    """Give what reads a benchmark's command line."""
    known = argparse.ArgumentParser(description=purpose.partition("\n")[0])
    known.add_argument("--switches", type=int, default=switches)
    known.add_argument("--seconds", type=float, default=seconds, help="what each switch's own work takes in all")
    known.add_argument(
        "--sessions",
        type=int,
        default=5,  # a simulated switch answers at once, so our own processor is the limit: few at a time waste least;
        # with a journal one or two of them wait for the disk
        help="SSH sessions open at once",
    )
    return known


def speed(seconds: float) -> float:
    """Give the factor by which a real switch's work is shortened to so many seconds."""
    return (DOWNLOAD_S + INSTALL_S + REBOOT_S) / seconds


def spec(switches: int, factor: float, logs: Path) -> FleetSpec:
    """Specify the fleet."""
    logs.mkdir()
    return FleetSpec(
        switches=tuple(SwitchSpec(f"leaf{number:04}") for number in range(1, switches + 1)),
        speed=factor,
        download_s=DOWNLOAD_S,
        install_s=INSTALL_S,
        reboot_s=REBOOT_S / LEAVING,
        log_dir=str(logs),
        images=ImageServerSpec(size=ORDINARY_IMAGE),
    )


def of_the_simulator(fleet: Fleet) -> dict[str, Any]:
    """Give the simulator's figures, once it has stopped; sessions are those of the switch that had the most."""
    sessions = [sum(entry["event"] == "session_opened" for entry in fleet.log(one.name)) for one in fleet.switches]
    return {"simulator_cpu_s": round(fleet.cpu_seconds(), 2), "sessions": max(sessions)}


def _measure(fleet: Fleet, place: Path, factor: float, chosen: argparse.Namespace) -> dict[str, Any]:
    runner = WaveRunner(
        sessions=chosen.sessions,
        held=chosen.switches,
        downloads_per_server=chosen.switches,
        host_keys=place / "host_keys",
        configurations=place / "configurations",
        time_scale=1 / factor,
    )
    nornir = InitNornir(config_file=str(write_lab(fleet, place, factor))).with_runner(runner)
    status, meter = StatusProcessor(), Meter()
    with _journal(place, wanted=chosen.journal) as journal, meter:
        nornir.with_processors([status, *journal]).run(task=update_image, image=image_of(fleet))
    for record in [record for record in status.record() if record.reason][:5]:
        sys.stderr.write(f"{record.reason}\n")
    return meter.figures(chosen, sum(row.update_progress_status == "SUCCESS" for row in status.report().data))


@contextmanager
def _journal(place: Path, *, wanted: bool) -> Iterator[list[JournalProcessor]]:
    if not wanted:
        yield []
        return
    with Store(place / "lcm.db") as store:
        yield [JournalProcessor(store)]


class Meter:
    """Measures this process while a block runs."""

    def __init__(self) -> None:
        self._most = 0
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._count, daemon=True)

    def __enter__(self) -> None:
        self._began, self._cpu = time.monotonic(), _cpu()
        self._watch.start()

    def __exit__(self, *_: object) -> None:
        self._wall, self._used = time.monotonic() - self._began, _cpu() - self._cpu
        self._over.set()
        self._watch.join()

    def figures(self, chosen: argparse.Namespace, success: int) -> dict[str, Any]:
        """Give what was measured."""
        return {
            "switches": chosen.switches,
            "success": success,
            "ideal_s": chosen.seconds,
            "wall_s": round(self._wall, 2),
            "ratio": round(self._wall / chosen.seconds, 3),
            "client_cpu_s": round(self._used, 2),
            "client_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
            "client_threads": self._most,
        }

    def _count(self) -> None:
        while not self._over.wait(0.5):
            self._most = max(self._most, threading.active_count())


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
