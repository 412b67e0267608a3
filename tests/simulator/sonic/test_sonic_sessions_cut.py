"""A session that is cut takes its install along, unless that was detached; nothing outlives the fleet."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .bash import NEW, OLD, Bash, sonic

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from collections.abc import Callable

    from lcm_nornir.simulator import Fleet
    from tests.simulator.conftest import StartsFleets


def wait(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def begin(fleet: Fleet, line: str) -> None:
    """Start an install and cut the connection as soon as it unpacks."""
    assert fleet.image is not None
    switch = fleet.switches[0]
    with Bash(switch) as bash:
        bash.run(f"sudo curl -so /host/F {fleet.image.url}")
        bash.type(line + "\n")
        wait(lambda: fleet.effects(switch.name, "deleted"))
        bash.socket.close()


def test_an_install_dies_with_its_session(start: StartsFleets) -> None:
    fleet = start(sonic("leaf1"), speed=50.0)
    begin(fleet, "sudo sonic-installer install -y /host/F")
    wait(lambda: fleet.effects("leaf1", "install_failed"))
    assert fleet.effects("leaf1")[-1]["cause"] == "ended"
    with Bash(fleet.switches[0]) as bash:
        assert f"Current: SONiC-OS-{OLD}\nNext: SONiC-OS-{OLD}\n" in bash.run("show boot")
        assert bash.status('pgrep -f "sonic-installer instal[l]"')[1] == 1
        assert bash.status(f"ls -d /host/image-{NEW}")[1] == 0
        sizes = bash.run(f"stat -c %s /host/image-{NEW}/fs.squashfs /host/image-{OLD}/fs.squashfs").split("\n")
        assert int(sizes[0]) < int(sizes[1])


@pytest.mark.parametrize(
    "line",
    [
        "nohup sudo sonic-installer install -y /host/F > /tmp/log 2>&1 &",
        "setsid sh -c 'sudo sonic-installer install -y /host/F > /tmp/log 2>&1; echo $? > /tmp/rc' < /dev/null &",
    ],
)
def test_a_detached_install_goes_on(start: StartsFleets, line: str) -> None:
    fleet = start(sonic("leaf1"), speed=50.0)
    begin(fleet, line)
    with Bash(fleet.switches[0]) as bash:
        assert bash.status('pgrep -f "sonic-installer instal[l]"')[1] == 0
        wait(lambda: fleet.effects("leaf1", "install_done"))
        bash.wait_for("cat /tmp/log", r"Done$")
        if "rc" in line:
            bash.wait_for("cat /tmp/rc", r"^0$")
        assert f"Next: SONiC-OS-{NEW}\n" in bash.run("show boot")
    assert len(fleet.effects("leaf1", "install_started")) == 1


def processes(name: str) -> list[str]:
    """Give the environments of the processes of a switch's sessions."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and f"PS1=admin@{name}:".encode() in (entry / "environ").read_bytes():
                found.append(entry.name)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def folder(pid: str) -> Path:
    environment = dict(
        pair.split("=", 1) for pair in Path(f"/proc/{pid}/environ").read_text().split("\0") if "=" in pair
    )
    return Path(environment["SONIC_SWITCH"])


def test_nothing_outlives_a_reload_or_the_fleet(start: StartsFleets) -> None:
    name = f"leaf-{time.time_ns()}"
    fleet = start(sonic(name, "never-returns", "busy-installer"), sonic(f"{name}-2"), images=None)
    bash, other = Bash(fleet.switches[0]), Bash(fleet.switches[1])
    bash.run("setsid sleep 300 &")
    other.run("setsid sleep 300 & nohup sleep 300 > /dev/null 2>&1 &")
    place = folder(processes(f"{name}-2")[0])
    assert place.is_dir()
    bash.type("sudo reboot\n")
    wait(lambda: not processes(name))
    fleet.stop()
    assert processes(f"{name}-2") == []
    assert not place.exists()
    for console in (bash, other):
        console.transport.close()


def test_a_fleet_without_sessions_has_no_shell(start: StartsFleets) -> None:
    name = f"idle-{time.time_ns()}"
    fleet = start(*(sonic(f"{name}-{number}") for number in range(20)), images=None)
    before = fleet.cpu_seconds()
    time.sleep(0.5)
    assert processes(name) == []
    assert fleet.cpu_seconds() - before < 0.1
    with Bash(fleet.switches[19]) as bash:
        assert bash.run("pgrep -c bash") == "1"
