"""Running and startup configuration."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINES = """\
ip vrf default
!
no multicast snooping enable
!
iscsi target port 860
iscsi target port 3260
!
hostname {name}
!
spanning-tree mode rstp
!
system-user linuxadmin password $6$simulated$nobodylogsinwiththishash1
username admin password $6$simulated$nobodylogsinwiththishash2 role sysadmin
!
aaa authentication login default local
aaa authentication login console local
!
class-map type application class-iscsi
!
policy-map type application policy-iscsi
!
interface vlan1
 no shutdown
!
interface mgmt1/1/1
 no shutdown
 no ip address dhcp
 ip address 192.0.2.{last}/24
 ipv6 address autoconfig
!
interface ethernet1/1/1
 description uplink-1
 no shutdown
 switchport access vlan 1
 flowcontrol receive on
!
interface ethernet1/1/2
 description uplink-2
 no shutdown
 switchport access vlan 1
 flowcontrol receive on
!
management route 0.0.0.0/0 192.0.2.254
!
snmp-server contact "network operations"
!
telemetry"""


class Configuration:
    """Both configurations of a switch, as CLI text.

    Attributes:
        running: Lines of the running configuration.
        startup: Lines of the startup configuration.
        unsaved: Something was configured since the last save; decides whether ``reload`` asks to save.
        changed_at: When the running configuration last changed, by the switch's clock, in epoch seconds.
    """

    def __init__(self, name: str, last: int, changed_at: float) -> None:
        self.running = _LINES.format(name=name, last=last).split("\n")
        self.startup = list(self.running)
        self.unsaved = False
        self.changed_at = changed_at

    @property
    def hostname(self) -> str:
        """The host name in force."""
        return next(line.split()[1] for line in self.running if line.startswith("hostname "))

    def include(self, lines: Sequence[str]) -> None:
        """Take lines that were always there, running and saved."""
        self.running[-1:-1] = lines
        self.startup = list(self.running)

    def apply(self, line: str, now: float) -> None:
        """Take one configuration command: it replaces the line of its kind, or is added at the end."""
        words = line.split()
        kind = words[0] + " " if words[0] == "hostname" else line
        self.running = [old for old in self.running if not old.startswith(kind)]
        self.running.append(line)
        self.unsaved = True
        self.changed_at = now

    def save(self) -> None:
        """Copy running to startup."""
        self.startup = list(self.running)
        self.unsaved = False

    def boot(self, *, losing: bool) -> None:
        """Load the startup configuration, as a boot does.

        Args:
            losing: Some of its lines are not taken over.
        """
        self.running = [line for line in self.startup if not (losing and re.match(r" (description|flowcontrol)", line))]
        self.unsaved = False

    def header(self, version: str) -> list[str]:
        """Give the lines that only the running text begins with."""
        moment = time.gmtime(self.changed_at)
        changed = f"{time.strftime('%b', moment)}  {moment.tm_mday} {time.strftime('%H:%M:%S %Y', moment)}"
        return [f"! Version {version}", f"! Last configuration change at {changed}", "!"]

    @staticmethod
    def section(lines: list[str], words: list[str]) -> list[str]:
        """Keep the blocks between ``!`` lines that begin with the given text; all of them without any."""
        if not words:
            return lines
        blocks = "\n".join(lines).split("\n!\n")
        return [line for block in blocks if block.startswith(" ".join(words)) for line in [*block.split("\n"), "!"]]
