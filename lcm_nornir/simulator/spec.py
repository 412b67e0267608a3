"""What a fleet is made of: plain values that cross the border between the two processes as JSON.

The parent sends one :class:`FleetSpec`, the simulator answers with one :class:`FleetReady`. Nothing here imports more
than the standard library and the plain facts of the platforms, so that ``import lcm_nornir.simulator`` stays cheap.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lcm_nornir.simulator.personality import platform

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class SwitchSpec:
    """One switch, as it is before anybody touches it.

    Attributes:
        name: Host name, and the name under which the fleet knows the switch.
        platform: Name of the OS that it runs, one of :data:`~lcm_nornir.simulator.personality.PLATFORMS`.
        running: Version that runs; empty takes the platform's own.
        standby: The other version that the switch holds; empty takes the platform's own.
        model: Model, as the switch prints it; empty takes the platform's own.
        serial: Serial number; empty means that one is derived from the fleet's seed and the name.
        faults: Names of the fault table, each optionally with ``:argument``, such as ``stall:40``.
        unsaved: The running configuration differs from the startup configuration.
        variant: Picks among the literal layouts that real releases were seen to print.
        vlt_peer: Name of the other half of its pair, which must name this one and run the same OS; empty if in none.
        members: Members of the stack that it is; only a Cisco IOS-XE switch can have more than one.
        recording: Path of a recording with which the switch begins; serial, model and versions are those in it.
    """

    name: str
    platform: str = "dell_os10"
    running: str = ""
    standby: str = ""
    model: str = ""
    serial: str = ""
    faults: tuple[str, ...] = ()
    unsaved: bool = False
    variant: int = 0
    vlt_peer: str = ""
    members: int = 1
    recording: str = ""


@dataclass(frozen=True, slots=True)
class ImageServerSpec:
    """The image server and its images, one for each platform.

    Attributes:
        version: Version that the first platform's image carries; empty takes the platform's own.
        size: Length of each image file in bytes.
        host: Address to listen at.
        port: Port to listen at; 0 takes a free one.
        faults: For a client (a switch name of the fleet, or an address; ``*`` is everybody else) an HTTP fault of the
            fault table.
        pace: Seconds over which the fault ``slow:1`` would spread a file. A fleet fills this in with its own pace.
        file_name: Name of the first platform's file; empty gives it the vendor's form.
        platforms: Names of the platforms. A fleet fills this in with those of its switches.
        versions: For a platform other than the first, the version that its image carries; the platform's own without.
    """

    version: str = ""
    size: int = 1_048_576
    host: str = "127.0.0.1"
    port: int = 0
    faults: Mapping[str, str] | tuple[tuple[str, str], ...] = ()
    pace: float = 1.0
    file_name: str = ""
    platforms: tuple[str, ...] = ("dell_os10",)
    versions: Mapping[str, str] | tuple[tuple[str, str], ...] = ()

    def version_of(self, name: str) -> str:
        """Give the version of a platform's image."""
        first = self.version if name == self.platforms[0] else ""
        return first or dict(self.versions).get(name, "") or platform(name).target


@dataclass(frozen=True, slots=True)
class FleetSpec:
    """A fleet: its switches, its pace, and where it lives.

    Attributes:
        switches: The switches.
        seed: Host keys, serials, boot ids and invented texts derive from it: the same seed gives the same ones again.
        speed: Divides every duration below.
        download_s: Seconds that a download takes at speed 1.
        install_s: Seconds that an install takes at speed 1.
        reboot_s: Seconds at speed 1 from the closing of the port until the switch is ready.
        username: The one user, a sysadmin.
        password: That user's password.
        first_address: First loopback address, from which addresses count up; empty takes a free block of 127/8.
        port: SSH port on every address; not used with ``one_address``.
        one_address: All switches listen on 127.0.0.1, each on a free port of its own.
        log_dir: Folder of the switches' own logs; required.
        images: The image server to start with the fleet, as a process of its own.
    """

    switches: tuple[SwitchSpec, ...]
    seed: int = 0
    speed: float = 1.0
    download_s: float = 60.0
    install_s: float = 90.0
    reboot_s: float = 120.0
    username: str = "admin"
    password: str = "admin-simulated"  # noqa: S105 - the password of a switch that does not exist
    first_address: str = ""
    port: int = 2222
    one_address: bool = False
    log_dir: str = ""
    images: ImageServerSpec | None = None


@dataclass(frozen=True, slots=True)
class SimulatedSwitch:
    """A switch that listens now.

    Attributes:
        name: Its name in the fleet.
        host: Address of its SSH port.
        port: Its SSH port.
        username: The user that may log in.
        password: That user's password.
        platform: Name of the operating system that it imitates.
        serial: Serial number that an inventory should expect; the fault ``wrong-serial`` answers with another one.
        model: Model that an inventory should expect.
        host_key: Public host key in OpenSSH form, ``ssh-ed25519 AAAA…``.
        next_host_key: The one that it has after its first reload: another one with the fault ``new-host-key``.
    """

    name: str
    host: str
    port: int
    username: str
    password: str
    platform: str
    serial: str
    model: str
    host_key: str
    next_host_key: str


@dataclass(frozen=True, slots=True)
class SimulatedImage:
    """An image that the image server serves.

    Attributes:
        url: Address of the file.
        file_name: Its name, in the vendor's form.
        version: Version that it carries.
        sha256: SHA-256 of the undamaged file, hexadecimal.
        sha512: SHA-512 of the undamaged file, hexadecimal.
        size: Length in bytes.
    """

    url: str
    file_name: str
    version: str
    sha256: str
    sha512: str
    size: int


@dataclass(frozen=True, slots=True)
class FleetReady:
    """The simulator's one answer: everything listens.

    Attributes:
        pid: Process id of the simulator.
        switches: The switches, in the order of the specification.
        images: The served images by platform; none without an image server.
        images_pid: Process id of the image server; 0 without one.
    """

    pid: int
    switches: tuple[SimulatedSwitch, ...]
    images: Mapping[str, SimulatedImage] = dataclasses.field(default_factory=dict)
    images_pid: int = 0


def to_json(value: FleetSpec | FleetReady | ImageServerSpec) -> str:
    """Write a specification or an answer as one line."""
    return json.dumps(dataclasses.asdict(value), ensure_ascii=False, separators=(",", ":"))


def image_server_spec(data: dict[str, Any]) -> ImageServerSpec:
    """Read an image server's specification back from JSON data."""
    pairs = {name: tuple(dict(data.get(name, ())).items()) for name in ("faults", "versions")}
    return ImageServerSpec(**{**data, **pairs, "platforms": tuple(data.get("platforms", ("dell_os10",)))})


def images_json(images: Mapping[str, SimulatedImage]) -> str:
    """Write an image server's answer, its images by platform, as one line."""
    return json.dumps({name: dataclasses.asdict(image) for name, image in images.items()})


def images_of(data: dict[str, Any]) -> dict[str, SimulatedImage]:
    """Read an image server's answer back from JSON data."""
    return {name: SimulatedImage(**image) for name, image in data.items()}


def fleet_spec(text: str) -> FleetSpec:
    """Read a fleet's specification back from one line of JSON.

    Raises:
        ValueError: The line is not JSON, or names no switches.
        TypeError: A field is unknown or a required one is missing.
    """
    data = json.loads(text)
    if "switches" not in data:
        raise ValueError("a fleet has switches")
    images = data.get("images")
    data["switches"] = tuple(
        SwitchSpec(**{**switch, "faults": tuple(switch.get("faults", ()))}) for switch in data["switches"]
    )
    data["images"] = None if images is None else image_server_spec(images)
    return FleetSpec(**data)


def fleet_ready(text: str) -> FleetReady:
    """Read the simulator's answer back from one line of JSON."""
    data = json.loads(text)
    data["switches"] = tuple(SimulatedSwitch(**switch) for switch in data["switches"])
    data["images"] = images_of(data["images"])
    return FleetReady(**data)
