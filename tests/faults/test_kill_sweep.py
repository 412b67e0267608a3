"""F53: SIGKILL at every persistence point of an upgrade, each on a switch of its own; then the job is resumed.

All points are swept at once, some at a time, over one fleet; each is a test that looks at its own switch.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from lcm_nornir.simulator import SwitchSpec
from tests.checker import check_store
from tests.faults import killed_at
from tests.fleets import SPEED, Lab, lab

pytestmark = pytest.mark.slow

ABREAST = 10  # upgrades at once; they wait more than they work
REBOOT = 2.5  # seconds; after the driver has given up waiting for a farewell, so that each switch is seen down
REACHED = {  # what is written in one upgrade, and how often
    "owner": 1,
    "lease": 4,  # address, serial, right to be down before the peer (asked for before set boot, and before the reload)
    "job": 1,
    "history began": 1,
    "history StepBegan": 9,
    "history StepEnded": 9,
    "history Evidence": 10,
    "configuration": 1,
    "history Copying": 3,
    "history CopyDone": 1,
    "history Installing": 3,
    "history InstallDone": 1,
    **{f"intent {command}": 1 for command in ("copy", "install", "set_next_boot", "save_config", "reload")},
    **{f"outcome {command}": 1 for command in ("copy", "install", "set_next_boot", "save_config", "reload")},
    "history Down": 1,
    "history Up": 1,
    "renewal": 1,
    "release": 2,  # the right to be down, then all others
    "history Verdict": 1,
    "history ended": 1,
}


class Point(NamedTuple):
    """A persistence point, when it is reached for the so-manieth time."""

    name: str
    times: int

    def __str__(self) -> str:
        return f"{self.name} {self.times}"


POINTS = [
    Point(f"{written} {when}", times)
    for written, often in REACHED.items()
    for when in ("before", "stored")
    for times in range(1, often + 1)
]
WITHOUT_JOB = (
    Point("owner before", 1),
    Point("owner stored", 1),
    Point("lease before", 1),
    Point("lease stored", 1),
    Point("job before", 1),
)
NAMES = {point: f"leaf{number:03}" for number, point in enumerate(POINTS, start=1)}
WHOLE = "leaf000"  # nobody kills its upgrade

Sweep = Callable[[Point], killed_at.Aftermath]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    names = [WHOLE, *NAMES.values()]
    switches = [SwitchSpec(name, variant=number) for number, name in enumerate(names)]
    with lab(tmp_path_factory.mktemp("sweep"), *switches, reboot_s=REBOOT * SPEED) as running:
        killed_at.share(running)
        running.stores = {killed_at.store_of(running.place, name) for name in names}
        yield running


@pytest.fixture(scope="module")
def sweep(fleet: Lab, request: pytest.FixtureRequest) -> Iterator[Sweep]:
    selected = [item.callspec.params.get("point") for item in request.session.items if hasattr(item, "callspec")]
    wanted = [point for point in selected if isinstance(point, Point)]
    with ThreadPoolExecutor(ABREAST) as pool:
        outcomes = {
            point: pool.submit(killed_at.killed_and_resumed, fleet.place, NAMES[point], *point) for point in wanted
        }
        yield lambda point: outcomes[point].result()
        pool.shutdown(cancel_futures=True)  # of a session that was interrupted


def test_F53_the_sweep_names_every_point_that_an_upgrade_reaches_and_no_other(fleet: Lab) -> None:
    whole = killed_at.upgraded(fleet.place, WHOLE)
    assert whole.poll() == 0, whole.complained.read_text()
    reached = Counter(whole.said.read_text().splitlines())
    assert set(reached) == {point.name for point in POINTS}
    often = {name: reached[name] for name in reached if not name.startswith("renewal")}  # as often as time passes
    assert often == {point.name: point.times for point in POINTS if point.name in often}


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_F53_killed_at(point: Point, sweep: Sweep, fleet: Lab) -> None:
    outcome, name = sweep(point), NAMES[point]
    assert outcome.code == -signal.SIGKILL  # else the point was not reached
    assert outcome.was_begun == (point not in WITHOUT_JOB)
    assert outcome.words == ("SUCCESS", "NOT_SET")
    assert fleet.count(name, "download_started", "install_started", "reload") == [1, 1, 1], fleet.kinds(name)
    assert check_store(killed_at.store_of(fleet.place, name), {name: fleet.fleet.log(name)}) == []
