"""Going on after a crash: each row of the table, seen on a switch; decisions, retries, late returns."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from nornir.core import Nornir
from nornir.core.task import AggregatedResult, Result, Task
from nornir_netmiko.tasks import netmiko_send_command  # type: ignore[import-untyped]  # it has no types

from lcm_nornir import (
    Decision,
    Image,
    JournalProcessor,
    RequestError,
    Store,
    resume_job,
    retry_job,
    stage_image,
    tasks,
    update_image,
)
from lcm_nornir.door import act, look
from lcm_nornir.door.session import NetmikoSession
from lcm_nornir.drivers.base import Driver
from lcm_nornir.errors import ReachabilityTimedOut
from lcm_nornir.events import Ending, Phase
from lcm_nornir.journal.intent import FOLLOWED
from lcm_nornir.record import SwitchRecord
from lcm_nornir.simulator import SwitchSpec
from lcm_nornir.tasks.findings import CASES, Finding, table
from tests.checker import check_store
from tests.faults import killed_at
from tests.faults.killed_at import watched_store
from tests.fleets import OLD, QUICK, SPEED, TARGET, Lab, happens, lab, opened

pytestmark = pytest.mark.slow  # kills
ROOT = Path(__file__).parents[2]
CHANGES = ("download_started", "install_started", "set_boot", "reload")
KILLED = {
    "copying": "outcome copy stored",
    "copied": "history CopyDone stored",
    "not-copied": "intent copy stored",
    "installing": "outcome install stored",
    "installed": "history InstallDone stored",
    "not-installed": "intent install stored",
    "failing": "outcome install stored",
    "not-reloaded": "intent reload stored",
    "reloading": "outcome reload stored",
    "refusing": "outcome reload stored",
    "given-up": "outcome set_next_boot stored",
    "given-up-late": "outcome reload stored",
}
FAULTS = {
    "failing": ("install-failed",),
    "refusing": ("unexpected-question",),
    "late": ("late-return:8",),
    "set": ("target-in-standby",),
    "foreign-later": ("install-failed",),
}
OTHERS = (
    "late",
    "staged",
    "unreachable",
    "wrapped",
    "finished",
    "alone",
    "alone-given-up",
    "set",
    "copy-ending",
    "install-ending",
    "foreign",
    "foreign-later",
    "moved",
)


@dataclass(frozen=True, slots=True)
class Resumed:
    """What a kill and a resume left behind."""

    record: SwitchRecord
    counts: list[int]
    state: dict[str, Any]
    violations: list[str]

    @property
    def words(self) -> tuple[str, str]:
        row = self.record.row()
        return row.update_progress_status.value, row.error.value


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    names = (*KILLED, *OTHERS)
    switches = [SwitchSpec(name, variant=number, faults=FAULTS.get(name, ())) for number, name in enumerate(names)]
    place = tmp_path_factory.mktemp("resume")
    with lab(place, *switches, download_s=4 * SPEED, install_s=4 * SPEED) as running:
        killed_at.share(running)
        yield running


def again(fleet: Lab, name: str) -> Nornir:
    return opened(fleet.place, journal=False).filter(name=name)


def is_usable(fleet: Lab, name: str) -> bool:
    return not again(fleet, name).run(task=netmiko_send_command, command_string="show version").failed


def outcome(fleet: Lab, name: str) -> Resumed:
    with Store(watched_store(fleet, name)) as store:
        (record,) = store.record(store.job("last"))
    violations = check_store(watched_store(fleet, name), fleet.place / "switches")
    return Resumed(record, fleet.count(name, *CHANGES), fleet.state(name), violations)


def killed_and_resumed(fleet: Lab, name: str) -> Resumed:
    assert killed_at.upgraded(fleet.place, name, KILLED[name], "1").poll() == -signal.SIGKILL
    decisions = {name: Decision.GIVE_UP} if name.startswith("given-up") else {}
    if name == "failing":
        assert happens(lambda: "install_failed" in fleet.kinds(name), within=20)
    if name == "given-up-late":
        assert happens(lambda: "booted" in fleet.kinds(name), within=20)
        assert happens(lambda: is_usable(fleet, name), within=20)
    with Store(watched_store(fleet, name)) as store:
        resume_job(again(fleet, name), store, "last", decisions=decisions)
    return outcome(fleet, name)


@pytest.fixture(scope="module")
def resumed(fleet: Lab) -> Iterator[dict[str, Future[Resumed]]]:
    with ThreadPoolExecutor(4) as pool:
        yield {name: pool.submit(killed_and_resumed, fleet, name) for name in KILLED}


Futures = dict[str, Future[Resumed]]


@pytest.mark.parametrize("name", [name for name in KILLED if name not in FAULTS and "given-up" not in name])
def test_F53_whatever_was_under_way_is_finished_and_nothing_is_done_twice(resumed: Futures, name: str) -> None:
    found = resumed[name].result()
    assert found.words == ("SUCCESS", "NOT_SET")
    assert found.counts == [1, 1, 1, 1]
    assert found.violations == []


def late_answers(fleet: Lab, name: str, asked: str, event: str) -> Callable[..., str]:
    """Give a ``NetmikoSession.send`` whose first answer about one thing is old before it is used."""
    send, late = NetmikoSession.send, list[str]()

    def answer(self: NetmikoSession, line: str, *, until: str = "", timeout: float | None = None) -> str:
        reply = send(self, line, until=until, timeout=timeout)
        if asked in line and re.escape(name) in self.prompt and not late:
            late.append(line)
            assert fleet.count(name, event) == [0]  # else nothing is proved
            assert happens(lambda: fleet.count(name, event) == [1], within=20)
        return reply

    return answer


def test_F53_a_copy_that_ends_between_two_looks_is_not_sent_again(fleet: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    with killed(fleet, "copy-ending", "outcome copy stored", "1") as store:
        monkeypatch.setattr(NetmikoSession, "send", late_answers(fleet, "copy-ending", "ls -l", "download_done"))
        resume_job(again(fleet, "copy-ending"), store, "last")
    found = outcome(fleet, "copy-ending")
    assert found.words == ("SUCCESS", "NOT_SET")
    assert found.counts == [1, 1, 1, 1]
    assert found.violations == []


def test_F53_an_installation_that_ends_between_two_looks_is_no_failure(
    fleet: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "install-ending"
    assert killed_at.upgraded(fleet.place, name, "", "0", "copy_image").poll() == 0
    with killed(fleet, name, "outcome install stored", "1", "install_image") as store:
        monkeypatch.setattr(NetmikoSession, "send", late_answers(fleet, name, "show boot", "install_done"))
        nornir = fleet.nornir(name, processors=(JournalProcessor(store, job=store.job("last")),))
        result = nornir.run(task=tasks.install_image, image=fleet.image)[name][0]
    assert result.result.version == TARGET, result.exception
    assert fleet.count(name, "install_started") == [1]


@pytest.mark.parametrize(
    ("name", "evidence", "finding"),
    [
        ("copying", "copy before", Finding.BUSY),
        ("not-copied", "copy before", Finding.NOT_STORED),
        ("installing", "install before", Finding.BUSY),
        ("not-installed", "install before", Finding.AS_BEFORE),
        ("failing", "install before", Finding.ENDED),
        ("not-reloaded", "reload before", Finding.OLD_BOOT),
        ("reloading", "reload before", Finding.NEW_BOOT),
    ],
)
def test_what_was_found_is_in_the_record(resumed: Futures, name: str, evidence: str, finding: Finding) -> None:
    assert resumed[name].result().record.evidence[evidence] == finding.value


def copy_of_a_stranger(task: Task, image: Image) -> Result:
    act(task, Driver.copy, look(task, Driver.facts), image)
    return Result(host=task.host)


@pytest.mark.parametrize(
    ("name", "point", "installed"), [("foreign", "intent install stored", 0), ("foreign-later", KILLED["failing"], 1)]
)
def test_F10_what_somebody_else_began_after_our_command_is_not_taken_for_it(
    fleet: Lab, name: str, point: str, installed: int
) -> None:
    """Our installation was not sent, or it has ended; what keeps the installer busy now is no installation of ours."""
    assert killed_at.upgraded(fleet.place, name, point, "1").poll() == -signal.SIGKILL
    assert happens(lambda: fleet.count(name, "install_failed") == [installed], within=20)
    fleet.unwatched.add(name)
    stranger = again(fleet, name)
    assert not stranger.run(task=copy_of_a_stranger, image=fleet.image).failed
    with Store(watched_store(fleet, name)) as store:
        resume_job(again(fleet, name), store, "last")
        (record,) = store.record(store.job("last"))
    assert record.row().error == "ANOTHER_INSTALL_IN_PROGRESS", record.reason
    assert "busy with something that is not ours" in record.reason
    assert fleet.count(name, "download_started", "cancelled", "install_started") == [2, 0, installed]


def boots_next(task: Task, version: str) -> Result:
    facts = look(task, Driver.facts)
    slot = facts.slot_with(version)
    assert slot is not None
    act(task, Driver.set_next_boot, facts, slot)
    return Result(host=task.host)


def test_N8_a_next_boot_that_moved_while_nobody_followed_the_installation_is_put_back(fleet: Lab) -> None:
    killed_at.upgraded(fleet.place, "moved", KILLED["installing"], "1", "stage_image")
    assert happens(lambda: "install_done" in fleet.kinds("moved"), within=20)
    fleet.unwatched.add("moved")  # it moves by no command of the job
    assert not again(fleet, "moved").run(task=boots_next, version=TARGET).failed
    assert fleet.state("moved")["next_boot"] == "standby"
    with Store(watched_store(fleet, "moved")) as store:
        assert not resume_job(again(fleet, "moved"), store, "last").failed
        (record,) = store.record(store.job("last"))
    assert record.phase is Phase.STAGED
    assert fleet.state("moved")["next_boot"] == "active"
    assert fleet.count("moved", "install_started", "reload") == [1, 0]


def test_an_installation_that_failed_meanwhile_is_a_failure_and_not_sent_again(resumed: Futures) -> None:
    found = resumed["failing"].result()
    assert found.words == ("FAILED", "IMAGE_INSTALL_FAILED")
    assert found.counts == [1, 1, 0, 0]
    assert found.state["next_boot"] == "active"


def test_a_reload_that_was_refused_is_not_waited_for(resumed: Futures) -> None:
    found = resumed["refusing"].result()
    assert found.words == ("FAILED", "IMAGE_ACTIVATION_FAILED")
    assert found.counts[3] == 0
    assert not any(step.phase is Phase.REACHABILITY for step in found.record.steps)
    assert found.state["next_boot"] == "active"


def test_F65_giving_up_between_set_boot_and_reload_puts_the_former_next_boot_back(resumed: Futures) -> None:
    found = resumed["given-up"].result()
    assert found.words == ("FAILED", "IMAGE_ACTIVATION_FAILED")
    assert "given up by a person" in found.record.reason
    assert f"next boot is the old image {OLD}" in found.record.reason
    assert (found.state["next_boot"], found.state["running"]) == ("active", OLD)
    assert found.counts == [1, 1, 2, 0]
    assert found.violations == []


def test_giving_up_after_the_reload_says_that_it_has_rebooted(resumed: Futures) -> None:
    found = resumed["given-up-late"].result()
    assert found.words == ("FAILED", "IMAGE_ACTIVATION_FAILED")
    assert "it has rebooted since" in found.record.reason
    assert found.state["running"] == TARGET


def test_F47_a_switch_that_returns_after_the_limit_is_finished_by_resume_and_keeps_both_verdicts(fleet: Lab) -> None:
    with Store(watched_store(fleet, "late")) as store:
        journal = JournalProcessor(store)
        hasty = fleet.nornir("late", processors=(journal,), timeouts={**QUICK, "come_back": 3 * SPEED})
        hasty.run(task=update_image, image=fleet.image)
        job = store.job("last")
        (before,) = store.record(job)
        assert isinstance(before.error, ReachabilityTimedOut)
        assert before.row().update_progress_status == "SWITCH_REACHABILITY_TIMED_OUT"
        result = resume_job(opened(fleet.place, journal=False), store, job.id)
        assert [one.failed for one in result["late"]] == [False] * len(result["late"])
        (after,) = store.record(job)
    assert [ending for _, ending, _ in after.verdicts] == [Ending.FAILED, Ending.SUCCESS]
    assert after.row().update_progress_status == "SUCCESS"
    assert fleet.count("late", *CHANGES) == [1, 1, 1, 1]


def test_a_staged_switch_is_finished_for_its_job_and_free_for_the_next(fleet: Lab) -> None:
    with Store(watched_store(fleet, "staged")) as store:
        for task, count in ((stage_image, 0), (tasks.activate_image, 1)):
            result = fleet.nornir("staged", processors=(JournalProcessor(store),)).run(task=task, image=fleet.image)
            assert not result.failed
            assert resume_job(opened(fleet.place, journal=False), store, "last") == AggregatedResult(task.__name__)
            assert fleet.count("staged", "reload") == [count]
        assert [job.task for job in store.jobs()] == ["stage_image", "activate_image"]


def test_a_finished_job_is_left_alone_and_unknown_jobs_and_switches_are_refused(fleet: Lab) -> None:
    with Store(watched_store(fleet, "finished")) as store:
        nornir = fleet.nornir("finished", processors=(journal := JournalProcessor(store),))
        assert not nornir.run(task=update_image, image=fleet.image).failed
        assert journal.job is not None
        log = len(fleet.fleet.log("finished"))
        assert dict(resume_job(nornir, store, journal.job.id[:4])) == {}
        assert dict(retry_job(nornir, store, "last")) == {}
        assert len(fleet.fleet.log("finished")) == log
        with pytest.raises(RequestError, match="there is no job 'zzzz'"):
            resume_job(nornir, store, "zzzz")
        with pytest.raises(RequestError, match="no switch 'finished' that is unfinished"):
            resume_job(nornir, store, "last", decisions={"finished": Decision.DONE})
        with pytest.raises(RequestError, match="one of: failed, unreachable, refused, stopped"):
            retry_job(nornir, store, "last", only=["faild"])


def test_retry_tries_only_what_ended_in_that_way_and_the_job_keeps_both_verdicts(fleet: Lab) -> None:
    with Store(watched_store(fleet, "unreachable")) as store:
        nornir = fleet.nornir("unreachable", processors=(JournalProcessor(store),))
        host, port = nornir.inventory.hosts["unreachable"], nornir.inventory.hosts["unreachable"].port
        host.port = 1
        nornir.run(task=update_image, image=fleet.image)
        job = store.job("last")
        assert dict(retry_job(nornir, store, job.id, only=["failed"])) == {}
        host.port = port
        assert not retry_job(again(fleet, "unreachable"), store, job.id, only=["unreachable"]).failed
        (record,) = store.record(job)
    assert [ending for _, ending, _ in record.verdicts] == [Ending.FAILED, Ending.SUCCESS]


def killed(fleet: Lab, name: str, *words: str) -> Store:
    store = Store(watched_store(fleet, name))
    assert killed_at.upgraded(fleet.place, name, *words).poll() == -signal.SIGKILL
    return store


def test_a_reload_on_its_own_that_was_killed_is_looked_at_before_another_is_sent(fleet: Lab) -> None:
    with killed(fleet, "alone", "intent reload stored", "1", "reboot_switch") as store:
        job = store.job("last")
        with pytest.raises(RequestError, match=r"job \w+ has left it unfinished .*; run: lcm-nornir resume"):
            fleet.nornir("alone", processors=(JournalProcessor(store),)).run(task=tasks.reboot_switch)
        with pytest.raises(RequestError, match="ran 'reboot_switch', which is none that can be resumed"):
            resume_job(again(fleet, "alone"), store, job.id)
        # the command may have gone out all the same: here it is another's hand that sends it
        assert not opened(fleet.place, journal=False).filter(name="alone").run(task=tasks.reboot_switch).failed
        fleet.unwatched.add("alone")
        nornir = fleet.nornir("alone", processors=(JournalProcessor(store, job=job),))
        (result,) = nornir.run(task=tasks.reboot_switch)["alone"]
    assert not result.failed
    assert result.changed is False
    assert fleet.count("alone", "reload", "booted") == [1, 1]


def test_a_job_that_cannot_be_resumed_can_be_given_up(fleet: Lab) -> None:
    with killed(fleet, "alone-given-up", "intent reload stored", "1", "reboot_switch") as store:
        resume_job(again(fleet, "alone-given-up"), store, "last", decisions={"alone-given-up": Decision.GIVE_UP})
        (record,) = store.record(store.job("last"))
        assert record.row().update_progress_status == "FAILED"
        assert f"next boot is the old image {OLD}" in record.reason
        assert (
            not fleet.nornir("alone-given-up", processors=(JournalProcessor(store),))
            .run(task=tasks.check_readiness, image=fleet.image)
            .failed
        )


def test_F65_giving_up_when_only_the_next_boot_was_set_puts_that_back(fleet: Lab) -> None:
    with killed(fleet, "set", "outcome set_next_boot stored", "1") as store:
        assert fleet.state("set")["next_boot"] == "standby"
        resume_job(again(fleet, "set"), store, "last", decisions={"set": Decision.GIVE_UP})
        (record,) = store.record(store.job("last"))
    assert f"next boot is the old image {OLD}" in record.reason
    assert fleet.state("set")["next_boot"] == "active"


def wrapped(task: Task, image: Any) -> Result:
    """A task of the user's own around one of ours."""
    task.run(task=update_image, image=image)
    return Result(host=task.host)


def test_a_task_of_the_users_own_is_recorded_and_its_job_is_resumed_by_its_runbook(fleet: Lab) -> None:
    with Store(watched_store(fleet, "wrapped")) as store:
        nornir = fleet.nornir("wrapped", processors=(JournalProcessor(store),))
        assert not nornir.run(task=wrapped, image=fleet.image).failed
        job = store.job("last")
        assert job.task == "wrapped"
        assert [intent.command for intent in store.intents(job)][:2] == ["copy", "install"]
        assert store.record(job)[0].ending is Ending.SUCCESS
        with pytest.raises(RequestError, match="none that can be resumed; run your runbook again"):
            retry_job(nornir, store, job.id, only=["stopped"])


def test_the_table_covers_what_goes_on_and_stands_in_the_documents() -> None:
    assert {case.command for case in CASES} == set(FOLLOWED)
    assert len({(case.command, case.finding) for case in CASES}) == len(CASES)
    assert {case.finding for case in CASES} == set(Finding)
    document = (ROOT / "docs/journal.md").read_text(encoding="utf-8")
    assert table() in document
