"""What a switch says without being asked, and figures that cannot be."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lcm_nornir.simulator.noise import Noise, interrupts, logged

if TYPE_CHECKING:
    from lcm_nornir.simulator.cisco_nxos.arrival import Arrival
    from lcm_nornir.simulator.cisco_nxos.switch import Switch

_NOISE = Noise(
    traps=(
        "nxos# this is not a prompt\n",
        "switch(config)# nor is this #\n",
        "\x1b[1;31mAuthorized access only\x1b[0m\x1b[2J\x1b[H\n",
        "user@host:~$ # ] ) } : password: (y/n)?  [n]\n",
        "\x1b]0;title\x07 Error: only a sentence in a banner\n",
    ),
    alarm="Warning: Failed to read the transceiver of Ethernet1/7, Error 5; the last command has not Failed",
)
warned = _NOISE.warned
_GREETING = """\
Cisco Nexus Operating System (NX-OS) Software
TAC support: http://www.cisco.com/tac
Copyright (C) 2002-2024, Cisco and/or its affiliates.
All rights reserved.

"""


def stamp(switch: Switch) -> str:
    """Print the time as log lines do: ``2026 Nov 28 02:00:00``."""
    return time.strftime("%Y %b %e %H:%M:%S", time.gmtime(switch.now()))


def banner(switch: Switch) -> str:
    """Give what a login prints before the first prompt."""
    return _GREETING + _NOISE.banner(switch)


def event(switch: Switch) -> str:
    """Give a line of the log, as a terminal monitor prints it."""
    return (
        f"{stamp(switch)} {switch.configuration.host_name} %ETHPORT-5-IF_DOWN_LINK_FAILURE: "
        "Interface Ethernet1/17 is down (Link failure)"
    )


def interruption(switch: Switch) -> str:
    """Give a log line that lands in the middle of what a command is printing; nothing without such a fault."""
    return f"\n{logged(switch, event(switch))}\n" if interrupts(switch) else ""


def odd(switch: Switch, arrival: Arrival, beat: int) -> tuple[int, int, float]:
    """Give percent, bytes and bytes a second of a copy; a fault makes them odd while it runs."""
    true = (arrival.percent, arrival.written, arrival.rate)
    if "odd-progress" not in switch.faults or arrival.written >= arrival.size:
        return true
    forms = (
        (arrival.percent + 100, arrival.written + arrival.size, 4_294_967_295.0),
        (arrival.percent // 2, arrival.written // 2, 0.0),
        (0, 0, 0.0),
    )
    return forms[beat % len(forms)]
