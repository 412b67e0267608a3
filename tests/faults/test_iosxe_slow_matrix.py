"""The rows of the fault matrix on IOS-XE that wait for a limit: one more fleet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.cases import ACTIVATION, DONE, DOWNLOAD, INSTALL, NOT_REACHABLE, Case
from tests.faults.platform_fleet import Outcome, called_off, run_over
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
    "F47": Case("late-return:80", AWAY, BACK, did=(1, 1, 1)),
    "F49-lines": Case("lost-configuration", DONE, did=(1, 1, 1)),  # told, not judged: see the row
    "F49-links": Case("lost-links", DONE, did=(1, 1, 1)),
    "F56-install": Case("stuck", INSTALL, "the installation made no progress for 24 s", did=(1, 1, 0)),
    "F56-copy": Case("stuck:download", DOWNLOAD, "the copy made no progress for 6 s", did=(1, 0, 0)),
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
    state = outcome.fleet.state(name)
    assert (state["running"], state["next_boot"]) == (OLD, "active")


def test_F49_on_iosxe_lost_lines_are_told(outcome: Outcome) -> None:
    assert "\n-" in outcome.records["F49-lines"].evidence["configuration"]
