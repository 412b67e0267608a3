"""The command line in processes of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lcm_nornir.schema import UpdateJobStatus

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from lcm_nornir.cli import main; main()"]


def lcm(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def statuses(text: str) -> list[str]:
    report = UpdateJobStatus.model_validate_json(text)
    return [row.update_progress_status.value for row in report.data]


def effects(folder: Path, name: str) -> list[str]:
    lines = (folder / "switches" / f"{name}.jsonl").read_text().splitlines()
    return [entry["kind"] for entry in map(json.loads, lines) if entry["event"] == "effect"]


@contextmanager
def simulated(*words: str) -> Iterator[Any]:
    """Run ``lcm-nornir simulate`` in a process of its own, and give the inventory that it printed."""
    with subprocess.Popen(
        [*COMMAND, "simulate", "--output", "json", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        try:
            assert process.stderr is not None
            told = [process.stderr.readline() for _ in range(3)]
            assert "switches listen" in told[0], told
            assert process.stdout is not None
            os.set_blocking(process.stdout.fileno(), False)
            yield json.loads(process.stdout.read())
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
