"""F67: our own machine rebooted, its clock is wrong, and a reload may have been sent: held, and a person decides."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from lcm_nornir import Decision, JournalProcessor, resume_job, update_image
from lcm_nornir.errors import RequestError
from lcm_nornir.events import Ending
from lcm_nornir.journal.reading import StoredJob
from lcm_nornir.record import SwitchRecord
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import OLD, TARGET, Lab, lab
from tests.journal.other import another

FAULTS = ("no-system", "target-in-standby")  # it shows no boot id, and no files
DIED = {
    "again": "intent reload stored",
    "give-up": "intent reload stored",
    "done-untrue": "intent reload stored",
    "done": "outcome reload before",
}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Leave four switches in the middle of their reload by processes of another boot of this machine."""
    switches = [SwitchSpec(name, faults=FAULTS) for name in DIED]
    with lab(tmp_path_factory.mktemp("rebooted"), *switches) as running:
        with ExitStack() as stack:
            dying = [
                stack.enter_context(another(running, name, die=die, boot="the boot before"))
                for name, die in DIED.items()
            ]
            assert [process.wait(60) for process in dying] == [-signal.SIGKILL] * len(DIED)
        yield running


def job_of(fleet: Lab, name: str) -> StoredJob:
    return next(job for job in fleet.store.jobs() if job.switches[0].name == name)


def resumed(fleet: Lab, name: str, decision: Decision | None = None) -> SwitchRecord:
    job = job_of(fleet, name)
    resume_job(fleet.nornir(journal=False), fleet.store, job.id, decisions={name: decision} if decision else {})
    (record,) = fleet.store.record(job)
    return record


def words(record: SwitchRecord) -> tuple[str, str]:
    row = record.row()
    return row.update_progress_status.value, row.error.value


@pytest.mark.parametrize("name", DIED)
def test_F67_it_cannot_be_told_and_so_it_is_held(fleet: Lab, name: str) -> None:
    before = fleet.kinds(name)
    (intent,) = [one for one in fleet.store.intents(job_of(fleet, name)) if one.command == "reload"]
    assert (intent.outcome, intent.facts.boot.uptime, intent.facts.boot.boot_id) == (None, None, "")
    for _ in range(2):  # as often as one asks
        record = resumed(fleet, name)
        assert record.ending is Ending.HELD
        assert "it cannot be told whether the reload that was sent before has happened" in record.reason
        assert "--decide SWITCH=done, =again or =give-up" in record.reason
        assert words(record) == ("REBOOT_IN_PROGRESS", "NOT_SET")
    started = [kind for kind in fleet.kinds(name)[len(before) :] if kind != "booted"]
    assert started == []


@pytest.mark.parametrize("name", DIED)
def test_N11_a_switch_that_is_held_is_no_other_jobs(fleet: Lab, name: str) -> None:
    job = job_of(fleet, name)
    with pytest.raises(RequestError) as caught:
        fleet.nornir(name, processors=(JournalProcessor(fleet.store),)).run(task=update_image, image=fleet.image)
    assert f"job {job.id} has left it unfinished" in caught.value.message
    assert (caught.value.field, caught.value.cure) == (name, f"run: lcm-nornir resume {job.id}")


def test_F67_again_sends_the_reload_once_more(fleet: Lab) -> None:
    record = resumed(fleet, "again", Decision.AGAIN)
    assert words(record) == ("SUCCESS", "NOT_SET"), record.reason
    assert record.evidence["decided by a person"] == "again"
    assert fleet.count("again", "reload") == [1]
    assert fleet.state("again")["running"] == TARGET


def test_F67_done_proves_what_runs_now(fleet: Lab) -> None:
    record = resumed(fleet, "done", Decision.DONE)
    assert words(record) == ("SUCCESS", "NOT_SET"), record.reason
    assert record.evidence["decided by a person"] == "done"
    assert fleet.count("done", "reload") == [1]


def test_F67_done_is_no_success_where_the_old_image_still_runs(fleet: Lab) -> None:
    record = resumed(fleet, "done-untrue", Decision.DONE)
    assert words(record) == ("FAILED", "IMAGE_ACTIVATION_FAILED")
    assert fleet.count("done-untrue", "reload") == [0]
    assert fleet.state("done-untrue")["running"] == OLD


def test_F67_give_up_puts_the_former_next_boot_back_since_the_old_image_runs(fleet: Lab) -> None:
    before = fleet.kinds("give-up")
    record = resumed(fleet, "give-up", Decision.GIVE_UP)
    assert words(record) == ("FAILED", "IMAGE_ACTIVATION_FAILED")
    assert "given up by a person" in record.reason
    assert "next boot is the old image" in record.reason
    assert fleet.kinds("give-up") == [*before, "set_boot"]
    assert fleet.state("give-up")["next_boot"] == "active"


def test_F67_what_is_decided_ends_it_for_good(fleet: Lab) -> None:
    for name in ("again", "done", "give-up"):
        job = job_of(fleet, name)
        assert not resume_job(fleet.nornir(journal=False), fleet.store, job.id)
        with pytest.raises(RequestError, match=r"no switch .* that is unfinished") as caught:
            resumed(fleet, name, Decision.AGAIN)
        assert caught.value.field == "--decide"
