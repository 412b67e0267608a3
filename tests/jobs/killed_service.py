"""A service in a process of its own, which kills itself at a persistence point."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from lcm_nornir.journal import points
from lcm_nornir.schema.jobs import JobState
from tests.jobs.services import ANN, NOW, served

LONGEST = 60.0  # seconds


def main(place: str, kept: str, job: str, point: str, times: str) -> None:
    """Deploy a job, and die; where it is to be cancelled, that is asked for once it installs."""
    left = int(times)

    def listener(reached: str) -> None:
        nonlocal left
        if reached == point:
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    with served(Path(place), kept) as service:
        points.listen(listener)
        service.running.deploy(ANN, job, NOW)
        end = time.monotonic() + LONGEST
        while service.jobs.get(job).job_state is JobState.IN_PROGRESS and time.monotonic() < end:
            if "cancelled" in point and any(record.phase == "install" for record in service.running.records(job)):
                service.running.cancel(ANN, job)
            time.sleep(0.05)
