"""The way to a switch: what an ssh_config makes of it, and what counts as an open port."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lcm_nornir.door.ports import PortWatch
from lcm_nornir.door.way import Way, answers, connected, way_to

CONFIG = """
Host jumped
  HostName 192.0.2.7
  Port 2022
  User operator
  ProxyJump me@bastion:2222
Host twice
  ProxyJump first,second
Host plain
  ProxyJump none
Host commanded
  ProxyCommand nc %h %p
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    (tmp_path / "config").write_text(CONFIG)
    return str(tmp_path / "config")


def test_an_ssh_config_says_address_port_user_and_jump_host(config: str) -> None:
    way = way_to("jumped", 22, config)
    assert way[:3] == ("192.0.2.7", 2022, "operator")
    assert way.proxy.endswith("-W '[192.0.2.7]:2022' ssh://me@bastion:2222")
    assert "-J first" in way_to("twice", 22, config).proxy
    assert way_to("twice", 22, config).proxy.endswith(" second")
    assert way_to("commanded", 2200, config).proxy.startswith("nc commanded ")


@pytest.mark.parametrize("name", ["plain", "unnamed"])
def test_without_a_jump_host_there_is_none(config: str, name: str) -> None:
    assert way_to(name, 22, config) == Way(name, 22)
    assert way_to(name, 22, config + ".missing") == Way(name, 22)


def test_a_jump_hosts_client_leaves_no_process_behind_and_is_closed_once() -> None:
    sock = connected(Way("127.0.0.1", 22, proxy="sleep 60"), 1.0)
    sock.close()
    assert sock.process.returncode is not None
    sock.close()


@pytest.fixture(params=[b"SSH-2.0-x\r\n", b"Authorised use only\r\nSSH-2.0-x\r\n"])
def greeter(request: pytest.FixtureRequest) -> Iterator[Way]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    client.sendall(request.param)

        threading.Thread(target=serve, daemon=True).start()
        yield Way(*server.getsockname())
        server.shutdown(socket.SHUT_RDWR)


def test_a_port_is_open_when_somebody_greets(greeter: Way) -> None:
    assert answers(greeter, 1.0)
    watch = PortWatch()
    assert watch.until(greeter, is_open=True, every=0.05, patience=1.0, timeout=2.0)
    assert not watch.until(greeter, is_open=False, every=0.05, patience=1.0, timeout=0.2)


def test_a_port_that_nobody_listens_at_is_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        way = Way(*server.getsockname())
    assert not answers(way, 1.0)
    watch = PortWatch()
    assert watch.until(way, is_open=False, every=0.05, patience=1.0, timeout=2.0)
    assert not watch.until(way, is_open=True, every=0.05, patience=1.0, timeout=0.2)


def test_a_port_that_says_nothing_is_not_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        way = Way(*server.getsockname())
        assert PortWatch().until(way, is_open=False, every=0.05, patience=0.1, timeout=3.0)
