"""A switch that only a jump host reaches: a real OpenSSH client between netmiko and the simulator."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lcm_nornir.simulator import SwitchSpec
from tests.fleets import SPEED, TARGET, Lab, lab

pytestmark = [
    pytest.mark.skipif(shutil.which("ssh") is None, reason="a jump host needs the OpenSSH client"),
]

ROOT = Path(__file__).parents[2]
JUMP = """
import asyncio, asyncssh, time

class Jump(asyncssh.SSHServer):
    def begin_auth(self, username):
        return False

    def connection_requested(self, host, port, *_):
        print(host, port, time.time(), flush=True)
        return True

async def main():
    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.listen("127.0.0.1", 0, server_factory=Jump, server_host_keys=[key])
    print(server.get_port(), key.export_public_key().decode().strip(), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
# In a process of its own, since paramiko leaves the ssh that it starts to the garbage collector.
UPDATE = """
import json, sys, time
from pathlib import Path
from lcm_nornir import Image, StatusProcessor, update_image
from tests.fleets import opened

status, nornir = StatusProcessor(), opened(Path(sys.argv[1]))
nornir.config.ssh.config_file = sys.argv[2]
for host in nornir.inventory.hosts.values():
    host.data["lcm"]["timeouts"] = {"connect": 4.0, "login": 4.0}
nornir.with_processors([status]).run(task=update_image, image=Image(**json.loads(sys.argv[3])))
reasons = [record.reason for record in status.record()]
print(json.dumps({"report": status.report().model_dump(mode="json"), "reasons": reasons, "cpu": time.process_time()}))
"""


class Behind(NamedTuple):
    """What a run through a jump host left behind: the fleet, its output, and whom the jump host was asked for, when."""

    fleet: Lab
    document: dict[str, Any]
    asked: list[tuple[str, float]]


@contextmanager
def jump_host(place: Path, behind: str) -> Iterator[tuple[Path, subprocess.Popen[str]]]:
    """Run a jump host, and write the ssh_config that leads over it, with the one host key that it may show."""
    with subprocess.Popen([sys.executable, "-c", JUMP], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port, _, key = server.stdout.readline().strip().partition(" ")
            (place / "known_hosts").write_text(f"[127.0.0.1]:{port} {key}\n")
            config = place / "ssh_config"
            config.write_text(
                f"Host jump\n  HostName 127.0.0.1\n  Port {port}\n  User hopper\n  StrictHostKeyChecking yes\n"
                f"  UserKnownHostsFile {place}/known_hosts\n  GlobalKnownHostsFile /dev/null\n  LogLevel QUIET\n"
                f"Host {behind}\n  ProxyJump jump\n"
            )
            yield config, server
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    place = tmp_path_factory.mktemp("behind")
    with lab(place, SwitchSpec("behind"), reboot_s=3 * SPEED) as fleet:
        with jump_host(place, fleet.fleet.switches[0].host) as (config, server):
            image = json.dumps({name: value for name, value in asdict(fleet.image).items() if value})
            arguments = [sys.executable, "-c", UPDATE, str(place), str(config), image]
            done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
            server.terminate()
            assert server.stdout is not None
            asked = [line.rpartition(" ") for line in server.stdout.read().splitlines()]
        assert done.returncode == 0, done.stderr
        yield Behind(fleet, json.loads(done.stdout), [(whom, float(when)) for whom, _, when in asked])


def test_F66_a_switch_behind_a_jump_host_is_updated(behind: Behind) -> None:
    row = behind.document["report"]["data"][0]
    assert (row["update_progress_status"], row["error"]) == ("SUCCESS", "NOT_SET"), behind.document["reasons"]
    assert behind.fleet.count("behind", "download_started", "install_started", "reload") == [1, 1, 1]
    assert behind.fleet.state("behind")["running"] == TARGET


def test_F66_every_session_comes_through_the_jump_host_and_is_closed(behind: Behind) -> None:
    switch = behind.fleet.fleet.switches[0]
    assert {whom for whom, _ in behind.asked} == {f"{switch.host} {switch.port}"}
    assert len(behind.asked) >= behind.fleet.sessions("behind") > 1
    log = behind.fleet.fleet.log("behind")
    assert {entry["peer"] for entry in log if entry["event"] == "connection"} == {"127.0.0.1"}
    assert behind.fleet.all_closed("behind")


def test_F66_a_try_ends_when_the_jump_host_says_that_the_switch_refuses(behind: Behind) -> None:
    (reload,) = (effect["t"] for effect in behind.fleet.fleet.effects("behind", "reload"))
    tries = [when for _, when in behind.asked if when > reload]
    longest = max(later - one for one, later in pairwise(tries))
    assert longest < 3, f"{behind.document['cpu']:.1f} s of processor were used"
