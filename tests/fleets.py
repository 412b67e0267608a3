"""A simulated fleet with the Nornir that reaches it: the set-up that several test modules share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nornir import InitNornir
from nornir.core import Nornir
from ruamel.yaml import YAML

from lcm_nornir import Image, WaveRunner
from lcm_nornir.door.host_keys import HostKeys
from lcm_nornir.simulator import Fleet, FleetSpec, ImageServerSpec, SwitchSpec, inventory, start_fleet

SPEED = 50.0
TARGET = "10.5.6.5"
OLD = "10.5.4.1"
OLDEST = "10.5.3.0"
QUICK = {"settle": 10.0, "stable": 15.0}  # seconds before they are scaled


class Lab:
    """A running fleet, and how it is reached."""

    def __init__(self, fleet: Fleet, place: Path) -> None:
        self.fleet = fleet
        self.place = place
        self.keys = HostKeys(place / "host_keys")
        for switch in fleet.switches:
            self.keys.trust(switch.host, switch.port, switch.host_key)
        expected = {switch.name: {"serial": switch.serial, "model": switch.model} for switch in fleet.switches}
        yaml = YAML(typ="safe")
        yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # the fleet's order is the job's
        yaml.dump(inventory(fleet.switches, expected), place / "hosts.yaml")

    @property
    def image(self) -> Image:
        image = self.fleet.image
        assert image is not None
        return Image(url=image.url, version=image.version, sha256=image.sha256, size=image.size)

    def nornir(self, *names: str, processors: tuple[Any, ...] = (), **runner: Any) -> Nornir:
        """Give a fresh Nornir with the named switches (all if none is named) and a runner of its own."""
        nornir = opened(self.place, **runner)
        if names:
            nornir = nornir.filter(filter_func=lambda host: host.name in names)
        return nornir.with_processors(list(processors))

    def kinds(self, name: str) -> list[str]:
        """Give what happened to a switch, in order."""
        return [effect["kind"] for effect in self.fleet.effects(name)]

    def count(self, name: str, *kinds: str) -> list[int]:
        """Give how often each of these happened to a switch."""
        return [self.kinds(name).count(kind) for kind in kinds]

    def state(self, name: str) -> dict[str, Any]:
        """Give how a switch stood after the last thing that happened to it."""
        state: dict[str, Any] = self.fleet.effects(name)[-1]["state"]
        return state

    def sessions(self, name: str, event: str = "session_opened") -> int:
        """Give how many sessions a switch has seen."""
        return sum(entry["event"] == event for entry in self.fleet.log(name))

    def all_closed(self, name: str) -> bool:
        """Tell whether every session of a switch is closed; its log may be a moment late."""
        return happens(lambda: self.sessions(name) == self.sessions(name, "session_closed"))


def opened(place: Path, **runner: Any) -> Nornir:
    """Open the inventory of the fleet that lives in a folder, also from another process."""
    options = {
        "host_keys": place / "host_keys",
        "configurations": place / "configurations",
        "time_scale": 1 / SPEED,
        "timeouts": QUICK,
    }
    hosts = {"plugin": "SimpleInventory", "options": {"host_file": str(place / "hosts.yaml")}}
    nornir = InitNornir(inventory=hosts, logging={"enabled": False}, ssh={"config_file": str(place / "no_ssh_config")})
    return nornir.with_runner(WaveRunner(**{**options, **runner}))


@contextmanager
def lab(place: Path, *switches: SwitchSpec, **fields: Any) -> Iterator[Lab]:
    """Run a fleet whose downloads, installations and reboots take half a second, half a second and a second."""
    given: dict[str, Any] = {
        "speed": SPEED,
        "download_s": SPEED / 2,
        "install_s": SPEED / 2,
        "reboot_s": SPEED,
        "log_dir": str(place / "switches"),
        "images": ImageServerSpec(version=TARGET),
    }
    with start_fleet(FleetSpec(switches, **{**given, **fields})) as fleet:
        yield Lab(fleet, place)


def happens(fact: Callable[[], bool], within: float = 5.0) -> bool:
    """Wait until something is so; False if it is not within so many seconds."""
    end = time.monotonic() + within
    while not fact():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
