"""The checker sees what it is there for: N4 and N5 are broken on purpose, in real runs against the simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from nornir.core.task import Result, Task
from nornir_netmiko.tasks import netmiko_send_command  # type: ignore[import-untyped]  # it has no types

from lcm_nornir import Image, copy_image, set_boot_image, stage_image, update_image
from lcm_nornir.door import act, look
from lcm_nornir.door.target import Call
from lcm_nornir.drivers.base import Driver, InstallerState, SwitchFacts
from lcm_nornir.errors import ReachabilityTimedOut
from lcm_nornir.journal.intent import Unfinished
from lcm_nornir.processors.journal import JournalProcessor
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import SPEED, TARGET, Lab, lab

pytestmark = pytest.mark.slow

SLOW = f"slow-down:{4 * SPEED:g}"  # four real seconds in which it answers after it has taken a reload
FAULTS = {
    "forgets": "target-in-standby",
    "writes-late": "target-in-standby",
    "typed-by-hand": "already-target",
    "installed-again": "",
    "installed-twice": "",
    "blind": "target-in-standby",
    "seeing": "target-in-standby",
}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A fleet that is not checked when it ends: that it does not pass is what these tests see."""
    switches = [
        SwitchSpec(name, faults=(*filter(None, [fault]), *([SLOW] if name in ("blind", "seeing") else [])))
        for name, fault in FAULTS.items()
    ]
    with lab(tmp_path_factory.mktemp("mutations"), *switches, checked=False) as running:
        yield running


def complaints(fleet: Lab, name: str) -> list[str]:
    """Give what the checker reports of a switch."""
    return [text for text in fleet.violations() if text.split()[1] == f"{name}:"]


def ids(found: list[str]) -> set[str]:
    return {text.split()[0] for text in found}


class Forgets(JournalProcessor):
    """Stores no intent, and gives a token as if it had."""

    def intend(self, task: Task, call: Call, facts: SwitchFacts, installer: InstallerState | None) -> object:
        del task, facts, installer
        return "no token", call.method

    def check(self, intent: object) -> None:
        """Nothing: there is no intent to ask about."""

    def outcome(self, task: Task, intent: object, error: BaseException | None) -> None:
        """Nothing: an outcome needs an intent."""


class WritesLate(JournalProcessor):
    """Stores each intent only once the command was sent."""

    def intend(self, task: Task, call: Call, facts: SwitchFacts, installer: InstallerState | None) -> object:
        del task
        return call, facts, installer

    def check(self, intent: object) -> None:
        """Nothing: there is no intent yet."""

    def outcome(self, task: Task, intent: object, error: BaseException | None) -> None:
        call, facts, installer = cast("tuple[Call, SwitchFacts, InstallerState | None]", intent)
        super().outcome(task, super().intend(task, call, facts, installer), error)


@pytest.mark.parametrize(("name", "kind"), [("forgets", Forgets), ("writes-late", WritesLate)])
def test_N4_a_journal_that_does_not_store_before_it_sends_is_seen(
    fleet: Lab, name: str, kind: type[JournalProcessor]
) -> None:
    result = fleet.nornir(name, processors=(kind(fleet.store),)).run(task=update_image, image=fleet.image)
    assert not result.failed, result[name].exception
    assert fleet.count(name, "set_boot", "saved", "reload") == [1, 1, 1]
    found = [text for text in complaints(fleet, name) if text.startswith("N4")]
    assert [text.split("'")[1] for text in found] == ["boot system standby", "write memory", "reload"]


def test_N4_a_command_that_does_not_go_through_the_door_is_seen(fleet: Lab) -> None:
    with fleet.nornir("typed-by-hand") as nornir:
        assert not nornir.run(task=netmiko_send_command, command_string="write memory").failed
    (found,) = complaints(fleet, "typed-by-hand")
    assert found == "N4 typed-by-hand: 'write memory' was sent without an intent; nothing was intended before"


def install_again(task: Task, image: Image) -> Result:
    """Install what is installed already."""
    task.run(stage_image, image=image)
    act(task, Driver.install, look(task, Driver.facts), image)
    return Result(host=task.host)


def install_twice(task: Task, image: Image) -> Result:
    """Install, and install once more while that goes on."""
    task.run(copy_image, image=image)
    facts = look(task, Driver.facts)
    for _ in range(2):
        act(task, Driver.install, facts, image)
    return Result(host=task.host)


@pytest.mark.parametrize(
    ("name", "task", "expected"),
    [
        ("installed-again", install_again, "was installed while a slot held it already"),
        ("installed-twice", install_twice, "an install was begun into one that went on"),
    ],
)
def test_N5_an_install_that_is_sent_twice_is_seen(
    fleet: Lab, name: str, task: Callable[..., Result], expected: str
) -> None:
    result = fleet.nornir(name).run(task=task, image=fleet.image)
    assert not result.failed, result[name].exception
    assert fleet.count(name, "install_started") == [2]
    (found,) = complaints(fleet, name)
    assert found.startswith("N5")
    assert expected in found


class Blind(JournalProcessor):
    """Knows nothing of what an earlier attempt left."""

    def unfinished(self, host: Any) -> Unfinished | None:
        del host
        return None


def reload_and_die(task: Task, image: Image) -> Result:
    """Reload, and hear nothing more of it."""
    task.run(set_boot_image, image=image)
    act(task, Driver.reload, look(task, Driver.facts), "save")
    raise ReachabilityTimedOut("whoever would have waited for it has died", host=task.host.name)


@pytest.mark.parametrize(
    ("name", "kind", "expected"), [("blind", Blind, {"N5"}), ("seeing", JournalProcessor, set[str]())]
)
def test_N5_a_reload_that_is_sent_again_blindly_is_seen(
    fleet: Lab, name: str, kind: type[JournalProcessor], expected: set[str]
) -> None:
    journal = JournalProcessor(fleet.store)
    fleet.nornir(name, processors=(journal,)).run(task=reload_and_die, image=fleet.image)
    later = kind(fleet.store, job=journal.job, purpose="resume")
    result = fleet.nornir(name, processors=(later,), timeouts={"go_down": 20 * SPEED}).run(
        task=update_image, image=fleet.image
    )
    assert not result.failed, result[name].exception
    assert fleet.state(name)["running"] == TARGET
    found = complaints(fleet, name)
    assert ids(found) == expected, found
    assert len(found) == 2 * len(expected)  # once by the journal, and once by the switch's own log
