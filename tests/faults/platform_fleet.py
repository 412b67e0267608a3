"""One fleet of one platform, a switch per fault and healthy neighbours: what each platform's matrix is made with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lcm_nornir import StatusProcessor, update_image
from lcm_nornir.record import SwitchRecord
from lcm_nornir.schema import SwitchUpdateStatus
from lcm_nornir.simulator import ImageServerSpec, SwitchSpec
from tests.faults.cases import DONE, ONE_OF_EACH, Case
from tests.fleets import Lab, asked_for, lab

HEALTHY = ("healthy1", "healthy2")


class Outcome:
    """What one run over the fleet left behind."""

    def __init__(self, fleet: Lab, status: StatusProcessor) -> None:
        self.fleet = fleet
        self.rows: dict[str, SwitchUpdateStatus] = {row.switch_member.name: row for row in status.report().data}
        self.records: dict[str, SwitchRecord] = {record.name: record for record in status.record()}

    def check(self, name: str, case: Case) -> None:
        """Check what became of one switch: its words, why, and what its own log tells."""
        row, record = self.rows[name], self.records[name]
        assert f"{row.update_progress_status.value} / {row.error.value}" == case.words, record.reason
        assert re.search(case.reason, record.reason), record.reason
        assert tuple(self.fleet.count(name, *ONE_OF_EACH)) == case.did, self.fleet.kinds(name)
        assert self.fleet.all_closed(name)


@contextmanager
def run_over(
    place: Path, platform: str, cases: Mapping[str, Case], request: pytest.FixtureRequest, **fields: Any
) -> Iterator[Outcome]:
    """Update one fleet, of which each switch has the faults of its case.

    Args:
        place: Folder of the fleet.
        platform: What all of them run.
        cases: By name of the switch; those of which no chosen test is are left out.
        request: Of the fixture.
        **fields: What else is said of each switch (`SwitchSpec`).
    """
    names = [name for name in cases if name in {*HEALTHY, *asked_for(request, cases)}]
    switches = [_switch(name, platform, cases[name], list(cases).index(name), fields) for name in names]
    with lab(place, *switches, images=ImageServerSpec()) as fleet:
        status = StatusProcessor()
        nornir = fleet.nornir(processors=(status,))
        for name, host in nornir.inventory.hosts.items():
            host.data["lcm"] |= cases[name].lcm
        nornir.run(task=update_image, image=fleet.image)
        yield Outcome(fleet, status)


def _switch(name: str, platform: str, case: Case, number: int, fields: dict[str, Any]) -> SwitchSpec:
    faults = tuple(filter(None, case.faults.split("+")))
    return SwitchSpec(name, platform, faults=faults, **({"variant": number} | fields))


def called_off(cases: Mapping[str, Case]) -> tuple[str, ...]:
    """Name the switches on which something was done, and that did not reboot."""
    return tuple(name for name, case in cases.items() if case.did != (0, 0, 0) and not case.did[2])


def proven(cases: Mapping[str, Case]) -> tuple[str, ...]:
    """Name the switches that rebooted into the image."""
    return tuple(name for name, case in cases.items() if case.words == DONE and case.did[2])
