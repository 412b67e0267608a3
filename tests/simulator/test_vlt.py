"""A VLT pair: its screens as recorded, who is primary, and ports that come back later than SSH."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from lcm_nornir.simulator import SimulatorError, SwitchSpec

from .console import Console, login, reload

if TYPE_CHECKING:
    from lcm_nornir.simulator import Fleet

    from .conftest import StartsFleets

PAIR = """\
Domain ID                              : 1
Unit ID                                : 2
Role                                   : secondary
Version                                : 3.1
Local System MAC address               : 50:88:a5:04:4f:00
Role priority                          : 32768
VLT MAC address                        : aa:bb:cc:dd:ee:ff
IP address                             : fda5:74c8:b79e:1::2
Delay-Restore timer                    : 90 seconds
Peer-Routing                           : Disabled
Peer-Routing-Timeout timer             : 0 seconds
Multicast peer-routing timer           : 300 seconds
VLTi Link Status
    port-channel1000                   : up

VLT Peer Unit ID    System MAC Address    Status    IP Address             Version
----------------------------------------------------------------------------------
  1                 50:4e:09:04:91:00      up       fda5:74c8:b79e:1::1     3.1"""
DETAIL = """\
vlt-port-channel ID : 2
VLT Unit ID    Port-Channel      Status    Configured ports    Active ports
-------------------------------------------------------------------------------
  1            port-channel2      up        2                   2
* 2            port-channel2      up        2                   2"""


def without_macs(text: str) -> str:
    return re.sub(r"50(:[0-9a-f]{2}){5}", "50:...", text)


@pytest.fixture(scope="module")
def fleet(start: StartsFleets) -> Fleet:
    pair = (SwitchSpec("leaf1", vlt_peer="leaf2"), SwitchSpec("leaf2", vlt_peer="leaf1"))
    return start(*pair, SwitchSpec("alone"), images=None, speed=60.0, reboot_s=60.0)


def test_the_screens_are_the_recorded_ones(fleet: Fleet) -> None:
    with Console(fleet.switch("leaf2")) as console:
        assert without_macs(console.run("show vlt 1")) == without_macs(PAIR)
        assert console.run("show vlt 1 vlt-port-detail").endswith(DETAIL)
        assert console.run("show running-configuration vlt | grep vlt-domain") == "vlt-domain 1"
        running, startup = console.run("show running-configuration"), console.run("show startup-configuration")
        assert running.splitlines()[3:] == startup.splitlines()


def test_a_switch_in_no_pair_has_no_domain(fleet: Fleet) -> None:
    with Console(fleet.switch("alone")) as console:
        assert console.run("show running-configuration vlt | grep vlt-domain") == ""
        assert "% Error" in console.run("show vlt 1")


def test_F50_the_peer_takes_over_and_the_ports_come_later_than_ssh(fleet: Fleet) -> None:
    primary, secondary = fleet.switch("leaf1"), fleet.switch("leaf2")
    detail = "show vlt 1 vlt-port-detail"
    with Console(secondary) as other:
        with Console(primary) as console:
            assert "Role                                   : primary" in console.run("show vlt 1")
            reload(console)
        down = other.wait_for("show vlt 1", r"(?m)^  1 .* down ")
        assert "Role                                   : primary" in down
        assert "  1            port-channel1      down      2                   0" in other.run(detail)
        with login(primary) as console:
            assert "Role                                   : secondary" in console.run("show vlt 1")
            assert "* 1            port-channel1      down      2                   0" in console.run(detail)
            assert " up  " not in console.run("show interface status")
            assert re.search(r"(?m)^  1 .* up ", other.run("show vlt 1"))
            console.wait_for(detail, r"(?m)^\* 1 +port-channel1 +up +2 +2$")
            assert " up  " in console.run("show interface status")
            assert "  1            port-channel1      up        2                   2" in other.run(detail)


def test_a_peer_that_does_not_name_its_peer_is_refused(start: StartsFleets) -> None:
    with pytest.raises(SimulatorError, match="the VLT peer of leaf1 is leaf2, but not the other way round"):
        start(SwitchSpec("leaf1", vlt_peer="leaf2"), SwitchSpec("leaf2"), images=None)
