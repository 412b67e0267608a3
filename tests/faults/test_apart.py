"""Rows of the fault matrix that need a run of their own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lcm_nornir import StatusProcessor, WaveRunner, resume_job, retry_job, update_image
from lcm_nornir.door.opening import shown_by
from lcm_nornir.events import Ending, Phase
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import SPEED, TARGET, Lab, lab

pytestmark = pytest.mark.slow  # a fleet for each row
DONE = ("SUCCESS", "NOT_SET")
UNREACHABLE = ("FAILED", "SWITCH_UNREACHABLE")
ONE_OF_EACH = ("download_started", "install_started", "reload")
UNTOUCHED = ("NOT_SET", "NOT_SET")


def words(status: StatusProcessor) -> dict[str, tuple[str, str]]:
    rows = status.report().data
    return {row.switch_member.name: (row.update_progress_status.value, row.error.value) for row in rows}


def update(fleet: Lab, *names: str, **runner: object) -> StatusProcessor:
    status = StatusProcessor()
    fleet.nornir(*names, processors=(status,), **runner).run(task=update_image, image=fleet.image)
    return status


def test_F13_the_job_stops_when_so_many_in_a_row_refuse_the_password(tmp_path: Path) -> None:
    wrong = [SwitchSpec(f"wrong{number}", faults=("wrong-password",)) for number in range(1, 8)]
    there = SwitchSpec("there", faults=("already-target",))
    with lab(tmp_path, *wrong[:2], there, *wrong[2:]) as fleet:
        status = update(fleet, threads=1, refused_logins=3)
        asked = [*(one.name for one in wrong[:2]), *(one.name for one in wrong[2:5])]
        spared = [one.name for one in wrong[5:]]
        assert words(status) == {
            **dict.fromkeys(asked, UNREACHABLE),
            **dict.fromkeys(spared, UNTOUCHED),
            "there": DONE,  # a login that is taken breaks the row
        }
        for name in asked:
            assert fleet.sessions(name, "auth_failed") == 1
        for record in status.record():
            if record.name in spared:
                assert "3 switches in a row refused user or password" in record.reason
                assert fleet.sessions(record.name, "connection") == 0


def test_F27_a_file_that_is_replaced_in_mid_fleet_fails_on_the_pinned_digest(tmp_path: Path) -> None:
    names = [f"leaf{number}" for number in range(1, 5)]
    with lab(tmp_path, *(SwitchSpec(name, faults=("replaced:2",)) for name in names)) as fleet:
        status = update(fleet, threads=1)
        assert words(status) == {
            **dict.fromkeys(names[:2], DONE),
            **dict.fromkeys(names[2:], ("FAILED", "DOWNLOAD_VALIDATION_FAILED")),
        }
        for record in status.record()[2:]:
            assert f"{fleet.image.sha256} was pinned" in record.reason
            assert fleet.count(record.name, "download_done", "install_started") == [1, 0]


def test_F45_a_switch_that_reboots_once_more_is_proven_in_its_last_boot(tmp_path: Path) -> None:
    with lab(tmp_path, SwitchSpec("leaf", faults=("second-reboot",)), reboot_s=4 * SPEED) as fleet:
        status = update(fleet, timeouts={"settle": 10.0, "stable": 60.0})
        boots = [effect["state"]["boot_id"] for effect in fleet.fleet.effects("leaf", "booted")]
        assert words(status) == {"leaf": DONE}
        assert len(boots) == 2
        assert status.record()[0].evidence["boot identity"].startswith(boots[-1])
        assert fleet.count("leaf", *ONE_OF_EACH) == [1, 1, 1]


def test_F48_a_switch_that_returns_with_a_new_host_key_is_held_until_a_person_trusts_it(tmp_path: Path) -> None:
    with lab(tmp_path, SwitchSpec("leaf", faults=("new-host-key",))) as fleet:
        status, keys = update(fleet), "ssh-ed25519 SHA256:.* is trusted, the switch shows ssh-ed25519 SHA256:"
        (record,) = status.record()
        assert words(status)["leaf"] == ("SWITCH_UNREACHABLE", "NOT_SET")
        assert record.ending is Ending.HELD
        assert re.search(f"it came back with another host key: host key changed: {keys}", record.reason)
        assert "lcm-nornir trust -l leaf --replace, and resume JOB" in record.reason
        (job,) = fleet.store.jobs()
        resume_job(fleet.nornir(journal=False), fleet.store, job.id)
        (again,) = fleet.store.record(job)
        assert (again.ending, again.reason) == (Ending.HELD, record.reason)  # nobody trusts it by himself
        switch = fleet.fleet.switch("leaf")
        nornir = fleet.nornir(journal=False)
        assert isinstance(nornir.runner, WaveRunner)
        shown = shown_by(nornir.runner.door.target_for(nornir.inventory.hosts["leaf"], nornir.config))
        fleet.keys.trust(switch.host, switch.port, f"{shown.get_name()} {shown.get_base64()}")
        resume_job(nornir, fleet.store, job.id)
        (proven,) = fleet.store.record(job)
        assert (proven.row().update_progress_status, proven.row().error) == DONE
        assert fleet.count("leaf", "install_started", "reload") == [1, 1]


def test_F28_what_may_be_incomplete_is_installed_anew_by_a_retry_and_never_booted(tmp_path: Path) -> None:
    with lab(tmp_path, SwitchSpec("leaf", faults=("disk-full-unpacking:incomplete",))) as fleet:
        assert words(update(fleet)) == {"leaf": ("FAILED", "EXTRACTION_FAILED")}
        assert fleet.state("leaf")["standby"] == TARGET  # or so it says
        (job,) = fleet.store.jobs()
        retry_job(fleet.nornir(journal=False), fleet.store, job.id)
        (record,) = fleet.store.record(job)
        assert (record.row().update_progress_status, record.row().error) == ("FAILED", "EXTRACTION_FAILED")
        assert fleet.count("leaf", *ONE_OF_EACH) == [1, 2, 0]


def test_F22_a_retry_is_a_new_attempt(tmp_path: Path) -> None:
    with lab(
        tmp_path, SwitchSpec("leaf", faults=("reset:50",)), SwitchSpec("done", faults=("already-target",))
    ) as fleet:
        update(fleet)
        (job,) = fleet.store.jobs()
        retry_job(fleet.nornir(journal=False), fleet.store, job.id)
        record = next(one for one in fleet.store.record(job) if one.name == "leaf")
        assert fleet.count("leaf", "download_started", "install_started") == [2, 0]
        assert [step.phase for step in record.steps].count(Phase.COPY) == 2
        assert [attempt for attempt in fleet.store.intents(job) if attempt.command == "copy"][-1].attempt == 2
        assert (record.row().update_progress_status, record.row().error) == ("FAILED", "DOWNLOAD_FAILED")
