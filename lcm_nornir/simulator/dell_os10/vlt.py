"""A VLT pair, as section 15.1 of the behaviour document records its screens.

The election is not preemptive: who reloads comes back as secondary. Whoever has booted holds its ports down until the
delay-restore timer ends; no screen prints what is left of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lcm_nornir.simulator.cabling import PORT_CHANNELS
from lcm_nornir.simulator.dell_os10 import ports, screens

if TYPE_CHECKING:
    from lcm_nornir.simulator.dell_os10.switch import Switch

_DETAIL_HEAD = "VLT Unit ID    Port-Channel      Status    Configured ports    Active ports"


def _unit(switch: Switch, peer: Switch) -> int:
    return 1 if switch.name < peer.name else 2


def _address(unit: int) -> str:
    return f"fda5:74c8:b79e:1::{unit}"


def pair(switch: Switch, peer: Switch) -> str:
    """``show vlt 1``."""
    own, theirs = _unit(switch, peer), _unit(peer, switch)
    status = "down" if peer.is_down else "up"
    rows = (
        ("Domain ID", "1"),
        ("Unit ID", str(own)),
        ("Role", "primary" if switch.is_primary else "secondary"),
        ("Version", "3.1"),
        ("Local System MAC address", screens.mac(switch)),
        ("Role priority", "32768"),
        ("VLT MAC address", "aa:bb:cc:dd:ee:ff"),
        ("IP address", _address(own)),
        ("Delay-Restore timer", f"{ports.DELAY_RESTORE_S} seconds"),
        ("Peer-Routing", "Disabled"),
        ("Peer-Routing-Timeout timer", "0 seconds"),
        ("Multicast peer-routing timer", "300 seconds"),
        ("VLTi Link Status", None),
        ("    port-channel1000", status),
    )
    head = "VLT Peer Unit ID    System MAC Address    Status    IP Address             Version"
    row = f"  {theirs:<18}{screens.mac(peer):<23}{status:<9}{_address(theirs):<24}3.1"
    lines = [key if value is None else f"{key:<39}: {value}" for key, value in rows]
    return "\n".join((*lines, "", head, "-" * len(head), row))


def port_detail(switch: Switch, peer: Switch) -> str:
    """``show vlt 1 vlt-port-detail``."""
    blocks = []
    for number, members in PORT_CHANNELS.items():
        name = f"port-channel{number}"
        lines = [f"vlt-port-channel ID : {number}", _DETAIL_HEAD, "-" * 79]
        for own, unit in sorted(((_unit(switch, peer), switch), (_unit(peer, switch), peer)), key=lambda one: one[0]):
            active = 0 if unit.is_down else len(members & set(ports.up(unit)))
            star, status = "*" if unit is switch else " ", "up" if active else "down"
            lines.append(f"{star} {own:<13}{name:<19}{status:<10}{len(members):<20}{active}")
        blocks.append("\n".join(lines))
    return "\n".join(blocks)
