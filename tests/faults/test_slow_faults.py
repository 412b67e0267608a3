"""Faults that take their time, as one fleet: what hangs, crawls, lingers, never returns; and peers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from threading import Event, Thread, Timer
from typing import Any

import pytest
from nornir.core.task import AggregatedResult

from lcm_nornir import RequestError, StatusProcessor, reboot_switch, update_image
from lcm_nornir.record import SwitchRecord
from lcm_nornir.schema import SwitchUpdateStatus
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import OLD, SPEED, TARGET, Lab, asked_for, lab

FAULTS = {
    "left": "",
    "right": "",
    "F18": "",
    "F21-hang": "server-hang",
    "F21-stall": "stall:40",
    "F23": "slow:10",
    "F39": "slow-down",
    "F45": "second-reboot:99",
    "F46": "never-returns",
    "F46-peer": "slow:3",
    "F56-hang": "hang:image install",
    "F56-install": "stuck",
    "F56-download": "stuck:download",
}
SOONER = {  # seconds before they are scaled
    "F21-hang": {"download_stall": 50.0},
    "F21-stall": {"download_stall": 50.0, "download": 200.0},
    "F45": {"come_back": 300.0, "stable": 60.0},
    "F46": {"come_back": 150.0},
    "F56-hang": {"install_stall": 150.0, "reply": 1.0, "login": 1.0},
    "F56-install": {"install_stall": 150.0},
    "F56-download": {"download_stall": 100.0},
}
PEERS = {"left": "right", "right": "left", "F46": "F46-peer", "F46-peer": "F46"}


class Outcome:
    """What one run over the fleet left behind."""

    def __init__(self, fleet: Lab, status: StatusProcessor, result: AggregatedResult, rates: list[int]) -> None:
        self.fleet = fleet
        self.rows: dict[str, SwitchUpdateStatus] = {row.switch_member.name: row for row in status.report().data}
        self.records: dict[str, SwitchRecord] = {record.name: record for record in status.record()}
        self.result = result
        self.rates = rates

    def words(self, name: str) -> tuple[str, str]:
        return self.rows[name].update_progress_status.value, self.rows[name].error.value

    def times(self, name: str, event: str, kind: str | None = None) -> list[float]:
        log = self.fleet.fleet.log(name)
        return [entry["t"] for entry in log if entry["event"] == event and kind in (None, entry.get("kind"))]


@pytest.fixture(scope="module")
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    names = asked_for(request, FAULTS)
    switches = [
        SwitchSpec(name, faults=tuple(filter(None, [FAULTS[name]])), variant=number)
        for number, name in enumerate(FAULTS)
        if name in names
    ]
    with lab(tmp_path_factory.mktemp("slow"), *switches) as fleet:
        status, over = StatusProcessor(), Event()
        nornir = fleet.nornir(processors=(status,))
        for name, host in nornir.inventory.hosts.items():
            own: dict[str, Any] = {"peer": PEERS.get(name), "timeouts": SOONER.get(name)}
            host.data["lcm"] |= {key: value for key, value in own.items() if value}
        if "F18" in names:
            nornir.inventory.hosts["F18"].data["lcm"]["image_server"] = "nfs://192.0.2.10/images"
        rates: list[int] = []

        def watch() -> None:
            while not over.wait(0.05):
                try:
                    row = next(row for row in status.report().data if row.switch_member.name == "F23")
                except (RequestError, StopIteration):
                    continue
                download = row.download_status
                if download.status == "DOWNLOAD_IN_PROGRESS":
                    rates.append(download.transfer_rate)

        watcher = Thread(target=watch)
        watcher.start()
        try:
            result = nornir.run(task=update_image, image=fleet.image)
        finally:
            over.set()
            watcher.join()
        yield Outcome(fleet, status, result, rates)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("left", ("SUCCESS", "NOT_SET")),
        ("right", ("SUCCESS", "NOT_SET")),
        ("F18", ("FAILED", "MALFORMED_IMAGE_URL")),
        ("F21-hang", ("FAILED", "IMAGE_URL_NOT_REACHABLE")),
        ("F21-stall", ("FAILED", "DOWNLOAD_FAILED")),
        ("F23", ("SUCCESS", "NOT_SET")),
        ("F39", ("SUCCESS", "NOT_SET")),
        ("F45", ("SWITCH_REACHABILITY_TIMED_OUT", "SWITCH_UNREACHABLE")),
        ("F46", ("SWITCH_REACHABILITY_TIMED_OUT", "SWITCH_UNREACHABLE")),
        ("F46-peer", ("FAILED", "IMAGE_ACTIVATION_FAILED")),
        ("F56-hang", ("FAILED", "SWITCH_UNREACHABLE")),
        ("F56-install", ("FAILED", "IMAGE_INSTALL_FAILED")),
        ("F56-download", ("FAILED", "DOWNLOAD_FAILED")),
    ],
    ids=FAULTS,
)
def test_the_words_of_the_matrix(outcome: Outcome, name: str, words: tuple[str, str]) -> None:
    assert outcome.words(name) == words, outcome.records[name].reason
    assert outcome.result[name].failed is (words[0] != "SUCCESS")
    assert outcome.fleet.all_closed(name)


def test_F18_a_scheme_that_the_os_does_not_know_touches_nothing_and_names_those_that_it_knows(
    outcome: Outcome,
) -> None:
    assert "dell_os10 cannot fetch by nfs" in outcome.records["F18"].reason
    assert "sftp" in outcome.records["F18"].reason
    assert outcome.fleet.kinds("F18") == []


@pytest.mark.parametrize(("name", "least", "most"), [("F21-hang", 0, 0), ("F21-stall", 35, 45)])
def test_F21_a_copy_without_progress_is_cancelled_and_its_bytes_are_kept(
    outcome: Outcome, name: str, least: int, most: int
) -> None:
    download = outcome.rows[name].download_status
    assert download.status == "DOWNLOAD_FAILED"
    assert least <= download.progress_percentage <= most
    assert (download.transfer_bytes > 0) is (least > 0)
    assert outcome.fleet.kinds(name) == ["download_started", "cancelled"]


@pytest.mark.parametrize("name", ["F21-hang", "F21-stall"])
def test_F21_it_is_the_limit_on_standing_still_that_ends_it(outcome: Outcome, name: str) -> None:
    assert "no progress for 1 s" in outcome.records[name].reason


def test_F23_ten_times_slower_goes_on_and_its_rate_is_shown(outcome: Outcome) -> None:
    size = outcome.fleet.image.size or 0
    began, done = (outcome.times("F23", "effect", kind)[0] for kind in ("download_started", "download_done"))
    assert done - began > 4
    assert 0.2 * size / (done - began) < outcome.rates[-1] < 5 * size / (done - began)
    assert outcome.fleet.count("F23", "download_started", "install_started", "reload") == [1, 1, 1]


def test_F39_a_switch_that_still_answers_after_its_reload_is_not_taken_for_back(outcome: Outcome) -> None:
    (reload,), (booted,) = (outcome.times("F39", "effect", kind) for kind in ("reload", "booted"))
    assert any(reload < at < booted for at in outcome.times("F39", "connection"))
    assert outcome.times("F39", "session_opened")[-1] > booted
    now, _, before = outcome.records["F39"].evidence["boot identity"].partition(", before: ")
    assert now == outcome.fleet.state("F39")["boot_id"] != before


def test_F45_a_switch_that_reboots_again_and_again_is_not_taken_for_back(outcome: Outcome) -> None:
    assert outcome.fleet.count("F45", "booted")[0] > 2
    assert outcome.fleet.count("F45", "reload") == [1]
    assert "not usable within 6 s after the reload" in outcome.records["F45"].reason


def test_F46_a_switch_that_never_returns_is_told_so_and_its_peer_is_not_reloaded(outcome: Outcome) -> None:
    assert "not usable within 3 s after the reload" in outcome.records["F46"].reason
    assert outcome.records["F46"].down
    assert outcome.fleet.kinds("F46")[-1] == "reload"
    assert outcome.fleet.count("F46-peer", "install_done", "set_boot", "reload") == [1, 0, 0]
    assert outcome.fleet.state("F46-peer")["running"] == OLD
    assert outcome.fleet.state("F46-peer")["next_boot"] == "active"
    assert "its peer F46 was rebooted and is not proven" in outcome.records["F46-peer"].reason


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("F56-hang", "lost during the installation: no prompt within 1 s after the login"),
        ("F56-install", "the installation made no progress for 3 s"),
        ("F56-download", "the copy made no progress for 2 s"),
    ],
)
def test_F56_what_hangs_ends_by_its_deadline_and_keeps_nobody(outcome: Outcome, name: str, reason: str) -> None:
    assert reason in outcome.records[name].reason
    assert outcome.fleet.count(name, "reload") == [0]
    assert outcome.fleet.state(name)["next_boot"] == "active"


def test_N9_peers_both_succeed_and_are_never_down_together(outcome: Outcome) -> None:
    spans = []
    for name in ("left", "right"):
        assert outcome.fleet.state(name)["running"] == TARGET
        (down,), up = outcome.times(name, "effect", "reload"), outcome.times(name, "session_opened")[-1]
        assert down < up  # the login that proved it
        spans.append((down, up))
    (_, proven), (second_down, _) = sorted(spans)
    assert proven < second_down


@pytest.mark.parametrize("name", FAULTS)
def test_N5_nobody_installs_or_reboots_twice(outcome: Outcome, name: str) -> None:
    assert max(outcome.fleet.count(name, "download_started", "install_started", "reload")) <= 1


def test_N6_times_of_the_steps_never_run_backwards(outcome: Outcome) -> None:
    for record in outcome.records.values():
        times = [time for step in record.steps for time in (step.start_time, step.end_time)]
        assert all(one <= other for one, other in pairwise(times)), record.name


def test_a_session_that_fell_silent_at_the_reload_keeps_nobody_waiting(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    silent = SwitchSpec("leaf2", faults=("target-in-standby",))  # with seed 0 it lets its sessions fall silent
    with lab(tmp_path_factory.mktemp("silent"), silent, reboot_s=3 * SPEED) as fleet:
        result = fleet.nornir().run(task=update_image, image=fleet.image)
        assert not result.failed
        log = fleet.fleet.log("leaf2")
        (reload,) = (entry["t"] for entry in fleet.fleet.effects("leaf2", "reload"))
        seen = next(entry["t"] for entry in log if entry["event"] == "connection" and entry["t"] > reload)
        assert seen - reload < 6


def test_N9_nobody_waits_for_a_peer_that_never_went_down(tmp_path_factory: pytest.TempPathFactory) -> None:
    switches = SwitchSpec("stays-up", faults=("save-refused",)), SwitchSpec("its-peer")
    with lab(tmp_path_factory.mktemp("claim"), *switches) as fleet:
        nornir = fleet.nornir()
        for one, other in (("stays-up", "its-peer"), ("its-peer", "stays-up")):
            nornir.inventory.hosts[one].data["lcm"]["peer"] = other
        assert nornir.filter(name="stays-up").run(task=reboot_switch).failed
        patience = Timer(3.0, nornir.runner.door.stop.set, ["waited for ever"])  # type: ignore[attr-defined]
        patience.start()
        result = nornir.filter(name="its-peer").run(task=reboot_switch)["its-peer"]
        patience.cancel()
        assert not result.failed, result.exception
