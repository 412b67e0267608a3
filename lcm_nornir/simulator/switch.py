"""The state of one switch, which all its sessions share."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lcm_nornir.simulator import hostile, image
from lcm_nornir.simulator.configuration import Configuration
from lcm_nornir.simulator.disk import Disk
from lcm_nornir.simulator.draws import Draws
from lcm_nornir.simulator.faults import Faults
from lcm_nornir.simulator.installer import Installer
from lcm_nornir.simulator.layout import layout
from lcm_nornir.simulator.recorded import Recorded
from lcm_nornir.simulator.spec import ImageServerSpec

if TYPE_CHECKING:
    from lcm_nornir.simulator.journal import Journal
    from lcm_nornir.simulator.spec import FleetSpec, SwitchSpec

_DAY = 86_400
_OTHER_MODEL = "S4148F-ON"
_VLT = ("vlt-domain 1", " discovery-interface ethernet1/1/5-1/1/6", " vlt-mac aa:bb:cc:dd:ee:ff", "!")
# Files that lie about, in the image folder and in the user's home.
_NAMES = {"hostile": hostile.FILES, "alarming-words": ("Failed-install-Error-5.log", "10.4-Error.bin")}


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things take, in real seconds.

    Attributes:
        speed: Divides durations.
        download: A download.
        install: An install.
        reboot: A reboot, from the closing of the port until the switch is ready.
    """

    speed: float
    download: float
    install: float
    reboot: float

    @classmethod
    def of(cls, spec: FleetSpec) -> Pace:
        """Give the pace of a fleet."""
        return cls(spec.speed, spec.download_s / spec.speed, spec.install_s / spec.speed, spec.reboot_s / spec.speed)


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


class Switch:
    """One switch.

    Attributes:
        name: Its name in the fleet.
        username: The user that may log in.
        password: That user's password.
        source: Address that it connects from; None if it shares one with others.
        draws: Its draws.
        faults: Its faults.
        layout: How it prints its screens.
        pace: How long things take.
        journal: Its own log.
        expected_serial: Service tag that the fleet says it has.
        expected_model: System type that the fleet says it is.
        model: System type that it prints.
        serial: Service tag that it prints.
        slots: Its partitions, ``A`` and ``B``.
        active: Letter of the partition that runs.
        next: Letter of the partition that the next boot loads.
        configuration: Its configurations.
        disk: Its files.
        installer: Its installer.
        hung: It never answers again.
        peer: The other half of its VLT pair.
        is_primary: It has the primary role in that pair.
        is_down: It is between going down and booting.
        recorded: What it was recorded to say; None once something was changed, or if it was not recorded.
    """

    def __init__(self, spec: SwitchSpec, fleet: FleetSpec, journal: Journal, source: str | None) -> None:
        self.name, self.username, self.password, self.source = spec.name, fleet.username, fleet.password, source
        self.recorded = Recorded.read(spec.recording) if spec.recording else None
        self.draws, self.faults, self.layout = Draws(fleet.seed, spec.name), Faults(spec.faults), layout(spec.variant)
        self.pace, self.journal = Pace.of(fleet), journal
        self.expected_serial, self.expected_model = spec.serial or self.draws.service_tag(), spec.model
        if self.recorded:
            self.expected_serial, self.expected_model = self.recorded.serial, self.recorded.model
        self.model, self.serial = self._identity(spec)
        self.slots, self.active, self.next = self._partitions(spec, fleet)
        self.hung = self.is_primary = self.is_down = False
        self.peer: Switch | None = None
        self._lines = 0
        self._boots = self._clock_sets = 0
        self._booted = time.time() - self.draws.number("uptime", 5 * _DAY, 60 * _DAY)
        self._set_clock()
        last = self.draws.number("management address", 1, 250)
        host_name = hostile.host_name(spec.name) if "hostile" in self.faults else spec.name
        self.configuration = Configuration(host_name, last, self.now() - _DAY)
        self.installer = Installer(self)
        self.disk = Disk(lambda: self.installer.transfer.written if self.installer.transfer.busy else 0)
        if spec.unsaved:
            self.configuration.apply('snmp-server location "row 4, changed by hand"', self.now())
        if "disk-full-before" in self.faults:
            self.disk.fill(int(self.faults.number("disk-full-before")))
        for fault, names in _NAMES.items():
            if fault in self.faults:
                self.disk.place(names, self.now() - _DAY)
        if "busy-installer" in self.faults:
            self.installer.occupy(self.faults.argument("busy-installer"))

    def _identity(self, spec: SwitchSpec) -> tuple[str, str]:
        if "wrong-serial" not in self.faults:
            return self.expected_model, self.expected_serial
        other = _OTHER_MODEL if self.faults.argument("wrong-serial") == "model" else spec.model
        return other, self.draws.service_tag("another switch")

    def _partitions(self, spec: SwitchSpec, fleet: FleetSpec) -> tuple[dict[str, Slot], str, str]:
        target = (fleet.images or ImageServerSpec()).version
        if self.recorded:
            slots = {letter: Slot.of(version) for letter, version in self.recorded.versions.items()}
            return slots, self.recorded.active, self.recorded.next_boot
        versions = {"running": spec.running, "standby": spec.standby}
        for fault, role in (
            ("already-target", "running"),
            ("newer-than-target", "running"),
            ("target-in-standby", "standby"),
        ):
            if fault in self.faults:
                argument = self.faults.argument(fault)
                versions[role] = target if argument == "of the image" else argument
        active = "AB"[spec.variant % 2]
        return {active: Slot.of(versions["running"]), other(active): Slot.of(versions["standby"])}, active, active

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

    @property
    def boot_id(self) -> str:
        """The id of this boot."""
        return self.draws.boot_id(self._boots)

    def now(self) -> float:
        """The switch's clock, in epoch seconds."""
        return time.time() + self._clock_offset

    @property
    def booted(self) -> float:
        """When it booted, by its own clock, in epoch seconds."""
        return self._booted + self._clock_offset

    @property
    def boots(self) -> int:
        """How often it has booted."""
        return self._boots

    @property
    def uptime(self) -> float:
        """Seconds since it booted."""
        return time.time() - self._booted

    def effect(self, kind: str, **fields: Any) -> None:
        """Log that something about the switch has changed, and how it stands now."""
        self.recorded = None
        state = {
            "running": self.running.version,
            "standby": self.standby.version,
            "active_slot": self.active,
            "next_boot": self.next_boot,
            "images": sorted(self.disk.images),
            "unsaved": self.configuration.unsaved,
            "boot_id": self.boot_id,
        }
        self.journal.write("effect", kind=kind, state=state, **fields)
        if self.faults.has("wrong-clock:restless"):
            self._set_clock()

    def hangs_at(self, line: str) -> bool:
        """Count a line that was entered; True if the switch hangs, from now on and for ever."""
        self._lines += 1
        if "hang" in self.faults:
            where = self.faults.argument("hang")
            self.hung |= self._lines > int(where) if where.isdecimal() else line.startswith(where)
        return self.hung

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
        self._boots += 1
        self.is_down = False
        self._booted = time.time()
        self._set_clock()
        self.installer.reset()
        self.configuration.boot(losing="lost-configuration" in self.faults)
        self.effect("booted")

    def _set_clock(self) -> None:
        """Set the clock, which is right unless a fault says otherwise."""
        self._clock_offset = 0.0
        self._clock_sets += 1
        if "wrong-clock" in self.faults:
            self._clock_offset = self.draws.number(f"clock {self._clock_sets}", 0, 300 * _DAY) - self._booted


def other(letter: str) -> str:
    """Give the letter of the other partition."""
    return "B" if letter == "A" else "A"
