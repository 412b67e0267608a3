"""F53: SIGKILL at random moments of whole runs of the command line, as `tests/faults/kills.py` does it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_F53_random_kills() -> None:
    words = [str(Path(__file__).with_name("kills.py")), "--kills", "6", "--switches", "10"]
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout)
    assert figures["kills"] == 6
    assert figures["violations"] == []
    assert figures["success"] == figures["switches"]
