"""What a switch says without being asked: the login banner, warnings, and log lines between the lines of output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lcm_nornir.simulator import hostile, times

if TYPE_CHECKING:
    from lcm_nornir.simulator.dell_os10.switch import Switch

_FLOOD = 65_536  # characters
_WARNING = "%Warning : Default password for admin account should be changed to secure the system\n"
_ALARM = "%Warning : Failed to read the transceiver of ethernet1/1/7, Error 5; the last command has not failed"
_TRAPS = (
    "OS10# this is not a prompt\n",
    "switch> nor is this >\n",
    "\x1b[1;31mAuthorized access only\x1b[0m\x1b[2J\x1b[H\n",
    "user@host:~$ # ] ) } : password: [yes/no]\n",
    "\x1b]0;title\x07 % Error: only a sentence in a banner\n",
)


def banner(switch: Switch) -> str:
    """Give what a login prints before the first prompt."""
    text = _WARNING if switch.layout.warning else ""
    if "noisy" in switch.faults:
        line = "".join(_TRAPS)
        text += line * (_FLOOD // len(line) + 1)
    if "alarming-words" in switch.faults:
        text += f"{_ALARM}\n"
    if "hostile" in switch.faults:
        text += hostile.words("Authorized access only") + "\n"
    return text + "Debian GNU/Linux 10\n\nDell EMC Networking Operating System (OS10)\n\n"


def warned(switch: Switch, text: str) -> str:
    """Put an alarming warning before the answer to a command that did what it should."""
    return f"{_ALARM}\n{text}".rstrip("\n") if "alarming-words" in switch.faults else text


def between(switch: Switch, text: str) -> str:
    """Put a log line somewhere between the lines of an output."""
    lines = text.split("\n") if text else []
    where = switch.draws.number(f"log line {len(text)}", 0, len(lines))
    event = (
        f"<165>1 {times.offset(switch.now())} {switch.name} dn_alm 817 - - Node.1-Unit.1:PRI [event], "
        "Dell EMC (OS10) %IFM_OSTATE_DN: Interface operational state is down ethernet1/1/17"
    )
    if "hostile" in switch.faults:
        event = hostile.line(event)
    return "\n".join([*lines[:where], event, *lines[where:]])
