"""A switch that only a jump host reaches: OpenSSH's client and a real sshd between netmiko and the simulator."""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from nornir.core.inventory import Host
from nornir.core.task import Task

from lcm_nornir import StatusProcessor, update_image
from lcm_nornir.door.host_keys import HostKeys
from lcm_nornir.events import Acting, Ending, Event
from lcm_nornir.record import SwitchRecord
from lcm_nornir.simulator import SimulatedSwitch, SwitchSpec
from tests.fleets import SPEED, TARGET, Lab, lab
from tests.openssh import Server, fingerprint, key_pair, needs_sshd, open_connection

pytestmark = needs_sshd

_ASKED = re.compile(r"server_request_direct_tcpip: originator \S+ port \d+, target (\S+) port (\d+)")


class Behind(NamedTuple):
    """A fleet that is reached through a jump host, and what one update of two switches left behind."""

    fleet: Lab
    jump: Server
    records: dict[str, SwitchRecord]
    asked: list[tuple[str, float]]  # whom the jump host was asked for, when


class Rekeys:
    """A processor after which another key of the jump host is trusted, as soon as a switch's reload is to be sent."""

    def __init__(self, name: str, known_hosts: Path, line: str) -> None:
        self._name = name
        self._known_hosts = known_hosts
        self._line = line

    def switch_event(self, task: Task, host: Host, event: Event) -> None:
        del task
        if host.name == self._name and event == Acting("reload"):
            self._known_hosts.write_text(self._line)

    def __getattr__(self, name: str) -> object:
        if not name.endswith(("_started", "_completed")):
            raise AttributeError(name)
        return lambda *_: None


def ssh_config(place: Path, jump: Server, fleet: Lab, *names: str, key: str = "") -> Path:
    """Write the ssh_config that leads over a jump host to switches, with the one host key that it may show."""
    place.mkdir(exist_ok=True)
    (place / "known_hosts").write_text(f"{jump.name} {key or jump.key}\n")
    hosts = " ".join(fleet.fleet.switch(name).host for name in names)
    (place / "ssh_config").write_text(
        f"Host {place.name}\n  HostName {jump.host}\n  Port {jump.port}\n  User {getpass.getuser()}\n"
        f"  IdentityFile {jump.place}/user_key\n  IdentitiesOnly yes\n  StrictHostKeyChecking yes\n"
        f"  UserKnownHostsFile {place}/known_hosts\n  GlobalKnownHostsFile none\n"
        f"Host {hosts}\n  ProxyJump {place.name}\n"
    )
    return place / "ssh_config"


def update(
    fleet: Lab, config: Path, *names: str, processors: tuple[object, ...] = (), **runner: object
) -> dict[str, SwitchRecord]:
    """Update switches by an ssh_config."""
    status = StatusProcessor()
    nornir = fleet.nornir(*names, processors=(status, *processors), **runner)
    nornir.config.ssh.config_file = str(config)
    for host in nornir.inventory.hosts.values():
        host.data["lcm"]["timeouts"] = {"connect": 4.0, "login": 5.0}
    nornir.run(task=update_image, image=fleet.image)
    return {record.name: record for record in status.record()}


def asked(jump: Server, switch: SimulatedSwitch) -> list[tuple[str, float]]:
    """Give how a jump host was asked for a switch's address: for which port, and when."""
    found = [(_ASKED.search(line), when) for when, line in jump.log]
    return [(match[2], when) for match, when in found if match and match[1] == switch.host]


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    place = tmp_path_factory.mktemp("behind")
    switches = map(SwitchSpec, ("behind", "held", "changed", "unreached", "refused"))
    with lab(place, *switches, reboot_s=3 * SPEED) as fleet, Server(place / "sshd", level="DEBUG1") as jump:
        config = ssh_config(place / "first", jump, fleet, "behind")
        second = ssh_config(place / "second", jump, fleet, "held")
        config.write_text(config.read_text() + second.read_text())
        rekeys = Rekeys("held", place / "second" / "known_hosts", f"{jump.name} {key_pair(place / 'other')}\n")
        records = update(fleet, config, "behind", "held", processors=(rekeys,))
        yield Behind(fleet, jump, records, asked(jump, fleet.fleet.switch("behind")))


def words(record: SwitchRecord) -> tuple[str, str]:
    row = record.row()
    return row.update_progress_status.value, row.error.value


def test_F66_a_switch_behind_a_jump_host_is_updated(behind: Behind) -> None:
    assert words(behind.records["behind"]) == ("SUCCESS", "NOT_SET"), behind.records["behind"].reason
    assert behind.fleet.count("behind", "download_started", "install_started", "reload") == [1, 1, 1]
    assert behind.fleet.state("behind")["running"] == TARGET


def test_F66_every_session_comes_through_the_jump_host_and_is_closed(behind: Behind) -> None:
    switch = behind.fleet.fleet.switch("behind")
    assert {port for port, _ in behind.asked} == {str(switch.port)}
    assert len(behind.asked) >= behind.fleet.sessions("behind") > 1
    log = behind.fleet.fleet.log("behind")
    assert {entry["peer"] for entry in log if entry["event"] == "connection"} == {"127.0.0.1"}
    assert behind.fleet.all_closed("behind")
    assert behind.jump.all_closed


def test_F66_a_try_ends_when_the_jump_host_says_that_the_switch_refuses(behind: Behind) -> None:
    (reload,) = (effect["t"] for effect in behind.fleet.fleet.effects("behind", "reload"))
    tries = [when for _, when in behind.asked if when > reload]
    assert max(later - one for one, later in pairwise(tries)) < 3


def test_F66_F14_the_switch_s_own_host_key_is_checked(behind: Behind, tmp_path: Path) -> None:
    fleet, jump, other = behind.fleet, behind.jump, key_pair(tmp_path / "other")
    switch = fleet.fleet.switch("changed")
    HostKeys(tmp_path / "keys").trust(switch.host, switch.port, other)
    config = ssh_config(tmp_path, jump, fleet, "changed")
    record = update(fleet, config, "changed", host_keys=tmp_path / "keys")["changed"]
    assert words(record) == ("FAILED", "SWITCH_UNREACHABLE")
    both = f"{fingerprint(other)} is trusted, the switch shows {fingerprint(switch.host_key)}"
    assert f"host key changed: {both}" in record.reason
    assert [entry["event"] for entry in fleet.fleet.log("changed")] == ["listening", "connection"]


@pytest.mark.parametrize("known", [True, False])
def test_F66_F14_the_jump_host_s_host_key_is_checked(behind: Behind, tmp_path: Path, known: object) -> None:
    fleet, other = behind.fleet, key_pair(tmp_path / "other")
    with Server(tmp_path / "jump") as jump:
        config = ssh_config(tmp_path, jump, fleet, "unreached", key=other)
        if not known:
            (tmp_path / "known_hosts").write_text("")
        record = update(fleet, config, "unreached")["unreached"]
        assert words(record) == ("FAILED", "SWITCH_UNREACHABLE")
        trusted, shown = fingerprint(other), fingerprint(jump.key).split()[1]
        changed = f"host key of the jump host changed: {trusted} is trusted, it shows {shown} (compare"
        unknown = f"host key of the jump host refused: No ED25519 host key is known for {jump.name}"
        assert (changed if known else unknown) in record.reason
        assert "time" not in record.reason.lower()
        assert jump.all_closed
        assert (jump.connections, jump.tried) == (1, False)
    assert [entry["event"] for entry in fleet.fleet.log("unreached")] == ["listening"]


def test_F66_F14_a_jump_host_that_has_another_key_after_the_reload_is_waited_for_by_a_person(behind: Behind) -> None:
    record = behind.records["held"]
    assert record.ending is Ending.HELD
    assert record.reason.startswith("held: reachability: host key of the jump host changed: ")
    assert behind.fleet.count("held", "reload") == [1]


def test_F66_F12_a_switch_that_refuses_the_jump_host_is_told_and_not_asked_again(
    behind: Behind, tmp_path: Path
) -> None:
    fleet, jump, switch = behind.fleet, behind.jump, behind.fleet.fleet.switch("refused")
    config = ssh_config(tmp_path, jump, fleet, "refused")
    command = f"  ProxyCommand ssh -F {config} -W %h:9 {tmp_path.name}\n"  # at port 9 nobody listens
    config.write_text(f"Host {switch.host}\n{command}" + config.read_text())
    record = update(fleet, config, "refused")["refused"]
    assert words(record) == ("FAILED", "SWITCH_UNREACHABLE")
    assert "no way through the jump host: channel 0: open failed: connect failed: Connection refused" in record.reason
    assert [port for port, _ in asked(jump, switch)] == ["9"]


def test_F66_F16_a_jump_host_without_a_place_for_a_login_is_asked_again(behind: Behind, tmp_path: Path) -> None:
    with Server(tmp_path / "jump", "MaxStartups 1") as jump, open_connection(jump):
        config = ssh_config(tmp_path, jump, behind.fleet, "unreached")
        record = update(behind.fleet, config, "unreached")["unreached"]
        assert words(record) == ("FAILED", "SWITCH_UNREACHABLE")
        assert "the jump host takes no session now: " in record.reason
        assert jump.count("drop connection") == 2
        assert not jump.tried
