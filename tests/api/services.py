"""The service as its clients see it: over HTTP, in this process or in one of its own."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from lcm_nornir import Image, Store
from lcm_nornir.access import Access, Role
from lcm_nornir.api import Client, Settings, create_app
from lcm_nornir.api.listening import Listening
from lcm_nornir.api.server import Server
from lcm_nornir.destinations import Allowed
from lcm_nornir.schema.jobs import (
    DeployBody,
    ImageBody,
    ImageServerBody,
    JobType,
    Protocol,
    Reference,
    UpdateJobBody,
)
from tests.access.users import add_user
from tests.fleets import happens
from tests.jobs.services import opened

LOCAL = Settings(allowed=Allowed.parse(["127.0.0.0/8", "192.0.2.0/24"]))
NOW = DeployBody(job_type=JobType.NOW)
COMMAND = [sys.executable, "-c", "from lcm_nornir.cli import main; main()"]
NOBODYS = {"hostname": "192.0.2.1", "username": "u", "password": "nobody-types-this", "platform": "dell_os10"}
"""A switch that is never reached: for what happens before one is."""


@dataclass
class Served:
    """A service that listens.

    Attributes:
        url: Where.
        place: Folder of its inventory and its store.
        tokens: A token of a user of each role; the user is called as his role.
        clients: Of these users.
    """

    url: str
    place: Path
    tokens: dict[str, str] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)

    @property
    def operator(self) -> Client:
        return self.clients["operator"]

    @property
    def approver(self) -> Client:
        return self.clients["approver"]

    def add_image(self, image: Image) -> Reference:
        """Put an image and its server into the catalogue; gives the server."""
        host, _, port = image.server.partition(":")
        folder = image.url.removeprefix(f"http://{image.server}").removesuffix(image.name)
        server = ImageServerBody(name=image.server, protocol=Protocol.HTTP, host=host, port=int(port or 0), path=folder)
        found = Reference(id=self.operator.create_image_server(server).new_object_id)
        self.operator.create_os_image(
            ImageBody(
                image_server=found,
                image_file_name=image.name,
                os_image_version=image.version,
                sha256=image.sha256,
                sha512=image.sha512,
                size=image.size or 0,
            )
        )
        return found

    def body(self, image: Image, group: str, server: Reference) -> UpdateJobBody:
        """Give what makes a job."""
        return UpdateJobBody(
            name=f"update of {group}",
            os_image_version=image.version,
            image_file_name=image.name,
            switch_group=Reference(id=group),
            image_server=server,
        )

    def approved(self, image: Image, group: str, server: Reference) -> str:
        """Make a job that the operator wrote and the approver approved; gives its id."""
        job = self.operator.create_job(self.body(image, group, server)).new_object_id
        self.operator.send_for_approval(job)
        self.approver.approve(job)
        return job


def add_users(store: Store) -> dict[str, str]:
    """Make a user of each role, and give their tokens."""
    access = Access(store.accounts())
    for role in Role:
        add_user(store, role, role)
    return {role: access.grant(role, [role], 3600, by="the test").token for role in Role}


@contextmanager
def served(place: Path, settings: Settings = LOCAL, listening: Listening | None = None) -> Iterator[Served]:
    """Serve the inventory that lies in a folder, in this process."""
    listening = listening or Listening()
    trusted = ssl.create_default_context(cafile=listening.certificate) if listening.certificate else True
    with Store(place / "api" / "lcm.db") as store, ExitStack() as stack:
        tokens = add_users(store)
        app = create_app(store, partial(opened, place), settings)
        listener = socket.create_server(("127.0.0.1", 0))
        server = Server(app, listening)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            assert happens(lambda: server.started or not thread.is_alive(), within=30)
            scheme = "https" if listening.certificate else "http"
            url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
            clients = {role: stack.enter_context(Client(url, token, verify=trusted)) for role, token in tokens.items()}
            yield Served(url, place, tokens, clients)
        finally:
            app.state.lcm_parts.is_ending.set()
            server.should_exit = True
            thread.join(90)
            listener.close()
        assert not thread.is_alive()


class Process:
    """``lcm-nornir serve`` in a process of its own, which has begun to listen.

    Args:
        options: Of the command.
        said: Files to which stdout and stderr go: this with ``.out`` and ``.err``.
    """

    def __init__(self, options: list[str], said: Path) -> None:
        self.out, self.err = said.with_suffix(".out"), said.with_suffix(".err")
        with self.out.open("w") as out, self.err.open("w") as err:
            self._process = subprocess.Popen([*COMMAND, "serve", "--port", "0", *options], stdout=out, stderr=err)
        if not happens(lambda: " listens at " in self.err.read_text() or self._process.poll() is not None, within=60):
            self.kill()
        assert self._process.poll() is None, self.err.read_text()

    @staticmethod
    def refusal(options: list[str]) -> str:
        """Serve what is refused, and give what it says."""
        words = [*COMMAND, "serve", "--port", "0", *options]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 2, done.stderr
        return done.stderr

    @property
    def url(self) -> str:
        return self.err.read_text().partition(" listens at ")[2].partition(";")[0]

    def kill(self) -> None:
        """Let it die at once, if it has not ended."""
        self._process.kill()
        self._process.wait(30)

    def end(self, within: float = 60.0) -> int:
        """Ask it to end, as an operator of services does; gives its exit code."""
        if self._process.poll() is None:
            self._process.terminate()
        return self._process.wait(within)


def answers_in(text: str) -> list[tuple[str, Any]]:
    """Give the answers that the walk has printed: name and document of each."""
    split = [line.partition(" ") for line in text.splitlines()]
    return [(name, json.loads(document)) for name, _, document in split]


def ended(client: Client, job: str, within: float = 60.0) -> bool:
    """Wait until a job is in a state in which nothing more comes."""
    end = time.monotonic() + within
    while client.job(job).job_state.value not in ("DONE", "PARTIAL_SUCCESS", "FAILED"):
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True
