"""The link to a switch drops or falls silent at a chosen line, which is then lost or has arrived: one fleet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest
from nornir.core import Nornir
from nornir.core.inventory import Host
from nornir.core.task import Task

from lcm_nornir import StatusProcessor, retry_job, update_image
from lcm_nornir.events import Acting, Ending, Event
from lcm_nornir.record import SwitchRecord
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import Lab, asked_for, lab
from tests.proxy import Chunk, Fate, Proxy

ONE_OF_EACH = ("download_started", "install_started", "reload")
DONE = "SUCCESS / NOT_SET"
ACTIVATION = "FAILED / IMAGE_ACTIVATION_FAILED"


class Case(NamedTuple):
    """What becomes of the link while a command is sent, and what must come of it.

    Attributes:
        command: Name of the driver's method.
        line: Which of its lines.
        fate: Of that line, and of the link.
        words: ``progress / error``.
        did: How many downloads, installs and reboots began, by the switch's own log.
    """

    command: str
    line: int
    fate: Fate
    words: str
    did: tuple[int, int, int]


CASES = {
    "F31-copy-kept": Case("copy", 1, Fate.PASS_AND_CUT, DONE, (1, 1, 1)),
    "F31-copy-lost": Case("copy", 1, Fate.CUT, DONE, (1, 1, 1)),
    "F31-install-kept": Case("install", 1, Fate.PASS_AND_CUT, DONE, (1, 1, 1)),
    "F31-install-silent": Case("install", 1, Fate.PASS_AND_STALL, DONE, (1, 1, 1)),
    "F31-install-lost": Case("install", 1, Fate.CUT, DONE, (1, 1, 1)),
    "F38-reload-lost": Case("reload", 1, Fate.CUT, ACTIVATION, (1, 1, 0)),
    "F38-reload-kept": Case("reload", 1, Fate.PASS_AND_CUT, ACTIVATION, (1, 1, 0)),
    "F38-yes-lost": Case("reload", 2, Fate.CUT, ACTIVATION, (1, 1, 0)),
    "F38-yes-kept": Case("reload", 2, Fate.PASS_AND_CUT, DONE, (1, 1, 1)),
    "F38-yes-silent": Case("reload", 2, Fate.PASS_AND_STALL, DONE, (1, 1, 1)),
}


class Cutter(StatusProcessor):
    """The report, and who has a link cut at a line of a command: it is told before the first line is sent."""

    def __init__(self, links: dict[str, Proxy]) -> None:
        super().__init__()
        self._links = dict(links)  # those that are still to be cut

    def switch_event(self, task: Task, host: Host, event: Event) -> None:
        super().switch_event(task, host, event)
        case = CASES[host.name]
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


def linked(nornir: Nornir, links: dict[str, Proxy]) -> Nornir:
    """Reach the switches of an inventory over their links."""
    for name, host in nornir.inventory.hosts.items():
        host.hostname, host.port = links[name].host, links[name].port
        host.data["lcm"]["timeouts"] = {"reply": 2.0}
    return nornir


@pytest.fixture(scope="module")
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    names = asked_for(request, CASES)
    with ExitStack() as resources:
        fleet = resources.enter_context(lab(tmp_path_factory.mktemp("links"), *map(SwitchSpec, names)))
        links = {one.name: resources.enter_context(Proxy(one.host, one.port)) for one in fleet.fleet.switches}
        status = Cutter(links)
        for switch in fleet.fleet.switches:
            link = links[switch.name]
            fleet.keys.trust(link.host, link.port, switch.host_key)
            fleet.addresses[f"{link.host}:{link.port}"] = switch.name
        linked(fleet.nornir(processors=(status,)), links).run(task=update_image, image=fleet.image)
        yield Outcome(fleet, linked(fleet.nornir(journal=False), links), status)


@pytest.mark.parametrize("name", CASES)
def test_the_row(outcome: Outcome, name: str) -> None:
    case, record = CASES[name], outcome.records[name]
    row = record.row()
    assert f"{row.update_progress_status.value} / {row.error.value}" == case.words, record.reason
    assert tuple(outcome.fleet.count(name, *ONE_OF_EACH)) == case.did
    lost = case.fate is Fate.CUT and case.command != "reload"
    assert [command for _, command in record.commands].count(case.command) == 1 + lost
    if case.words != DONE:
        assert "it did not reboot within 6 s; not activated; next boot is the old image 10.5.4.1" in record.reason
        assert case.line > 1 or "may have been sent" in record.evidence["reload"]


def test_F38_a_reload_that_is_proven_not_to_have_happened_is_sent_by_a_retry(outcome: Outcome) -> None:
    fleet, (job,) = outcome.fleet, outcome.fleet.store.jobs()
    retry_job(outcome.nornir, fleet.store, job.id, only=("failed",))
    for record in fleet.store.record(job):
        assert record.ending is Ending.SUCCESS, record.reason
        assert fleet.count(record.name, *ONE_OF_EACH) == [1, 1, 1]
