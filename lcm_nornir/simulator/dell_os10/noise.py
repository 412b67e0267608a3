"""What a switch says without being asked: the login banner, warnings, and log lines between the lines of output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lcm_nornir.simulator import times
from lcm_nornir.simulator.noise import Noise

if TYPE_CHECKING:
    from lcm_nornir.simulator.dell_os10.switch import Switch

_WARNING = "%Warning : Default password for admin account should be changed to secure the system\n"
_NOISE = Noise(
    traps=(
        "OS10# this is not a prompt\n",
        "switch> nor is this >\n",
        "\x1b[1;31mAuthorized access only\x1b[0m\x1b[2J\x1b[H\n",
        "user@host:~$ # ] ) } : password: [yes/no]\n",
        "\x1b]0;title\x07 % Error: only a sentence in a banner\n",
    ),
    alarm="%Warning : Failed to read the transceiver of ethernet1/1/7, Error 5; the last command has not failed",
)
warned = _NOISE.warned


def banner(switch: Switch) -> str:
    """Give what a login prints before the first prompt."""
    warning = _WARNING if switch.layout.warning else ""
    return f"{warning}{_NOISE.banner(switch)}Debian GNU/Linux 10\n\nDell EMC Networking Operating System (OS10)\n\n"


def event(switch: Switch) -> str:
    """Give a line of the log."""
    return (
        f"<165>1 {times.offset(switch.now())} {switch.name} dn_alm 817 - - Node.1-Unit.1:PRI [event], "
        "Dell EMC (OS10) %IFM_OSTATE_DN: Interface operational state is down ethernet1/1/17"
    )
