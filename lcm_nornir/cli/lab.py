"""A simulated fleet as Nornir sees it: its inventory, its trusted host keys, its image."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from nornir import InitNornir
from nornir.core import Nornir
from ruamel.yaml import YAML

from lcm_nornir.dialogue import Recording
from lcm_nornir.door.host_keys import HostKeys
from lcm_nornir.drivers.registry import driver_for
from lcm_nornir.errors import RequestError
from lcm_nornir.image import Image, ImageCatalog
from lcm_nornir.simulator import (
    PLATFORMS,
    Fleet,
    FleetSpec,
    ImageServerSpec,
    SimulatedImage,
    SimulatorError,
    SwitchSpec,
    inventory,
    start_fleet,
)

_IMAGE_PORT = 8042
_BESIDE = 1 << 16  # addresses between a fleet's first one and its image server's


@dataclass(frozen=True, slots=True)
class LabSpec:
    """A simulated fleet ``leaf01``, ``leaf02``, … as the command line names it.

    Attributes:
        switches: How many.
        faults: ``SWITCH=FAULT`` each.
        speed: How many times as fast as real switches.
        first_address: Loopback address from which they count up, with the image server at port 8042 of the same
            address in the next block (127.42.0.1 and 127.43.0.1); anywhere if empty. Where only 127.0.0.1 answers
            each switch gets a port of its own there.
        recordings: ``SWITCH=FILE`` each.
        platform: What they run, by the name or an alias of its driver; ``all``: each of those that can be simulated in
            turn; that of `SwitchSpec` if empty.
    """

    switches: int
    faults: tuple[str, ...] = ()
    speed: float = 20.0
    first_address: str = ""
    recordings: tuple[str, ...] = ()
    platform: str = ""


def start_lab(wanted: LabSpec, logs: Path) -> Fleet:
    """Start a simulated fleet with an image server.

    Args:
        wanted: Which.
        logs: Folder of the switches' own logs; it is made.

    Raises:
        RequestError: A fault or a recording is none, the addresses are taken, or the extra is not installed.
    """
    names = [f"leaf{number:02}" for number in range(1, wanted.switches + 1)]
    chosen, recordings = _faults(names, wanted.faults), _recordings(names, wanted.recordings)
    platforms = _platforms(wanted.platform)
    single = not answers_everywhere()
    server = _image_server(wanted.first_address) if wanted.first_address else ImageServerSpec()
    fixed = bool(wanted.first_address) and not single
    _make(logs)
    spec = FleetSpec(
        switches=tuple(
            SwitchSpec(
                name,
                platforms[n % len(platforms)],
                faults=tuple(chosen[name]),
                variant=n // len(platforms),
                recording=recordings.get(name, ""),
            )
            for n, name in enumerate(names)
        ),
        speed=wanted.speed,
        first_address=wanted.first_address if fixed else "",
        one_address=single,
        log_dir=str(logs),
        images=server if fixed else ImageServerSpec(),
    )
    try:
        return start_fleet(spec)
    except SimulatorError as error:
        raise _cannot_start(str(error)) from error


def _image_server(first_address: str) -> ImageServerSpec:
    try:
        address = IPv4Address(first_address)
        if not address.is_loopback:
            raise ValueError("it is no loopback address")  # noqa: TRY301 - both ways of being wrong are told alike
    except ValueError as error:
        raise RequestError(str(error), field="--first-address", cure="write e.g. 127.42.0.1") from error
    return ImageServerSpec(host=str(address + _BESIDE), port=_IMAGE_PORT)


def answers_everywhere() -> bool:
    """Tell whether all of 127/8 is this machine, as on Linux; elsewhere often only 127.0.0.1 is."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(("127.42.0.1", 0))
        except OSError:
            return False
    return True


def _platforms(name: str) -> list[str]:
    if name == "all":
        return sorted(PLATFORMS)
    if not name:
        return [SwitchSpec("").platform]
    wanted = driver_for(name).platform
    if wanted not in PLATFORMS:
        cure = f"one of: all, {', '.join(sorted(PLATFORMS))}"
        raise RequestError(f"{wanted} cannot be simulated", field="--platform", cure=cure)
    return [wanted]


def image_of(fleet: Fleet) -> Image | ImageCatalog:
    """Give the image that the fleet's image server serves; a catalogue if the fleet has several platforms."""
    rows = _catalogue(fleet)
    if not rows:
        raise RequestError("the fleet has no image server", field="images", cure="start one with it")
    return ImageCatalog.restore(rows) if len(rows) > 1 else Image(**_entry(*fleet.images.values()))


def _catalogue(fleet: Fleet) -> list[dict[str, Any]]:
    return [{"match": {"platform": platform}, **_entry(image)} for platform, image in fleet.images.items()]


def _entry(image: SimulatedImage) -> dict[str, Any]:
    digests = {"sha256": image.sha256, "sha512": image.sha512}  # not every switch computes each
    return {"url": image.url, "version": image.version, **digests, "size": image.size}


def write_lab(fleet: Fleet, folder: Path, speed: float, group: str = "") -> Path:
    """Write all that Nornir needs to reach the fleet, and give the path of the configuration file.

    Makes ``config.yaml``, ``hosts.yaml``, ``images.yaml`` (a catalogue) and ``host_keys`` in the folder; also
    ``groups.yaml`` if the hosts are to be in a group; then each is in one of its platform's name, too.
    """
    _make(folder)
    keys = HostKeys(folder / "host_keys")
    for switch in fleet.switches:
        keys.trust(switch.host, switch.port, switch.host_key)
    hosts = hosts_of(fleet)
    if group:
        hosts = {name: {**host, "groups": [group, host["platform"]]} for name, host in hosts.items()}
        _write(folder / "groups.yaml", {group: {}, **{switch.platform: {} for switch in fleet.switches}})
    _write(folder / "hosts.yaml", hosts)
    _write(folder / "images.yaml", {"images": _catalogue(fleet)})
    _write(folder / "config.yaml", _config(folder, speed, grouped=bool(group)))
    return folder / "config.yaml"


def hosts_of(fleet: Fleet) -> dict[str, Any]:
    """Give the fleet's hosts for Nornir's SimpleInventory, with the serial and model that each must show."""
    expected = {switch.name: {"serial": switch.serial, "model": switch.model} for switch in fleet.switches}
    return inventory(fleet.switches, expected)


def simulated_nornir(fleet: Fleet, place: Path, speed: float) -> Nornir:
    """Write the fleet's files to a folder, and open them with Nornir."""
    return InitNornir(config_file=str(write_lab(fleet, place, speed)))


def _config(folder: Path, speed: float, *, grouped: bool) -> dict[str, Any]:
    files = {"host_file": str(folder / "hosts.yaml")}
    if grouped:
        files["group_file"] = str(folder / "groups.yaml")
    return {
        "inventory": {"plugin": "SimpleInventory", "options": files},
        "runner": {
            "plugin": "lcm_waves",
            "options": {
                "host_keys": str(folder / "host_keys"),
                "configurations": str(folder / "configurations"),
                "time_scale": 1 / speed,
            },
        },
        "logging": {"enabled": False},
        "ssh": {"config_file": str(folder / "no_ssh_config")},  # what the user's own says is not meant for a lab
    }


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RequestError(
            f"{folder} cannot be made: {error.strerror}", field="--folder", cure="name another"
        ) from error


def _write(path: Path, document: dict[str, Any]) -> None:
    with path.open("w", encoding="utf-8") as file:
        yaml = YAML(typ="safe")
        yaml.default_flow_style = False
        yaml.width = 4096  # a long value stays on its line
        yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # the order of the fleet is the order of the job
        yaml.dump(document, file)


def _faults(names: list[str], faults: tuple[str, ...]) -> dict[str, list[str]]:
    chosen: dict[str, list[str]] = {name: [] for name in names}
    for text in faults:
        name, _, fault = text.partition("=")
        if name not in chosen or not fault:
            raise RequestError(
                f"{text!r} names no switch of this fleet", field="--fault", cure=f"write e.g. {names[0]}=old-version"
            )
        chosen[name].append(fault)
    return chosen


def _recordings(names: list[str], recordings: tuple[str, ...]) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for text in recordings:
        name, _, path = text.partition("=")
        if name not in names or not path:
            raise RequestError(
                f"{text!r} names no switch of this fleet",
                field="--recording",
                cure=f"write e.g. {names[0]}=recordings/leaf.json",
            )
        Recording.read(Path(path))
        chosen[name] = str(Path(path).absolute())
    return chosen


def _cannot_start(said: str) -> RequestError:
    line = said.splitlines()[-1] if said else "it said nothing"
    if "ModuleNotFoundError" in line:
        return RequestError(line, field="simulator", cure="run: pip install 'lcm-nornir[rehearse]'")
    if "recording" in line:
        return RequestError(line, field="--recording", cure="name one that lcm-nornir record made of such a switch")
    if "fault" in line:
        return RequestError(line, field="--fault", cure="--faults lists them")
    return RequestError(line, field="simulator", cure="end what uses these addresses, or choose --first-address")
