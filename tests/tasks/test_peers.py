"""Peers are never down together, whatever is not known of one of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lcm_nornir import StatusProcessor, update_image
from lcm_nornir.door.session import NetmikoSession
from lcm_nornir.errors import ReplyTimeout
from lcm_nornir.host_data import pair_up
from lcm_nornir.record import SwitchRecord
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import TARGET, Lab, lab

SHORT = {"settle": 10.0, "stable": 15.0, "come_back": 150.0}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    switches = (
        SwitchSpec("silent", faults=("target-in-standby",)),
        SwitchSpec("gone", faults=("target-in-standby", "never-returns")),
        SwitchSpec("partner-of-gone", faults=("target-in-standby",)),
        SwitchSpec("late", faults=("target-in-standby", "reload-never")),
        SwitchSpec("partner-of-late", faults=("target-in-standby",)),
    )
    with lab(tmp_path_factory.mktemp("peers"), *switches) as fleet:
        yield fleet


@pytest.fixture
def _silence_after_reload(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the session say nothing more once ``reload`` was typed, while the switch takes it: packets are lost."""
    send = NetmikoSession.send

    def silent(self: NetmikoSession, line: str, *, until: str = "", timeout: float | None = None) -> str:
        reply = send(self, line, until=until, timeout=timeout)
        if line == "reload":
            self.answer("yes", timeout=0.2)
            raise ReplyTimeout("no prompt within 30 s", command=line)
        return reply

    monkeypatch.setattr(NetmikoSession, "send", silent)


def update(fleet: Lab, name: str, peer: str = "") -> SwitchRecord:
    status, nornir = StatusProcessor(), fleet.nornir(timeouts=SHORT)
    if peer:
        nornir.inventory.hosts[name].data["lcm"]["peer"] = peer
    # both halves are in the inventory, one of them is run
    others = set(nornir.inventory.hosts) - {name}
    nornir.data.failed_hosts |= others
    nornir.with_processors([status]).run(task=update_image, image=fleet.image)
    return next(record for record in status.record() if record.name == name)


@pytest.mark.usefixtures("_silence_after_reload")
def test_N9_a_reload_that_may_have_been_sent_is_followed_to_its_end(fleet: Lab) -> None:
    record = update(fleet, "silent", peer="partner-of-gone")
    assert "may have been sent" in record.evidence["reload"]
    assert record.row().update_progress_status == "SUCCESS", record.reason
    assert fleet.count("silent", "reload") == [1]
    assert fleet.state("silent")["running"] == TARGET


@pytest.mark.usefixtures("_silence_after_reload")
def test_N9_nobody_joins_a_peer_that_may_be_down_even_if_only_the_other_names_it(fleet: Lab) -> None:
    gone = update(fleet, "gone", peer="partner-of-gone")
    assert gone.row().update_progress_status == "SWITCH_REACHABILITY_TIMED_OUT", gone.reason

    status, nornir = StatusProcessor(), fleet.nornir(timeouts=SHORT)
    nornir.inventory.hosts["gone"].data["lcm"]["peer"] = "partner-of-gone"  # one entry of a pair is enough
    nornir.data.failed_hosts |= set(nornir.inventory.hosts) - {"partner-of-gone"}
    nornir.with_processors([status]).run(task=update_image, image=fleet.image)
    partner = next(record for record in status.record() if record.name == "partner-of-gone")
    assert "its peer gone was rebooted and is not proven" in partner.reason
    assert fleet.count("partner-of-gone", "set_boot", "reload") == [0, 0]


def test_N9_nobody_joins_a_peer_that_took_a_reload_and_did_not_reboot_so_far(fleet: Lab) -> None:
    nornir = fleet.nornir(timeouts={**SHORT, "go_down": 40.0})
    nornir.inventory.hosts["late"].data["lcm"]["peer"] = "partner-of-late"
    pair_up(nornir.inventory.hosts.values())
    records: list[SwitchRecord] = []
    for name in ("late", "partner-of-late"):
        status = StatusProcessor()
        chosen = nornir.filter(name=name)
        chosen.with_processors([*chosen.processors, status]).run(task=update_image, image=fleet.image)
        records += status.record()
    late, partner = records
    assert "it did not reboot" in late.reason
    assert "its peer late was rebooted and is not proven" in partner.reason
    assert fleet.count("partner-of-late", "set_boot", "reload") == [0, 0]
