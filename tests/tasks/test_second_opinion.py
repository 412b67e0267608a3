"""What NAPALM reads is compared with what our driver read, over the same strict SSH."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest
from napalm.base import NetworkDriver  # type: ignore[import-untyped]  # it has no types
from napalm.base.netmiko_helpers import netmiko_args  # type: ignore[import-untyped]  # as above
from nornir.core.inventory import Host
from nornir.core.task import Task

from lcm_nornir import Image, RequestError, StatusProcessor, WaveRunner, update_image
from lcm_nornir.door import second_opinion
from lcm_nornir.drivers.dell_os10 import DellOS10
from lcm_nornir.events import Evidence
from lcm_nornir.record import SwitchRecord
from lcm_nornir.simulator import SwitchSpec
from lcm_nornir.tasks.verify import verify_image
from tests.fleets import OLD, TARGET, Lab, lab
from tests.lab_drivers import stand_in
from tests.openssh import Server, needs_sshd
from tests.tasks.test_jump_host import ssh_config

SWITCHES = (
    "agrees",
    "updates",
    "version",
    "serial",
    "uptime",
    "nothing",
    "raises",
    "missing",
    "rekeyed",
    "off",
    "extra",
    "alone",
    "updates-not",
    "words",
    "behind",
    "gate-1",
    "gate-2",
)


class Napalm(NetworkDriver):  # type: ignore[misc]  # as above
    """A NAPALM driver as those of its core are, that reads ``show version`` of OS10, and may lie."""

    lies: ClassVar[dict[str, Any]] = {}
    passwords: ClassVar[list[str]] = []

    def __init__(
        self, hostname: str, username: str, password: str, timeout: int = 60, optional_args: Any = None
    ) -> None:
        self.hostname, self.username, self.password, self.timeout = hostname, username, password, timeout
        self.force_no_enable = (optional_args or {}).get("force_no_enable", False)
        self.options = netmiko_args(optional_args or {})
        self.device = None
        self.passwords.append(password)

    def open(self) -> None:
        self.device = self._netmiko_open("dell_os10", netmiko_optional_args=self.options)

    def close(self) -> None:
        self._netmiko_close()

    def get_facts(self) -> dict[str, Any]:
        assert self.device is not None
        said = self.device.send_command("show version | display-xml")
        version, up = (re.search(rf"<{name}>(.+?)</{name}>", said) for name in ("sw-version", "uptime"))
        inventory = self.device.send_command("show inventory | display-xml")
        tag = re.search(r"<service-tag>(.+?)</service-tag>", inventory)
        assert version
        assert up
        assert tag
        facts = {"os_version": f"OS10, Version {version[1]}, x86", "serial_number": tag[1], "uptime": float(up[1])}
        return {**facts, **self.lies}


class Raising(Napalm):
    def get_facts(self) -> dict[str, Any]:
        raise ValueError(f"could not read what {self.device.password} sees")  # type: ignore[attr-defined]


class Alone(Napalm):
    """It goes its own way, and would take anybody for the switch."""

    def open(self) -> None:
        self.device = object()  # type: ignore[assignment]


class Asked(DellOS10):
    napalm: ClassVar[str] = "lcm_lab"
    napalm_options: ClassVar[Mapping[str, Any]] = {}


class Rekeys:
    """A processor by which another host key is trusted, once our own session has read all that it reads."""

    def __init__(self, fleet: Lab) -> None:
        self._fleet = fleet

    def switch_event(self, task: Task, host: Host, event: object) -> None:
        del task
        if isinstance(event, Evidence) and event.name == "next boot":
            switch = self._fleet.fleet.switch(host.name)
            other = next(one for one in self._fleet.fleet.switches if one.name != host.name)
            self._fleet.keys.trust(switch.host, switch.port, other.host_key)

    def __getattr__(self, name: str) -> object:
        if not name.endswith(("_started", "_completed")):
            raise AttributeError(name)
        return lambda *_: None


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab(tmp_path_factory.mktemp("opinions"), *(SwitchSpec(name) for name in SWITCHES)) as running:
        yield running


@pytest.fixture(autouse=True)
def _asked(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, Asked())
    answers(monkeypatch, Napalm)


def answers(monkeypatch: pytest.MonkeyPatch, kind: type[Napalm], **lies: Any) -> None:
    """Let NAPALM find a driver."""
    module = ModuleType("napalm_lcm_lab")
    module.Driver = type("Driver", (kind,), {"lies": lies, "passwords": []})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)


def old(fleet: Lab) -> Image:
    return Image(url=fleet.image.url, version=OLD, sha256=fleet.image.sha256)


def serial(fleet: Lab, name: str) -> str:
    return fleet.fleet.switch(name).serial


def evidence(record: SwitchRecord) -> str:
    return record.evidence["second opinion"]


def verified(fleet: Lab, name: str, *processors: Any, data: Mapping[str, Any] | None = None) -> SwitchRecord:
    """Prove that a switch runs what it runs."""
    status = StatusProcessor()
    nornir = fleet.nornir(name, processors=(status, *processors))
    nornir.inventory.hosts[name].data["lcm"].update(data or {})
    nornir.run(task=verify_image, image=old(fleet))
    (record,) = status.record()
    assert fleet.all_closed(name)
    assert "napalm" not in nornir.inventory.hosts[name].connections
    return record


def test_an_opinion_that_agrees_is_told(fleet: Lab) -> None:
    record = verified(fleet, "agrees")
    told = evidence(record)
    assert re.fullmatch(
        rf"NAPALM \(lcm_lab\) agrees: serial {serial(fleet, 'agrees')}, version OS10, Version {OLD}, x86, up for \d+ s",
        told,
    )
    assert record.row().update_progress_status == "SUCCESS"
    assert fleet.sessions("agrees") == 2


def test_napalm_is_not_given_the_password(fleet: Lab) -> None:
    verified(fleet, "agrees")
    assert set(sys.modules["napalm_lcm_lab"].Driver.passwords) == {""}


def test_an_update_ends_with_it(fleet: Lab) -> None:
    status = StatusProcessor()
    fleet.nornir("updates", processors=(status,)).run(task=update_image, image=fleet.image)
    (record,) = status.record()
    assert record.row().update_progress_status == "SUCCESS", record.reason
    assert f"Version {TARGET}, x86" in evidence(record)


def test_an_update_of_which_the_two_disagree_stays_a_failure_and_nothing_is_put_back(
    fleet: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, Napalm, os_version=f"Version {OLD}")
    for _ in range(2):
        status = StatusProcessor()
        fleet.nornir("updates-not", processors=(status,)).run(task=update_image, image=fleet.image)
        (record,) = status.record()
        assert record.row().error == "IMAGE_ACTIVATION_FAILED"
        assert f"reads version {OLD}, we read {TARGET}" in record.reason
        assert fleet.count("updates-not", "set_boot", "reload") == [1, 1]


@pytest.mark.parametrize(
    ("name", "lie", "both"),
    [
        ("version", {"os_version": "Version 10.5.9.9, x86"}, f"version 10.5.9.9, we read {OLD}"),
        ("serial", {"serial_number": "OTHER77"}, "serial OTHER77, we read "),
        ("uptime", {"uptime": 9_000_000}, "that it has been up for 9000000 s, we read "),
    ],
)
def test_an_opinion_that_disagrees_is_no_success_and_both_are_told(
    fleet: Lab, monkeypatch: pytest.MonkeyPatch, name: str, lie: dict[str, Any], both: str
) -> None:
    answers(monkeypatch, Napalm, **lie)
    record = verified(fleet, name)
    assert (record.row().update_progress_status, record.row().error) == ("FAILED", "IMAGE_ACTIVATION_FAILED")
    assert f"a second opinion disagrees: NAPALM (lcm_lab) reads {both}" in record.reason
    assert f"disagrees: {both}" in evidence(record)


def test_the_version_is_found_in_what_napalm_calls_it(fleet: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"Catalyst L3 Switch Software (CAT9K_IOSXE), Version {OLD}, RELEASE SOFTWARE (fc3)"
    answers(monkeypatch, Napalm, os_version=text)
    assert f"agrees: serial {serial(fleet, 'words')}, version {text}, " in evidence(verified(fleet, "words"))


@needs_sshd
def test_its_session_comes_through_the_jump_host(fleet: Lab, tmp_path: Path) -> None:
    status = StatusProcessor()
    with Server(tmp_path / "sshd", level="DEBUG1") as jump:
        nornir = fleet.nornir("behind", processors=(status,))
        nornir.config.ssh.config_file = str(ssh_config(tmp_path / "first", jump, fleet, "behind"))
        nornir.run(task=verify_image, image=old(fleet))
        assert jump.all_closed
    assert "agrees" in evidence(status.record()[0])
    connections = [entry for entry in fleet.fleet.log("behind") if entry["event"] == "connection"]
    assert [entry["peer"] for entry in connections] == ["127.0.0.1"] * 2


def test_what_it_does_not_tell_is_not_compared(fleet: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, Napalm, os_version="Unknown", serial_number="", uptime=-1.0)
    record = verified(fleet, "nothing")
    assert record.row().update_progress_status == "SUCCESS"
    assert evidence(record) == "NAPALM (lcm_lab) agrees: it tells nothing"


def test_its_own_failure_is_told_without_secrets_and_is_none_of_the_switch(
    fleet: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, Raising)
    record = verified(fleet, "raises")
    assert record.row().update_progress_status == "SUCCESS"
    told = evidence(record)
    assert told.startswith("none: NAPALM (lcm_lab) did not answer: could not read what ")
    assert fleet.fleet.switch("raises").password not in str(record.dump())


def test_a_driver_that_napalm_does_not_have_is_told(fleet: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Asked, "napalm", "no_such")
    record = verified(fleet, "missing")
    assert record.row().update_progress_status == "SUCCESS"
    assert "NAPALM (no_such) did not answer: Cannot import" in evidence(record)


def test_a_driver_that_does_not_go_by_netmiko_is_not_asked(fleet: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, Alone)
    record = verified(fleet, "alone")
    assert "NAPALM's lcm_lab does not connect by netmiko alone" in evidence(record)
    assert fleet.sessions("alone") == 1


def test_S04_a_key_that_changes_before_its_session_is_refused(fleet: Lab) -> None:
    record = verified(fleet, "rekeyed", Rekeys(fleet))
    assert record.row().error == "SWITCH_UNREACHABLE"
    assert "host key changed: " in record.reason
    assert fleet.sessions("rekeyed") == 1
    assert "second opinion" not in record.evidence


def test_the_inventory_may_leave_it_out(fleet: Lab) -> None:
    record = verified(fleet, "off", data={"napalm": False})
    assert record.row().update_progress_status == "SUCCESS"
    assert "second opinion" not in record.evidence
    assert fleet.sessions("off") == 1


def test_a_choice_that_is_none_is_refused(fleet: Lab) -> None:
    with pytest.raises(RequestError, match="napalm: is not true or false"):
        verified(fleet, "off", data={"napalm": "no"})


def test_without_the_extra_nothing_is_asked(fleet: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_opinion, "find_spec", lambda name: None if name == "nornir_napalm" else object())
    record = verified(fleet, "extra")
    assert record.row().update_progress_status == "SUCCESS"
    assert "second opinion" not in record.evidence


def test_its_session_takes_the_place_of_the_other_one(fleet: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    status, names = StatusProcessor(), ("gate-1", "gate-2")
    nornir = fleet.nornir(*names, processors=(status,), sessions=1)
    assert isinstance(nornir.runner, WaveRunner)
    gate, full = nornir.runner.door._sessions, list[bool]()

    class Counting(Napalm):
        def get_facts(self) -> dict[str, Any]:
            full.append(gate.full)
            return super().get_facts()

    answers(monkeypatch, Counting)
    nornir.run(task=verify_image, image=old(fleet))
    assert [record.name for record in status.record() if "agrees" in evidence(record)] == [*names]
    assert full == [True, True]
    assert not gate.full
