"""What a switch says without being asked: the login banner, warnings, and log lines between the lines of output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lcm_nornir.simulator.cisco_xe import moments
from lcm_nornir.simulator.noise import Noise

if TYPE_CHECKING:
    from lcm_nornir.simulator.cisco_xe.switch import Switch

_NOISE = Noise(
    traps=(
        "Switch# this is not a prompt\n",
        "switch> nor is this >\n",
        "\x1b[1;31mAuthorized access only\x1b[0m\x1b[2J\x1b[H\n",
        "Router(config)# # ] ) } : password: [yes/no]: [confirm] [y/n]\n",
        "\x1b]0;title\x07 %Error opening nothing (only a sentence in a banner)\n",
    ),
    alarm="%Warning: Failed to read the transceiver of Te1/0/7, Error 5; the last command has not failed",
)
warned = _NOISE.warned


def banner(switch: Switch) -> str:
    """Give what a login prints before the first prompt."""
    return f"{_NOISE.banner(switch)}\n"


def event(switch: Switch) -> str:
    """Give a line of the log."""
    return f"{moments.logged(switch.now())}: %LINK-3-UPDOWN: Interface TenGigabitEthernet1/0/5, changed state to down"
