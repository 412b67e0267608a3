"""The status of a job that runs, as JSON: the same document as ever, and only rows that have changed are told anew."""

from __future__ import annotations

import json

import pytest
from nornir.core import Nornir
from nornir.core.inventory import Defaults, Groups, Host, Hosts, Inventory
from nornir.core.processor import Processors
from nornir.core.task import Result, Task
from nornir.plugins.runners import SerialRunner

from lcm_nornir.errors import ImageInstallFailed
from lcm_nornir.events import Acting, Copying, Down, Ending, Event, Phase, StepBegan, Up, Verdict
from lcm_nornir.jobs.live import LiveStatus
from lcm_nornir.record import SwitchRecord
from lcm_nornir.schema import SwitchUpdateStatus, UpdateProgress
from lcm_nornir.tasks import update_image

STORY: list[Event] = [
    StepBegan(Phase.COPY),
    Acting("copy"),
    Copying(transferred=5, size=10, rate=1),
    StepBegan(Phase.REBOOT),
    Down(),
    Up(),
    Verdict(Ending.SUCCESS),
]


def silent(task: Task) -> Result:
    return Result(host=task.host)


class Played:
    """A job of two switches, to which events are told by hand."""

    def __init__(self) -> None:
        hosts = Hosts({name: Host(name) for name in ("leaf1", "leaf2")})
        self.nornir = Nornir(Inventory(hosts, Groups(), Defaults()), runner=SerialRunner())
        self.live = LiveStatus([SwitchRecord(f"id-{name}", name) for name in hosts], 1_000)
        self.task = Task(silent, self.nornir, global_dry_run=False, processors=Processors())

    def tell(self, name: str, event: Event) -> None:
        self.live.switch_event(self.task, self.nornir.inventory.hosts[name], event)


@pytest.fixture
def played() -> Played:
    return Played()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the switches whose rows were made."""
    made, row = list[str](), SwitchRecord.row

    def noted(self: SwitchRecord) -> SwitchUpdateStatus:
        made.append(self.name)
        return row(self)

    monkeypatch.setattr(SwitchRecord, "row", noted)
    return made


def same(played: Played) -> None:
    assert json.loads(played.live.json()) == json.loads(played.live.report().model_dump_json())


def test_it_is_the_document_of_the_report_after_every_event(played: Played) -> None:
    same(played)
    for event in STORY:
        for name in ("leaf1", "leaf2"):
            played.tell(name, event)
            same(played)
    assert json.loads(played.live.json())["status"] == "SUCCESS"
    played.tell("leaf2", Verdict(Ending.FAILED, ImageInstallFailed("no")))
    same(played)
    assert json.loads(played.live.json())["status"] == "PARTIAL_SUCCESS"


def test_only_the_row_that_has_changed_is_made_anew(played: Played, told: list[str]) -> None:
    played.live.json()
    assert sorted(told) == ["leaf1", "leaf2"]
    told.clear()
    played.live.json()
    assert told == []
    played.tell("leaf2", STORY[0])
    played.live.json()
    assert told == ["leaf2"]


def test_its_words_are_those_of_its_rows(played: Played, told: list[str]) -> None:
    played.tell("leaf2", STORY[0])
    assert dict(played.live.words()) == {UpdateProgress.NOT_SET: 1, UpdateProgress.DOWNLOAD_IN_PROGRESS: 1}
    told.clear()
    played.live.json()
    assert told == []  # they are made once, whoever asks


def test_whoever_asks_gets_no_copies_of_records(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: SwitchRecord) -> SwitchRecord:
        raise AssertionError("all who tell it something would wait meanwhile")

    assert played.live.has_rows
    before = played.live.json()
    monkeypatch.setattr(SwitchRecord, "copy", never)
    assert played.live.has_rows
    assert played.live.json() == before


def test_switches_that_come_with_a_run_are_told_of_in_the_order_of_the_inventory() -> None:
    played = Played()
    live = LiveStatus((), 1_000)
    assert not live.has_rows
    live.task_started(Task(update_image, played.nornir, global_dry_run=False, processors=Processors()))
    told = [row["switch_member"]["name"] for row in json.loads(live.json())["data"]]
    assert told == ["leaf1", "leaf2"]
    live.switch_event(played.task, Host("leaf0"), STORY[0])
    told = [row["switch_member"]["name"] for row in json.loads(live.json())["data"]]
    assert told == ["leaf1", "leaf2", "leaf0"]
    assert json.loads(live.json()) == json.loads(live.report().model_dump_json())
