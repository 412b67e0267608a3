"""The LCM API in a process of its own, before a simulated fleet in another: what its benchmarks share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from lcm_nornir import Image
from lcm_nornir.access import Access, Role
from lcm_nornir.api import Client
from lcm_nornir.cli.lab import image_of, write_lab
from lcm_nornir.journal.store import Store
from lcm_nornir.schema.jobs import ENDED
from lcm_nornir.simulator import Fleet
from tests.access.users import add_user
from tests.api.services import NOW, Process, Served

GROUP = "fabric"


@dataclass(frozen=True, slots=True)
class Running:
    """A service that listens, and a job that was approved.

    Attributes:
        url: Of the service.
        job: Id of the job.
        operator: Client of who may deploy it.
        viewers: Tokens of those who look on, each of a user of his own.
        process: The service's.
    """

    url: str
    job: str
    operator: Client
    viewers: tuple[str, ...]
    process: Process

    def deploy(self) -> float:
        """Begin the job; gives when, by our own clock."""
        self.operator.deploy(self.job, NOW)
        return time.monotonic()

    def ended(self) -> str:
        """Wait for the end of the job; gives its state."""
        while (state := self.operator.job(self.job).job_state) not in ENDED:
            time.sleep(0.5)
        return state.value


@contextmanager
def service(fleet: Fleet, place: Path, factor: float, sessions: int, viewers: int) -> Iterator[Running]:
    """Serve a fleet, and approve a job for all of it."""
    config = _config(fleet, place, factor, sessions)
    store = place / "store" / "lcm.db"
    tokens = _tokens(store, viewers)
    process = Process(["--config", str(config), "--store", str(store), "--allow", "127.0.0.0/8"], place / "serve")
    try:
        with Client(process.url, tokens["operator"]) as operator, Client(process.url, tokens["approver"]) as approver:
            api = Served(process.url, place, tokens, {"operator": operator, "approver": approver})
            image = image_of(fleet)
            assert isinstance(image, Image)
            job = api.approved(image, GROUP, api.add_image(image))
            known = tuple(tokens[f"viewer{number}"] for number in range(viewers))
            yield Running(process.url, job, operator, known, process)
        process.end(120)
    finally:
        process.kill()


def _config(fleet: Fleet, place: Path, factor: float, sessions: int) -> Path:
    path = write_lab(fleet, place, factor, group=GROUP)
    yaml = YAML(typ="safe")
    document = yaml.load(path)
    many = len(fleet.switches)
    document["runner"]["options"] |= {"sessions": sessions, "held": many, "downloads_per_server": many}
    yaml.dump(document, path)
    return path


def _tokens(path: Path, viewers: int) -> dict[str, str]:
    users = {"operator": Role.OPERATOR, "approver": Role.APPROVER}
    users |= {f"viewer{number}": Role.VIEWER for number in range(viewers)}
    with Store(path) as store:
        for name, role in users.items():
            add_user(store, name, role)
        access = Access(store.accounts())
        return {name: access.grant(name, [role], 7200, by="the benchmark").token for name, role in users.items()}
