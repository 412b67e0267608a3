from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from lcm_nornir.simulator import Fleet, FleetSpec, ImageServerSpec, SwitchSpec
from tests.forked_fleets import forked_fleet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lcm_nornir.simulator import SimulatedImage


class StartsFleets(Protocol):
    """Starts fleets that end with their test or module; durations shrink to tenths of a second."""

    def __call__(self, *switches: SwitchSpec, **fields: Any) -> Fleet: ...


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartsFleets]:
    fleets: list[Fleet] = []

    def make(*switches: SwitchSpec, **fields: Any) -> Fleet:
        given: dict[str, Any] = {
            "speed": 200.0,
            "log_dir": str(tmp_path_factory.mktemp("logs")),
            "images": ImageServerSpec(),
        }
        fleets.append(forked_fleet(FleetSpec(switches, **(given | fields))))
        return fleets[-1]

    yield make
    complaints = [fleet.complaints() for fleet in fleets]
    for fleet in fleets:
        fleet.stop()
    assert not any(complaints), complaints


@pytest.fixture(scope="module")
def image(fleet: Fleet) -> SimulatedImage:
    assert fleet.image is not None
    return fleet.image


@pytest.fixture(scope="session")
def literal() -> Path:
    return Path(__file__).parents[1] / "literal" / "dell_os10"
