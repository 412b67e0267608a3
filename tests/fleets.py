"""A simulated fleet with the Nornir that reaches it: the set-up that several test modules share."""

from __future__ import annotations

import atexit
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from nornir import InitNornir
from nornir.core import Nornir
from nornir.core.task import AggregatedResult
from ruamel.yaml import YAML

from lcm_nornir import Image, WaveRunner
from lcm_nornir.door.host_keys import HostKeys
from lcm_nornir.journal.place import Address, Place
from lcm_nornir.journal.store import Store
from lcm_nornir.processors.journal import JournalProcessor
from lcm_nornir.simulator import Fleet, FleetSpec, ImageServerSpec, SimulatedImage, SwitchSpec, inventory
from tests.checker import check_store
from tests.faults.rows import ids_in
from tests.forked_fleets import forked_fleet

SPEED = 50.0
TARGET = "10.5.6.5"
OLD = "10.5.4.1"
OLDEST = "10.5.3.0"
QUICK = {"settle": 10.0, "stable": 15.0}  # seconds before they are scaled


class Journaled(Nornir):
    """A Nornir that keeps a journal whatever processors it is given, unless one of them is a journal itself."""

    lab: Lab | None = None
    journal: JournalProcessor | None = None

    def with_processors(self, processors: list[Any]) -> Nornir:
        own = [self.journal] if self.journal and not any(hasattr(one, "intend") for one in processors) else []
        return self._like(super().with_processors([*processors, *own]))

    def with_runner(self, runner: Any) -> Nornir:
        return self._like(super().with_runner(runner))

    def filter(self, *args: Any, **kwargs: Any) -> Nornir:
        return self._like(super().filter(*args, **kwargs))

    def run(self, *args: Any, **kwargs: Any) -> AggregatedResult:
        if self.lab:
            self.lab.heed(self)
        return super().run(*args, **kwargs)

    def _like(self, plain: Nornir) -> Journaled:
        return journaled(plain, self.journal, self.lab)


def journaled(nornir: Nornir, journal: JournalProcessor | None, lab: Lab | None = None) -> Journaled:
    """Give a Nornir that keeps a journal of all that is run with it, and with whatever is made of it."""
    kept = Journaled(**nornir._clone_parameters())
    kept.lab, kept.journal = lab, journal
    return kept


def store_of(place: Path) -> Path:
    """Give the path of the store of the fleet that lives in a folder."""
    return place / "store" / "lcm.db"


def image_of(image: SimulatedImage) -> Image:
    """Give a served image, pinned by each digest that a switch may compute."""
    return Image(url=image.url, version=image.version, sha256=image.sha256, sha512=image.sha512, size=image.size)


class Lab:
    """A running fleet, and how it is reached.

    Attributes:
        fleet: The fleet.
        place: Its folder.
        keys: Its trusted host keys.
        unwatched: Switches that are worked on without a journal that the checker could read.
        stores: Places of the stores in which jobs with these switches are.
        peers: Who must not be down together, as the inventories that were run have it.
        addresses: Name of the switch at each ``address:port``; a test that puts a link before one adds that.
    """

    def __init__(self, fleet: Fleet, place: Path) -> None:
        self.fleet = fleet
        self.place = place
        self.unwatched: set[str] = set()
        self.stores: set[Place] = {store_of(place)}
        self.peers: dict[str, str] = {}
        self.addresses = {f"{switch.host}:{switch.port}": switch.name for switch in fleet.switches}
        self._store: Store | None = None
        self._lock = Lock()
        self.keys = HostKeys(place / "host_keys")
        for switch in fleet.switches:
            self.keys.trust(switch.host, switch.port, switch.host_key)
        expected = {switch.name: {"serial": switch.serial, "model": switch.model} for switch in fleet.switches}
        yaml = YAML(typ="safe")
        yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # the fleet's order is the job's
        yaml.dump(inventory(fleet.switches, expected), place / "hosts.yaml")
        (place / "hosts.yaml").chmod(0o600)  # there are passwords in it

    @property
    def image(self) -> Image:
        image = self.fleet.image
        assert image is not None
        return image_of(image)

    @property
    def store(self) -> Store:
        """The store of this process, in which the jobs of every Nornir of this lab are kept."""
        with self._lock:
            if self._store is None:
                self._store = Store(store_of(self.place))
            return self._store

    def nornir(self, *names: str, processors: tuple[Any, ...] = (), journal: object = True, **runner: Any) -> Nornir:
        """Give a fresh Nornir with the named switches (all if none is named) and a runner of its own.

        It keeps a journal, unless one of its processors is a journal, or none is wanted.
        """
        own = JournalProcessor(self.store) if journal else None
        nornir: Nornir = journaled(opened(self.place, journal=False, **runner), own, self)
        if names:
            nornir = nornir.filter(filter_func=lambda host: host.name in names)
        return nornir.with_processors(list(processors))

    def heed(self, nornir: Nornir) -> None:
        """Take notice of a run: where its journal is, if it has one, and who is whose peer."""
        journals = [one for one in nornir.processors if isinstance(one, JournalProcessor)]
        hosts = nornir.inventory.hosts
        self.stores |= {one.store.place for one in journals}
        if not journals:
            self.unwatched |= set(hosts)
        self.peers |= {name: host.data["lcm"]["peer"] for name, host in hosts.items() if host.data["lcm"].get("peer")}

    def close(self) -> None:
        """Close the store."""
        if self._store is not None:
            self._store.close()

    def violations(self) -> list[str]:
        """Give what does not hold of N1 to N12, over everything that was ever done with this fleet."""
        switches = self.fleet.switches
        return check_store(
            sorted((one for one in self.stores if isinstance(one, Address) or one.exists()), key=str),
            {switch.name: self.fleet.log(switch.name) for switch in switches},
            peers=self.peers,
            addresses=self.addresses,
            unwatched=self.unwatched,
            secrets={switch.password for switch in switches},
        )

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

    def _sessions(self, name: str, *what: str) -> set[int]:
        events = {f"session_{word}" for word in what}
        return {entry["session"] for entry in self.fleet.log(name) if entry["event"] in events}

    def all_closed(self, name: str) -> bool:
        """Tell whether every session of a switch is closed, as far as it sees that; its log may be a moment late."""
        return happens(lambda: self._sessions(name, "opened") <= self._sessions(name, "closed", "silenced"))


def opened(place: Path, *, journal: bool = True, **runner: Any) -> Nornir:
    """Open the inventory of the fleet that lives in a folder, also from another process; it keeps a journal there."""
    options = {
        "host_keys": place / "host_keys",
        "configurations": place / "configurations",
        "time_scale": 1 / SPEED,
        "timeouts": QUICK,
    }
    hosts = {"plugin": "SimpleInventory", "options": {"host_file": str(place / "hosts.yaml")}}
    nornir = InitNornir(inventory=hosts, logging={"enabled": False}, ssh={"config_file": str(place / "no_ssh_config")})
    nornir = nornir.with_runner(WaveRunner(**{**options, **runner}))
    if not journal:
        return nornir
    store = Store(store_of(place))
    atexit.register(store.close)
    return journaled(nornir, JournalProcessor(store)).with_processors([])


@contextmanager
def lab(place: Path, *switches: SwitchSpec, checked: bool = True, **fields: Any) -> Iterator[Lab]:
    """Run a fleet whose downloads, installations and reboots take half a second, half a second and a second.

    When it ends well, N1 to N12 are checked over everything that was done with it, unless `checked` is False.
    """
    given: dict[str, Any] = {
        "speed": SPEED,
        "download_s": SPEED / 2,
        "install_s": SPEED / 2,
        "reboot_s": SPEED,
        "log_dir": str(place / "switches"),
        "images": ImageServerSpec(version=TARGET),
    }
    with forked_fleet(FleetSpec(switches, **{**given, **fields})) as fleet:
        running = Lab(fleet, place)
        try:
            yield running
        finally:
            running.close()
        found = running.violations() if checked else []
        assert found == [], "\n".join(found)


def asked_for(request: pytest.FixtureRequest, names: Iterable[str]) -> list[str]:
    """Give the names of those switches that the chosen tests of a module are about: ``-k F22`` is about F22 alone."""
    chosen: set[str] = set()
    for item in request.session.items:
        if isinstance(item, pytest.Function) and item.module is request.module:
            rows = set(ids_in(item.name))
            about = {name for name in names if f"[{name}" in item.name or rows & set(ids_in(name))}
            chosen |= about or set(names)
    return [name for name in names if name in chosen]


def happens(fact: Callable[[], bool], within: float = 5.0) -> bool:
    """Wait until something is so; False if it is not within so many seconds."""
    end = time.monotonic() + within
    while not fact():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
