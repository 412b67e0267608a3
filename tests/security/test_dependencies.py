"""No dependency has a known vulnerability."""

from __future__ import annotations

import subprocess
import sys

import pytest

COULD_NOT_ASK = ("could not be audited", "ConnectionError", "Connection refused", "Max retries exceeded", "timed out")


@pytest.mark.slow
def test_S26_no_dependency_has_a_known_vulnerability() -> None:
    words = ["pip_audit", "--strict", "--skip-editable", "--progress-spinner", "off"]
    done = subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True, check=False, timeout=300)
    if done.returncode and any(text in done.stderr for text in COULD_NOT_ASK):
        pytest.skip("pip-audit could not ask the database of vulnerabilities")
    assert done.returncode == 0, done.stdout + done.stderr
