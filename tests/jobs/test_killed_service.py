"""A service that is killed in the middle of a job, and started again: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from lcm_nornir.schema.jobs import JobState
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import SPEED, Lab, happens, lab
from tests.forked import Forked
from tests.jobs import killed_service
from tests.jobs.services import ANN, Service, hosts_of, served, write_inventory

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


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    names = [*POINTS, CANCELLED]
    switches = [SwitchSpec(name, variant=number) for number, name in enumerate(names)]
    place = tmp_path_factory.mktemp("killed")
    with lab(place, *switches, download_s=2 * SPEED, install_s=2 * SPEED) as running:
        write_inventory(place, hosts_of(running), {f"group of {name}": [name] for name in names})
        running.stores |= {place / name / "lcm.db" for name in names}
        yield running


def killed(fleet: Lab, name: str, point: str, times: str) -> str:
    """Let a service die while it runs a job; gives the job's id."""
    service = Service(fleet.place, name)  # not started: it only writes the job
    job = service.approved(f"group of {name}", fleet.image).id
    service.store.close()
    process = Forked(killed_service.main, str(fleet.place), name, job, point, times, said=fleet.place / f"{name}.out")
    assert process.wait(90) == -signal.SIGKILL, process.complained.read_text()
    return job


@pytest.mark.parametrize("name", POINTS)
def test_F53_a_service_that_is_killed_goes_on_with_its_job_when_it_is_started_again(fleet: Lab, name: str) -> None:
    job = killed(fleet, name, *POINTS[name])
    with served(fleet.place, name) as service:
        assert happens(lambda: service.jobs.get(job).job_state is JobState.DONE, within=60), service.status(job)
        assert [row.update_progress_status for row in service.status(job).data] == ["SUCCESS"]
        assert len(service.store.jobs()) == 1
        assert service.store.audit().altered == ()
    assert fleet.count(name, *CHANGES) == [1, 1, 1, 1]


def test_F53_a_job_that_was_cancelled_before_the_crash_is_not_gone_on_with_until_somebody_says_so(fleet: Lab) -> None:
    job = killed(fleet, CANCELLED, "history cancelled stored", "1")
    with served(fleet.place, CANCELLED) as service:
        assert not happens(lambda: bool(service.running.running), within=1)
        assert service.jobs.get(job).job_state is JobState.IN_PROGRESS
        assert fleet.count(CANCELLED, *CHANGES) == [1, 1, 0, 0]
        service.running.resume(ANN, job)
        assert happens(lambda: service.jobs.get(job).job_state is JobState.DONE, within=60)
    assert fleet.count(CANCELLED, *CHANGES) == [1, 1, 1, 1]
