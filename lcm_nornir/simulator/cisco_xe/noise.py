"""What a switch says without being asked: the login banner, warnings, and log lines between the lines of output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lcm_nornir.simulator import hostile
from lcm_nornir.simulator.cisco_xe import moments

if TYPE_CHECKING:
    from lcm_nornir.simulator.cisco_xe.switch import Switch

_FLOOD = 65_536  # characters
_ALARM = "%Warning: Failed to read the transceiver of Te1/0/7, Error 5; the last command has not failed"
_TRAPS = (
    "Switch# this is not a prompt\n",
    "switch> nor is this >\n",
    "\x1b[1;31mAuthorized access only\x1b[0m\x1b[2J\x1b[H\n",
    "Router(config)# # ] ) } : password: [yes/no]: [confirm] [y/n]\n",
    "\x1b]0;title\x07 %Error opening nothing (only a sentence in a banner)\n",
)


def banner(switch: Switch) -> str:
    """Give what a login prints before the first prompt."""
    text = ""
    if "noisy" in switch.faults:
        line = "".join(_TRAPS)
        text += line * (_FLOOD // len(line) + 1)
    if "alarming-words" in switch.faults:
        text += f"{_ALARM}\n"
    if "hostile" in switch.faults:
        text += hostile.words("Authorized access only") + "\n"
    return f"{text}\n" if text else "\n"


def warned(switch: Switch, text: str) -> str:
    """Put an alarming warning before the answer to a command that did what it should."""
    return f"{_ALARM}\n{text}".rstrip("\n") if "alarming-words" in switch.faults else text


def between(switch: Switch, text: str) -> str:
    """Put a log line somewhere between the lines of an output."""
    lines = text.split("\n") if text else []
    where = switch.draws.number(f"log line {len(text)}", 0, len(lines))
    event = f"{moments.logged(switch.now())}: %LINK-3-UPDOWN: Interface TenGigabitEthernet1/0/5, changed state to down"
    if "hostile" in switch.faults:
        event = hostile.line(event)
    return "\n".join([*lines[:where], event, *lines[where:]])
