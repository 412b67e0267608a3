"""The state of one switch, which all its sessions share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lcm_nornir.simulator import hostile, image
from lcm_nornir.simulator.chassis import DAY_S, Chassis
from lcm_nornir.simulator.cisco_xe import configuration, packages, stack
from lcm_nornir.simulator.cisco_xe.configuration import Configuration
from lcm_nornir.simulator.cisco_xe.flash import File, Flash, bootable_file
from lcm_nornir.simulator.cisco_xe.installer import Installer
from lcm_nornir.simulator.cisco_xe.layout import layout
from lcm_nornir.simulator.cisco_xe.packages import Packages

if TYPE_CHECKING:
    from lcm_nornir.simulator.journal import Journal
    from lcm_nornir.simulator.power import Power
    from lcm_nornir.simulator.spec import FleetSpec, SwitchSpec

PACKAGES_CONF = "packages.conf"
_IMAGE_BYTES = 900_000_000  # of an image that was there before
_LIST_BYTES = 7505  # of a file that lists packages
_OTHER_MEMBERS = "17.03.05"  # what the second member of a mixed stack runs
_ADDED = "17.03.07"  # what somebody added and forgot
_NAMES = {"hostile": hostile.FILES, "alarming-words": ("Failed-install-Error-5.log", "Error.bin")}


@dataclass(frozen=True, slots=True)
class Bootable:
    """What a boot loads.

    Attributes:
        version: The version.
        file: Name of the file on the flash: ``packages.conf`` in install mode, an image in bundle mode.
    """

    version: str
    file: str

    @property
    def bundle(self) -> bool:
        """It is an image that is booted as it is."""
        return self.file != PACKAGES_CONF


class Switch(Chassis):
    """One switch.

    Attributes:
        layout: How it prints its screens.
        booted_from: What runs.
        packages: The installed packages.
        flash: Its files.
        configuration: Its configurations.
        installer: Its installer.
        members: The members of the stack; just one if it is none.
        power: Its life cycle, as soon as anybody has logged in.
        reason: Why it booted last.
        manual_boot: It stops in the boot loader.
    """

    def __init__(self, spec: SwitchSpec, fleet: FleetSpec, journal: Journal, source: str | None) -> None:
        super().__init__(spec, fleet, journal, source)
        if spec.recording:
            raise ValueError(f"{spec.name}: there are no recordings of {spec.platform} switches")
        self.layout = layout(spec.variant)
        self.power: Power | None = None
        self.reason, self._why = "Reload Command", "Reload Command"
        self.manual_boot = "manual-boot" in self.faults
        host_name = hostile.host_name(spec.name) if "hostile" in self.faults else spec.name
        last = self.draws.number("management address", 1, 250)
        self.configuration = Configuration(host_name, last, self.now() - DAY_S)
        self.flash = Flash()
        running, standby = self.versions(spec, fleet)
        self.packages = Packages("", "")
        self._furnish(running, standby, bundle="bundle-mode" in self.faults)
        self.installer = Installer(self)
        self.members = stack.members(self, max(spec.members, 2 if "members-differ" in self.faults else 1))
        self._prepare(spec)

    def _furnish(self, running: str, standby: str, *, bundle: bool) -> None:
        """Put there what the switch boots, and what else it holds."""
        file = image.file_name(self.platform.file_name, running)
        self.booted_from = Bootable(running, file if bundle else PACKAGES_CONF)
        if bundle:
            then = self.now() - 30 * DAY_S
            self.flash.files[file] = bootable_file(running, self.platform.word, _IMAGE_BYTES, then)
            self.configuration.include(f"boot system flash:{file}")
        else:
            self.packages.active = self.packages.committed = running
            self.unpack(running, _IMAGE_BYTES)
        added = standby or (_ADDED if "package-added" in self.faults else "")
        if added and not bundle:
            self.packages.inactive.append(added)
            self.unpack(added, _IMAGE_BYTES)
        elif added:
            other = image.file_name(self.platform.file_name, added)
            self.flash.files[other] = bootable_file(added, self.platform.word, _IMAGE_BYTES, self.now() - DAY_S)
        self.flash.fill()

    def _prepare(self, spec: SwitchSpec) -> None:
        """Let the fleet's wishes and the faults come true."""
        if spec.unsaved:
            self.configuration.apply('snmp-server location "row 4, changed by hand"', self.now())
        if self.faults.has("members-differ:before"):
            self.members[1].version = _OTHER_MEMBERS
        if "disk-full-before" in self.faults:
            self.flash.fill(int(self.faults.number("disk-full-before")))
        for fault, names in _NAMES.items():
            if fault in self.faults:
                self.flash.place(names, self.now() - DAY_S)
        if "busy-installer" in self.faults:
            self.installer.occupy(self.faults.argument("busy-installer"))

    def draw_serial(self, purpose: str) -> str:
        """Draw a serial number like FCW2233G0AB."""
        letters = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
        tail = "".join(letters[byte % len(letters)] for byte in self.draws.raw(purpose)[:3])
        return f"FCW{self.draws.number(purpose + ' week', 2101, 2552)}{tail}{self.draws.number(purpose + ' end', 0, 9)}"

    @property
    def running(self) -> str:
        """The version that runs."""
        return self.booted_from.version

    @property
    def bundle(self) -> bool:
        """It runs in bundle mode."""
        return self.booted_from.bundle

    @property
    def next_image(self) -> Bootable | None:
        """What the next boot loads; None if there is nothing that can be booted."""
        files = self.flash.files
        wanted = configuration.first_found(self.configuration.boot_variable, files)
        # Without a boot variable the first that can be booted is taken.
        fallback = [PACKAGES_CONF, *sorted(name for name in files if name.endswith(".bin"))]
        return next(filter(None, map(self._as_bootable, [*wanted, *fallback])), None)

    def _as_bootable(self, name: str) -> Bootable | None:
        file, installed = self.flash.files.get(name), self.packages
        if name == PACKAGES_CONF:
            return Bootable(installed.active, name) if file and installed.active else None
        if file is None or file.content is None or not file.content.is_image(self.platform.word):
            return None
        return Bootable(file.content.image(self.platform.word).version, name)

    @property
    def next_boot(self) -> str:
        """``active`` if the next boot loads what runs, else ``standby``."""
        return "active" if self.next_image in {self.booted_from, None} else "standby"

    @property
    def bootable(self) -> bool:
        """The next boot comes up: not into the boot loader, and not with packages of which some are missing."""
        if "old-version" in self.faults:
            return True
        found = self.next_image
        return found is not None and (found.bundle or self.is_whole(found.version)) and not self.manual_boot

    def is_whole(self, version: str) -> bool:
        """Tell whether all packages of a version are there, and were unpacked as a whole."""
        there = all(name in self.flash.files for name in packages.files(version))
        return there and version not in self.packages.broken

    def state(self) -> dict[str, Any]:
        """Tell how the switch stands."""
        held = [version for _letter, version in self.packages.rows if version != self.running]
        found = self.next_image
        coming = [found.version] if found and found != self.booted_from else []
        return {
            "running": self.running,
            "standby": next(iter(coming + held), ""),
            "next_boot": self.next_boot,
            "mode": "BUNDLE" if self.bundle else "INSTALL",
            "packages": [f"{letter} {version}" for letter, version in self.packages.rows],
            "images": sorted(name for name in self.flash.files if name.endswith(".bin")),
            "unsaved": self.configuration.unsaved,
            "boot_id": self.boot_id,
        }

    def unpack(self, version: str, total: int) -> None:
        """Write the packages of a version to the flash; each is as much of the image as of a real one."""
        now = self.now()
        for name, size in packages.sizes(version, total).items():
            self.flash.files[name] = File(size, now)
        self.flash.files[f"{image.file_name(self.platform.file_name, version).removesuffix('.bin')}.conf"] = File(
            0, now
        )
        self.flash.files.setdefault(PACKAGES_CONF, File(_LIST_BYTES, now))

    def provisioning(self, version: str) -> str:
        """Name the file that lists the packages of a version."""
        return image.file_name(self.platform.file_name, version).removesuffix("bin") + "conf"

    def configure(self, line: str, section: str = "") -> None:
        """Take one configuration command."""
        self.configuration.apply(line, self.now(), section)
        self.effect("configured", line=line)

    def save(self) -> None:
        """Save the configuration, and the boot variable with it."""
        before = self.next_image
        self.configuration.save(self.now())
        self.effect("saved")
        if self.next_image != before:
            self.effect("set_boot", which="boot variable")

    def reload(self, reason: str) -> None:
        """Begin a reload."""
        if self.power is not None:
            self._why = reason
            self.power.reload()

    def pair_with(self, peer: Switch) -> None:
        """Refuse: peers are the members of one stack, which is one switch."""
        raise ValueError(f"{self.name} and {peer.name}: pairs of IOS-XE switches are not simulated")

    def go_down(self) -> None:
        """Be off until the boot: what runs on the switch ends."""
        self.is_down = True
        self.installer.reset()

    def boot(self) -> None:
        """Load what is to be booted."""
        found = self.next_image
        if found is not None and "old-version" not in self.faults:
            self.booted_from = found
        elif not self.faults.has("old-version:next-stays"):
            self._go_back()
        self.count_boot()
        self.reason = self._why
        for member in self.members:
            if not (self.faults.has("members-differ:after") and member.number > 1):
                member.version = self.running
        self.configuration.boot(losing="lost-configuration" in self.faults)
        self.installer.booted()
        self.effect("booted")

    def _go_back(self) -> None:
        """Let what runs be the next boot again, as a switch does that could not boot something else."""
        if self.bundle:
            lines = [line for line in self.configuration.startup if not line.startswith("boot system ")]
            self.configuration.startup = [*lines[:-1], f"boot system flash:{self.booted_from.file}", "end"]
        else:
            self.packages.return_to(self.running)

    async def stop(self) -> None:
        """End what the installer does."""
        self.installer.stop()
