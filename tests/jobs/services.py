"""The API's jobs over an inventory of their own: what several test modules share, and processes that are killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nornir import InitNornir
from nornir.core import Nornir
from ruamel.yaml import YAML

from lcm_nornir import Image, Store, WaveRunner
from lcm_nornir.access.roles import Role
from lcm_nornir.jobs.images import Images
from lcm_nornir.jobs.lifecycle import Actor
from lcm_nornir.jobs.running import RunningJobs
from lcm_nornir.jobs.updates import UpdateJobs
from lcm_nornir.journal.place import Place, place_of
from lcm_nornir.schema import UpdateJobStatus
from lcm_nornir.schema.jobs import DeployBody, ImageBody, ImageServerBody, JobType, Reference, UpdateJob, UpdateJobBody
from tests.fleets import QUICK, SPEED, Lab

ANN = Actor("ann", frozenset({Role.OPERATOR}))
BOB = Actor("bob", frozenset({Role.APPROVER}))
EVE = Actor("eve", frozenset({Role.OPERATOR, Role.APPROVER}))
NOW = DeployBody(job_type=JobType.NOW)


def write_inventory(place: Path, hosts: Mapping[str, Any], groups: Mapping[str, list[str]]) -> None:
    """Write hosts and groups, group to its hosts, to where `opened` reads them."""
    place.mkdir(parents=True, exist_ok=True)
    members = {name: [group for group, names in groups.items() if name in names] for name in hosts}
    yaml = YAML(typ="safe")
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # the fleet's order is the job's
    yaml.dump({name: {**host, "groups": members[name]} for name, host in hosts.items()}, place / "api_hosts.yaml")
    (place / "api_hosts.yaml").chmod(0o600)  # there are passwords in it
    yaml.dump({group: {} for group in groups}, place / "api_groups.yaml")


def opened(place: Path) -> Nornir:
    """Open that inventory, each time anew."""
    options = {"host_file": str(place / "api_hosts.yaml"), "group_file": str(place / "api_groups.yaml")}
    nornir = InitNornir(
        inventory={"plugin": "SimpleInventory", "options": options},
        logging={"enabled": False},
        ssh={"config_file": str(place / "no_ssh_config")},
    )
    runner = WaveRunner(
        host_keys=place / "host_keys",
        configurations=place / "configurations",
        time_scale=1 / SPEED,
        timeouts=QUICK,
    )
    return nornir.with_runner(runner)


def hosts_of(fleet: Lab) -> dict[str, Any]:
    """Give the hosts of a fleet as the inventory has them."""
    hosts: dict[str, Any] = YAML(typ="safe").load(fleet.place / "hosts.yaml")
    return hosts


def store_in(place: Path, kept: str) -> Place:
    """Give where a store is: in a folder with this name, or at this URL."""
    return place_of(kept) if "://" in kept else place / kept / "lcm.db"


class Service:
    """The API's jobs in this process.

    Args:
        place: Folder of the inventory.
        kept: Name of the folder of the store there; or the URL of the store.
        options: Of `RunningJobs`.

    Attributes:
        before_opening: Called before the inventory is opened.
    """

    def __init__(self, place: Path, kept: str = "api", **options: Any) -> None:
        self.place = place
        self.store = Store(store_in(place, kept))
        self.images = Images(self.store, lambda _host: None)  # which are allowed, is `api`'s
        now: Callable[[], float] | None = options.get("now")
        self.before_opening: Callable[[], None] = lambda: None
        self.jobs = UpdateJobs(self.store, self.images, self._opened, now=now)
        self.running = RunningJobs(self.store, self.jobs, every=0.05, **options)

    def _opened(self) -> Nornir:
        self.before_opening()
        return opened(self.place)

    def close(self) -> None:
        """Stop in order."""
        assert self.running.stop(60)
        self.store.close()

    def status(self, name: str) -> UpdateJobStatus:
        """Give a job's status, read back."""
        return UpdateJobStatus.model_validate_json(self.running.status_json(name))

    def catalogue(self, image: Image) -> Reference:
        """Put an image, and the server on which it lies, into the catalogue."""
        host, _, port = image.server.partition(":")
        folder = image.url.removeprefix(f"http://{image.server}").removesuffix(image.name)
        body = ImageServerBody(name="images", protocol="http", host=host, port=int(port or 0), path=folder)  # type: ignore[arg-type]  # by its word
        server = Reference(id=self.images.add_server(ANN, body).id)
        self.images.add_image(
            ANN,
            ImageBody(
                image_server=server,
                image_file_name=image.name,
                os_image_version=image.version,
                sha256=image.sha256,
                sha512=image.sha512,
                size=image.size or 0,
            ),
        )
        return server

    def drafted(self, group: str, image: Image, actor: Actor = ANN) -> UpdateJob:
        """Make a draft for a group."""
        servers = self.images.servers()
        server = Reference(id=servers[0].id) if servers else self.catalogue(image)
        body = UpdateJobBody(
            name=f"update of {group}",
            os_image_version=image.version,
            image_file_name=image.name,
            switch_group=Reference(id=group),
            image_server=server,
        )
        return self.jobs.create(actor, body)

    def approved(self, group: str, image: Image) -> UpdateJob:
        """Make a job that ann wrote and bob approved."""
        job = self.drafted(group, image)
        self.jobs.send_for_approval(ANN, job.id)
        return self.jobs.approve(BOB, job.id)


@contextmanager
def served(place: Path, kept: str = "api", **options: Any) -> Iterator[Service]:
    """Run the API's jobs in this process, and stop them in order."""
    service = Service(place, kept, **options)
    try:
        service.running.start()
        yield service
    finally:
        service.close()


def at(seconds: float) -> DeployBody:
    """Give what schedules a job for a time, in epoch seconds."""
    return DeployBody(job_type=JobType.SCHEDULED, scheduled_at=int(seconds))
