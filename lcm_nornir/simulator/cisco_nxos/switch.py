"""The state of one switch, which all its sessions share."""

from __future__ import annotations

import asyncio
import string
from typing import TYPE_CHECKING, Any, TypeVar

from lcm_nornir.simulator import hostile, image
from lcm_nornir.simulator.blobs import File
from lcm_nornir.simulator.chassis import DAY_S, Chassis
from lcm_nornir.simulator.cisco_nxos.arrival import Arrival
from lcm_nornir.simulator.cisco_nxos.bootflash import Bootflash, image_file
from lcm_nornir.simulator.cisco_nxos.configuration import Configuration
from lcm_nornir.simulator.cisco_nxos.installer import Installer
from lcm_nornir.simulator.cisco_nxos.layout import layout
from lcm_nornir.simulator.power import Phase
from lcm_nornir.simulator.spec import ImageServerSpec

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from lcm_nornir.simulator.journal import Journal
    from lcm_nornir.simulator.power import Power
    from lcm_nornir.simulator.spec import FleetSpec, SwitchSpec

T = TypeVar("T")
_UNKNOWN = "Unknown"
_LONG_S = 36_000.0  # seconds that somebody else's copy takes
_SOMEBODYS_FILE = 1_943_380_992  # bytes
# Files that lie about in the bootflash.
_NAMES = {"hostile": hostile.FILES, "alarming-words": ("Failed-install-Error-5.log", "10.2-Error.bin")}


class Switch(Chassis):
    """One switch.

    Attributes:
        layout: How it prints its screens.
        running: Version that runs.
        image: Name of the file that runs.
        standby: Version of the image that the boot variables name on next reload, or else of the one that ran before.
        reason: Why it was reset last.
        next_reason: Why the next reset will have been, as far as anybody has asked for one.
        before_reset: Version that ran before that.
        reset_at: When that was, by the switch's clock, in epoch seconds.
        configuration: Its configurations.
        flash: Its files.
        installer: Its installer.
        known_hosts: Servers whose host keys it has taken.
        power: Its life cycle, as soon as anybody has logged in.
        peer: The other half of its vPC pair.
        is_primary: It has the primary role in that pair.
        was_primary: It had that role before it went down, or its peer did.
    """

    def __init__(self, spec: SwitchSpec, fleet: FleetSpec, journal: Journal, source: str | None) -> None:
        super().__init__(spec, fleet, journal, source)
        if spec.recording:
            raise ValueError(f"{spec.name}: there are no recordings of {spec.platform} switches")
        self.layout = layout(spec.variant)
        self.running, self.standby = self.versions(spec, fleet)
        self.image = self._file_of(self.running)
        self.power: Power | None = None
        self.peer: Switch | None = None
        self.known_hosts: set[str] = set()
        self.is_primary = self.was_primary = False
        self.reason, self.before_reset, self.reset_at = "Reset due to upgrade", self.standby, self.booted - 90
        self.next_reason = _UNKNOWN
        self._work: set[asyncio.Task[Any]] = set()
        self._broken = ""  # name of a file that was installed so that it cannot boot
        last = self.draws.number("management address", 1, 250)
        host_name = hostile.host_name(spec.name) if "hostile" in self.faults else spec.name
        self.configuration = Configuration(host_name, last, self.image, self.running, self.now() - DAY_S)
        self.flash = Bootflash()
        self.installer = Installer(self)
        self._furnish((fleet.images or ImageServerSpec()).size)
        if spec.unsaved:
            self.configuration.apply("snmp-server location row 4, changed by hand", self.now())

    def draw_serial(self, purpose: str) -> str:
        """Draw a serial number like SAL1819S6LU."""
        letters = string.ascii_uppercase + string.digits
        end = "".join(letters[byte % len(letters)] for byte in self.draws.raw(purpose)[:4])
        return f"SAL{self.draws.number(purpose + ' year', 15, 27)}{self.draws.number(purpose + ' week', 10, 52)}{end}"

    @property
    def is_modular(self) -> bool:
        """It is a chassis with two supervisors."""
        return self.model.startswith("N9K-C95")

    @property
    def supervisors(self) -> int:
        """How many supervisors it has."""
        return 2 if self.is_modular else 1

    @property
    def other_running(self) -> str:
        """Version that the other supervisor runs."""
        behind = self.boots and "standby-behind" in self.faults
        return self.before_reset if behind else self.running

    @property
    def next_file(self) -> str:
        """Name of the file that the next boot loads; empty if none is named."""
        return self.configuration.saved_boot_file

    @property
    def bootable(self) -> bool:
        """The file that the next boot loads is there and is an image."""
        return "old-version" in self.faults or self._header(self.next_file) is not None

    @property
    def is_ready(self) -> bool:
        """The startup configuration has been replayed and the modules are up."""
        return self.power is None or self.power.phase is Phase.UP

    def state(self) -> dict[str, Any]:
        """Tell how the switch stands."""
        return {
            "running": self.running,
            "standby": self.standby,
            "image": self.image,
            "next_image": self.next_file,
            "next_boot": "active" if self.next_file == self.image else "standby",
            "images": sorted(self.flash.files),
            "unsaved": self.configuration.unsaved,
            "boot_id": self.boot_id,
        }

    def run(self, work: Coroutine[None, None, T]) -> asyncio.Task[T]:
        """Begin work that ends with the switch at the latest."""
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return task

    def header(self, name: str) -> image.ImageHeader:
        """Read an image of the bootflash.

        Raises:
            KeyError: There is no such file.
            ImageError: It is no undamaged image of this OS.
        """
        return self.flash.files[name].content.image(self.platform.word)

    def set_boot(self, name: str, *, saved: bool = False) -> None:
        """Put a file into the boot variable."""
        self.configuration.set_boot(name, self.now(), saved=saved or self.layout.next_at_once)
        self._note_standby()
        self.effect("set_boot", file=name)

    def break_image(self, name: str) -> None:
        """Keep a file so that it cannot boot, whatever it is."""
        self._broken = name

    def save(self) -> None:
        """Save the configuration, and with it the boot variable."""
        self.configuration.save(self.running, self.now())
        self._note_standby()
        self.effect("saved")

    def configure(self, line: str, interface: str = "") -> None:
        """Take one configuration command, of an interface if one is named."""
        if interface:
            self.configuration.apply_to(interface, line, self.now())
        elif line.startswith("no "):
            self.configuration.remove(line.removeprefix("no "), self.now())
        else:
            self.configuration.apply(line, self.now())
        self.effect("configured", line=line)

    def pair_with(self, peer: Switch) -> None:
        """Take the other half of a vPC pair; who does so first is primary."""
        self.peer = peer
        self.is_primary = self.was_primary = peer.peer is None
        self.configuration.include_vpc()

    def go_down(self) -> None:
        """Be off until the boot: what runs ends, and a peer that is up takes over."""
        self.is_down = True
        self._end_work()
        if self.peer is not None and self.is_primary and not self.peer.is_down:
            self.is_primary, self.peer.is_primary = False, True

    def boot(self) -> None:
        """Load the image that the saved boot variable names."""
        self.before_reset, self.reset_at = self.running, self.now()
        self.reason, self.next_reason = self.next_reason, _UNKNOWN
        header = self._header(self.next_file)
        if "old-version" in self.faults:
            if not self.faults.has("old-version:next-stays"):
                self.configuration.set_boot(self.image, self.now(), saved=True)
        elif header is not None:
            self.standby = self.running if header.version != self.running else self.standby
            self.running, self.image = header.version, self.next_file
        self.count_boot()
        self.configuration.boot(self.now(), losing="lost-configuration" in self.faults)
        self.installer.boot()
        self.effect("booted")

    async def stop(self) -> None:
        """End everything."""
        work = list(self._work)
        self._end_work()
        await asyncio.gather(*work, return_exceptions=True)

    def _end_work(self) -> None:
        for task in list(self._work):
            task.cancel()
        self.flash.arriving.clear()

    def _header(self, name: str) -> image.ImageHeader | None:
        """Read an image that is to be booted; None if it cannot be."""
        try:
            return None if name == self._broken else self.header(name)
        except (KeyError, image.ImageError):
            return None

    def _note_standby(self) -> None:
        header = self._header(self.next_file)
        if header is not None and self.next_file != self.image:
            self.standby = header.version

    def _file_of(self, version: str) -> str:
        return image.file_name(self.platform.file_name, version)

    def _furnish(self, size: int) -> None:
        """Put what was always there into the bootflash."""
        names = {self._file_of(version): version for version in (self.standby, self.running)}
        for name, version in names.items():
            self.flash.files[name] = File(image_file(version, size, self.platform.word), self.booted - DAY_S)
        for fault, others in _NAMES.items():
            for name in others if fault in self.faults else ():
                self.flash.files[name] = File(image_file("0", image.SMALLEST, "none"), self.booted)
        if "disk-full-before" in self.faults:
            self.flash.fill(int(self.faults.number("disk-full-before")))
        if self.faults.has("busy-installer:download"):
            arrival = Arrival(self.now(), _LONG_S)
            arrival.begin(_SOMEBODYS_FILE)
            arrival.received = _SOMEBODYS_FILE
            self.flash.arriving["somebodys.bin"] = arrival
