"""What another attempt left, or what happens in between, is looked at: nothing is lost, cancelled or taken for ours."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest
from nornir.core.task import Result, Task

from lcm_nornir import (
    Decision,
    Image,
    JournalProcessor,
    Policy,
    RequestError,
    StatusProcessor,
    Store,
    WaveRunner,
    activate_image,
    clean_images,
    resume_job,
    retry_job,
    rollback_image,
    tasks,
    update_image,
)
from lcm_nornir.door.session import NetmikoSession
from lcm_nornir.door.way import answers
from lcm_nornir.errors import AnotherInstallInProgress, ReplyTimeout
from lcm_nornir.jobs import is_unfinished
from lcm_nornir.journal.leases import Key
from lcm_nornir.simulator import SwitchSpec
from lcm_nornir.tasks import reachability
from lcm_nornir.tasks.findings import Finding
from tests.faults import killed_at
from tests.faults.killed_at import watched_store
from tests.fleets import OLD, SPEED, TARGET, Lab, lab, opened

pytestmark = pytest.mark.slow  # a fleet for each, and several attempts at it

STANDBY = "target-in-standby"
SWITCHES = {
    "lost": (),
    "lost-unverified": (),
    "stopped": (),
    "rolled": ("busy-installer", STANDBY),
    "reloaded": ("busy-installer",),
    "blip": (STANDBY, "save-refused"),
    "blip-unnoticed": (STANDBY,),
    "deaf": (STANDBY, "reload-never"),
    "failing": ("install-failed",),
    "cleaned": (),
    "nested": (),
    "first": (),
    "second": (),
    "wrapped": (),
    "left": (STANDBY,),
    "right": (STANDBY,),
    "decided": (),
    "wrong": (STANDBY, "old-version"),
    "struck": (STANDBY, "late-return:6"),
}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    switches = [SwitchSpec(name, faults=faults) for name, faults in SWITCHES.items()]
    with lab(tmp_path_factory.mktemp("looking"), *switches, install_s=4 * SPEED) as running:
        killed_at.share(running)
        yield running


def words(status: StatusProcessor) -> tuple[str, str]:
    (row,) = status.report().data
    return row.update_progress_status.value, row.error.value


def on_answer(name: str, asked: str, then: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let something happen when a switch has answered a command for the first time, before anybody reads the answer."""
    send, happened = NetmikoSession.send, list[str]()

    def answered(self: NetmikoSession, line: str, *, until: str = "", timeout: float | None = None) -> str:
        reply = send(self, line, until=until, timeout=timeout)
        if asked in line and re.escape(name) in self.prompt and not happened:
            happened.append(line)
            then()
        return reply

    monkeypatch.setattr(NetmikoSession, "send", answered)


@pytest.mark.parametrize("name", ["lost", "lost-unverified"])
def test_an_installation_that_we_gave_up_on_is_ours_when_it_is_tried_again(fleet: Lab, name: str) -> None:
    image, policy = fleet.image, Policy()
    if name == "lost-unverified":  # nothing tells that the file is there: what it was copied for tells
        image, policy = Image(url=image.url, version=image.version), Policy(allow_unverified=True)
    limits = {"install": SPEED, "settle": 10.0, "stable": 15.0}  # a second, of the four that it takes
    with Store(watched_store(fleet, name)) as store:
        nornir = fleet.nornir(name, processors=(JournalProcessor(store),), timeouts=limits)
        nornir.run(task=update_image, image=image, policy=policy)
        (record,) = store.record(store.job("last"))
        assert "took longer than" in record.reason
        patient = opened(fleet.place, journal=False, timeouts={"download_stall": SPEED}).filter(name=name)
        assert not retry_job(patient, store, "last").failed
        (record,) = store.record(store.job("last"))
    assert record.row().update_progress_status == "SUCCESS"
    assert fleet.count(name, "download_started", "cancelled", "install_started", "reload") == [1, 0, 1, 1]


def test_F52_who_is_stopped_before_the_copy_was_sent_sends_nothing(fleet: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    status = StatusProcessor()
    nornir = fleet.nornir("stopped", processors=(status,))
    assert isinstance(nornir.runner, WaveRunner)
    stop = nornir.runner.interrupt
    on_answer("stopped", "show image status", stop, monkeypatch)
    nornir.run(task=tasks.copy_image, image=fleet.image)
    assert words(status) == ("NOT_SET", "NOT_SET")
    assert status.report().data[0].download_status.status == "NOT_SET"
    assert fleet.kinds("stopped") == []
    assert not any("image cancel" in entry.get("line", "") for entry in fleet.fleet.log("stopped"))


def test_F10_nobody_is_rebooted_while_the_installer_is_busy(fleet: Lab) -> None:
    status = StatusProcessor()
    fleet.nornir("rolled", processors=(status,)).run(task=rollback_image, version=TARGET)
    assert words(status) == ("FAILED", "ANOTHER_INSTALL_IN_PROGRESS")
    result = fleet.nornir("reloaded").run(task=tasks.reboot_switch)["reloaded"][0]
    assert isinstance(result.exception, AnotherInstallInProgress)
    assert fleet.count("rolled", "set_boot", "saved", "reload") == [0, 0, 0]
    assert fleet.count("reloaded", "saved", "reload") == [0, 0]


def test_F65_a_switch_that_rebooted_by_itself_before_it_was_set_to_boot_gets_its_next_boot_back(
    fleet: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def blip() -> None:
        refuse = Policy(unsaved="refuse")
        other = opened(fleet.place, journal=False).filter(name="blip")
        assert not other.run(task=tasks.reboot_switch, policy=refuse).failed
        assert not other.run(task=tasks.wait_reachable).failed

    status = StatusProcessor()
    fleet.unwatched.add("blip")  # the other's reload is in no journal
    on_answer("blip", "show running-configuration", blip, monkeypatch)
    fleet.nornir("blip", processors=(status,)).run(task=activate_image, image=fleet.image)
    assert words(status) == ("FAILED", "IMAGE_ACTIVATION_FAILED")
    assert f"next boot is the old image {OLD}" in status.record()[0].reason
    assert fleet.state("blip")["next_boot"] == "active"


def test_the_boot_before_a_reload_is_the_one_that_runs_when_it_is_sent(
    fleet: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    boots = []

    def blip() -> None:
        other = opened(fleet.place, journal=False).filter(name="blip-unnoticed")
        assert not other.run(task=tasks.reboot_switch).failed
        boots.append(other.run(task=tasks.wait_reachable)["blip-unnoticed"][0].result.facts.boot)

    fleet.unwatched.add("blip-unnoticed")
    on_answer("blip-unnoticed", "show running-configuration", blip, monkeypatch)
    nornir = fleet.nornir("blip-unnoticed", processors=(journal := JournalProcessor(fleet.store),))
    assert not nornir.run(task=activate_image, image=fleet.image).failed
    assert journal.job is not None
    sent = fleet.store.intents(journal.job)[-1]
    assert sent.command == "reload"
    assert sent.facts.boot.same_boot(boots[0])
    assert fleet.count("blip-unnoticed", "reload") == [2]


def test_a_switch_that_falls_silent_after_its_old_boot_was_seen_is_not_said_to_have_stayed_up(
    fleet: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, sessions = NetmikoSession.send, list[NetmikoSession]()

    def deaf(self: NetmikoSession, line: str, *, until: str = "", timeout: float | None = None) -> str:
        if "reload" in line:
            sessions.append(self)
        elif sessions and self not in sessions:
            if len(sessions) > 1:
                raise ReplyTimeout("no prompt came")
            sessions.append(self)  # in which the boot from before is read
        return send(self, line, until=until, timeout=timeout)

    monkeypatch.setattr(NetmikoSession, "send", deaf)
    status, limits = StatusProcessor(), {"go_down": 60 * SPEED, "come_back": 3 * SPEED, "settle": 10.0, "stable": 15.0}
    fleet.nornir("deaf", processors=(status,), timeouts=limits).run(task=activate_image, image=fleet.image)
    assert len(sessions) > 1
    reason = status.record()[0].reason
    assert "not usable within 3 s after the reload: no prompt came" in reason
    assert "it was not seen to go down: THE NEXT POWER CYCLE MAY RUN THE NEW IMAGE" in reason
    assert "did not reboot" not in reason


def test_a_clean_up_is_finished_when_it_is_and_giving_up_deletes_nothing(fleet: Lab) -> None:
    assert killed_at.upgraded(fleet.place, "cleaned", "", "0", "copy_image").poll() == 0
    with Store(watched_store(fleet, "cleaned")) as store:
        nornir = opened(fleet.place, journal=False).filter(name="cleaned")
        assert not nornir.with_processors([JournalProcessor(store)]).run(task=clean_images).failed
        job = store.job("last")
        assert not is_unfinished(job, store.record(job)[0])
        assert dict(resume_job(nornir, store, job.id)) == {}
        with pytest.raises(RequestError, match="no switch 'cleaned' that is unfinished"):
            resume_job(nornir, store, job.id, decisions={"cleaned": Decision.GIVE_UP})


def outside(task: Task, image: Image) -> Result:
    task.run(task=tasks.check_readiness, image=image)
    task.nornir.filter(name=task.host.name).run(task=tasks.check_readiness, image=image)
    return Result(host=task.host)


def test_N11_a_run_within_a_run_does_not_end_the_attempt_around_it(fleet: Lab) -> None:
    result = fleet.nornir("nested").run(task=outside, image=fleet.image)["nested"]
    assert isinstance(result[0].exception, RequestError)
    assert "a run within a run" in str(result[0].exception)


def test_N11_switches_that_run_in_spite_of_an_earlier_failure_stay_owned_until_the_last_has_ended(fleet: Lab) -> None:
    with Store(watched_store(fleet, "first")) as store:
        nornir = opened(fleet.place, journal=False).filter(filter_func=lambda host: host.name in ("first", "second"))
        nornir.data.failed_hosts |= {"first", "second"}
        nornir.inventory.hosts["first"].data["lcm"]["serial"] = "ANOTHER"  # it ends at once
        nornir.with_processors([JournalProcessor(store)]).run(
            task=update_image, image=fleet.image, on_failed=True, raise_on_error=False
        )
        assert len(store.jobs()) == 1
        endings = {record.name: record.row().update_progress_status.value for record in store.record(store.job("last"))}
    assert endings == {"first": "FAILED", "second": "SUCCESS"}


def wrapper(task: Task, image: Image) -> Result:
    return Result(host=task.host, result=task.run(task=update_image, image=image).result)


def test_F57_a_refusal_below_a_task_of_the_users_own_is_its_result(fleet: Lab) -> None:
    with Store(watched_store(fleet, "wrapped")) as store:
        job = store.new_job("other", {}, [])
        owner = store.own(job)
        address = fleet.nornir("wrapped").inventory.hosts["wrapped"]
        owner.take([Key(f"address {address.hostname}:{address.port}", "wrapped")])
        nornir = fleet.nornir("wrapped", processors=(JournalProcessor(store),))
        result = nornir.run(task=wrapper, image=fleet.image, raise_on_error=False)["wrapped"]
        owner.give_back()
    assert result.failed
    assert f"job {job.id} works on it" in str(result[1].exception)
    assert result[1].result.update_progress_status == "NOT_SET"  # it is told as any other failure
    assert fleet.kinds("wrapped") == []


def test_N9_a_resumed_switch_that_had_not_reloaded_does_not_keep_its_peer_waiting(
    fleet: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert killed_at.upgraded(fleet.place, "left", "intent reload stored", "1").poll() == -signal.SIGKILL
    pair = fleet.nornir("left", "right", journal=False, timeouts={"go_down": SPEED, "settle": 10.0, "stable": 15.0})
    for name, its_peer in (("left", "right"), ("right", "left")):  # each names it: they are run apart, too
        pair.inventory.hosts[name].data["lcm"]["peer"] = its_peer
    send = NetmikoSession.send

    def garbled(self: NetmikoSession, line: str, *, until: str = "", timeout: float | None = None) -> str:
        reply = send(self, line, until=until, timeout=timeout)
        return "%" if line == "show image status" and "left" in self.prompt else reply

    with monkeypatch.context() as patch, Store(watched_store(fleet, "left")) as store:
        patch.setattr(NetmikoSession, "send", garbled)
        resume_job(pair, store, "last")
        (record,) = store.record(store.job("last"))
        assert "not the three states" in record.reason
    peer = Thread(target=lambda: pair.filter(name="right").run(task=activate_image, image=fleet.image), daemon=True)
    peer.start()
    peer.join(30)
    assert not peer.is_alive()
    assert fleet.count("right", "reload") == [1]
    with Store(watched_store(fleet, "left")) as store:
        retry_job(pair, store, "last", only=["refused"])
    assert fleet.count("left", "reload") == [1]


def test_a_decision_about_a_reload_that_was_never_sent_is_refused(fleet: Lab) -> None:
    assert killed_at.upgraded(fleet.place, "decided", "outcome copy stored", "1").poll() == -signal.SIGKILL
    nornir = opened(fleet.place, journal=False).filter(name="decided")
    with Store(watched_store(fleet, "decided")) as store:
        with pytest.raises(RequestError, match="no reload was sent to it"):
            resume_job(nornir, store, "last", decisions={"decided": Decision.DONE})
        assert not resume_job(nornir, store, "last").failed
        journal = JournalProcessor(store, job=store.job("last"), purpose="resume")
        with pytest.raises(RequestError, match="got its verdict in the meantime"):
            nornir.with_processors([journal]).run(task=update_image, image=fleet.image)
    assert fleet.count("decided", "download_started", "install_started", "reload") == [1, 1, 1]


def test_a_switch_that_was_seen_to_boot_the_wrong_image_is_rebooted_again_when_it_is_tried_again(fleet: Lab) -> None:
    nornir = fleet.nornir("wrong", processors=(journal := JournalProcessor(fleet.store),))
    nornir.run(task=activate_image, image=fleet.image)
    assert fleet.count("wrong", "reload") == [1]
    assert journal.job is not None
    retry_job(fleet.nornir("wrong", journal=False), fleet.store, journal.job.id, only=["failed"])
    assert fleet.count("wrong", "reload") == [2]


def test_N5_a_reload_whose_end_an_error_of_our_own_hid_is_looked_for_when_it_is_tried_again(
    fleet: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def struck(*args: Any) -> bool:
        if answers(*args):
            return True
        raise RuntimeError("an error of our own")  # as soon as it is down

    nornir = fleet.nornir("struck", processors=(journal := JournalProcessor(fleet.store),))
    with monkeypatch.context() as patch:
        patch.setattr(reachability, "answers", struck)
        nornir.run(task=activate_image, image=fleet.image)
    assert journal.job is not None
    (record,) = fleet.store.record(journal.job)
    assert "struck: reachability: RuntimeError: an error of our own" in record.reason
    assert fleet.count("struck", "reload", "booted") == [1, 0]
    assert not retry_job(fleet.nornir("struck", journal=False), fleet.store, journal.job.id, only=["failed"]).failed
    assert fleet.count("struck", "set_boot", "reload", "booted") == [1, 1, 1]


def test_an_installation_whose_failure_was_told_is_begun_anew_when_it_is_tried_again(fleet: Lab) -> None:
    fleet.nornir("failing", processors=(journal := JournalProcessor(fleet.store),)).run(
        task=update_image, image=fleet.image
    )
    assert journal.job is not None
    retry_job(fleet.nornir("failing", journal=False), fleet.store, journal.job.id, only=["failed"])
    (record,) = fleet.store.record(journal.job)
    assert record.evidence["install before"] == Finding.TOLD
    assert fleet.count("failing", "download_started", "install_started") == [1, 2]
