"""How fast the status of a large job is told while it runs: one JSON object on stdout.

``python -m tests.benchmarks.status --switches 10000 --seconds 1200 --asked 60``

A service in a process of its own updates the simulated fleet; its job's status is asked for over HTTP, on a connection
that stays open, for so many seconds from its begin. Then service and fleet are ended, in mid-job: what is measured does
not need its end. It asserts nothing. Each simulated switch takes two file descriptors, so that several processes
simulate a large fleet.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlsplit

from lcm_nornir.schema import UpdateJobStatus
from lcm_nornir.simulator import Fleet, FleetSpec, start_fleet
from tests.benchmarks.fleet import parser, spec, speed
from tests.benchmarks.service import Running, service

_EACH = 9_000  # switches that one process simulates
_PAUSE = 0.1  # seconds between two requests


def main() -> int:
    """Run the benchmark and print its figures."""
    known = parser(__doc__ or "", switches=10_000, seconds=1200.0)
    known.add_argument("--asked", type=float, default=60.0, help="for how many seconds the status is asked for")
    chosen = known.parse_args()
    factor = speed(chosen.seconds)
    with tempfile.TemporaryDirectory(prefix="lcm_nornir-") as name:
        place = Path(name)
        with (
            _fleet(spec(chosen.switches, factor, place / "switches")) as fleet,
            service(fleet, place, factor, chosen.sessions, viewers=1) as running,
        ):
            running.deploy()
            figures = _asked(running, chosen.asked)
            running.process.kill()  # its end would take as long as the switches do
    json.dump({"switches": chosen.switches, **figures}, sys.stdout)
    sys.stdout.write("\n")
    return 0


@contextmanager
def _fleet(whole: FleetSpec) -> Iterator[Fleet]:
    """Run a fleet, in as many processes as it takes."""
    with ExitStack() as stack:
        parts = [
            replace(whole, switches=whole.switches[begin : begin + _EACH], images=None if begin else whole.images)
            for begin in range(0, len(whole.switches), _EACH)
        ]
        first, *others = (stack.enter_context(start_fleet(part)) for part in parts)
        first.switches += tuple(switch for other in others for switch in other.switches)
        yield first


def _asked(running: Running, seconds: float) -> dict[str, Any]:
    """Ask for the status for so many seconds; the times are of the whole answer."""
    times: list[float] = []
    changed, before, is_packed = 0, b"", False
    at = urlsplit(running.url)
    headers = {"Authorization": f"SFD {running.viewers[0]}", "Accept-Encoding": "gzip"}
    path = f"/lcm/update-jobs/{running.job}/status"
    client = HTTPConnection(at.hostname or "", at.port, timeout=60)  # one that works little: its work is measured, too
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        client.request("GET", path, headers=headers)
        answer = client.getresponse()
        content = answer.read()
        is_packed = answer.getheader("Content-Encoding") == "gzip"
        times.append(time.monotonic() - began)
        if answer.status != HTTPStatus.OK:
            raise RuntimeError(f"{answer.status}: {content!r}")
        changed, before = changed + (content != before), content
        time.sleep(_PAUSE)
    client.close()
    report = UpdateJobStatus.model_validate_json(gzip.decompress(before) if is_packed else before)
    return {
        "status": report.status.value,
        "rows": len(report.data),
        "words": Counter(row.update_progress_status.value for row in report.data),
        "bytes": len(before),
        "asked": len(times),
        "changed": changed,
        "median_ms": round(1000 * median(times), 1),
        "p99_ms": round(1000 * quantiles(times, n=100)[98], 1),
        "most_ms": round(1000 * max(times), 1),
    }


if __name__ == "__main__":
    sys.exit(main())
