"""Jobs that run on a simulated fleet: now, at their time, several at once, cancelled, stopped and gone on with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any

import pytest

from lcm_nornir.errors import Invalid, NotAllowed, WrongState
from lcm_nornir.events import Ending
from lcm_nornir.jobs.lifecycle import Action
from lcm_nornir.jobs.schedule import Schedule
from lcm_nornir.journal import points
from lcm_nornir.journal.intent import Decision
from lcm_nornir.record import report_of
from lcm_nornir.schema.jobs import ENDED, JobState, JobType, Reference, UpdateJobBody
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import SPEED, TARGET, Lab, happens, lab
from tests.jobs.services import ANN, BOB, NOW, Service, at, hosts_of, served, write_inventory

GROUPS = {
    "one": ["one1", "one2"],
    "two": ["two1"],
    "shared": ["two1", "three1"],
    "three": ["three1"],
    "timed": ["timed1"],
    "late": ["late1"],
    "moved": ["moved1"],
    "slow": ["slow1"],
    "stopped": ["stopped1"],
    "bad": ["bad1", "bad2"],
    "held": ["held1"],
    "twice": ["twice1"],
    "ends": ["ends1"],
    "former": ["former1"],
    "latter": ["latter1"],
    "unbegun": ["unbegun1"],
}
FAULTS = {"bad1": ("install-failed",), "held1": ("new-host-key",)}
NAMES = sorted({name for names in GROUPS.values() for name in names})
CHANGES = ("download_started", "install_started", "set_boot", "reload")


class Clock:
    """A wall clock that somebody sets."""

    def __init__(self) -> None:
        self.value = 2_000_000_000.0

    def __call__(self) -> float:
        return self.value


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    switches = [SwitchSpec(name, variant=number, faults=FAULTS.get(name, ())) for number, name in enumerate(NAMES)]
    with lab(tmp_path_factory.mktemp("jobs"), *switches, install_s=2 * SPEED) as running:
        write_inventory(running.place, hosts_of(running), GROUPS)
        running.stores.add(running.place / "api" / "lcm.db")
        yield running


def ended(service: Service, name: str) -> JobState:
    assert happens(lambda: service.jobs.get(name).job_state in ENDED, within=60), service.status(name)
    return service.jobs.get(name).job_state


def actions(service: Service, name: str) -> list[str]:
    return [json.loads(note.body)["action"] for note in service.jobs.history(name)]


def told(service: Service, name: str, action: Action) -> dict[str, Any]:
    found = [json.loads(note.body) for note in service.jobs.history(name)]
    (body,) = [one for one in found if one["action"] == action]
    return dict(body)


def test_a_job_runs_from_draft_to_done_and_its_status_is_told_at_any_moment(fleet: Lab) -> None:
    with served(fleet.place) as service:
        job = service.approved("one", fleet.image)
        running = service.running.deploy(ANN, job.id, NOW)
        assert (running.job_state, running.job_type) == (JobState.IN_PROGRESS, JobType.NOW)
        assert running.start_time
        assert running.scheduled_at
        assert service.running.running == (job.id,)
        for _ in range(20):
            status = json.loads(service.running.status_json(job.id))
            assert (len(status["data"]), status["start_time"]) == (2, running.start_time)
            assert (status["status"] in ("NOT_STARTED", "IN_PROGRESS")) == (status["end_time"] == 0)
        with pytest.raises(WrongState):
            service.running.deploy(ANN, job.id, NOW)
        with pytest.raises(WrongState):
            service.jobs.delete(ANN, job.id)
        assert ended(service, job.id) is JobState.DONE
        assert happens(lambda: service.running.running == ())
        done = service.jobs.get(job.id)
        assert done.end_time >= done.start_time
        document = service.running.status_json(job.id)
        expected = report_of(service.running.records(job.id), running.start_time)
        assert json.loads(document) == json.loads(expected.model_dump_json())
        assert document == service.running.status_json(job.id)
        assert {row["update_progress_status"] for row in json.loads(document)["data"]} == {"SUCCESS"}
        assert json.loads(document)["end_time"] == done.end_time
        assert actions(service, job.id) == ["create", "send-for-approval", "approve", "deploy", "run", "succeed"]
        run = service.store.job_of(job.id)
        assert run is not None
        events = service.store.lines((job.id, run.id), 0, 1000)
        assert [note.seq for note in events] == sorted(note.seq for note in events)
        assert {note.switch for note in events if note.kind == "Verdict"} == {"one1", "one2"}
        assert {note.kind for note in events} > {"changed", "began", "Acting", "outcome", "ended"}
        assert service.store.lines((job.id, run.id), events[3].seq, 5) == events[4:9]
        assert [step.error for step in service.running.records(job.id)[0].steps if step.error] == []
        assert service.store.audit().altered == ()
    assert [fleet.state(name)["running"] for name in GROUPS["one"]] == [TARGET, TARGET]


def test_some_succeed_and_some_fail_and_the_job_says_so(fleet: Lab) -> None:
    with served(fleet.place) as service:
        job = service.approved("bad", fleet.image)
        service.running.deploy(ANN, job.id, NOW)
        assert ended(service, job.id) is JobState.PARTIAL_SUCCESS
        rows = service.status(job.id).data
        assert [row.update_progress_status for row in rows] == ["FAILED", "SUCCESS"]
        with pytest.raises(WrongState) as caught:
            service.running.resume(ANN, job.id)
        assert happens(lambda: service.running.running == ())
        with pytest.raises(WrongState) as caught:
            service.running.resume(ANN, job.id)
        assert caught.value.key == "lcm.job.nothing"
        assert service.jobs.get(job.id).job_state is JobState.PARTIAL_SUCCESS


def test_two_jobs_run_at_once_and_never_on_one_switch(fleet: Lab) -> None:
    with served(fleet.place) as service:
        first, second, other = (service.approved(group, fleet.image) for group in ("two", "shared", "three"))
        service.running.deploy(ANN, first.id, NOW)
        with pytest.raises(WrongState) as caught:
            service.running.deploy(ANN, second.id, NOW)
        assert caught.value.key == "lcm.job.refused"
        assert "two1" in str(caught.value)
        assert str(fleet.place) not in str(caught.value)
        back = service.jobs.get(second.id)
        assert (back.job_state, back.job_type, back.start_time) == (JobState.APPROVED, JobType.NOT_SET, 0)
        assert service.status(second.id).status == "NOT_STARTED"
        service.running.deploy(ANN, other.id, NOW)
        assert set(service.running.running) == {first.id, other.id}
        assert {ended(service, first.id), ended(service, other.id)} == {JobState.DONE}
        assert happens(lambda: service.running.running == ())
        service.running.deploy(ANN, second.id, NOW)  # now nobody has them, and all is done
        assert ended(service, second.id) is JobState.DONE
    assert fleet.count("two1", *CHANGES) == fleet.count("three1", *CHANGES) == [1, 1, 1, 1]


def test_a_job_that_is_deployed_twice_at_once_runs_once(fleet: Lab) -> None:
    with served(fleet.place) as service, ThreadPoolExecutor(4) as pool:
        job = service.approved("twice", fleet.image)
        tries = [pool.submit(service.running.deploy, ANN, job.id, NOW) for _ in range(4)]
        errors = [error for error in (one.exception() for one in tries) if error]
        assert [type(error) for error in errors] == [WrongState] * 3
        assert ended(service, job.id) is JobState.DONE
        assert len([action for action in actions(service, job.id) if action == Action.DEPLOY]) == 1
        assert happens(lambda: service.running.running == ())
        assert len([one for one in service.store.jobs() if one.definition.get("update_job") == job.id]) == 1
    assert fleet.count("twice1", *CHANGES) == [1, 1, 1, 1]


def test_a_scheduled_job_waits_for_the_wall_clock_also_when_that_is_set_back(fleet: Lab) -> None:
    clock = Clock()
    with served(fleet.place, now=clock) as service:
        job = service.approved("timed", fleet.image)
        assert service.running.deploy(ANN, job.id, at(clock.value + 3600)).job_state is JobState.SCHEDULED
        clock.value -= 7200
        assert not happens(lambda: service.jobs.get(job.id).job_state is not JobState.SCHEDULED, within=0.3)
        clock.value += 7200 + 3599
        assert not happens(lambda: service.jobs.get(job.id).job_state is not JobState.SCHEDULED, within=0.3)
        clock.value += 1
        assert happens(lambda: service.jobs.get(job.id).job_state is JobState.IN_PROGRESS)
        begun = service.jobs.get(job.id)
        assert (begun.job_type, begun.scheduled_at) == (JobType.SCHEDULED, int(clock.value))
        clock.value -= 7200  # it has begun once for all
        assert ended(service, job.id) is JobState.DONE
        assert "late" not in told(service, job.id, Action.BEGIN)


def test_a_time_that_is_set_anew_while_others_are_told_theirs_is_kept_and_nothing_is_late_for_the_others() -> None:
    clock, told = Clock(), list[tuple[str, float]]()
    begin = clock.value

    def due(name: str, looked: float) -> None:
        told.append((name, looked))
        if (
            len(told) == 1
        ):  # it takes long, and meanwhile its own time and another's are set anew, and one is taken back
            clock.value += 50
            schedule.add("first", int(clock.value) + 100)
            schedule.add("second", int(clock.value) + 100)
            schedule.drop("second", int(begin) - 3)  # the former time: that is over
            schedule.drop("third", int(begin) - 2)

    schedule = Schedule(due, clock, 0.02)
    for number, name in enumerate(("first", "second", "third", "fourth")):
        schedule.add(name, int(begin) - 4 + number)
    schedule.start()
    try:
        assert happens(lambda: len(told) == 2)
        assert not happens(lambda: len(told) > 2, within=0.2)
        assert told == [("first", begin), ("fourth", begin)]
        clock.value += 100
        assert happens(lambda: len(told) == 4)
        assert {name for name, _ in told[2:]} == {"first", "second"}
    finally:
        schedule.stop()
    assert schedule.join(10)


@pytest.mark.parametrize("late", ["start", "refuse"])
def test_a_time_that_was_missed_while_the_service_was_down_is_made_up_for_or_refused_and_told(
    fleet: Lab, late: str
) -> None:
    clock = Clock()
    with served(fleet.place, now=clock) as service:
        job = service.approved("late", fleet.image)
        service.running.deploy(ANN, job.id, at(clock.value + 100))
    clock.value += 400
    with served(fleet.place, now=clock, late=late) as service:
        if late == "refuse":
            assert happens(lambda: service.jobs.get(job.id).job_state is JobState.APPROVED)
            missed = told(service, job.id, Action.MISS)
            assert (missed["late"], missed["why"]) == (300, "it is 300 s late")
            assert service.jobs.get(job.id).scheduled_at == 0
        else:
            assert happens(lambda: service.jobs.get(job.id).job_state is JobState.IN_PROGRESS)
            assert told(service, job.id, Action.BEGIN)["late"] == 300
            assert ended(service, job.id) is JobState.DONE


def test_a_job_whose_time_comes_while_the_service_ends_is_begun_by_the_next_start(fleet: Lab) -> None:
    clock = Clock()
    with served(fleet.place, now=clock) as service:
        job = service.approved("ends", fleet.image)
        service.running.deploy(ANN, job.id, at(clock.value + 10))
        ends = Thread(target=service.running.stop)

        def end() -> None:
            ends.start()
            ends.join(0.3)

        service.before_opening = end
        clock.value += 11
        assert happens(lambda: service.jobs.get(job.id).job_state is JobState.IN_PROGRESS)
        ends.join(30)
        assert service.running.running == ()
        assert fleet.sessions("ends1") == 0
    with served(fleet.place, now=clock) as service:
        assert ended(service, job.id) is JobState.DONE
    assert fleet.count("ends1", *CHANGES) == [1, 1, 1, 1]


def test_S18_what_has_drifted_when_the_time_has_come_is_not_begun(fleet: Lab) -> None:
    clock = Clock()
    with served(fleet.place, now=clock) as service:
        job = service.approved("moved", fleet.image)
        service.running.deploy(ANN, job.id, at(clock.value + 10))
        hosts = hosts_of(fleet)
        hosts["moved1"]["port"] += 1
        write_inventory(fleet.place, hosts, GROUPS)
        clock.value += 11
        assert happens(lambda: service.jobs.get(job.id).job_state is JobState.APPROVED)
        assert "moved1" in told(service, job.id, Action.MISS)["why"]
        write_inventory(fleet.place, hosts_of(fleet), GROUPS)
    assert fleet.sessions("moved1") == 0


def test_S18_what_is_approved_anew_while_its_time_is_told_is_begun_as_it_is_then(fleet: Lab) -> None:
    clock = Clock()
    with served(fleet.place, now=clock) as service:
        job = service.approved("former", fleet.image)
        service.running.deploy(ANN, job.id, at(clock.value + 10))

        def replace() -> None:
            service.before_opening = lambda: None
            service.running.cancel(ANN, job.id)
            service.running.cancel(ANN, job.id)
            draft = service.jobs.get(job.id)
            values = {name: getattr(draft, name) for name in UpdateJobBody.model_fields}
            service.jobs.replace(ANN, job.id, UpdateJobBody(**{**values, "switch_group": Reference(id="latter")}))
            service.jobs.send_for_approval(ANN, job.id)
            service.jobs.approve(BOB, job.id)
            service.running.deploy(ANN, job.id, at(clock.value + 1))
            clock.value += 1

        service.before_opening = replace
        clock.value += 10
        assert ended(service, job.id) is JobState.DONE
    assert (fleet.count("former1", *CHANGES), fleet.count("latter1", *CHANGES)) == ([0, 0, 0, 0], [1, 1, 1, 1])


def test_S18_what_has_drifted_before_it_was_begun_is_not_gone_on_with(
    fleet: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(fleet.place) as service:
        job = service.approved("unbegun", fleet.image)
        ends = Thread(target=service.running.stop)

        def end(point: str) -> None:
            if point == "job stored" and not ends.ident:
                ends.start()
                ends.join(0.3)

        monkeypatch.setattr(points, "_listeners", [end])
        service.running.deploy(ANN, job.id, NOW)
        ends.join(30)
        assert [one.steps for one in service.running.records(job.id)] == [[]]
    hosts = hosts_of(fleet)
    hosts["unbegun1"]["port"] += 1
    write_inventory(fleet.place, hosts, GROUPS)
    with served(fleet.place) as service:
        assert not happens(lambda: bool(service.running.running), within=0.3)
        with pytest.raises(WrongState) as caught:
            service.running.resume(ANN, job.id)
        assert (caught.value.key, caught.value.values[1]) == ("lcm.job.drifted", "unbegun1")
        assert service.jobs.get(job.id).job_state is JobState.IN_PROGRESS
        write_inventory(fleet.place, hosts_of(fleet), GROUPS)
        assert fleet.sessions("unbegun1") == 0
        service.running.resume(ANN, job.id)
        assert ended(service, job.id) is JobState.DONE


def under_way(fleet: Lab, name: str) -> bool:
    return happens(lambda: "install_started" in fleet.kinds(name), within=30)


def test_a_job_is_cancelled_at_a_safe_point_and_resumed_by_a_person(fleet: Lab) -> None:
    with served(fleet.place) as service:
        job = service.approved("slow", fleet.image)
        service.running.deploy(ANN, job.id, NOW)
        assert under_way(fleet, "slow1")
        with pytest.raises(NotAllowed):
            service.running.cancel(BOB, job.id)
        assert service.running.cancel(ANN, job.id).job_state is JobState.IN_PROGRESS
        assert ended(service, job.id) is JobState.FAILED
        (record,) = service.running.records(job.id)
        assert "cancelled by ann" in record.reason
        assert fleet.count("slow1", *CHANGES) == [1, 1, 0, 0]
        assert happens(lambda: service.running.running == ())
        assert service.running.resume(ANN, job.id).job_state is JobState.IN_PROGRESS
        assert ended(service, job.id) is JobState.DONE
    assert fleet.count("slow1", *CHANGES) == [1, 1, 1, 1]


def test_a_switch_that_is_held_keeps_its_job_in_progress_until_somebody_has_looked(fleet: Lab) -> None:
    with served(fleet.place) as service:
        job = service.approved("held", fleet.image)
        service.running.deploy(ANN, job.id, NOW)
        assert happens(lambda: service.running.running == (), within=60)
        assert service.jobs.get(job.id).job_state is JobState.IN_PROGRESS
        assert json.loads(service.running.status_json(job.id))["status"] == "IN_PROGRESS"
        assert [record.ending for record in service.running.records(job.id)] == [Ending.HELD]
        with pytest.raises(Invalid) as caught:
            service.running.resume(ANN, job.id, {"one1": Decision.DONE})
        assert caught.value.key == "lcm.job.decision"
        (switch,) = (one for one in fleet.fleet.switches if one.name == "held1")
        fleet.keys.trust(switch.host, switch.port, switch.next_host_key)
        service.running.resume(ANN, job.id)
        assert ended(service, job.id) is JobState.DONE
        assert told(service, job.id, Action.RESUME)["decisions"] == {}
    assert fleet.count("held1", *CHANGES) == [1, 1, 1, 1]


def test_an_orderly_stop_leaves_a_job_at_a_safe_point_and_the_next_start_goes_on_with_it(fleet: Lab) -> None:
    with served(fleet.place) as service:
        job = service.approved("stopped", fleet.image)
        service.running.deploy(ANN, job.id, NOW)
        assert under_way(fleet, "stopped1")
        assert service.running.stop(60)
        assert service.jobs.get(job.id).job_state is JobState.IN_PROGRESS
        assert fleet.count("stopped1", *CHANGES) == [1, 1, 0, 0]
        waiting = service.approved("moved", fleet.image)
        with pytest.raises(WrongState) as caught:
            service.running.deploy(ANN, waiting.id, NOW)
        assert caught.value.key == "lcm.service.ends"
        assert service.jobs.get(waiting.id).job_state is JobState.APPROVED
        with pytest.raises(WrongState) as caught:
            service.running.cancel(ANN, job.id)
        assert caught.value.key == "lcm.job.idle"
    with served(fleet.place) as service:
        assert ended(service, job.id) is JobState.DONE
        assert service.store.audit().altered == ()
    assert fleet.count("stopped1", *CHANGES) == [1, 1, 1, 1]
