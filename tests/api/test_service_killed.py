"""``lcm-nornir serve`` that is killed in the middle of a job, or asked to end in it, and started again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from lcm_nornir import Store
from lcm_nornir.api import Client
from lcm_nornir.journal.place import place_of
from lcm_nornir.schema.jobs import JobState
from lcm_nornir.simulator import SwitchSpec
from tests.api.services import NOW, Process, Served, add_users, ended
from tests.fleets import QUICK, SPEED, Lab, happens, lab
from tests.jobs.services import hosts_of, write_inventory
from tests.postgres import PostgresServer

pytestmark = pytest.mark.slow  # processes that are started, killed and started again

CHANGES = ("download_started", "install_started", "set_boot", "reload")
NAMES = {"killed": ["spine1", "spine2"], "ended": ["spine3"]}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def stores(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give where the store of each group is to be."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("stores")
        return {group: str(folder / group / "lcm.db") for group in NAMES}
    server: PostgresServer = request.getfixturevalue("postgres")
    return {group: server.database() for group in NAMES}


@pytest.fixture(scope="module")
def fleet(stores: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    place = tmp_path_factory.mktemp("served")
    names = [name for group in NAMES.values() for name in group]
    switches = [SwitchSpec(name, variant=number) for number, name in enumerate(names)]
    with lab(place, *switches, download_s=2 * SPEED, install_s=4 * SPEED) as running:
        write_inventory(place, hosts_of(running), NAMES)
        running.stores |= {place_of(name) for name in stores.values()}
        yield running


def config_of(place: Path) -> Path:
    """Write the configuration file of the fleet in a folder."""
    files = {"host_file": str(place / "api_hosts.yaml"), "group_file": str(place / "api_groups.yaml")}
    options = {
        "host_keys": str(place / "host_keys"),
        "configurations": str(place / "configurations"),
        "time_scale": 1 / SPEED,
        "timeouts": QUICK,
    }
    config = {
        "inventory": {"plugin": "SimpleInventory", "options": files},
        "runner": {"plugin": "lcm_waves", "options": options},
        "logging": {"enabled": False},
        "ssh": {"config_file": str(place / "no_ssh_config")},
    }
    YAML(typ="safe").dump(config, place / "config.yaml")
    return place / "config.yaml"


def begun(fleet: Lab, group: str, kept: str) -> tuple[Process, dict[str, str], list[str], str]:
    """Serve, and have a job of a group under way; gives the service, tokens, its options, and the job."""
    with Store(kept) as store:
        tokens = add_users(store)
    options = ["--config", str(config_of(fleet.place)), "--store", kept]
    options += ["--allow", "127.0.0.0/8"]
    service = Process(options, fleet.place / f"{group}-first")
    with Client(service.url, tokens["operator"]) as operator, Client(service.url, tokens["approver"]) as approver:
        api = Served(service.url, fleet.place, tokens, {"operator": operator, "approver": approver})
        job = api.approved(fleet.image, group, api.add_image(fleet.image))
        operator.deploy(job, NOW)
    return service, tokens, options, job


@pytest.mark.parametrize("group", NAMES)
def test_F61_a_service_goes_on_with_its_jobs_when_it_is_started_again(
    fleet: Lab, stores: dict[str, str], group: str
) -> None:
    service, tokens, options, job = begun(fleet, group, stores[group])
    names = NAMES[group]
    assert happens(lambda: all("install_started" in fleet.kinds(name) for name in names), within=30)
    if group == "killed":
        service.kill()
    else:
        assert service.end() == 0, service.err.read_text()
    again = Process(options, fleet.place / f"{group}-again")
    try:
        with Client(again.url, tokens["viewer"]) as viewer:  # tokens are kept, too
            assert ended(viewer, job)
            assert viewer.job(job).job_state is JobState.DONE
            assert [row.update_progress_status for row in viewer.status(job).data] == ["SUCCESS"] * len(names)
    finally:
        assert again.end() == 0
    for name in names:  # and the checker of the fleet looks at everything else
        assert fleet.count(name, *CHANGES) == [1, 1, 1, 1]
