"""A fleet of several platforms: each switch speaks as its own, and finds an image of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lcm_nornir.simulator import ImageServerSpec, SimulatorError, SwitchSpec, inventory

from .console import Console, install
from .sonic.bash import Bash, sonic

if TYPE_CHECKING:
    from .conftest import StartsFleets


def test_each_platform_has_an_image(start: StartsFleets) -> None:
    versions = {"edgecore_sonic": "202405.2-0123abcde"}
    images = ImageServerSpec(version="10.6.0.1", versions=versions, faults={"cut": "truncated"})
    fleet = start(SwitchSpec("leaf1"), sonic("leaf2"), sonic("cut"), images=images)
    assert fleet.image is None
    assert [switch.platform for switch in fleet.switches] == ["dell_os10", "edgecore_sonic", "edgecore_sonic"]
    assert {name: image.version for name, image in fleet.images.items()} == {"dell_os10": "10.6.0.1", **versions}
    assert inventory(fleet.switches)["leaf2"]["platform"] == "edgecore_sonic"
    with Console(fleet.switch("leaf1")) as console:
        install(console, fleet.images["dell_os10"].url)
        assert "[B] 10.6.0.1" in console.run("show boot")
    own = fleet.images["edgecore_sonic"]
    with Bash(fleet.switch("leaf2")) as bash:
        assert bash.status(f"sudo sonic-installer install -y {fleet.images['dell_os10'].url}")[1] == 1
        assert bash.status(f"sudo sonic-installer install -y {own.url}")[1] == 0
        assert f"Next: SONiC-OS-{own.version}\n" in bash.run("show boot")
    with Bash(fleet.switch("cut")) as bash:
        assert bash.status(f"sudo sonic-installer install -y {own.url}")[1] == 1


def test_a_pair_is_of_one_platform(start: StartsFleets) -> None:
    with pytest.raises(SimulatorError, match="a pair is of one platform"):
        start(SwitchSpec("leaf1", vlt_peer="leaf2"), SwitchSpec("leaf2", platform="edgecore_sonic", vlt_peer="leaf1"))
