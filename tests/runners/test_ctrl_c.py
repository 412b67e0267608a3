"""Ctrl-C in a run with switches in every phase and more of them queued."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from lcm_nornir.simulator import SwitchSpec
from tests.fleets import SPEED, TARGET, Lab, happens, lab

ROOT = Path(__file__).parents[2]
SCRIPT = """
import json, logging, sys
from pathlib import Path
from lcm_nornir import Image, StatusProcessor, update_image
from tests.fleets import opened

logging.basicConfig(level="WARNING", format="%(message)s")
status, nornir = StatusProcessor(), opened(Path(sys.argv[1]), threads=3)
result = nornir.with_processors([status]).run(task=update_image, image=Image(**json.loads(sys.argv[2])))
errors = {name: f"{type(one.exception).__name__}: {one.exception}" for name, one in result.items()}
print(json.dumps({"report": status.report().model_dump(mode="json"), "errors": errors}))
"""


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lab, dict[str, Any], str]]:
    """One switch past its reload, one installing, one copying, two queued; then Ctrl-C, and Ctrl-C again."""
    switches = (
        SwitchSpec("reloaded", faults=("target-in-standby",)),
        SwitchSpec("installing"),
        SwitchSpec("copying", faults=("slow:30",)),
        SwitchSpec("queued1"),
        SwitchSpec("queued2"),
    )
    place = tmp_path_factory.mktemp("interrupted")
    with lab(place, *switches, install_s=2 * SPEED, reboot_s=2 * SPEED) as fleet:
        image = {name: value for name, value in asdict(fleet.image).items() if value}
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(place), json.dumps(image)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun = {"reloaded": "reload", "installing": "install_started", "copying": "download_started"}
        assert happens(lambda: all(kind in fleet.kinds(name) for name, kind in begun.items()), within=20)
        process.send_signal(signal.SIGINT)
        assert happens(lambda: "cancelled" in fleet.kinds("copying"))
        process.send_signal(signal.SIGINT)
        output, log = process.communicate(timeout=30)
        assert process.returncode == 0, log
        yield fleet, json.loads(output), log


def words(document: dict[str, Any]) -> dict[str, tuple[str, str]]:
    rows = document["report"]["data"]
    return {row["switch_member"]["name"]: (row["update_progress_status"], row["error"]) for row in rows}


def test_F52_after_ctrl_c_the_queued_are_untouched_and_not_begun(
    interrupted: tuple[Lab, dict[str, Any], str],
) -> None:
    fleet, document, _ = interrupted
    for name in ("queued1", "queued2"):
        assert words(document)[name] == ("NOT_SET", "NOT_SET")
        assert document["errors"][name].startswith("NotBegun:")
        assert "stopped by the user" in document["errors"][name]
        assert [entry["event"] for entry in fleet.fleet.log(name)] == ["listening"]


def test_F52_ctrl_c_leaves_everybody_at_a_safe_point_and_follows_a_reboot_to_its_end(
    interrupted: tuple[Lab, dict[str, Any], str],
) -> None:
    fleet, document, _ = interrupted
    assert words(document)["reloaded"] == ("SUCCESS", "NOT_SET")
    assert fleet.state("reloaded")["running"] == TARGET
    for name, last in (("installing", "install_done"), ("copying", "cancelled")):
        assert words(document)[name] == ("FAILED", "IMAGE_ACTIVATION_FAILED")
        assert document["errors"][name].startswith("Stopped:")
        assert fleet.kinds(name)[-1] == last
        assert fleet.state(name)["next_boot"] == "active"
        assert fleet.all_closed(name)


def test_F52_the_report_is_complete_and_a_second_ctrl_c_is_explained(
    interrupted: tuple[Lab, dict[str, Any], str],
) -> None:
    fleet, document, log = interrupted
    assert list(words(document)) == list(document["errors"]) == [switch.name for switch in fleet.fleet.switches]
    assert document["report"]["status"] == "PARTIAL_SUCCESS"
    assert document["report"]["end_time"] > 0
    assert log.count("stopping: nobody new begins") == 1
    assert "still stopping, waiting for: installing, reloaded." in log.replace("copying, ", "")


BURST = """
import logging, signal, sys, threading, time, os
from nornir.core.inventory import Host, Hosts, Inventory
from nornir.core import Nornir
from nornir.core.task import Result
from lcm_nornir import WaveRunner

logging.basicConfig(level="WARNING", format="%(message)s")
nornir = Nornir(Inventory(hosts=Hosts({f"h{n}": Host(f"h{n}") for n in range(3)})), runner=WaveRunner(threads=2))

def storm():
    for _ in range(200):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.003)

def work(task):
    time.sleep(1.5)
    return Result(host=task.host, result="done")

threading.Timer(0.2, storm).start()
result = nornir.run(task=work)
print([str(one[0].result) for one in result.values()])
"""


def test_F52_no_number_of_ctrl_cs_loses_the_results() -> None:
    done = subprocess.run([sys.executable, "-c", BURST], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("done") == 2
    assert "stopped by the user" in done.stdout
    assert "still stopping" in done.stderr
