"""Running and startup configuration, and the boot variable that is written with the latter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lcm_nornir.simulator.cisco_xe import moments

if TYPE_CHECKING:
    from lcm_nornir.simulator.cisco_xe.flash import File

_LINES = """\
service timestamps debug datetime msec
service timestamps log datetime msec
platform punt-keepalive disable-kernel-core
!
hostname {name}
!
vrf definition Mgmt-vrf
 address-family ipv4
 exit-address-family
!
enable secret 9 $9$simulated$nobodylogsinwiththishash0
!
aaa new-model
aaa session-id common
!
ip domain name example.net
!
username admin privilege 15 secret 9 $9$simulated$nobodylogsinwiththishash1
!
interface GigabitEthernet0/0
 vrf forwarding Mgmt-vrf
 ip address 192.0.2.{last} 255.255.255.0
 negotiation auto
!
interface TenGigabitEthernet1/0/1
 description uplink-1
 switchport mode trunk
!
interface TenGigabitEthernet1/0/2
 description uplink-2
 switchport mode trunk
!
ip http client source-interface GigabitEthernet0/0
!
snmp-server location row 4
!
line vty 0 15
 transport input ssh
!
end"""
_NVRAM = 2_097_152
# Commands of which a later one takes the place of the earlier one.
_SINGLE = ("hostname ", "snmp-server location ", "ip http client source-interface ", "snmp-server contact ")


class Configuration:
    """Both configurations of a switch, as CLI text.

    Attributes:
        running: Lines of the running configuration.
        startup: Lines of the startup configuration.
        changed_at: When the running configuration was changed, by the switch's clock, in epoch seconds; 0 if it was not
            since the boot.
        saved_at: When the startup configuration was written, likewise.
    """

    def __init__(self, name: str, last: int, now: float) -> None:
        self.running = _LINES.format(name=name, last=last).split("\n")
        self.startup = list(self.running)
        self.changed_at, self.saved_at = now, now + 1

    @property
    def hostname(self) -> str:
        """The host name in force."""
        return next((line.split()[1] for line in self.running if line.startswith("hostname ")), "Switch")

    @property
    def unsaved(self) -> bool:
        """The running configuration is not the startup configuration."""
        return sorted(self.running) != sorted(self.startup) or boot_lines(self.running) != boot_lines(self.startup)

    def has(self, line: str) -> bool:
        """Tell whether the running configuration has a line."""
        return line in self.running

    def described(self, section: str) -> str:
        """Give the description in a section of the running configuration; empty if it has none."""
        found = re.search(rf"(?m)^{re.escape(section)}\n(?: .*\n)*? description (.*)$", "\n".join(self.running))
        return found[1] if found else ""

    @property
    def boot_variable(self) -> list[str]:
        """What the next boot tries, one after the other: taken from the startup configuration."""
        return boot_lines(self.startup)

    def apply(self, line: str, now: float, section: str = "") -> None:
        """Take one configuration command.

        Args:
            line: The command.
            now: The switch's clock, in epoch seconds.
            section: The line of the section that it belongs to; empty for none.
        """
        before = list(self.running)
        if section:
            self._apply_within(section, line)
        elif line.startswith("no "):
            unwanted = line.removeprefix("no ")
            self.running = [old for old in self.running if old != unwanted and not old.startswith(f"{unwanted} ")]
        else:
            kind = next((kind for kind in _SINGLE if line.startswith(kind)), None)
            lines = [old for old in self.running if old != line and not (kind and old.startswith(kind))]
            self.running = [*lines[:-1], line, "end"]
        if self.running != before:
            self.changed_at = now

    def _apply_within(self, section: str, line: str) -> None:
        if section not in self.running:
            self.running = [*self.running[:-1], section, "!", "end"]
        place = self.running.index(section) + 1
        wanted = line.removeprefix("no ")
        kind = f" {wanted.split()[0]}"
        end = next(number for number in range(place, len(self.running)) if not self.running[number].startswith(" "))
        kept = [old for old in self.running[place:end] if not old.startswith(kind)]
        new = [] if line.startswith("no ") and wanted != "shutdown" else [f" {line}"]
        self.running[place:end] = kept + new

    def include(self, line: str) -> None:
        """Take a line that was always there, running and saved."""
        self.running[-1:-1] = [line, "!"]
        self.startup = list(self.running)

    def save(self, now: float) -> None:
        """Copy running to startup."""
        self.startup, self.saved_at = list(self.running), now

    def boot(self, *, losing: bool) -> None:
        """Load the startup configuration, as a boot does.

        Args:
            losing: Some of its lines are not taken over.
        """
        self.running = [
            line for line in self.startup if not (losing and re.match(r" (description|switchport)|snmp", line))
        ]
        self.changed_at = 0.0

    def running_text(self, version: str) -> str:
        """Give what ``show running-config`` prints."""
        changed = f"! Last configuration change at {moments.stamp(self.changed_at)} by admin"
        if not self.changed_at:
            changed = "! No configuration change since last restart"
        head = (changed, f"! NVRAM config last updated at {moments.stamp(self.saved_at)} by admin")
        body = "\n".join(("!", *head, "!", f"version {moments.train(version)}", *self.running))
        return f"Building configuration...\n\nCurrent configuration : {len(body)} bytes\n{body}\n"

    def startup_text(self, version: str) -> str:
        """Give what ``show startup-config`` prints."""
        head = f"! NVRAM config last updated at {moments.stamp(self.saved_at)} by admin"
        body = "\n".join(("!", head, "!", f"version {moments.train(version)}", *self.startup))
        return f"Using {len(body)} out of {_NVRAM} bytes\n{body}\n"

    def differences(self) -> str:
        """Give what ``show archive config differences nvram:startup-config system:running-config`` prints."""
        gone = [f"-{line}" for line in self.startup if line not in self.running]
        new = [f"+{line}" for line in self.running if line not in self.startup]
        return "\n".join(("!Contextual Config Diffs:", *(new + gone or ["!No changes were found"])))


def boot_lines(lines: list[str]) -> list[str]:
    """Give the paths of the boot commands among configuration lines."""
    found = (re.fullmatch(r"boot system (?:switch (?:all|\d) )?(\S+)", line) for line in lines)
    return [one[1] for one in found if one is not None]


def first_found(variable: list[str], files: dict[str, File]) -> list[str]:
    """Give the names of those files of a boot variable that are there, in its order."""
    names = [path.partition(":")[2].partition(",")[0].lstrip("/") for path in variable]
    return [name for name in names if name in files]
