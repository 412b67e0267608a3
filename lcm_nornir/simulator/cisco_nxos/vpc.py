"""A vPC pair, as section 15.5 of the behaviour document records its screen.

The role is not preempted: who reloads comes back as ``primary, operational secondary`` if it was primary. Whoever has
booted holds its ports down until the delay-restore timer ends, which the screen says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lcm_nornir.simulator.cabling import PORT_CHANNELS
from lcm_nornir.simulator.cisco_nxos import ports

if TYPE_CHECKING:
    from lcm_nornir.simulator.cisco_nxos.switch import Switch

_HEAD = """\
vPC status
----------------------------------------------------------------------------
Id    Port          Status Consistency Reason                Active vlans
--    ------------  ------ ----------- ------                ---------------"""


def pair(switch: Switch) -> str:
    """``show vpc``; empty if the switch is in no pair."""
    peer = switch.peer
    if peer is None:
        return ""
    good = not peer.is_down
    check = "success" if good else "failed"
    timer = "on" if ports.are_delayed(switch) else "off"
    rows = (
        ("vPC domain id", "1"),
        ("Peer status", "peer adjacency formed ok" if good else "peer link is down"),
        ("vPC keep-alive status", "peer is alive" if good else "Suspended (Destination IP not reachable)"),
        ("Configuration consistency status", check),
        ("Per-vlan consistency status", check),
        ("Type-2 consistency status", check),
        ("vPC role", _role(switch)),
        ("Number of vPCs configured", str(len(PORT_CHANNELS))),
        ("Auto-recovery status", "Enabled, timer is off.(timeout = 240s)"),
        ("Delay-restore status", f"Timer is {timer}.(timeout = {ports.DELAY_RESTORE_S}s)"),
        ("Delay-restore SVI status", f"Timer is {timer}.(timeout = 10s)"),
    )
    now_up = set(ports.up(switch))
    lines = [_channel(number, up=bool(members & now_up), good=good) for number, members in PORT_CHANNELS.items()]
    wrapped = [f"{'':<60}300-310"] if switch.layout.wide_vlans else []
    return "\n".join((*(f"{key:<34}: {value}" for key, value in rows), "", _HEAD, *lines, *wrapped))


def _role(switch: Switch) -> str:
    was, is_ = (("secondary", "primary")[one] for one in (switch.was_primary, switch.is_primary))
    return is_ if was == is_ else f"{was}, operational {is_}"


def _channel(number: int, *, up: bool, good: bool) -> str:
    check, why = ("success", "success") if good else ("failed", "Consistency Check Not")
    return f"{number:<6}{f'Po{number}':<14}{'up' if up else 'down':<7}{check:<12}{why:<22}1,100-102"
