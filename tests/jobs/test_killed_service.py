"""A service that is killed in the middle of a job, and started again: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from lcm_nornir.schema.jobs import JobState
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import SPEED, Lab, happens, lab
from tests.forked import Forked
from tests.jobs import killed_service
from tests.jobs.services import ANN, Service, hosts_of, served, store_in, write_inventory
from tests.postgres import PostgresServer

pytestmark = pytest.mark.slow  # kills
CHANGES = ("download_started", "install_started", "set_boot", "reload")
POINTS = {
    "deployed": ("document stored", "1"),  # and nobody has a switch yet
    "begun": ("job stored", "1"),  # and the API's job does not tell by which job of the journal
    "linked": ("document stored", "2"),
    "copying": ("outcome copy stored", "1"),
    "installing": ("outcome install stored", "1"),
    "reloading": ("outcome reload stored", "1"),
    "done": ("document before", "3"),  # all is done, and that is not written down
}
CANCELLED = "cancelled"


@dataclass
class Killed:
    """Switches, each in a job of a service of its own, and where each service keeps it."""

    lab: Lab
    stores: Mapping[str, str]

    def kill(self, name: str, point: str, times: str) -> str:
        """Let a service die while it runs a job; gives the job's id."""
        place, kept = self.lab.place, self.stores[name]
        service = Service(place, kept)  # not started: it only writes the job
        job = service.approved(f"group of {name}", self.lab.image).id
        service.store.close()
        process = Forked(killed_service.main, str(place), kept, job, point, times, said=place / f"{name}.out")
        assert process.wait(90) == -signal.SIGKILL, process.complained.read_text()
        return job

    def changes(self, name: str) -> list[int]:
        """Give how often each change happened to a switch."""
        return self.lab.count(name, *CHANGES)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killed]:
    names = [*POINTS, CANCELLED]
    stores = {name: name for name in names}
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        stores = {name: server.database() for name in names}
    switches = [SwitchSpec(name, variant=number) for number, name in enumerate(names)]
    place = tmp_path_factory.mktemp("killed")
    with lab(place, *switches, download_s=2 * SPEED, install_s=2 * SPEED) as running:
        write_inventory(place, hosts_of(running), {f"group of {name}": [name] for name in names})
        running.stores |= {store_in(place, kept) for kept in stores.values()}
        yield Killed(running, stores)


@pytest.mark.parametrize("name", POINTS)
def test_F53_a_service_that_is_killed_goes_on_with_its_job_when_it_is_started_again(fleet: Killed, name: str) -> None:
    job = fleet.kill(name, *POINTS[name])
    with served(fleet.lab.place, fleet.stores[name]) as service:
        assert happens(lambda: service.jobs.get(job).job_state is JobState.DONE, within=60), service.status(job)
        assert [row.update_progress_status for row in service.status(job).data] == ["SUCCESS"]
        assert len(service.store.jobs()) == 1
        assert service.store.audit().altered == ()
    assert fleet.changes(name) == [1, 1, 1, 1]


def test_F53_a_job_that_was_cancelled_before_the_crash_is_not_gone_on_with_until_somebody_says_so(
    fleet: Killed,
) -> None:
    job = fleet.kill(CANCELLED, "history cancelled stored", "1")
    with served(fleet.lab.place, fleet.stores[CANCELLED]) as service:
        assert not happens(lambda: bool(service.running.running), within=1)
        assert service.jobs.get(job).job_state is JobState.IN_PROGRESS
        assert fleet.changes(CANCELLED) == [1, 1, 0, 0]
        service.running.resume(ANN, job)
        assert happens(lambda: service.jobs.get(job).job_state is JobState.DONE, within=60)
    assert fleet.changes(CANCELLED) == [1, 1, 1, 1]
