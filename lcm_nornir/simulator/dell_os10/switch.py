"""The state of one switch, which all its sessions share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lcm_nornir.simulator import hostile, image
from lcm_nornir.simulator.chassis import DAY_S, Chassis
from lcm_nornir.simulator.dell_os10.configuration import Configuration
from lcm_nornir.simulator.dell_os10.disk import Disk
from lcm_nornir.simulator.dell_os10.installer import Installer
from lcm_nornir.simulator.dell_os10.layout import layout
from lcm_nornir.simulator.dell_os10.recorded import Recorded

if TYPE_CHECKING:
    from lcm_nornir.simulator.journal import Journal
    from lcm_nornir.simulator.spec import FleetSpec, SwitchSpec

_VLT = ("vlt-domain 1", " discovery-interface ethernet1/1/5-1/1/6", " vlt-mac aa:bb:cc:dd:ee:ff", "!")
# Files that lie about, in the image folder and in the user's home.
_NAMES = {"hostile": hostile.FILES, "alarming-words": ("Failed-install-Error-5.log", "10.4-Error.bin")}


@dataclass(frozen=True, slots=True)
class Slot:
    """A partition.

    Attributes:
        version: Version of the image in it.
        build: Last part of its build version.
        whole: It can boot.
    """

    version: str
    build: int
    whole: bool = True

    @classmethod
    def of(cls, version: str) -> Slot:
        """Give the partition that holds a version."""
        return cls(version, image.build_number(version))

    @property
    def built(self) -> str:
        """When the image was built: any fixed time, but another one for each build."""
        return f"20{20 + self.build % 5}-{1 + self.build % 12:02}-{1 + self.build % 28:02}T17:55:39+0000"


class Switch(Chassis):
    """One switch.

    Attributes:
        layout: How it prints its screens.
        slots: Its partitions, ``A`` and ``B``.
        active: Letter of the partition that runs.
        next: Letter of the partition that the next boot loads.
        configuration: Its configurations.
        disk: Its files.
        installer: Its installer.
        peer: The other half of its VLT pair.
        is_primary: It has the primary role in that pair.
        recorded: What it was recorded to say; None once something was changed, or if it was not recorded.
    """

    def __init__(self, spec: SwitchSpec, fleet: FleetSpec, journal: Journal, source: str | None) -> None:
        self.recorded = Recorded.read(spec.recording) if spec.recording else None
        super().__init__(spec, fleet, journal, source)
        self.layout = layout(spec.variant)
        self.slots, self.active, self.next = self._partitions(spec, fleet)
        self.is_primary = False
        self.peer: Switch | None = None
        last = self.draws.number("management address", 1, 250)
        host_name = hostile.host_name(spec.name) if "hostile" in self.faults else spec.name
        self.configuration = Configuration(host_name, last, self.now() - DAY_S)
        self.installer = Installer(self)
        self.disk = Disk(lambda: self.installer.transfer.written if self.installer.transfer.busy else 0)
        if spec.unsaved:
            self.configuration.apply('snmp-server location "row 4, changed by hand"', self.now())
        if "disk-full-before" in self.faults:
            self.disk.fill(int(self.faults.number("disk-full-before")))
        for fault, names in _NAMES.items():
            if fault in self.faults:
                self.disk.place(names, self.now() - DAY_S)
        if "busy-installer" in self.faults:
            self.installer.occupy(self.faults.argument("busy-installer"))

    def identity(self, spec: SwitchSpec) -> tuple[str, str]:
        """Give the service tag and the system type that the fleet says it has."""
        return (self.recorded.serial, self.recorded.model) if self.recorded else super().identity(spec)

    def _partitions(self, spec: SwitchSpec, fleet: FleetSpec) -> tuple[dict[str, Slot], str, str]:
        if self.recorded:
            slots = {letter: Slot.of(version) for letter, version in self.recorded.versions.items()}
            return slots, self.recorded.active, self.recorded.next_boot
        running, standby = self.versions(spec, fleet)
        active = "AB"[spec.variant % 2]
        return {active: Slot.of(running), other(active): Slot.of(standby)}, active, active

    @property
    def running(self) -> Slot:
        """The partition that runs."""
        return self.slots[self.active]

    @property
    def standby(self) -> Slot:
        """The other partition."""
        return self.slots[other(self.active)]

    @property
    def next_boot(self) -> str:
        """The role of the partition that the next boot loads: ``active`` or ``standby``."""
        return "active" if self.next == self.active else "standby"

    @property
    def old_style(self) -> bool:
        """Release 10.4 runs, which words some things in another way."""
        return self.running.version.startswith("10.4")

    def effect(self, kind: str, **fields: Any) -> None:
        """Log that something has changed; what was recorded before is no longer true."""
        self.recorded = None
        super().effect(kind, **fields)

    def state(self) -> dict[str, Any]:
        """Tell how the switch stands."""
        return {
            "running": self.running.version,
            "standby": self.standby.version,
            "active_slot": self.active,
            "next_boot": self.next_boot,
            "images": sorted(self.disk.images),
            "unsaved": self.configuration.unsaved,
            "boot_id": self.boot_id,
        }

    def install(self, header: image.ImageHeader, *, whole: bool) -> None:
        """Write an image to the standby partition, as a whole or so that it cannot boot."""
        self.slots[other(self.active)] = Slot(header.version, header.build, whole)

    def set_boot(self, role: str) -> None:
        """Choose the partition of the next boot by its role."""
        self.next = self.active if role == "active" else other(self.active)
        self.effect("set_boot")

    def save(self) -> None:
        """Save the configuration."""
        self.configuration.save()
        self.effect("saved")

    def configure(self, line: str) -> None:
        """Take one configuration command."""
        self.configuration.apply(line, self.now())
        self.effect("configured", line=line)

    def pair_with(self, peer: Switch) -> None:
        """Take the other half of a VLT pair; who does so first is primary."""
        self.peer = peer
        self.is_primary = peer.peer is None
        self.configuration.include(_VLT)

    def go_down(self) -> None:
        """Be off until the boot: a peer that is up takes over."""
        self.is_down = True
        if self.peer is not None and self.is_primary and not self.peer.is_down:
            self.is_primary, self.peer.is_primary = False, True

    def boot(self) -> None:
        """Load the chosen partition: roles, identity, configuration and installer begin anew."""
        if "old-version" not in self.faults and self.slots[self.next].whole:
            self.active = self.next
        elif not self.faults.has("old-version:next-stays"):
            self.next = self.active
        self.count_boot()
        self.installer.reset()
        self.configuration.boot(losing="lost-configuration" in self.faults)
        self.effect("booted")

    async def stop(self) -> None:
        """End what the installer does."""
        self.installer.stop()


def other(letter: str) -> str:
    """Give the letter of the other partition."""
    return "B" if letter == "A" else "A"
