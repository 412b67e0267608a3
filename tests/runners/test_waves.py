"""The runner: what a Nornir user may rely on, and whoever raises whatever."""

from __future__ import annotations

import inspect
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Result, Task
from nornir.plugins.runners import ThreadedRunner
from nornir_netmiko.tasks import netmiko_send_command  # type: ignore[import-untyped]  # it has no types

from lcm_nornir import RequestError, StatusProcessor, update_image
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import Lab, lab

INNER_HOOKS = (
    "task_instance_started",
    "task_instance_completed",
    "subtask_instance_started",
    "subtask_instance_completed",
    "switch_event",
)
OUTER_HOOKS = ("task_started", "task_completed")


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    faults = {"there": "already-target", "gone": "refused"}
    names = ("there", "gone", "exits", "starves", "goes on", "watched")
    switches = [SwitchSpec(name.replace(" ", "-"), faults=tuple(filter(None, [faults.get(name)]))) for name in names]
    with lab(tmp_path_factory.mktemp("waves"), *switches) as running:
        yield running


def shown(task: Task) -> str:
    task.run(netmiko_send_command, command_string="show boot", name="look")
    return f"looked at {task.host.name}"


def told(task: Task) -> Result:
    if task.host.name == "exits":
        raise ValueError("no")
    return Result(host=task.host, result=task.host.name, changed=True, diff="+ a line")


def shape(result: AggregatedResult) -> list[tuple[str, str, list[tuple[Any, ...]]]]:
    def of(one: Result) -> tuple[Any, ...]:
        value = None if one.failed else str(one.result)
        return (one.name, one.failed, one.changed, one.diff, one.severity_level, type(one.exception), value)

    return [(name, result[name].name, [of(one) for one in result[name]]) for name in result]


@pytest.mark.parametrize(
    ("task", "arguments"),
    [(netmiko_send_command, {"command_string": "show boot detail"}), (shown, {}), (told, {"name": "tell me"})],
    ids=["plugin task", "subtasks", "plain function"],
)
def test_a_foreign_task_has_the_results_that_it_has_with_nornirs_own_runner(
    fleet: Lab, task: Callable[..., Any], arguments: dict[str, Any]
) -> None:
    ours, theirs = fleet.nornir(), fleet.nornir().with_runner(ThreadedRunner())
    with ours, theirs:
        one, two = (nornir.run(task=task, **arguments) for nornir in (ours, theirs))
    assert shape(one) == shape(two)
    assert (one.name, one.failed, sorted(one.failed_hosts)) == (two.name, two.failed, sorted(two.failed_hosts))
    assert list(one) == [switch.name for switch in fleet.fleet.switches]
    assert ours.data.failed_hosts == theirs.data.failed_hosts == ({"exits"} if task is told else {"gone"})


def test_no_host_is_an_empty_result(fleet: Lab) -> None:
    status = StatusProcessor()
    nornir = fleet.nornir("nobody", processors=(status,))
    result = nornir.run(task=update_image, image=fleet.image)
    assert (dict(result), result.failed, nornir.data.failed_hosts) == ({}, False, set())
    with pytest.raises(RequestError, match="no switch was selected"):
        status.report()


class Raises:
    """A processor that raises at some hooks."""

    def __init__(self, *hooks: str) -> None:
        self._hooks = hooks
        self.heard: list[str] = []

    def _at(self, hook: str) -> None:
        self.heard.append(hook)
        if hook in self._hooks:
            raise ValueError(f"no {hook}")

    def task_started(self, task: Task) -> None:
        del task
        self._at("task_started")

    def task_completed(self, task: Task, result: AggregatedResult) -> None:
        del task, result
        self._at("task_completed")

    def task_instance_started(self, task: Task, host: Host) -> None:
        del task, host
        self._at("task_instance_started")

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        del task, host, result
        self._at("task_instance_completed")

    def subtask_instance_started(self, task: Task, host: Host) -> None:
        del task, host
        self._at("subtask_instance_started")

    def subtask_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        del task, host, result
        self._at("subtask_instance_completed")

    def switch_event(self, task: Task, host: Host, event: object) -> None:
        del task, host, event
        self._at("switch_event")


class Deadly(Raises):
    """A journal that dies of what the switch is called after."""

    essential = True
    errors: dict[str, type[BaseException]] = {"exits": SystemExit, "starves": MemoryError}  # noqa: RUF012 - a table

    def intend(self, task: Task, *_: Any) -> None:
        if error := self.errors.get(task.host.name):
            raise error("enough")

    def nothing(self, *_: Any) -> None:
        """What else the door and the tasks ask of a journal."""

    outcome = check = identify = unfinished = settle = keep = before = claim = unclaim = record = nothing


def test_F55_SystemExit_and_MemoryError_end_their_own_switch_only(fleet: Lab) -> None:
    status = StatusProcessor()
    names = ("exits", "starves", "goes-on")
    nornir = fleet.nornir(*names, processors=(status, Deadly()))
    result = nornir.run(task=update_image, image=fleet.image)
    rows = {row.switch_member.name: row for row in status.report().data}
    assert tuple(result) == tuple(rows) == names
    assert rows["goes-on"].update_progress_status == "SUCCESS"
    assert isinstance(result["exits"].exception, SystemExit)
    for record in status.record()[:2]:
        assert (rows[record.name].update_progress_status, rows[record.name].error) == ("FAILED", "DOWNLOAD_FAILED")
        assert f"{Deadly.errors[record.name].__name__}: enough" in record.reason
        assert fleet.kinds(record.name) == []
        assert fleet.all_closed(record.name)
    assert nornir.data.failed_hosts == {"exits", "starves"}


KEPT: list[Raises] = []  # alive to the end, so that no two of them are one object to whoever counts


def complaints(caplog: pytest.LogCaptureFixture) -> int:
    return sum("the processor Raises failed" in record.getMessage() for record in caplog.records)


def test_F55_a_processor_that_raises_everywhere_is_logged_once_and_the_upgrade_goes_on(
    fleet: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    raises, status = Raises(*INNER_HOOKS), StatusProcessor()
    KEPT.append(raises)
    with caplog.at_level(logging.WARNING):
        result = fleet.nornir("watched", processors=(raises, status)).run(task=update_image, image=fleet.image)
    assert status.report().status == "SUCCESS"
    assert not result.failed
    assert {*INNER_HOOKS, *OUTER_HOOKS} == set(raises.heard)
    assert complaints(caplog) == 1


@pytest.mark.parametrize("hook", [*INNER_HOOKS, "task_completed"])
def test_F55_a_processor_that_raises_at_one_hook_hears_the_others(
    fleet: Lab, caplog: pytest.LogCaptureFixture, hook: str
) -> None:
    raises, status = Raises(hook), StatusProcessor()
    KEPT.append(raises)
    with caplog.at_level(logging.WARNING):
        fleet.nornir("there", processors=(raises, status)).run(task=update_image, image=fleet.image)
    assert status.report().status == "SUCCESS"
    assert {*INNER_HOOKS, *OUTER_HOOKS} == set(raises.heard)
    assert complaints(caplog) == 1


def test_F55_a_processor_that_raises_before_the_runner_begins_ends_the_run_with_nothing_touched(fleet: Lab) -> None:
    raises, status = Raises("task_started"), StatusProcessor()
    with pytest.raises(ValueError, match="task_started"):  # Nornir itself calls it, before any runner can catch it
        fleet.nornir("there", processors=(raises, status)).run(task=update_image, image=fleet.image)
    assert "task_instance_started" not in raises.heard


def test_a_processor_is_seen_to_hear_events_also_by_a_static_look(fleet: Lab) -> None:
    def look(task: Task) -> list[bool]:
        return [inspect.getattr_static(one, "switch_event", None) is not None for one in task.processors]

    assert fleet.nornir("there", processors=(StatusProcessor(),)).run(task=look)["there"].result == [True, True]


def test_F60_a_machine_that_allows_few_threads_still_runs_every_host(
    fleet: Lab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    start, begun = threading.Thread.start, list[str]()

    def few(self: threading.Thread) -> None:
        if self.name.startswith("lcm-") and len(begun) == 2:
            raise RuntimeError("can't start new thread")
        begun.append(self.name)
        start(self)

    nornir = fleet.nornir()
    monkeypatch.setattr(threading.Thread, "start", few)
    result = nornir.run(task=lambda task: Result(host=task.host, result=task.host.name))
    assert [one[0].result for one in result.values()] == list(nornir.inventory.hosts)
    assert "this machine allows 2 threads" in caplog.text
