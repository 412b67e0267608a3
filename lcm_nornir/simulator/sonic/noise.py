"""What a switch says without being asked: the banner of a login, and a log line now and then."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from lcm_nornir.simulator.noise import flood

if TYPE_CHECKING:
    from lcm_nornir.simulator.sonic.switch import Switch

_GREETING = """\
Linux {name} 6.1.0-11-2-amd64 #1 SMP PREEMPT_DYNAMIC x86_64
You are on
  ____   ___  _   _ _  ____
 / ___| / _ \\| \\ | (_)/ ___|
 \\___ \\| | | |  \\| | | |
  ___) | |_| | |\\  | | |___
 |____/ \\___/|_| \\_|_|\\____|

-- Software for Open Networking in the Cloud --

Unauthorized access and/or use are prohibited.
All access and/or use are subject to monitoring.

Help:    https://sonic-net.github.io/SONiC/

"""
_TRAPS = (
    "admin@other:~$ this is not a prompt\n",
    "root@switch:/# nor is this #\n",
    "\x1b[1;31mAuthorized access only\x1b[0m\x1b[2J\x1b[H\n",
    "user@host:~$ # ] ) } : password: [y/N]\n",
    "\x1b]0;title\x07 Error: only a sentence in a banner\n",
)


def banner(switch: Switch) -> str:
    """Give what a login prints before the first prompt."""
    return _GREETING.format(name=switch.configuration.host_name) + flood(switch, _TRAPS)


class Noise:
    """Puts a line of the log between the lines that a command prints: one for each line that was entered."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._entered = 0
        self._after = 0

    def entered(self) -> None:
        """Somebody has entered a line: say something after its echo, or a line later."""
        self._entered += 1
        self._after = self._switch.draws.number(f"log line {self._entered}", 1, 2)

    def between(self, data: bytes) -> bytes:
        """Add the line that is due, if the place for it has come."""
        if not self._after:
            return data
        ends = [found.end() for found in re.finditer(b"\n", data)]
        if len(ends) < self._after:
            self._after -= len(ends)
            return data
        place, self._after = ends[self._after - 1], 0
        return data[:place] + self._line() + data[place:]

    def _line(self) -> bytes:
        stamp = time.strftime("%b %d %H:%M:%S.000000", time.gmtime(self._switch.now()))
        name = self._switch.configuration.host_name
        return f"{stamp} {name} WARNING pmon#xcvrd[37]: Ethernet5: transceiver is not present\r\n".encode()
