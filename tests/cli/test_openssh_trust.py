"""``lcm-nornir trust`` with real OpenSSH servers: what is shown, what is asked, what is kept, by how many at once."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from ruamel.yaml import YAML

from lcm_nornir.cli import Output
from lcm_nornir.cli.selection import Choice, door_of, select
from lcm_nornir.cli.trust import trust
from lcm_nornir.door.host_keys import HostKeys
from lcm_nornir.door.opening import shown_by
from lcm_nornir.errors import RequestError
from tests.cli.commands import COMMAND, ROOT
from tests.openssh import Server, fingerprint, key_pair, needs_sshd

pytestmark = [needs_sshd, pytest.mark.slow]

SERVERS = 20
ROUNDS = 10


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    place = tmp_path_factory.mktemp("servers")
    with ExitStack() as stack:
        names = [f"leaf{number:02}" for number in range(SERVERS)]
        yield {name: stack.enter_context(Server(place / name, "MaxStartups 100")) for name in names}


@pytest.fixture
def config(servers: dict[str, Server], tmp_path: Path) -> Path:
    """Write the inventory of all servers, and give the path of its configuration; no key is trusted."""
    hosts = {
        name: {"hostname": server.host, "port": server.port, "platform": "dell_os10"}
        for name, server in servers.items()
    }
    settings = {
        "inventory": {"plugin": "SimpleInventory", "options": {"host_file": str(tmp_path / "hosts.yaml")}},
        "runner": {"plugin": "lcm_waves", "options": {"host_keys": str(tmp_path / "keys")}},
        "logging": {"enabled": False},
        "ssh": {"config_file": str(tmp_path / "no_ssh_config")},
    }
    YAML(typ="safe").dump(hosts, tmp_path / "hosts.yaml")
    YAML(typ="safe").dump(settings, tmp_path / "config.yaml")
    return tmp_path / "config.yaml"


def shown(text: str) -> dict[str, tuple[str, str]]:
    return {row["name"]: (row["fingerprint"], row["standing"]) for row in json.loads(text)}


def kept(keys: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in keys.glob("*")}


def file_of(server: Server) -> tuple[str, str]:
    return f"{server.host}_{server.port}", f"{server.name} {server.key}\n"


def answered(config: Path, answer: str, columns: int = 200) -> tuple[int, str]:
    """Run ``trust`` at a terminal, answer its question, and give the exit code and what stood on the screen."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": str(columns)}
    words = [*COMMAND, "trust", "--config", str(config), "-l", "leaf00"]
    with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=environment) as process:
        os.close(theirs)
        screen = b""
        with suppress(OSError):  # how a terminal says that nobody is there any more
            while more := os.read(ours, 4096):
                screen += more
                if b"[y/N]" in screen and answer:
                    os.write(ours, answer.encode())
                    answer = ""
        os.close(ours)
        return process.wait(10), screen.decode()


def trusted(config: Path, name: str, capsys: pytest.CaptureFixture[str], *, replace: bool = False) -> tuple[int, Any]:
    """Trust a switch's key without being asked, and give the exit code and what was shown."""
    code = trust(Choice(config, (name,)), Output.JSON, yes=True, replace=replace)
    return code, shown(capsys.readouterr().out)[name]


def test_S01_trust_shows_the_fingerprints_and_trusts_nothing_that_nobody_agreed_to(
    servers: dict[str, Server], config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = servers["leaf00"]
    with pytest.raises(RequestError, match="20 keys are not trusted yet, and nobody can be asked"):
        trust(Choice(config), Output.JSON, yes=False, replace=False)
    assert shown(capsys.readouterr().out) == {name: (fingerprint(one.key), "new") for name, one in servers.items()}
    assert not (tmp_path / "keys").exists()
    left, screen = answered(config, "n\n")
    assert left == 1, screen
    assert fingerprint(server.key) in screen.partition("Did you compare")[0]
    left, screen = answered(config, "\x04", columns=60)
    assert left == 130, screen
    assert "…" not in screen  # nothing of a fingerprint is cut off
    assert not (tmp_path / "keys").exists()
    left, screen = answered(config, "y\n")
    assert left == 0, screen
    assert kept(tmp_path / "keys") == dict([file_of(server)])
    assert not any(one.tried for one in servers.values())


def test_S01_a_changed_key_is_trusted_only_by_name_of_the_option(
    servers: dict[str, Server], config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server, other = servers["leaf00"], key_pair(tmp_path / "other")
    keys = HostKeys(tmp_path / "keys")
    keys.trust(server.host, server.port, other)
    before = kept(keys.folder)
    assert trusted(config, "leaf00", capsys) == (1, (fingerprint(server.key), "CHANGED"))
    assert kept(keys.folder) == before
    assert trusted(config, "leaf00", capsys, replace=True) == (0, (fingerprint(server.key), "CHANGED"))
    assert kept(keys.folder) == dict([file_of(server)])


def test_S03_a_revoked_key_is_never_trusted_and_stays_revoked(
    servers: dict[str, Server], config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server, other = servers["leaf00"], key_pair(tmp_path / "other")
    keys = HostKeys(tmp_path / "keys")
    file = keys.trust(server.host, server.port, other)
    revoked = f"@revoked * {server.key}\n"
    file.write_text(revoked + file.read_text())
    assert trusted(config, "leaf00", capsys, replace=True) == (1, (fingerprint(server.key), "REVOKED"))
    assert file.read_text() == f"{revoked}{server.name} {other}\n"
    new = key_pair(tmp_path / "new")
    keys.trust(server.host, server.port, new)
    assert file.read_text() == f"{revoked}{server.name} {new}\n"


def test_S01_a_switch_that_has_got_a_key_of_another_type_beside_the_trusted_one_has_not_changed(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rsa = key_pair(tmp_path / "rsa", "rsa")
    with Server(tmp_path / "both", f"HostKey {tmp_path}/rsa") as server:
        hosts = {"both": {"hostname": server.host, "port": server.port, "platform": "dell_os10"}}
        YAML(typ="safe").dump(hosts, tmp_path / "hosts.yaml")
        HostKeys(tmp_path / "keys").trust(server.host, server.port, rsa)
        assert trust(Choice(config), Output.JSON, yes=True, replace=False) == 0
    assert shown(capsys.readouterr().out) == {"both": (fingerprint(rsa), "trusted")}


def test_F15_a_switch_that_shows_no_key_for_want_of_an_algorithm_is_told(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Server(tmp_path / "old", "KexAlgorithms diffie-hellman-group14-sha1") as server:
        hosts = {"old": {"hostname": server.host, "port": server.port, "platform": "dell_os10"}}
        YAML(typ="safe").dump(hosts, tmp_path / "hosts.yaml")
        assert trust(Choice(config), Output.JSON, yes=True, replace=False) == 1
    (row,) = json.loads(capsys.readouterr().out)
    assert row["standing"] == "no answer"
    assert row["detail"].endswith("for key exchange: the switch offers diffie-hellman-group14-sha1")
    assert not (tmp_path / "keys").exists()


def at_once(count: int, call: Callable[[int], Any]) -> list[Any]:
    """Make a call in so many threads, which all begin at the same moment."""
    barrier = Barrier(count)

    def begin(number: int) -> Any:
        barrier.wait(10)
        return call(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


def test_S02_twenty_who_trust_at_once_lose_and_tear_nothing(
    servers: dict[str, Server], config: Path, tmp_path: Path
) -> None:
    keys, expected = tmp_path / "keys", dict(map(file_of, servers.values()))
    nornir = select(Choice(config))
    targets = [door_of(nornir).target_for(host, nornir.config) for host in nornir.inventory.hosts.values()]
    torn, over = set[str](), Event()

    def watch() -> None:
        while not over.is_set():
            for name, line in expected.items():
                with suppress(FileNotFoundError):
                    torn.update({name} if (keys / name).read_text() != line else ())

    def trust_one(number: int) -> None:
        target, key = targets[number], shown_by(targets[number])
        door_of(nornir).keys.trust(target.address, target.port, f"{key.get_name()} {key.get_base64()}")

    watching = Thread(target=watch)
    watching.start()
    try:
        for _ in range(ROUNDS):
            at_once(SERVERS, trust_one)
            assert kept(keys) == expected
            for file in keys.glob("*"):
                file.unlink()
    finally:
        over.set()
        watching.join()
    assert torn == set()


def test_S02_twenty_who_trust_one_switch_at_once_leave_one_line(
    servers: dict[str, Server], config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = at_once(SERVERS, lambda _: trust(Choice(config, ("leaf07",)), Output.JSON, yes=True, replace=False))
    assert codes == [0] * SERVERS
    assert kept(tmp_path / "keys") == dict([file_of(servers["leaf07"])])
    capsys.readouterr()
