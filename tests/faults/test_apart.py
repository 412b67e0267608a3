"""Rows of the fault matrix that need a run of their own."""

from __future__ import annotations

from pathlib import Path

from lcm_nornir import StatusProcessor, retry_job, update_image
from lcm_nornir.events import Phase
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import Lab, lab

DONE = ("SUCCESS", "NOT_SET")
UNREACHABLE = ("FAILED", "SWITCH_UNREACHABLE")
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
