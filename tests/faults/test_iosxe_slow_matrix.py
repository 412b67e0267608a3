"""The rows of the fault matrix on IOS-XE that wait for a limit: one more fleet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lcm_nornir import StatusProcessor, update_image
from tests.faults.cases import ACTIVATION, BUSY, DONE, DOWNLOAD, INSTALL, NOT_REACHABLE, REFUSED, SET_BOOT, Case
from tests.faults.platform_fleet import Outcome, called_off, healthy, run_over
from tests.faults.test_iosxe_matrix import CASES as MATRIX
from tests.faults.test_iosxe_matrix import OLD, OLD_NEXT, OLD_TOLD, ON_TRIAL, XE

pytestmark = pytest.mark.slow
AWAY = "SWITCH_REACHABILITY_TIMED_OUT / SWITCH_UNREACHABLE"
BACK = "unless it is committed the switch goes back"
CASES = {
    "healthy1": Case("", DONE, did=(1, 1, 1)),
    "healthy2": Case("", DONE, did=(1, 1, 1)),
    "F21-hang": Case("server-hang", NOT_REACHABLE, "no progress for 6 s; 0 bytes arrived", did=(1, 0, 0)),
    "F21-stall": Case("stall", DOWNLOAD, "no progress for 6 s; [1-9][0-9]{3,} bytes arrived", did=(1, 0, 0)),
    "F23": Case("slow", DONE, did=(1, 1, 1)),
    "F45-loop": Case("boot-loop", AWAY, f"{BACK}|{ON_TRIAL}", did=(1, 1, 1)),
    "F46": Case("never-returns", AWAY, BACK, did=(1, 1, 1)),
    "F47-back": Case("late-return:200", AWAY, BACK, did=(1, 1, 1)),
    "lost-lines": Case("lost-configuration", DONE, did=(1, 1, 1)),  # told, not judged yet
    "lost-links": Case("lost-links", DONE, did=(1, 1, 1)),
    "F56-install": Case("stuck", INSTALL, "the installation made no progress for 24 s", did=(1, 1, 0)),
    "F56-copy": Case("stuck:download", DONE, did=(1, 1, 1)),  # all of it has come: only its session fell silent
    "F43-late": Case("auto-abort:75", ACTIVATION, f"runs {OLD_TOLD}.*; {OLD_NEXT}", did=(1, 1, 2)),
    "F43-later": Case("auto-abort:85", ACTIVATION, f"runs {OLD_TOLD}.*; {OLD_NEXT}", did=(1, 1, 2)),
}


@pytest.fixture(scope="module")
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    with run_over(tmp_path_factory.mktemp("iosxe-slow"), XE, CASES, request) as run:
        yield run


@pytest.mark.parametrize("name", CASES)
def test_the_row_on_iosxe(outcome: Outcome, name: str) -> None:
    outcome.check(name, CASES[name])


@pytest.mark.parametrize("name", called_off(CASES))
def test_N8_on_iosxe_what_stands_still_before_the_reload_leaves_the_old_image_next(outcome: Outcome, name: str) -> None:
    outcome.check_runs(name, OLD)


def test_lost_lines_are_told_on_iosxe(outcome: Outcome) -> None:
    assert "\n-" in outcome.records["lost-lines"].evidence["configuration"]


# Not in a switch's memory, nor in that of another job: that an image was not unpacked whole. And which boot it is, if
# two begin within its uptime's minute.
NOT_AGAIN = ("F28-incomplete", "F43", "F43-bundle", "F43-aborted")
AGAIN = {
    name: case
    for name, case in MATRIX.items()
    if name not in NOT_AGAIN and case.words.startswith("FAILED") and case.did != (0, 0, 0) and not case.lcm
}
THEN = {"F40": BUSY, "F43-next": BUSY, "F43-uncommitted": SET_BOOT, "F43-member": REFUSED}
"""What is said of a second run that is not what was said of the first: an activation waits, or has happened."""


@pytest.fixture(scope="module")
def again(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    cases = {name: CASES[name] for name in healthy(CASES)} | AGAIN
    with run_over(tmp_path_factory.mktemp("iosxe-again"), XE, cases, request) as first:
        status = StatusProcessor()
        result = first.fleet.nornir(processors=(status,)).run(task=update_image, image=first.fleet.image)
        yield Outcome(first.fleet, status, result)


@pytest.mark.parametrize("name", AGAIN)
def test_a_second_run_tells_the_same_and_reboots_nothing_twice(again: Outcome, name: str) -> None:
    assert again.words(name) == THEN.get(name, AGAIN[name].words), again.records[name].reason
    assert again.fleet.count(name, "reload")[0] <= AGAIN[name].did[2] + ("bundle" in name)


def test_what_is_told_of_a_second_run_is_of_switches_that_there_are() -> None:
    assert set(NOT_AGAIN) <= set(MATRIX)
    assert set(THEN) < set(AGAIN)
