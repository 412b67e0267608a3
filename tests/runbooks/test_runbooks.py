"""Each runbook is run as a user runs it, against a simulated fleet."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from lcm_nornir.cli.lab import LabSpec, start_lab, write_lab
from lcm_nornir.schema import UpdateJobStatus
from lcm_nornir.simulator import Fleet

pytestmark = pytest.mark.slow  # each runbook starts a Python and a fleet of its own
RUNBOOKS = Path(__file__).parents[2] / "runbooks"
SPEED = 40.0
OLD, TARGET = "10.5.4.1", "10.5.6.5"


class Place(NamedTuple):
    fleet: Fleet
    config: str
    images: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("lab")
    with start_lab(LabSpec(3, speed=SPEED), folder / "switches") as fleet:
        yield Place(fleet, str(write_lab(fleet, folder, SPEED)), str(folder / "images.yaml"))


def run(name: str, *words: str, code: int = 0) -> dict[str, str]:
    """Run a runbook, and give each switch's progress word."""
    done = subprocess.run([sys.executable, RUNBOOKS / name, *words], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    report = UpdateJobStatus.model_validate_json(done.stdout)
    return {row.switch_member.name: row.update_progress_status.value for row in report.data}


def running(place: Place, name: str) -> str:
    state: dict[str, str] = place.fleet.effects(name)[-1]["state"]
    return state["running"]


def test_stage_then_activate_then_rollback_then_upgrade(place: Place) -> None:
    names = ["leaf01", "leaf02", "leaf03"]
    assert run("stage_then_activate.py", place.config, place.images) == dict.fromkeys(names, "SUCCESS")
    assert [running(place, name) for name in names] == [TARGET] * 3

    assert run("rollback.py", place.config, OLD, "leaf01", "leaf02") == dict.fromkeys(names[:2], "SUCCESS")
    assert [running(place, name) for name in names] == [OLD, OLD, TARGET]

    image = place.fleet.image
    assert image is not None
    done = run("upgrade.py", place.config, image.url, image.version, image.sha256)
    assert done == dict.fromkeys(names, "SUCCESS")
    assert [running(place, name) for name in names] == [TARGET] * 3
    reloads = [len(place.fleet.effects(name, "reload")) for name in names]
    assert reloads == [3, 3, 1]  # the third was left alone twice


def test_a_rollback_to_a_version_that_is_in_no_slot_fails_by_the_exit_code(place: Place) -> None:
    assert run("rollback.py", place.config, "10.4.0.0", "leaf03", code=1) == {"leaf03": "NOT_SET"}


def test_every_runbook_is_a_page_and_is_run_here() -> None:
    source = Path(__file__).read_text()
    for runbook in RUNBOOKS.glob("*.py"):
        assert f'"{runbook.name}"' in source
        assert len(runbook.read_text().splitlines()) <= 60


def test_F53_a_resumable_upgrade_that_was_killed_goes_on_when_it_is_called_again(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("resumable")
    with start_lab(LabSpec(2, speed=SPEED), folder / "switches") as fleet:
        words = [str(write_lab(fleet, folder, SPEED)), str(folder / "images.yaml"), str(folder / "store" / "lcm.db")]
        with subprocess.Popen(
            [sys.executable, RUNBOOKS / "resumable.py", *words], stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr is not None
            while "leaf02 install" not in process.stderr.readline():
                pass
            process.kill()
        assert run("resumable.py", *words) == {"leaf01": "SUCCESS", "leaf02": "SUCCESS"}
        for name in ("leaf01", "leaf02"):
            kinds = [effect["kind"] for effect in fleet.effects(name)]
            assert [kinds.count(kind) for kind in ("download_started", "install_started", "reload")] == [1, 1, 1]
