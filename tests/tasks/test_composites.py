"""Dry run, stage, activate, roll back, clean, and every step on its own, over one simulated fleet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from nornir.core.task import AggregatedResult, MultiResult

from lcm_nornir import StatusProcessor, tasks
from lcm_nornir.errors import ImageActivationFailed, NotReady
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import OLD, OLDEST, TARGET, Lab, lab

ONE_OF_EACH = ("download_started", "install_started", "reload")


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    names = ("dry", "unstaged", "journey", "stepped")
    switches = [SwitchSpec(name, variant=number) for number, name in enumerate(names)]
    staged = SwitchSpec("drystaged", faults=("target-in-standby",), variant=1)
    with lab(tmp_path_factory.mktemp("composites"), *switches, staged) as running:
        yield running


class Stop:
    """Where a switch stands after one of several runs."""

    def __init__(self, fleet: Lab, name: str, status: StatusProcessor, result: AggregatedResult) -> None:
        self.result = result[name]
        self.report = status.report()
        self.row = self.report.data[0]
        self.words = (self.row.update_progress_status.value, self.row.error.value)
        self.record = status.record()[0]
        self.state = fleet.state(name)
        self.counts = fleet.count(name, *ONE_OF_EACH)
        self.all_closed = fleet.all_closed(name)


@pytest.fixture(scope="module")
def journey(fleet: Lab) -> dict[str, Stop]:
    """Stage and activate in two runs into one report; then back, back again, nowhere, and clean."""
    name, image = "journey", fleet.image
    upgrade, back = StatusProcessor(), StatusProcessor()
    runs: tuple[tuple[str, StatusProcessor, Callable[..., Any], dict[str, Any]], ...] = (
        ("staged", upgrade, tasks.stage_image, {"image": image}),
        ("activated", upgrade, tasks.activate_image, {"image": image}),
        ("kept", StatusProcessor(), tasks.clean_images, {"keep": (image.name,)}),
        ("back", back, tasks.rollback_image, {"version": OLD}),
        ("back again", back, tasks.rollback_image, {"version": OLD}),
        ("nowhere", StatusProcessor(), tasks.rollback_image, {"version": OLDEST}),
        ("dry clean", StatusProcessor(), tasks.clean_images, {}),
        ("cleaned", StatusProcessor(), tasks.clean_images, {}),
        ("cleaned again", StatusProcessor(), tasks.clean_images, {}),
    )
    stops = {}
    for stop, status, task, arguments in runs:
        nornir = fleet.nornir(name, processors=(status,))
        nornir.data.dry_run = stop.startswith("dry")
        stops[stop] = Stop(fleet, name, status, nornir.run(task=task, **arguments))
    return stops


DRY: dict[str, tuple[str, Callable[..., Any], list[str]]] = {
    "update": ("dry", tasks.update_image, ["copy", "check", "install", "set", "save", "reload"]),
    "stage": ("dry", tasks.stage_image, ["copy", "check", "install"]),
    "activate": ("drystaged", tasks.activate_image, ["set", "save", "reload"]),
    "rollback": ("dry", tasks.rollback_image, ["set", "save", "reload"]),
}


@pytest.mark.parametrize("composite", DRY)
def test_a_dry_run_changes_nothing_and_says_what_would_be_done(fleet: Lab, composite: str) -> None:
    name, task, verbs = DRY[composite]
    status = StatusProcessor()
    nornir = fleet.nornir(name, processors=(status,))
    nornir.data.dry_run = True
    arguments = {"version": OLDEST} if task is tasks.rollback_image else {"image": fleet.image}
    result = nornir.run(task=task, **arguments)[name]
    assert not result.failed
    assert [line.split()[0] for line in result.diff.splitlines()] == verbs
    assert status.record()[0].evidence["would do"] == result.diff
    assert result.result == status.report().data[0]
    assert (result.result.update_progress_status, result.result.error) == ("NOT_SET", "NOT_SET")
    assert status.report().status == "NOT_STARTED"
    assert fleet.fleet.effects(name) == []
    assert fleet.all_closed(name)


def test_a_dry_update_names_image_server_versions_and_slots(fleet: Lab) -> None:
    nornir = fleet.nornir("dry")
    nornir.data.dry_run = True
    said = nornir.run(task=tasks.update_image, image=fleet.image)["dry"].diff
    for fact in (fleet.image.name, fleet.image.server, f"{TARGET} over {OLDEST} in slot B", f"runs {OLD} now"):
        assert fact in said


def test_a_staged_switch_waits_with_the_old_image_next(journey: dict[str, Stop]) -> None:
    staged = journey["staged"]
    assert staged.words == ("INSTALL_IN_PROGRESS", "NOT_SET")
    assert staged.row.install_status.status == "INSTALL_SUCCESS"
    assert staged.row.download_status.status == "DOWNLOAD_SUCCESS"
    assert (staged.report.status, staged.report.end_time) == ("IN_PROGRESS", 0)
    assert (staged.state["running"], staged.state["standby"], staged.state["next_boot"]) == (OLD, TARGET, "active")
    assert staged.counts == [1, 1, 0]
    assert staged.result.changed
    assert staged.result[0].result == staged.row


def test_activation_ends_the_same_report(journey: dict[str, Stop]) -> None:
    staged, activated = journey["staged"], journey["activated"]
    assert activated.words == ("SUCCESS", "NOT_SET")
    assert len(activated.report.data) == 1
    assert (activated.report.status, activated.report.start_time) == ("SUCCESS", staged.report.start_time)
    assert activated.report.end_time >= activated.report.start_time
    assert activated.row.download_status == staged.row.download_status
    assert activated.row.install_status == staged.row.install_status
    assert (activated.state["running"], activated.state["standby"]) == (TARGET, OLD)
    assert activated.counts == [1, 1, 1]


def test_activation_without_staging_is_refused(fleet: Lab) -> None:
    status = StatusProcessor()
    result = fleet.nornir("unstaged", processors=(status,)).run(task=tasks.activate_image, image=fleet.image)[
        "unstaged"
    ]
    assert (result.result.update_progress_status, result.result.error) == ("NOT_SET", "NOT_SET")
    assert isinstance(result.exception, NotReady)
    assert "not staged" in status.record()[0].reason
    assert fleet.fleet.effects("unstaged") == []


def test_a_rollback_runs_the_old_version_after_one_more_reload(journey: dict[str, Stop]) -> None:
    back = journey["back"]
    assert back.words == ("SUCCESS", "NOT_SET")
    assert (back.state["running"], back.state["next_boot"]) == (OLD, "active")
    assert back.counts == [1, 1, 2]


def test_a_second_rollback_changes_nothing(journey: dict[str, Stop]) -> None:
    again = journey["back again"]
    assert again.words == ("SUCCESS", "NOT_SET")
    assert not again.result.changed
    assert again.counts == journey["back"].counts


def test_a_rollback_to_a_version_in_no_slot_is_refused(journey: dict[str, Stop]) -> None:
    nowhere = journey["nowhere"]
    assert nowhere.words == ("NOT_SET", "NOT_SET")
    assert isinstance(nowhere.result.exception, NotReady)
    assert f"{OLDEST} is in no slot" in nowhere.record.reason
    assert nowhere.state == journey["back"].state


def test_clean_deletes_stored_files_and_nothing_that_runs_or_boots(fleet: Lab, journey: dict[str, Stop]) -> None:
    before, dry, cleaned = journey["nowhere"], journey["dry clean"], journey["cleaned"]
    assert dry.result.diff == f"delete {fleet.image.name}"
    assert before.state["images"] == dry.state["images"] == [fleet.image.name]
    assert cleaned.result.changed
    assert not cleaned.result.failed
    assert cleaned.state == {**before.state, "images": []}
    assert cleaned.words == ("NOT_SET", "NOT_SET")


def test_clean_keeps_what_it_is_told_to_keep_and_has_nothing_to_do_twice(journey: dict[str, Stop]) -> None:
    for stop, before in (("kept", "activated"), ("cleaned again", "cleaned")):
        assert not journey[stop].result.changed, stop
        assert journey[stop].state == journey[before].state, stop


def test_every_composite_leaves_no_session_open(journey: dict[str, Stop]) -> None:
    assert [stop for stop, found in journey.items() if not found.all_closed] == []


@pytest.fixture(scope="module")
def stepped(fleet: Lab) -> dict[str, list[MultiResult]]:
    """Each step as its own run, and those that may be called twice also a second time."""
    nornir, image = fleet.nornir("stepped"), fleet.image
    done: dict[str, list[MultiResult]] = {}

    def run(task: Callable[..., Any], times: int = 2, **arguments: Any) -> MultiResult:
        done[task.__name__] = [nornir.run(task=task, **arguments)["stepped"] for _ in range(times)]
        return done[task.__name__][0]

    for name in list(STEPS)[:5]:
        run(getattr(tasks, name), image=image)
    before = run(tasks.reboot_switch, times=1).result
    seen = run(tasks.wait_reachable, since=before).result
    run(tasks.verify_image, image=image, since=before, seen=seen)
    run(tasks.commit_image)
    return done


STEPS = {
    "check_readiness": [False, False],
    "copy_image": [True, False],
    "validate_image": [False, False],
    "install_image": [True, False],
    "set_boot_image": [True, False],
    "reboot_switch": [True],
    "wait_reachable": [False, False],
    "verify_image": [False, False],
    "commit_image": [False, False],
}


def test_every_step_alone_in_order_leads_to_the_new_version(fleet: Lab, stepped: dict[str, list[MultiResult]]) -> None:
    assert list(stepped) == list(STEPS)
    assert [result.failed for results in stepped.values() for result in results] == [False] * 17
    assert fleet.state("stepped")["running"] == stepped["verify_image"][0].result.running == TARGET
    assert fleet.count("stepped", "install_started", "set_boot", "reload") == [1, 1, 1]


@pytest.mark.parametrize("name", STEPS)
def test_a_step_that_is_done_already_changes_nothing(stepped: dict[str, list[MultiResult]], name: str) -> None:
    assert [result.changed for result in stepped[name]] == STEPS[name]


def test_steps_alone_leave_no_session_open(fleet: Lab, stepped: dict[str, list[MultiResult]]) -> None:
    assert stepped
    assert fleet.all_closed("stepped")


def test_a_boot_that_is_the_one_from_before_the_reload_proves_nothing(
    fleet: Lab, stepped: dict[str, list[MultiResult]]
) -> None:
    now = stepped["verify_image"][-1].result.boot
    result = fleet.nornir("stepped").run(task=tasks.verify_image, image=fleet.image, since=now)["stepped"]
    assert isinstance(result.exception, ImageActivationFailed)
    assert "did not reboot" in str(result.exception)
