"""The command line against a fleet in another process, as a new user walks through it."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

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


def test_the_sample_inventory_is_the_simulated_lab_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    with simulated("--folder", str(tmp_path)) as printed:
        sample = YAML(typ="safe").load((ROOT / "inventory/hosts.yaml").read_text())
        assert list(sample) == list(printed)
        for name, host in printed.items():
            assert sample[name]["hostname"] == host["hostname"]
            assert sample[name]["data"]["lcm"].items() >= host["data"]["lcm"].items()
            key = f"host_keys/{host['hostname']}_{host['port']}"
            assert (ROOT / "inventory" / key).read_text() == (tmp_path / key).read_text()
        first = lcm("run", "--config", "inventory/config.yaml", "--images", "inventory/images.yaml")
        assert statuses(first.stdout) == ["SUCCESS"] * 4
        before = {name: effects(tmp_path, name) for name in printed}
        second = lcm("run", "--config", "inventory/config.yaml", "--images", "inventory/images.yaml")
        assert statuses(second.stdout) == ["SUCCESS"] * 4
        assert {name: effects(tmp_path, name) for name in printed} == before
        assert [before[name].count("reload") for name in before] == [1] * 4


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Path]:
    with simulated("--folder", str(tmp_path), "--switches", "3", "--speed", "40", "--first-address", "127.44.0.1"):
        yield tmp_path


def test_trust_dry_run_stage_and_activate(lab: Path) -> None:
    config, images = ["--config", str(lab / "config.yaml")], ["--images", str(lab / "images.yaml")]
    (lab / "host_keys" / "127.44.0.2_2222").unlink()
    untrusted = lcm("run", *config, *images, "-l", "leaf02", code=1)
    assert "host key unknown" in untrusted.stderr
    assert statuses(untrusted.stdout) == ["FAILED"]
    assert "SHA256:" in lcm("trust", *config, "--output", "json", code=2).stdout
    assert not (lab / "host_keys" / "127.44.0.2_2222").exists()
    trusted = json.loads(lcm("trust", *config, "--yes", "--output", "json").stdout)
    assert [row["standing"] for row in trusted] == ["trusted", "new", "trusted"]

    dry = lcm("run", *config, *images, "--dry-run", "--confirm", "3")
    assert statuses(dry.stdout) == ["NOT_SET"] * 3
    assert "leaf03 would:\n  copy PKGS_OS10" in dry.stderr
    assert effects(lab, "leaf03") == []

    refused = lcm("activate", *config, *images, "-l", "leaf01", code=1)
    assert "is not staged on it" in refused.stderr
    staged = lcm("stage", *config, *images, "-l", "leaf01")
    assert statuses(staged.stdout) == ["INSTALL_IN_PROGRESS"]
    assert json.loads(staged.stdout)["status"] == "IN_PROGRESS"
    assert "set_boot" not in effects(lab, "leaf01")
    active = lcm("activate", *config, *images, "-l", "leaf01", "--output", "text")
    assert "leaf01" in active.stdout
    assert "SUCCESS" in active.stdout
    assert effects(lab, "leaf01").count("install_started") == 1


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


def test_fifty_switches_one_document_and_one_of_each(tmp_path: Path) -> None:
    with simulated("--switches", "50", "--folder", str(tmp_path), "--first-address", "127.46.0.1"):
        done = lcm("run", "--config", str(tmp_path / "config.yaml"), "--images", str(tmp_path / "images.yaml"))
        names = [f"leaf{number:02}" for number in range(1, 51)]
        assert statuses(done.stdout) == ["SUCCESS"] * 50
        for name in names:
            lines = (tmp_path / "switches" / f"{name}.jsonl").read_text().splitlines()
            events = [json.loads(line) for line in lines]
            kinds = [entry.get("kind", "") for entry in events]
            assert [kinds.count(kind) for kind in ("download_started", "install_started", "reload")] == [1, 1, 1]
            assert sum(entry["event"] == "session_opened" for entry in events) <= 6, name


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


def test_doctor_and_drivers_tell_data_too() -> None:
    checks = json.loads(lcm("doctor", "--config", "inventory/config.yaml", "--output", "json").stdout)
    found = {check["name"]: check["state"] for check in checks}
    assert found["inventory"] == found["host keys"] == found["interpreter"] == found["extra rehearse"] == "ok"
    assert {"clock", "file descriptors", "threads", "loopback"} <= set(found)
    assert "inventory" in lcm("doctor", "--config", "nowhere.yaml", code=1).stdout
    (os10,) = json.loads(lcm("drivers", "--output", "json").stdout)
    assert os10["platform"] == "dell_os10"
    assert os10["point_of_no_return"] == "set_next_boot"
    assert "dell_os10" in lcm("drivers").stdout
