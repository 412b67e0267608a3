"""The link to a switch drops or falls silent at a chosen line, which is then lost or has arrived: one fleet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from nornir.core import Nornir
from nornir.core.inventory import Host
from nornir.core.task import Task

from lcm_nornir import StatusProcessor, retry_job, update_image
from lcm_nornir.events import Acting, Ending, Event
from lcm_nornir.record import SwitchRecord
from lcm_nornir.simulator import ImageServerSpec, SwitchSpec
from tests.faults.cases import ONE_OF_EACH
from tests.fleets import Lab, asked_for, lab
from tests.proxy import Chunk, Fate, Proxy


class Case(NamedTuple):
    """What becomes of the link while a command is sent, and what must come of it.

    Attributes:
        command: Name of the driver's method.
        line: Which of its lines.
        fate: Of that line, and of the link.
        words: ``progress / error``.
        did: How many downloads, installs and reboots began, by the switch's own log.
        sent: How often the command was sent.
    """

    command: str
    line: int
    fate: Fate
    words: str
    did: tuple[int, int, int]
    sent: int = 1


class Cutter(StatusProcessor):
    """The report, and who has a link cut at a line of a command: it is told before the first line is sent."""

    def __init__(self, links: dict[str, Proxy], cases: Mapping[str, Case]) -> None:
        super().__init__()
        self._links = dict(links)  # those that are still to be cut
        self._cases = cases

    def switch_event(self, task: Task, host: Host, event: Event) -> None:
        super().switch_event(task, host, event)
        case = self._cases[host.name]
        if isinstance(event, Acting) and event.command == case.command and host.name in self._links:
            self._arm(self._links.pop(host.name), case)

    def _arm(self, link: Proxy, case: Case) -> None:
        lines = iter(range(1, case.line + 1))

        def judge(chunk: Chunk) -> Fate:
            return case.fate if chunk.from_client and next(lines, None) == case.line else Fate.PASS

        link.judge = judge


class Outcome:
    """What a run over the fleet left behind."""

    def __init__(self, fleet: Lab, nornir: Nornir, status: StatusProcessor) -> None:
        self.fleet = fleet
        self.nornir = nornir  # without a journal of its own, for whoever goes on with the job
        self.records: dict[str, SwitchRecord] = {record.name: record for record in status.record()}

    def check(self, name: str, case: Case) -> SwitchRecord:
        """Check what became of one switch; gives its record."""
        record = self.records[name]
        row = record.row()
        assert f"{row.update_progress_status.value} / {row.error.value}" == case.words, record.reason
        assert tuple(self.fleet.count(name, *ONE_OF_EACH)) == case.did, self.fleet.kinds(name)
        assert [command for _, command in record.commands].count(case.command) == case.sent
        return record

    def check_retry(self, done: tuple[int, int, int] = (1, 1, 1)) -> None:
        """Retry what has failed, and check that all is well then, each thing done as often as this."""
        (job,) = self.fleet.store.jobs()
        failed = [record.name for record in self.records.values() if record.ending is Ending.FAILED]
        assert failed
        retry_job(self.nornir, self.fleet.store, job.id, only=("failed",))
        after = {record.name: record for record in self.fleet.store.record(job)}
        assert after.keys() == self.records.keys()
        for record in after.values():
            assert record.ending is Ending.SUCCESS, record.reason
        for name in failed:
            assert tuple(self.fleet.count(name, *ONE_OF_EACH)) == done


def linked(nornir: Nornir, links: dict[str, Proxy]) -> Nornir:
    """Reach the switches of an inventory over their links."""
    for name, host in nornir.inventory.hosts.items():
        host.hostname, host.port = links[name].host, links[name].port
        host.data["lcm"]["timeouts"] = {"reply": 2.0}
    return nornir


@contextmanager
def cut_over(
    place: Path, platform: str, cases: Mapping[str, Case], request: pytest.FixtureRequest, **runner: Any
) -> Iterator[Outcome]:
    """Update one fleet, each switch behind a link that is cut as its case says.

    Args:
        place: Folder of the fleet.
        platform: What all of them run.
        cases: By name of the switch; those of which no chosen test is are left out.
        request: Of the fixture.
        **runner: Options of the runner.
    """
    switches = [SwitchSpec(name, platform) for name in asked_for(request, cases)]
    with ExitStack() as resources:
        fleet = resources.enter_context(lab(place, *switches, images=ImageServerSpec()))
        links = {one.name: resources.enter_context(Proxy(one.host, one.port)) for one in fleet.fleet.switches}
        status = Cutter(links, cases)
        for switch in fleet.fleet.switches:
            link = links[switch.name]
            fleet.keys.trust(link.host, link.port, switch.host_key)
            fleet.addresses[f"{link.host}:{link.port}"] = switch.name
        first = fleet.nornir(processors=(status,), **runner)
        linked(first, links).run(task=update_image, image=fleet.image)
        yield Outcome(fleet, linked(fleet.nornir(journal=False, **runner), links), status)
