"""What NAPALM's own drivers do with the options by which the door keeps the connection in its hands."""

from __future__ import annotations

import importlib

import pytest

OURS = {"auto_connect": False, "force_no_enable": True, "ssh_strict": True, "port": 2222, "sock": object()}


@pytest.mark.parametrize(("name", "kind"), [("ios", "CiscoIosSSH"), ("nxos_ssh", "CiscoNxosSSH")])
def test_it_makes_netmiko_ready_and_opens_nothing(name: str, kind: str) -> None:
    napalm = importlib.import_module("napalm")  # not when tests are collected: it takes most of a second
    driver = napalm.get_network_driver(name)("192.0.2.1", "user", "", optional_args=OURS)
    driver.open()
    device = driver.device
    assert type(device).__name__ == kind
    assert device.remote_conn is None
    assert (device.sock, device.port, device.password) == (OURS["sock"], 2222, "")
