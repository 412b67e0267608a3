"""What a fleet is made of: plain values that cross the border between the two processes as JSON.

The parent sends one :class:`FleetSpec`, the simulator answers with one :class:`FleetReady`. Nothing here imports more
than the standard library, so that ``import lcm_nornir.simulator`` stays cheap.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class SwitchSpec:
    """One switch, as it is before anybody touches it.

    Attributes:
        name: Host name, and the name under which the fleet knows the switch.
        running: Version in the active partition.
        standby: Version in the standby partition.
        model: System type, as ``show version`` and ``show inventory`` print it.
        serial: Service tag; empty means that one is derived from the fleet's seed and the name.
        faults: Names of the fault table, each optionally with ``:argument``, such as ``stall:40``.
        unsaved: The running configuration differs from the startup configuration.
        variant: Picks among the literal layouts that real releases were seen to print.
        vlt_peer: Name of the other half of its VLT pair, which must name this one; empty if it is in none.
        recording: Path of a recording with which the switch begins; serial, model and versions are those in it.
    """

    name: str
    running: str = "10.5.4.1"
    standby: str = "10.5.3.0"
    model: str = "S5248F-ON"
    serial: str = ""
    faults: tuple[str, ...] = ()
    unsaved: bool = False
    variant: int = 0
    vlt_peer: str = ""
    recording: str = ""


@dataclass(frozen=True, slots=True)
class ImageServerSpec:
    """The image server and the one image that it serves.

    Attributes:
        version: Version that the image file carries.
        size: Length of the image file in bytes.
        host: Address to listen at.
        port: Port to listen at; 0 takes a free one.
        faults: For a client (a switch name of the fleet, or an address; ``*`` is everybody else) an HTTP fault of the
            fault table.
        pace: Seconds over which the fault ``slow:1`` would spread a file. A fleet fills this in with its own pace.
        file_name: Name of the file; empty gives it the vendor's form.
    """

    version: str = "10.5.6.5"
    size: int = 1_048_576
    host: str = "127.0.0.1"
    port: int = 0
    faults: Mapping[str, str] | tuple[tuple[str, str], ...] = ()
    pace: float = 1.0
    file_name: str = ""


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
        serial: Service tag that an inventory should expect; the fault ``wrong-serial`` answers with another one.
        model: System type that an inventory should expect.
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
    """The image that the image server serves.

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
        image: The served image, if an image server was asked for.
        images_pid: Process id of the image server; 0 without one.
    """

    pid: int
    switches: tuple[SimulatedSwitch, ...]
    image: SimulatedImage | None = None
    images_pid: int = 0


def to_json(value: FleetSpec | FleetReady | ImageServerSpec | SimulatedImage) -> str:
    """Write a specification or an answer as one line."""
    return json.dumps(dataclasses.asdict(value), ensure_ascii=False, separators=(",", ":"))


def image_server_spec(data: dict[str, Any]) -> ImageServerSpec:
    """Read an image server's specification back from JSON data."""
    return ImageServerSpec(**{**data, "faults": tuple(dict(data.get("faults", ())).items())})


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
    image = data["image"]
    data["switches"] = tuple(SimulatedSwitch(**switch) for switch in data["switches"])
    data["image"] = None if image is None else SimulatedImage(**image)
    return FleetReady(**data)
