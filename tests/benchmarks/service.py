"""The LCM API in a process of its own, before a simulated fleet in another: what its benchmarks share."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from lcm_nornir import Image
from lcm_nornir.access import Access, Role
from lcm_nornir.access.passwords import hashed
from lcm_nornir.api import Client
from lcm_nornir.cli.lab import image_of, write_lab
from lcm_nornir.journal.accounts import StoredUser
from lcm_nornir.journal.deeds import Deed
from lcm_nornir.journal.store import Store
from lcm_nornir.schema.jobs import (
    DeployBody,
    ImageBody,
    ImageServerBody,
    JobType,
    Protocol,
    Reference,
    UpdateJobBody,
)
from lcm_nornir.simulator import Fleet

GROUP = "fabric"
COMMAND = [sys.executable, "-c", "from lcm_nornir.cli import main; main()"]
ENDED = ("DONE", "PARTIAL_SUCCESS", "FAILED")


@dataclass(frozen=True, slots=True)
class Running:
    """A service that listens, and a job that was approved.

    Attributes:
        url: Of the service.
        job: Id of the job.
        operator: Client of who may deploy it.
        viewers: Tokens of those who look on, each of a user of his own.
        store: Where it is kept.
        process: The service's.
    """

    url: str
    job: str
    operator: Client
    viewers: tuple[str, ...]
    store: Path
    process: subprocess.Popen[str]

    def deploy(self) -> float:
        """Begin the job; gives when, by our own clock."""
        self.operator.deploy(self.job, DeployBody(job_type=JobType.NOW))
        return time.monotonic()

    def ended(self) -> str:
        """Wait for the end of the job; gives its state."""
        while (state := self.operator.job(self.job).job_state.value) not in ENDED:
            time.sleep(0.5)
        return state


@contextmanager
def service(fleet: Fleet, place: Path, factor: float, sessions: int, viewers: int) -> Iterator[Running]:
    """Serve a fleet, and approve a job for all of it."""
    config = _config(fleet, place, factor, sessions)
    store = place / "store" / "lcm.db"
    tokens = _tokens(store, viewers)
    words = ["serve", "--port", "0", "--config", str(config), "--store", str(store), "--allow", "127.0.0.0/8"]
    with (place / "serve.err").open("w") as told:
        process = subprocess.Popen([*COMMAND, *words], stderr=told, text=True)
    try:
        url = _url(place / "serve.err", process)
        with Client(url, tokens["operator"]) as operator, Client(url, tokens["approver"]) as approver:
            job = _approved(fleet, operator, approver)
            known = tuple(tokens[f"viewer{number}"] for number in range(viewers))
            yield Running(url, job, operator, known, store, process)
            process.send_signal(signal.SIGTERM)
            process.wait(120)
    finally:
        process.kill()
        process.wait()


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
    password = hashed("a pass phrase of some length")
    with Store(path) as store:
        accounts, access = store.accounts(), Access(store.accounts())
        for name, role in users.items():
            accounts.add(
                StoredUser(name, password, frozenset({role}), disabled=False, created=accounts.now()),
                Deed("the benchmark", "users add", name),
            )
        return {name: access.grant(name, [role], 7200, by="the benchmark").token for name, role in users.items()}


def _url(told: Path, process: subprocess.Popen[str]) -> str:
    while " listens at " not in (text := told.read_text()):
        if process.poll() is not None:
            raise RuntimeError(text)
        time.sleep(0.1)
    return text.partition(" listens at ")[2].partition(";")[0]


def _approved(fleet: Fleet, operator: Client, approver: Client) -> str:
    image = image_of(fleet)
    assert isinstance(image, Image)
    host, _, port = image.server.partition(":")
    folder = image.url.removeprefix(f"http://{image.server}").removesuffix(image.name)
    body = ImageServerBody(name="images", protocol=Protocol.HTTP, host=host, port=int(port or 0), path=folder)
    server = Reference(id=operator.create_image_server(body).new_object_id)
    operator.create_os_image(
        ImageBody(
            image_server=server,
            image_file_name=image.name,
            os_image_version=image.version,
            sha256=image.sha256,
            sha512=image.sha512,
            size=image.size or 0,
        )
    )
    job = operator.create_job(
        UpdateJobBody(
            name="the benchmark's",
            os_image_version=image.version,
            image_file_name=image.name,
            switch_group=Reference(id=GROUP),
            image_server=server,
        )
    ).new_object_id
    operator.send_for_approval(job)
    approver.approve(job)
    return job
