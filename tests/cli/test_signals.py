"""Signals end a run at safe points; a terminal is left clean."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import time

import pytest

from lcm_nornir.schema import UpdateJobStatus
from tests.cli.commands import COMMAND, statuses

pytestmark = pytest.mark.slow  # each command line starts a Python and a fleet of its own


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_F52_a_signal_stops_at_a_safe_point_and_the_report_is_complete(number: signal.Signals) -> None:
    with subprocess.Popen(
        [*COMMAND, "rehearse", "--switches", "3", "--speed", "20"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        while "leaf03 install" not in process.stderr.readline():
            pass
        process.send_signal(number)
        time.sleep(0.5)
        process.send_signal(number)
        out, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    report = UpdateJobStatus.model_validate_json(out)
    assert {(row.update_progress_status.value, row.error.value) for row in report.data} == {
        ("FAILED", "IMAGE_ACTIVATION_FAILED")
    }
    assert "stopping: nobody new begins" in " ".join(said.split())
    assert "still stopping, waiting for:" in " ".join(said.split())


def test_on_a_terminal_the_display_goes_to_stderr_and_the_document_to_stdout() -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "rehearse", "--switches", "2", "--speed", "60", "--fault", "leaf02=refused"],
        stdout=subprocess.PIPE,
        stderr=theirs,
        stdin=theirs,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "30"},
    ) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                shown += os.read(ours, 65536)
            except OSError:
                break
        out, _ = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == 1
    assert statuses(out.decode()) == ["SUCCESS", "FAILED"]
    assert b"\x1b[" in shown
    assert b"leaf02: readiness: " in shown
    assert shown.rfind(b"\x1b[?25h") > shown.rfind(b"\x1b[?25l")  # the cursor is visible again


def test_F52_a_signal_at_the_very_end_loses_no_document() -> None:
    with subprocess.Popen(
        [*COMMAND, "rehearse", "--switches", "1", "--speed", "60", "--fault", "leaf01=already-target"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        while "leaf01 SUCCESS" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=60)
    assert process.returncode in (0, 130), said
    assert "Traceback" not in said
    assert statuses(out) == ["SUCCESS"]
