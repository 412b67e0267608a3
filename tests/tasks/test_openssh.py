"""Switches whose SSH server is OpenSSH: host keys, algorithms, limits on sessions."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

import pytest
from nornir.core.inventory import Host
from nornir.core.task import Task

from lcm_nornir import Image, StatusProcessor, check_readiness, copy_image, update_image
from lcm_nornir.door.host_keys import HostKeys
from lcm_nornir.events import Acting
from lcm_nornir.events import Event as Happened
from lcm_nornir.record import SwitchRecord
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import TARGET, Lab, happens, lab
from tests.openssh import (
    Server,
    fingerprint,
    free_port,
    key_pair,
    keygen,
    needs_sshd,
    nornir_of,
    open_connection,
    openssh_accepts,
    through,
)

pytestmark = needs_sshd

UNREACHABLE = ("FAILED", "SWITCH_UNREACHABLE")
IMAGE = Image(url="http://127.0.0.1/PKGS_OS10.bin", version=TARGET, sha256="0" * 64)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    """Give a server with which nobody is connected, and which has logged nothing yet."""
    assert running.all_closed
    running.log.clear()
    return running


def update(server: Server, place: Path, **netmiko: object) -> tuple[tuple[str, str], SwitchRecord]:
    """Try to update a server that is no switch, and give the two words and the record."""
    status = StatusProcessor()
    nornir_of(server, place, status, **netmiko).run(task=update_image, image=IMAGE)
    row, record = status.report().data[0], status.record()[0]
    return (row.update_progress_status.value, row.error.value), record


# F14, S01, S03: host keys


def test_F14_S01_an_unknown_host_key_is_told_and_nobody_logs_in(server: Server, tmp_path: Path) -> None:
    words, record = update(server, tmp_path)
    assert words == UNREACHABLE
    assert f"host key unknown: none is trusted, the switch shows {fingerprint(server.key)}" in record.reason
    assert "lcm-nornir trust -l switch" in record.reason
    assert "time" not in record.reason.lower()
    assert (server.connections, server.tried) == (1, False)


def test_F14_a_changed_host_key_is_told_with_both_fingerprints_and_tried_once(server: Server, tmp_path: Path) -> None:
    other = key_pair(tmp_path / "other")
    HostKeys(tmp_path / "keys").trust(server.host, server.port, other)
    words, record = update(server, tmp_path)
    assert words == UNREACHABLE
    both = f"{fingerprint(other)} is trusted, the switch shows {fingerprint(server.key)}"
    assert f"host key changed: {both}" in record.reason
    assert "time" not in record.reason.lower()
    assert (server.connections, server.tried) == (1, False)


def test_F14_a_key_of_the_type_that_is_trusted_is_asked_for(tmp_path: Path) -> None:
    rsa = key_pair(tmp_path / "rsa", "rsa")
    with Server(tmp_path / "sshd", f"HostKey {tmp_path}/rsa") as server:
        HostKeys(tmp_path / "keys").trust(server.host, server.port, rsa)
        update(server, tmp_path)
        assert server.logins == 1


@pytest.mark.parametrize("option", [{}, {"ssh_strict": True}])
def test_S01_a_trusted_key_is_accepted(server: Server, tmp_path: Path, option: dict[str, bool]) -> None:
    HostKeys(tmp_path / "keys").trust(server.host, server.port, server.key)
    update(server, tmp_path, **option)
    assert server.logins == 1


def test_S03_a_file_that_the_inventory_names_and_that_is_missing_is_told(server: Server, tmp_path: Path) -> None:
    words, record = update(server, tmp_path, alt_host_keys=True, alt_key_file=str(tmp_path / "known_hosts"))
    assert words == UNREACHABLE
    assert "host key unknown: none is trusted, the switch shows" in record.reason
    assert f"names {tmp_path}/known_hosts for trusted host keys, and there is no such file" in record.reason
    assert not server.tried


class Lines(NamedTuple):
    """Lines of a known_hosts file, with NAME, HOST, KEY and OTHER to be filled in, and what is told of it."""

    lines: str
    told: str = ""  # nothing: the key is accepted


KNOWN_HOSTS = {
    "plain": Lines("NAME KEY a comment"),
    "one of several": Lines("elsewhere ssh-ed25519 AAAA\n# NAME OTHER\nswitch1,NAME KEY"),
    "pattern": Lines("[127.*]:* KEY"),
    "pattern but not this one": Lines("!NAME,[127.*]:* KEY", "host key unknown: "),
    "several keys": Lines("NAME OTHER\nNAME KEY"),
    "another key": Lines("NAME OTHER", "host key changed: "),
    "revoked": Lines("@revoked NAME KEY\nNAME KEY", "host key revoked: "),
    "revoked afterwards": Lines("NAME KEY\n@revoked * KEY", "host key revoked: "),
    "revoked, another trusted": Lines("NAME OTHER\n@revoked * KEY", "host key revoked: "),
    "revoked, none trusted": Lines("@revoked NAME KEY", "host key revoked: "),
    "another revoked": Lines("@revoked * OTHER\nNAME KEY"),
    "revoked elsewhere": Lines("@revoked elsewhere KEY\nNAME KEY"),
    "authority": Lines("@cert-authority * KEY", "line 1 trusts a certificate authority, and host certificates are not"),
    "authority and key": Lines("@cert-authority * OTHER\nNAME KEY"),
}


@pytest.mark.parametrize("case", KNOWN_HOSTS)
def test_S03_a_known_hosts_file_means_what_it_means_to_openssh(server: Server, tmp_path: Path, case: str) -> None:
    lines, told = KNOWN_HOSTS[case]
    file = tmp_path / "known_hosts"
    for word, value in {"NAME": server.name, "KEY": server.key, "OTHER": key_pair(tmp_path / "other")}.items():
        lines = lines.replace(word, value)
    file.write_text(lines + "\n")
    assert openssh_accepts(server, file) is not bool(told)
    assert server.all_closed
    server.log.clear()
    words, record = update(server, tmp_path, alt_host_keys=True, alt_key_file=str(file))
    assert words == UNREACHABLE  # behind this server there is no switch
    assert told in record.reason
    assert server.logins == (not told)


def test_S03_hashed_names_are_read(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(f"{server.name} {server.key}\n")
    keygen("-q", "-H", "-f", str(file))
    assert server.host not in file.read_text()
    update(server, tmp_path, alt_host_keys=True, alt_key_file=str(file))
    assert server.logins == 1


def test_S03_a_revoked_key_is_refused_also_where_unknown_ones_are_not(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    options = {"ssh_strict": False, "alt_host_keys": True, "alt_key_file": str(file)}
    file.write_text(f"@revoked * {server.key}\n")
    _, record = update(server, tmp_path, **options)
    assert f"host key revoked: the switch shows {fingerprint(server.key)}, which {file} line 1 revokes" in record.reason
    assert not server.tried
    file.write_text("")
    update(server, tmp_path, **options)
    assert server.logins == 1


# F15, S05: algorithms


WEAK = {
    "key exchange": ("KexAlgorithms diffie-hellman-group14-sha1", "diffie-hellman-group14-sha1"),
    "curve": ("KexAlgorithms ecdh-sha2-nistp256,ecdh-sha2-nistp384", "ecdh-sha2-nistp256, ecdh-sha2-nistp384"),
    "encryption": ("Ciphers 3des-cbc", "3des-cbc"),
    "integrity": ("MACs hmac-sha1,hmac-md5\nCiphers aes256-ctr", "hmac-sha1, hmac-md5"),
}


@pytest.mark.parametrize("case", WEAK)
def test_F15_S05_without_a_common_algorithm_it_is_told_what_the_switch_offers(case: str, tmp_path: Path) -> None:
    line, names = WEAK[case]
    what = case.replace("curve", "key exchange")
    with Server(tmp_path / "sshd", line) as server:
        HostKeys(tmp_path / "keys").trust(server.host, server.port, server.key)
        words, record = update(server, tmp_path)
        assert words == UNREACHABLE
        assert f"no common SSH algorithm for {what}: the switch offers {names} (" in record.reason
        assert "disabled_algorithms" in record.reason
        assert "lcm-nornir[legacy-ssh]" in record.reason
        assert (server.connections, server.tried) == (2, False)  # the second one asked what it offers


def test_F15_S05_a_weak_host_key_is_told_too(tmp_path: Path) -> None:
    with Server(tmp_path / "sshd", kind="ecdsa") as server:
        words, record = update(server, tmp_path)
        assert words == UNREACHABLE
        assert "no common SSH algorithm for host key: the switch offers ecdsa-sha2-nistp256 (" in record.reason
        assert not server.tried


AUDIT = """
import select, socket, sys

class Loopback(socket.socket):
    def bind(self, address):
        super().bind(("::1" if self.family is socket.AF_INET6 else "127.0.0.1", address[1]))

    def listen(self):
        super().listen()
        print("listening", file=sys.stderr, flush=True)

socket.socket = Loopback
from ssh_audit.ssh_audit import main
sys.exit(main())
"""


def failed_by_audit(server: Server, place: Path, **netmiko: object) -> set[str]:
    """Let ssh-audit listen in place of a server, connect to it as to a switch, and give what it fails."""
    words = [sys.executable, "-c", AUDIT, "--client-audit", "--port", str(server.port), "--timeout", "10", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as audit:
        assert audit.stderr is not None
        assert "listening" in audit.stderr.readline()
        update(server, place, **netmiko)
        assert audit.stdout is not None
        document = json.loads(audit.stdout.read())
    kinds = [document[kind] for kind in ("kex", "key", "enc", "mac")]
    assert all(kinds)
    return {one["algorithm"] for kind in kinds for one in kind if one["notes"].get("fail")}


def test_S05_ssh_audit_fails_nothing_that_is_offered_by_default(tmp_path: Path) -> None:
    server = Server(tmp_path / "sshd")  # not started: its port is free
    assert failed_by_audit(server, tmp_path) == set()


def test_S05_the_inventory_s_own_choice_wins(tmp_path: Path) -> None:
    server = Server(tmp_path / "sshd")
    assert "3des-cbc" in failed_by_audit(server, tmp_path, disabled_algorithms={})
    server.port = free_port()
    chosen = {"ciphers": ["3des-cbc"]}
    assert {"hmac-md5", "3des-cbc"} & failed_by_audit(server, tmp_path, disabled_algorithms=chosen) == {"hmac-md5"}


# F16, S04, S05: with a simulated switch behind the server


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    names = ("weak", "startups", "crowded", "sessions", "slow", "pushed", "single", "rekeyed")
    with lab(tmp_path_factory.mktemp("openssh"), *map(SwitchSpec, names)) as running:
        yield running


def leading(fleet: Lab, name: str, place: Path, *more: str, pause: float = 0.0) -> Server:
    """Make the server that leads to a switch, with a trusted key."""
    switch = fleet.fleet.switch(name)
    server = Server(place / "sshd", *more, host=switch.host)
    server.lead_to(switch, pause)
    fleet.keys.trust(server.host, server.port, server.key)
    return server


def ready(fleet: Lab, server: Server, name: str, **netmiko: object) -> SwitchRecord:
    """Check whether a switch is ready: it is; give the record."""
    status = StatusProcessor()
    nornir = through(fleet.nornir(name, processors=(status,)), name, server, **netmiko)
    result = nornir.run(task=check_readiness, image=fleet.image)[name]
    assert not result.failed, result.exception
    return status.record()[0]


def test_S05_what_a_group_allows_is_used_and_recorded(fleet: Lab, tmp_path: Path) -> None:
    with leading(fleet, "weak", tmp_path, "Ciphers 3des-cbc", "KexAlgorithms ecdh-sha2-nistp256") as server:
        record = ready(fleet, server, "weak", disabled_algorithms={"macs": ["hmac-md5", "hmac-md5-96"]})
    told = record.evidence["weak SSH algorithms"]
    assert told.startswith("the inventory allows ")
    assert "3des-cbc" in told
    assert "hmac-md5" not in told


def test_S05_nothing_is_recorded_where_nothing_weak_is_allowed(fleet: Lab, tmp_path: Path) -> None:
    with leading(fleet, "weak", tmp_path) as server:
        record = ready(fleet, server, "weak")
    assert "weak SSH algorithms" not in record.evidence


class Limited(NamedTuple):
    """A server with a limit, and how the switch behind it was read."""

    server: Server
    good: bool
    record: SwitchRecord


def relent(server: Server, word: str, act: Callable[[], None]) -> None:
    """Do something once a server has logged a word."""
    if happens(lambda: server.count(word) > 0, within=20.0):
        act()


@pytest.fixture(scope="module")
def limited(fleet: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Limited]]:
    """Read four switches at once, each behind a server with another limit."""
    place, status = tmp_path_factory.mktemp("limited"), StatusProcessor()
    limits = {"startups": "MaxStartups 1", "crowded": "MaxStartups 1", "sessions": "MaxSessions 0", "slow": ""}
    nornir = fleet.nornir(*limits, processors=(status,))
    with ExitStack() as stack:
        servers = {}
        for name, limit in limits.items():
            made = leading(fleet, name, place / name, limit, pause=2.0 if name == "slow" else 0.0)
            servers[name] = stack.enter_context(made)
            through(nornir, name, made).inventory.hosts[name].data["lcm"]["timeouts"] = {"login": 20.0}
        nornir.inventory.hosts["crowded"].data["lcm"]["timeouts"] = {"login": 5.0}
        taken = stack.enter_context(open_connection(servers["startups"]))
        stack.enter_context(open_connection(servers["crowded"]))
        threads = [
            Thread(target=relent, args=(servers["startups"], "drop connection", taken.close)),
            Thread(target=relent, args=(servers["sessions"], "Accepted", servers["sessions"].again)),
        ]
        for thread in threads:
            thread.start()
        result = nornir.run(task=check_readiness, image=fleet.image)
        for thread in threads:
            thread.join()
        records = {record.name: record for record in status.record()}
        yield {name: Limited(servers[name], not result[name].failed, records[name]) for name in limits}


def test_F16_a_server_without_a_place_for_a_login_is_asked_again(limited: dict[str, Limited]) -> None:
    server, good, record = limited["startups"]
    assert good, record.reason
    assert server.count("drop connection") == 1
    assert server.logins == 1
    assert server.all_closed


def test_F16_a_server_that_never_has_a_place_is_given_up_in_time(limited: dict[str, Limited]) -> None:
    server, good, record = limited["crowded"]
    assert not good
    assert "no SSH greeting" in record.reason
    assert record.row().error == "SWITCH_UNREACHABLE"
    dropped = [when for when, line in server.log if "drop connection" in line]
    assert len(dropped) == 2
    assert dropped[1] - dropped[0] < 5
    assert not server.tried


def test_F16_a_server_that_opens_no_session_is_asked_again(limited: dict[str, Limited]) -> None:
    server, good, record = limited["sessions"]
    assert good, record.reason
    assert server.logins == 2
    assert server.all_closed


def test_F16_a_slow_login_is_waited_for(limited: dict[str, Limited]) -> None:
    server, good, record = limited["slow"]
    assert good, record.reason
    assert server.logins == 1
    assert server.all_closed


def push(fleet: Lab, server: Server, name: str, folder: Path) -> SwitchRecord:
    """Push a file to a switch."""
    file, status = folder / "PKGS_OS10-own.bin", StatusProcessor()
    file.write_bytes(b"image" * 1000)
    image = Image(file=file, version=TARGET)
    through(fleet.nornir(name, processors=(status,)), name, server).run(task=copy_image, image=image)
    return status.record()[0]


def test_S04_a_push_goes_through_the_connection_whose_key_was_checked(fleet: Lab, tmp_path: Path) -> None:
    with leading(fleet, "pushed", tmp_path) as server:
        record = push(fleet, server, "pushed", tmp_path)
        assert record.reason == ""
        assert server.all_closed
        channels = [line for _, line in server.log if line.startswith("Starting session: ")]
    assert fleet.count("pushed", "pushed") == [1]
    pushes = [line for line in channels if line.endswith(" id 1")]
    assert len(pushes) == 1
    assert pushes[0].replace(" id 1", " id 0").partition(" from ")[2] in " ".join(channels)


def test_F16_a_push_that_gets_no_channel_is_told(fleet: Lab, tmp_path: Path) -> None:
    with leading(fleet, "single", tmp_path, "MaxSessions 1") as server:
        record = push(fleet, server, "single", tmp_path)
        assert record.row().error == "DOWNLOAD_FAILED"
        assert "the switch opens no second channel for the push of PKGS_OS10-own.bin" in record.reason
        assert "MaxSessions" in record.reason
        assert server.all_closed
    assert fleet.count("single", "pushed") == [0]


class Rekeys:
    """A processor that gives a server another host key as soon as the first command is about to be sent."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.logins = 0
        self.done = Event()

    def switch_event(self, task: Task, host: Host, event: Happened) -> None:
        del task, host
        if isinstance(event, Acting) and not self.done.is_set():
            self.logins = self._server.logins
            self._server.key = key_pair(self._server.place / "host_key")
            self._server.again()
            self.done.set()

    def __getattr__(self, name: str) -> object:
        if not name.endswith(("_started", "_completed")):
            raise AttributeError(name)
        return lambda *_: None


def test_S04_F14_a_key_that_changes_between_two_connections_is_refused(fleet: Lab, tmp_path: Path) -> None:
    with leading(fleet, "rekeyed", tmp_path) as server:
        trusted, rekeys, status = server.key, Rekeys(server), StatusProcessor()
        nornir = through(fleet.nornir("rekeyed", processors=(status, rekeys)), "rekeyed", server)
        nornir.run(task=update_image, image=fleet.image)
        row, reason = status.report().data[0], status.record()[0].reason
        assert (row.update_progress_status, row.error) == UNREACHABLE, reason
        both = f"{fingerprint(trusted)} is trusted, the switch shows {fingerprint(server.key)}"
        assert f"host key changed: {both}" in reason
        assert server.logins == rekeys.logins > 0
        assert server.connections == rekeys.logins + 1
        assert server.all_closed
    assert fleet.count("rekeyed", "install_started", "reload") == [0, 0]
