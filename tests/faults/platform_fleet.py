"""One fleet of one platform, a switch per fault and healthy neighbours: what each platform's matrix is made with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from nornir.core.task import AggregatedResult

from lcm_nornir import StatusProcessor, update_image
from lcm_nornir.errors import LcmError
from lcm_nornir.record import SwitchRecord
from lcm_nornir.schema import SwitchUpdateStatus
from lcm_nornir.simulator import ImageServerSpec, SwitchSpec
from tests.faults.cases import DONE, ONE_OF_EACH, Case
from tests.fleets import Lab, asked_for, lab


class Outcome:
    """What one run over the fleet left behind.

    Attributes:
        fleet: The fleet, which still runs.
        result: What Nornir tells of that run.
        report: Its report.
        rows: The rows of the report, by name of the switch.
        records: What is known of each switch.
        sessions: How many sessions each switch had seen when the run ended.
    """

    def __init__(self, fleet: Lab, status: StatusProcessor, result: AggregatedResult) -> None:
        self.fleet = fleet
        self.result = result
        self.report = status.report()
        self.rows: dict[str, SwitchUpdateStatus] = {row.switch_member.name: row for row in self.report.data}
        self.records: dict[str, SwitchRecord] = {record.name: record for record in status.record()}
        self.sessions = {name: fleet.sessions(name) for name in self.rows}

    def words(self, name: str) -> str:
        """Give the words of a switch's row."""
        row = self.rows[name]
        return f"{row.update_progress_status.value} / {row.error.value}"

    def error(self, name: str) -> LcmError:
        """Give the error of a switch that has one."""
        error = self.records[name].error
        assert error is not None, name
        return error

    def check(self, name: str, case: Case) -> None:
        """Check what became of one switch: its words, why and what to do, and what its own log tells."""
        record = self.records[name]
        assert self.words(name) == case.words, record.reason
        assert re.search(case.reason, record.reason), record.reason
        assert tuple(self.fleet.count(name, *ONE_OF_EACH)) == case.did, self.fleet.kinds(name)
        assert self.result[name].failed is (case.words != DONE)
        assert self.fleet.all_closed(name)
        if case.words == DONE:
            return
        error = self.error(name)
        assert record.reason.startswith(f"{name}: {error.step}: ")
        assert error.remedy
        assert record.reason.endswith(f" ({error.remedy})"), record.reason

    def check_runs(self, name: str, version: str) -> None:
        """Check that a switch runs a version, and boots it next."""
        state = self.fleet.state(name)
        assert (state["running"], state["next_boot"]) == (version, "active")

    def check_arrived(self, name: str, most: int) -> None:
        """Check that the bytes of a copy that broke are told: some, and at most so many per cent."""
        download, size = self.rows[name].download_status, self.fleet.image.size or 0
        assert download.status == "DOWNLOAD_FAILED"
        assert f" {download.transfer_bytes} bytes arrived" in self.records[name].reason
        assert 0 < download.transfer_bytes <= most * size / 100

    def check_removed(self, name: str) -> None:
        """Check that of a copy that broke nothing is left."""
        deleted = self.fleet.fleet.effects(name, "deleted")
        assert [re.split("[:/]", effect["path"])[-1] for effect in deleted] == [self.fleet.image.name]

    def check_questions(self, names: Iterable[str], questions: Iterable[str]) -> None:
        """Check that the error of each of these switches tells its question, and that there are several of them."""
        said = [self.error(name).said.replace("\n", " ") for name in names]
        asked = {question.strip() for question in questions for text in said if question.strip() in text}
        assert len(asked) > 1
        assert [text for text in said if not any(question in text for question in asked)] == []


@contextmanager
def run_over(
    place: Path, platform: str, cases: Mapping[str, Case], request: pytest.FixtureRequest, **hostnames: str
) -> Iterator[Outcome]:
    """Update one fleet, of which each switch has the faults of its case.

    Args:
        place: Folder of the fleet.
        platform: What all of them run.
        cases: By name of the switch; those of which no chosen test is are left out, but for the healthy neighbours.
        request: Of the fixture.
        **hostnames: Where a switch, by its name, is said to be instead of where it is.
    """
    asked = {*healthy(cases), *asked_for(request, cases)}
    switches = [
        SwitchSpec(name, platform, faults=tuple(filter(None, case.faults.split("+"))), variant=number)
        for number, (name, case) in enumerate(cases.items())
        if name in asked
    ]
    with lab(place, *switches, images=ImageServerSpec()) as fleet:
        status = StatusProcessor()
        nornir = fleet.nornir(processors=(status,))
        for name, host in nornir.inventory.hosts.items():
            host.data["lcm"] |= cases[name].lcm
            host.hostname = hostnames.get(name, host.hostname)
        yield Outcome(fleet, status, nornir.run(task=update_image, image=fleet.image))


def healthy(cases: Mapping[str, Case]) -> tuple[str, ...]:
    """Name the neighbours that have no fault."""
    return tuple(name for name in cases if name.startswith("healthy"))


def called_off(cases: Mapping[str, Case]) -> tuple[str, ...]:
    """Name the switches on which something was done, and that did not reboot."""
    return tuple(name for name, case in cases.items() if case.did != (0, 0, 0) and not case.did[2])


def proven(cases: Mapping[str, Case]) -> tuple[str, ...]:
    """Name the switches that rebooted into the image."""
    return tuple(name for name, case in cases.items() if case.words == DONE and case.did[2])
