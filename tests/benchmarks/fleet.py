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
from pathlib import Path
from typing import Any

from nornir import InitNornir

from lcm_nornir.cli.lab import image_of, write_lab
from lcm_nornir.processors.status import StatusProcessor
from lcm_nornir.runners.waves import WaveRunner
from lcm_nornir.simulator import Fleet, FleetSpec, ImageServerSpec, SwitchSpec, start_fleet
from lcm_nornir.tasks import update_image

DOWNLOAD_S, INSTALL_S, REBOOT_S = 150.0, 240.0, 600.0  # of a real switch, between the observed extremes
LEAVING = 1.05  # a switch answers for another twentieth of its reboot before it goes down, which is its own time too
ORDINARY_IMAGE = 65_536  # bytes; what the bytes cost is the image server's affair


def main() -> int:
    """Run the benchmark and print its figures."""
    options = _options()
    speed = (DOWNLOAD_S + INSTALL_S + REBOOT_S) / options.seconds
    with tempfile.TemporaryDirectory(prefix="lcm_nornir-") as name:
        place = Path(name)
        with start_fleet(_spec(options.switches, speed, place / "switches")) as fleet:
            figures = _measure(fleet, place, speed, options)
        figures["simulator_cpu_s"] = round(fleet.cpu_seconds(), 2)
        figures["sessions"] = max(_sessions(fleet, switch.name) for switch in fleet.switches)
    json.dump(figures, sys.stdout)
    sys.stdout.write("\n")
    return 0 if figures["success"] == options.switches else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--switches", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60.0, help="what each switch's own work takes in all")
    parser.add_argument(
        "--sessions",
        type=int,
        default=3,  # a simulated switch answers at once, so our own processor is the limit: few at a time waste least
        help="SSH sessions open at once",
    )
    return parser.parse_args()


def _spec(switches: int, speed: float, logs: Path) -> FleetSpec:
    logs.mkdir()
    return FleetSpec(
        switches=tuple(SwitchSpec(f"leaf{number:04}") for number in range(1, switches + 1)),
        speed=speed,
        download_s=DOWNLOAD_S,
        install_s=INSTALL_S,
        reboot_s=REBOOT_S / LEAVING,
        log_dir=str(logs),
        images=ImageServerSpec(size=ORDINARY_IMAGE),
    )


def _measure(fleet: Fleet, place: Path, speed: float, options: argparse.Namespace) -> dict[str, Any]:
    runner = WaveRunner(
        sessions=options.sessions,
        held=options.switches,
        downloads_per_server=options.switches,
        host_keys=place / "host_keys",
        configurations=place / "configurations",
        time_scale=1 / speed,
    )
    nornir = InitNornir(config_file=str(write_lab(fleet, place, speed))).with_runner(runner)
    status, threads = StatusProcessor(), _Threads()
    began, cpu = time.monotonic(), _cpu()
    with threads:
        nornir.with_processors([status]).run(task=update_image, image=image_of(fleet))
    wall = time.monotonic() - began
    rows = status.report().data
    for record in [record for record in status.record() if record.reason][:5]:
        sys.stderr.write(f"{record.reason}\n")
    return {
        "switches": options.switches,
        "success": sum(row.update_progress_status == "SUCCESS" for row in rows),
        "ideal_s": options.seconds,
        "wall_s": round(wall, 2),
        "ratio": round(wall / options.seconds, 3),
        "client_cpu_s": round(_cpu() - cpu, 2),
        "client_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "client_threads": threads.most,
    }


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _sessions(fleet: Fleet, name: str) -> int:
    return sum(entry["event"] == "session_opened" for entry in fleet.log(name))


class _Threads:
    """Counts this process's threads while it runs."""

    def __init__(self) -> None:
        self.most = 0
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._count, daemon=True)

    def __enter__(self) -> None:
        self._watch.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    def _count(self) -> None:
        while not self._over.wait(0.5):
            self.most = max(self.most, threading.active_count())


if __name__ == "__main__":
    sys.exit(main())
