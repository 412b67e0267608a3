"""Running and startup configuration, and the boot variable that both carry."""

from __future__ import annotations

import difflib
import re
import time

_BOOT = "boot nxos bootflash:/"
_LINES = """\
hostname {name}
vdc {name} id 1
  limit-resource vlan minimum 16 maximum 4094
  limit-resource vrf minimum 2 maximum 4096

feature bgp
feature lldp
feature interface-vlan

no password strength-check
username admin password 5 $5$simulated$nobodylogsinwiththishash  role network-admin
ip domain-lookup
snmp-server contact network operations
ntp server 192.0.2.123 use-vrf management

vlan 1,100-102

vrf context management
  ip route 0.0.0.0/0 192.0.2.254

interface Ethernet1/1
  description uplink-1
  no shutdown

interface Ethernet1/2
  description uplink-2
  no shutdown

interface Ethernet1/3
  description uplink-3
  no shutdown

interface Ethernet1/4
  description uplink-4
  no shutdown

interface mgmt0
  vrf member management
  ip address 192.0.2.{last}/24
line console
line vty
boot nxos bootflash:/{image}"""
_VPC = """\
feature vpc

vpc domain 1
  peer-keepalive destination 192.0.2.253"""


def moment(epoch_s: float) -> str:
    """Print a time as the headers do: ``Thu Oct 26 13:14:47 2023``."""
    return time.strftime("%a %b %e %H:%M:%S %Y", time.gmtime(epoch_s))


def _boot_file(lines: list[str]) -> str:
    return next((line.removeprefix(_BOOT) for line in lines if line.startswith(_BOOT)), "")


class Configuration:
    """Both configurations of a switch, as CLI text.

    Attributes:
        running: Lines of the running configuration.
        startup: Lines of the startup configuration.
        startup_version: Version that ran when the configuration was saved.
        changed_at: When the running configuration last changed, by the switch's clock, in epoch seconds.
        saved_at: When it was saved, likewise.
    """

    def __init__(self, name: str, last: int, image: str, version: str, now: float) -> None:
        self.running = _LINES.format(name=name, last=last, image=image).split("\n")
        self.startup = list(self.running)
        self.startup_version = version
        self.changed_at = self.saved_at = now

    @property
    def host_name(self) -> str:
        """The host name in force."""
        return next(line.split()[1] for line in self.running if line.startswith("hostname "))

    @property
    def unsaved(self) -> bool:
        """Running and startup configuration differ."""
        return self.running != self.startup

    @property
    def boot_file(self) -> str:
        """Name of the file in the boot variable of the running configuration; empty if there is none."""
        return _boot_file(self.running)

    @property
    def saved_boot_file(self) -> str:
        """Name of the file in the boot variable of the startup configuration; empty if there is none."""
        return _boot_file(self.startup)

    def has(self, line: str) -> bool:
        """Tell whether a line is in force."""
        return line in self.running

    def include_vpc(self) -> None:
        """Be one half of a vPC pair that always was one."""
        self.running[-1:-1] = _VPC.split("\n")
        self.startup = list(self.running)

    def apply(self, line: str, now: float) -> None:
        """Take one line: it replaces the line of its kind, or is added before the boot variable."""
        kind = f"{line.split(maxsplit=1)[0]} " if line.startswith(("hostname ", "boot ")) else f"{line}\n"
        kept = [old for old in self.running if not f"{old}\n".startswith(kind)]
        last = line.startswith("boot ") or not _boot_file(kept)
        self.running = [*kept, line] if last else [*kept[:-1], line, *kept[-1:]]
        self.changed_at = now

    def apply_to(self, interface: str, line: str, now: float) -> None:
        """Take one line of an interface, which begins to have lines if it had none."""
        head = f"interface {interface}"
        if head not in self.running:
            self.apply(head, now)
        place = self.running.index(head) + 1
        while place < len(self.running) and self.running[place].startswith("  "):
            place += 1
        self.running.insert(place, f"  {line}")
        self.changed_at = now

    def remove(self, line: str, now: float) -> None:
        """Take lines back that begin so."""
        self.running = [old for old in self.running if not f"{old} ".startswith(f"{line} ")]
        self.changed_at = now

    def set_boot(self, name: str, now: float, *, saved: bool) -> None:
        """Put a file into the boot variable, of the startup configuration too if it is ``saved``."""
        self.apply(_BOOT + name, now)
        if saved:
            self.startup = [_BOOT + name if line.startswith(_BOOT) else line for line in self.startup]

    def save(self, version: str, now: float) -> None:
        """Copy running to startup."""
        self.startup, self.startup_version, self.saved_at = list(self.running), version, now

    def boot(self, now: float, *, losing: bool) -> None:
        """Load the startup configuration, as a boot does.

        Args:
            now: The time, by the switch's clock, in epoch seconds.
            losing: Some of its lines are not taken over.
        """
        lost = re.compile(r"  description |snmp-server ")
        self.running = [line for line in self.startup if not (losing and lost.match(line))]
        self.changed_at = now

    def difference(self, *, unified: bool) -> str:
        """Compare running against startup; empty if they are equal."""
        tool = difflib.unified_diff if unified else difflib.context_diff
        return "\n".join(tool(self.startup, self.running, "Startup-config", "Running-config", lineterm=""))
