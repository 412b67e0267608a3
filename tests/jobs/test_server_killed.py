"""The PostgreSQL server of a store is killed in the middle of a job, and started again: nothing lost, nothing twice."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator

import pytest

from lcm_nornir import JournalProcessor, StatusProcessor, Store, retry_job, update_image
from lcm_nornir.errors import JournalFailed
from lcm_nornir.events import Ending
from lcm_nornir.journal.place import place_of
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import SPEED, TARGET, Lab, happens, lab
from tests.postgres import PostgresServer, needed, postgres_server

pytestmark = pytest.mark.slow  # kills
CHANGES = ("download_started", "install_started", "set_boot", "reload")
NAMES = ("one", "two", "three")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    needed()
    with postgres_server() as own:
        yield own


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, server: PostgresServer) -> Iterator[Lab]:
    switches = [SwitchSpec(name, variant=number) for number, name in enumerate(NAMES)]
    with lab(tmp_path_factory.mktemp("server"), *switches, download_s=2 * SPEED, install_s=6 * SPEED) as running:
        running.stores = {place_of(server.database())}
        yield running


@pytest.fixture(scope="module")
def store(fleet: Lab) -> Iterator[Store]:
    (place,) = fleet.stores
    with Store(place) as opened:
        yield opened


def begun(fleet: Lab, kind: str) -> bool:
    return happens(lambda: all(kind in fleet.kinds(name) for name in NAMES), 20)


def test_F58_no_command_is_sent_while_the_server_is_gone_and_every_switch_says_why(
    fleet: Lab, store: Store, server: PostgresServer
) -> None:
    journal, status = JournalProcessor(store), StatusProcessor()
    nornir = fleet.nornir(*NAMES, processors=(journal, status))
    run = threading.Thread(target=lambda: nornir.run(task=update_image, image=fleet.image))
    run.start()
    assert begun(fleet, "download_started")
    time.sleep(0.5)  # what was sent is told by now
    server.end(signal.SIGKILL)
    run.join(60)
    assert not run.is_alive()
    for record in status.record():
        assert isinstance(record.error, JournalFailed), record.reason
        assert record.ending is Ending.STOPPED
        assert "the journal cannot be written: " in record.reason
        assert "see that the store's server runs" in record.reason
        assert fleet.count(record.name, *CHANGES) == [1, 0, 0, 0]
    server.start()
    job = journal.job
    assert job is not None
    assert happens(lambda: [one.reason for one in store.record(job)] == [one.reason for one in status.record()], 20)
    assert [intent.command for intent in store.intents(job)] == ["copy"] * len(NAMES)
    assert store.audit().altered == ()


def test_F58_a_server_that_is_back_before_the_next_command_stops_nobody(
    fleet: Lab, store: Store, server: PostgresServer
) -> None:
    """The job of the test before: what was copied is not copied again."""
    job = store.job("last")
    nornir = fleet.nornir(*NAMES, journal=False)
    run = threading.Thread(target=lambda: retry_job(nornir, store, job.id, only=("stopped",)))
    run.start()
    assert begun(fleet, "install_started")
    time.sleep(0.5)  # as above
    server.end(signal.SIGKILL)
    server.start()
    run.join(60)
    assert not run.is_alive()
    for record in store.record(job):
        assert record.row().update_progress_status == "SUCCESS", record.reason
        assert fleet.count(record.name, *CHANGES) == [1, 1, 1, 1]
        assert fleet.state(record.name)["running"] == TARGET
    assert store.audit().altered == ()
