"""The live report: which rows it has, who may touch them, and that it is whole at any moment."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest
from nornir.core.exceptions import NornirExecutionError
from nornir.core.task import Result, Task
from nornir_netmiko.tasks import netmiko_send_command  # type: ignore[import-untyped]  # it has no types

from lcm_nornir import Image, RequestError, StatusProcessor, check_readiness, clean_images, update_image
from lcm_nornir.schema import SwitchUpdateStatus, UpdateJobStatus
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import Lab, lab

FAULTS = {
    "here": "already-target",
    "there": "already-target",
    "gone": "refused",
    "new1": "",
    "new2": "",
    "cut": "reset",
}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    switches = [SwitchSpec(name, faults=tuple(filter(None, [fault]))) for name, fault in FAULTS.items()]
    with lab(tmp_path_factory.mktemp("status"), *switches) as running:
        yield running


def words(status: StatusProcessor) -> dict[str, tuple[str, str]]:
    """Give the two words of every row, of a report that must be a valid document."""
    report = status.report()
    assert UpdateJobStatus.model_validate_json(report.model_dump_json()) == report
    return {row.switch_member.name: (row.update_progress_status.value, row.error.value) for row in report.data}


def reasons(status: StatusProcessor) -> dict[str, str]:
    return {record.name: record.reason for record in status.record()}


PROVEN = ("SUCCESS", "NOT_SET")
UNREACHABLE = ("FAILED", "SWITCH_UNREACHABLE")
UNTOUCHED = ("NOT_SET", "NOT_SET")


def upgrade(task: Task, image: Image) -> str:
    """Update as a user's own runbook does: with things of its own around it."""
    if task.host.name != "gone":
        task.run(netmiko_send_command, command_string="show boot")
    task.run(update_image, image=image)
    return "mine"


@pytest.fixture(scope="module")
def watched(fleet: Lab) -> tuple[list[UpdateJobStatus], StatusProcessor]:
    """Every report that another thread got from before the run until after it."""
    status, over = StatusProcessor(), Event()
    reports: list[UpdateJobStatus] = []

    def watch() -> None:
        while not over.wait(0.005):
            try:
                reports.append(status.report())
            except RequestError:
                continue

    watcher = Thread(target=watch)
    watcher.start()
    try:
        fleet.nornir(processors=(status,)).run(task=update_image, image=fleet.image)
    finally:
        over.set()
        watcher.join()
    return [*reports, status.report()], status


def test_N1_every_report_from_the_first_to_the_last_is_valid_and_has_the_same_rows(
    watched: tuple[list[UpdateJobStatus], StatusProcessor],
) -> None:
    reports, status = watched
    assert len(reports) > 100
    for report in reports:
        assert [row.switch_member.name for row in report.data] == list(FAULTS)
        assert UpdateJobStatus.model_validate_json(report.model_dump_json()) == report
    proven = dict.fromkeys(("here", "there", "new1", "new2"), PROVEN)
    assert words(status) == {**proven, "gone": UNREACHABLE, "cut": ("FAILED", "DOWNLOAD_FAILED")}


def test_N2_a_switch_goes_through_the_words_in_their_order_and_ends_once(
    watched: tuple[list[UpdateJobStatus], StatusProcessor],
) -> None:
    reports, _ = watched
    rows = [next(row for row in report.data if row.switch_member.name == "new1") for report in reports]
    seen = [row.update_progress_status.value for row in rows]
    steady = [word for word in dict.fromkeys(seen) if word not in ("NOT_SET", "SWITCH_UNREACHABLE")]
    under_way = ("DOWNLOAD_IN_PROGRESS", "INSTALL_IN_PROGRESS", "REBOOT_IN_PROGRESS")
    assert steady == ["INSTALL_REQUEST_RECEIVED", *under_way, "SUCCESS"]
    assert seen.index("SUCCESS") == len(seen) - seen.count("SUCCESS")
    assert {report.start_time for report in reports} == {reports[0].start_time}
    assert [report.end_time > 0 for report in reports] == [report.status == "PARTIAL_SUCCESS" for report in reports]


def test_N6_bytes_and_percent_never_run_backwards(watched: tuple[list[UpdateJobStatus], StatusProcessor]) -> None:
    def figures(row: SwitchUpdateStatus) -> tuple[int, int]:
        return row.download_status.transfer_bytes, row.download_status.progress_percentage

    for number in range(len(FAULTS)):
        told = [figures(report.data[number]) for report in watched[0]]
        assert told == sorted(told)


def test_rows_are_the_inventory_in_hand_under_the_ids_that_it_gives(fleet: Lab) -> None:
    status = StatusProcessor()
    nornir = fleet.nornir("there", "here", processors=(status,))
    nornir.inventory.hosts["there"].data["lcm"]["id"] = "5f0c"
    nornir.run(task=update_image, image=fleet.image)
    members = [(row.switch_member.name, row.switch_member.id) for row in status.report().data]
    assert members == [("here", "here"), ("there", "5f0c")]


def test_F02_a_host_that_failed_before_stays_not_set_and_one_warning_names_it(
    fleet: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    status = StatusProcessor()
    nornir = fleet.nornir("here", "there", processors=(status,))
    nornir.data.failed_hosts.add("there")
    with caplog.at_level(logging.WARNING):
        result = nornir.run(task=update_image, image=fleet.image)
    assert list(result) == ["here"]
    assert words(status) == {"here": PROVEN, "there": UNTOUCHED}
    assert "excluded by failed_hosts" in reasons(status)["there"]
    warnings = [record.getMessage() for record in caplog.records if "failed_hosts" in record.getMessage()]
    assert warnings == ["excluded by failed_hosts, not touched: there"]


def test_it_works_below_a_task_of_the_users_own(fleet: Lab) -> None:
    status = StatusProcessor()
    nornir = fleet.nornir("here", "there", "gone", processors=(status,))
    nornir.data.failed_hosts.add("there")
    result = nornir.run(task=upgrade, image=fleet.image)
    assert result["here"].result == "mine"
    assert words(status) == {"here": PROVEN, "there": UNTOUCHED, "gone": UNREACHABLE}
    assert "excluded by failed_hosts" in reasons(status)["there"]
    assert status.report().end_time > 0


@pytest.mark.parametrize("task", [update_image, upgrade])
def test_it_works_under_raise_on_error(fleet: Lab, task: Any) -> None:
    status = StatusProcessor()
    nornir = fleet.nornir("here", "gone", processors=(status,))
    with pytest.raises(NornirExecutionError):
        nornir.run(task=task, image=fleet.image, raise_on_error=True)
    assert words(status) == {"here": PROVEN, "gone": UNREACHABLE}
    assert status.report().status == "PARTIAL_SUCCESS"


def test_F02_an_excluded_host_has_its_reason_also_under_raise_on_error(fleet: Lab) -> None:
    status = StatusProcessor()
    nornir = fleet.nornir("here", "there", "gone", processors=(status,))
    nornir.data.failed_hosts.add("there")
    with pytest.raises(NornirExecutionError):
        nornir.run(task=update_image, image=fleet.image, raise_on_error=True)
    assert words(status)["there"] == UNTOUCHED
    assert status.report().status == "PARTIAL_SUCCESS"
    assert "excluded by failed_hosts" in reasons(status)["there"]


def test_two_runs_add_to_one_report(fleet: Lab) -> None:
    status = StatusProcessor()
    fleet.nornir("there", processors=(status,)).run(task=update_image, image=fleet.image)
    first = status.report()
    fleet.nornir("gone", "here", processors=(status,)).run(task=update_image, image=fleet.image)
    assert list(words(status)) == ["there", "here", "gone"]
    assert (first.status, status.report().status) == ("SUCCESS", "PARTIAL_SUCCESS")
    assert status.report().data[0] == first.data[0]
    assert status.report().start_time == first.start_time


def fails(task: Task) -> Result:
    raise ValueError(f"{task.host.name} is not my day")


def test_foreign_tasks_do_not_touch_it(fleet: Lab) -> None:
    status = StatusProcessor()
    nornir = fleet.nornir("here", "there", "new1", processors=(status,))
    nornir.run(task=netmiko_send_command, command_string="show boot")
    with pytest.raises(RequestError, match="no switch was selected"):
        status.report()
    nornir.filter(name="here").run(task=check_readiness, image=fleet.image)
    before = status.report(), [record.dump() for record in status.record()]
    assert list(words(status)) == ["here"]
    nornir.run(task=netmiko_send_command, command_string="show boot")
    nornir.run(task=fails)
    nornir.close_connections(on_failed=True)
    assert (status.report(), [record.dump() for record in status.record()]) == before


def test_N2_cleaning_after_an_update_leaves_the_verdict_of_the_update(fleet: Lab) -> None:
    status = StatusProcessor()
    nornir = fleet.nornir("here", processors=(status,))
    nornir.run(task=update_image, image=fleet.image)
    nornir.run(task=clean_images)
    assert words(status) == {"here": PROVEN}
    assert status.report().status == "SUCCESS"
