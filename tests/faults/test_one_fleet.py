"""One fleet, one switch per fault, healthy neighbours: the words of the fault matrix, and nobody disturbs anybody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nornir.core.task import AggregatedResult

from lcm_nornir.cli.lab import image_of, simulated_nornir
from lcm_nornir.journal.store import Store
from lcm_nornir.processors.journal import JournalProcessor
from lcm_nornir.processors.status import StatusProcessor
from lcm_nornir.record import SwitchRecord
from lcm_nornir.schema import SwitchUpdateStatus, UpdateJobStatus
from lcm_nornir.simulator import Fleet, FleetSpec, ImageServerSpec, SwitchSpec, start_fleet
from lcm_nornir.tasks import update_image
from tests.checker import check_store

SPEED = 20.0
FAULTS = {
    "F04": "wrong-serial",
    "F05": "already-target",
    "F06": "newer-than-target",
    "F07": "target-in-standby",
    "F08": "disk-full-before",
    "F10": "busy-installer",
    "F12": "refused",
    "F13": "wrong-password",
    "F19": "url-illegal",
    "F20": "http-404",
    "F22": "reset",
    "F24": "disk-fills",
    "F25": "bit-flip",
    "F29": "install-failed",
    "F30": "install-false-success",
    "F36": "set-boot-ignored",
    "F36b": "set-boot-refused",
    "F40": "reload-never",
    "F41": "fast-reboot",
    "F43": "old-version",
    "F44": "not-ready:2",
    "F65": "save-refused",
}
HEALTHY = ("healthy1", "healthy2", "healthy3")


class Outcome:
    """What one run over the fleet left behind."""

    def __init__(self, fleet: Fleet, store: Path, status: StatusProcessor, result: AggregatedResult) -> None:
        self.fleet = fleet
        self.store = store
        self.report = status.report()
        self.records: dict[str, SwitchRecord] = {record.name: record for record in status.record()}
        self.result = result
        self.again = AggregatedResult("not run again")
        self.sessions = {name: self._opened(name) for name in HEALTHY}  # of the first run

    def _opened(self, name: str) -> int:
        return len([entry for entry in self.fleet.log(name) if entry["event"] == "session_opened"])

    def row(self, name: str) -> SwitchUpdateStatus:
        return next(row for row in self.report.data if row.switch_member.name == name)

    def words(self, name: str) -> tuple[str, str]:
        row = self.row(name)
        return row.update_progress_status.value, row.error.value

    def count(self, name: str, kind: str) -> int:
        return len(self.fleet.effects(name, kind))

    def last_state(self, name: str) -> dict[str, Any]:
        state: dict[str, Any] = self.fleet.effects(name)[-1]["state"]
        return state


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    place = tmp_path_factory.mktemp("fleet")
    (place / "switches").mkdir()
    named = {**dict.fromkeys(HEALTHY, ()), **{name: (fault,) for name, fault in FAULTS.items()}}
    spec = FleetSpec(
        switches=tuple(
            SwitchSpec(name, faults=faults, variant=number) for number, (name, faults) in enumerate(named.items())
        ),
        speed=SPEED,
        log_dir=str(place / "switches"),
        images=ImageServerSpec(),
    )
    with start_fleet(spec) as fleet, Store(place / "store" / "lcm.db") as store:
        status, journal = StatusProcessor(), JournalProcessor(store)
        nornir = simulated_nornir(fleet, Path(place), SPEED)
        result = nornir.with_processors([status, journal]).run(task=update_image, image=image_of(fleet))
        outcome = Outcome(fleet, store.path, status, result)
        healthy = nornir.filter(filter_func=lambda host: host.name in HEALTHY)
        outcome.again = healthy.with_processors([journal]).run(task=update_image, image=image_of(fleet))
        yield outcome


def test_N1_to_N12_hold_for_every_switch_of_the_fleet(outcome: Outcome) -> None:
    fleet = outcome.fleet
    logs = {switch.name: fleet.log(switch.name) for switch in fleet.switches}
    passwords = {switch.password for switch in fleet.switches}
    assert check_store(outcome.store, logs, secrets=passwords) == []


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_neighbour_is_proven_with_one_of_each(outcome: Outcome, name: str) -> None:
    assert outcome.words(name) == ("SUCCESS", "NOT_SET")
    assert [outcome.count(name, kind) for kind in ("download_started", "install_started", "reload")] == [1, 1, 1]
    assert {"boot identity", "running", "next boot"} <= set(outcome.records[name].evidence)


def test_a_healthy_neighbour_needs_at_most_six_sessions(outcome: Outcome) -> None:
    for name in HEALTHY:
        assert 0 < outcome.sessions[name] <= 6, name


def test_every_switch_has_exactly_one_row_and_one_result(outcome: Outcome) -> None:
    names = [row.switch_member.name for row in outcome.report.data]
    assert names == list(outcome.result) == [*HEALTHY, *FAULTS]
    assert outcome.report.status == "PARTIAL_SUCCESS"
    text = outcome.report.model_dump_json()
    assert UpdateJobStatus.model_validate_json(text) == outcome.report
    assert json.loads(text)["end_time"] > 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("F04", ("FAILED", "SWITCH_UNREACHABLE")),
        ("F05", ("SUCCESS", "NOT_SET")),
        ("F06", ("NOT_SET", "NOT_SET")),
        ("F07", ("SUCCESS", "NOT_SET")),
        ("F08", ("FAILED", "DOWNLOAD_FAILED")),
        ("F10", ("FAILED", "ANOTHER_INSTALL_IN_PROGRESS")),
        ("F12", ("FAILED", "SWITCH_UNREACHABLE")),
        ("F13", ("FAILED", "SWITCH_UNREACHABLE")),
        ("F19", ("FAILED", "MALFORMED_IMAGE_URL")),
        ("F20", ("FAILED", "IMAGE_URL_NOT_REACHABLE")),
        ("F22", ("FAILED", "DOWNLOAD_FAILED")),
        ("F24", ("FAILED", "DOWNLOAD_FAILED")),
        ("F25", ("FAILED", "DOWNLOAD_VALIDATION_FAILED")),
        ("F29", ("FAILED", "IMAGE_INSTALL_FAILED")),
        ("F30", ("FAILED", "IMAGE_INSTALL_FAILED")),
        ("F36", ("FAILED", "IMAGE_SET_BOOT_FAILED")),
        ("F36b", ("FAILED", "IMAGE_SET_BOOT_FAILED")),
        ("F40", ("FAILED", "IMAGE_ACTIVATION_FAILED")),
        ("F41", ("SUCCESS", "NOT_SET")),
        ("F43", ("FAILED", "IMAGE_ACTIVATION_FAILED")),
        ("F44", ("SUCCESS", "NOT_SET")),
        ("F65", ("FAILED", "IMAGE_ACTIVATION_FAILED")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_words_of_the_matrix(outcome: Outcome, name: str, words: tuple[str, str]) -> None:
    assert outcome.words(name) == words, outcome.records[name].reason


@pytest.mark.parametrize("name", ["F04", "F06", "F08", "F10", "F13"])
def test_a_refused_switch_is_not_touched(outcome: Outcome, name: str) -> None:
    ours = ("download_started", "set_boot", "saved", "reload")
    assert [kind for kind in ours if outcome.count(name, kind)] == []


@pytest.mark.parametrize("name", ["F25", "F19", "F20", "F22", "F24"])
def test_nothing_is_installed_that_did_not_arrive_well(outcome: Outcome, name: str) -> None:
    assert outcome.count(name, "install_started") == 0


@pytest.mark.parametrize("name", ["F36", "F36b", "F65", "F29", "F30"])
def test_what_fails_before_the_reload_leaves_the_old_image_next(outcome: Outcome, name: str) -> None:
    assert outcome.count(name, "reload") == 0
    assert outcome.last_state(name)["next_boot"] == "active"


def test_F05_already_running_changes_nothing(outcome: Outcome) -> None:
    assert outcome.fleet.effects("F05") == []
    assert not outcome.records["F05"].changed


@pytest.mark.parametrize("name", HEALTHY)
def test_a_second_run_changes_nothing(outcome: Outcome, name: str) -> None:
    second = outcome.again[name]
    assert second[0].result.update_progress_status == "SUCCESS"
    assert not second.failed
    assert not second.changed
    assert outcome.count(name, "reload") == 1


def test_F07_an_installed_target_is_only_activated(outcome: Outcome) -> None:
    assert outcome.row("F07").download_status.status == "NOT_SET"
    assert [outcome.count("F07", kind) for kind in ("download_started", "install_started", "reload")] == [0, 0, 1]


def test_F13_a_wrong_password_is_tried_once(outcome: Outcome) -> None:
    assert len([entry for entry in outcome.fleet.log("F13") if entry["event"] == "auth_failed"]) == 1
    assert "authentication" in outcome.records["F13"].reason


def test_F40_a_reload_that_never_happens_is_sent_once_and_undone(outcome: Outcome) -> None:
    assert [command for _, command in outcome.records["F40"].commands].count("reload") == 1
    assert "next boot is the old image" in outcome.records["F40"].reason
