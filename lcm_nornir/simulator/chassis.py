"""What a switch is whatever OS runs on it: an identity, a clock, boots, faults, and a log of its own."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self

from lcm_nornir.simulator.draws import Draws
from lcm_nornir.simulator.faults import Faults
from lcm_nornir.simulator.pace import Pace
from lcm_nornir.simulator.personality import platform

if TYPE_CHECKING:
    from lcm_nornir.simulator.journal import Journal
    from lcm_nornir.simulator.spec import FleetSpec, SwitchSpec

DAY_S = 86_400


class Chassis(ABC):
    """One switch, without its OS, which gives what is abstract here.

    Attributes:
        name: Its name in the fleet.
        platform: The plain facts of its OS.
        username: The user that may log in.
        password: That user's password.
        source: Address that it connects from; None if it shares one with others.
        draws: Its draws.
        faults: Its faults.
        pace: How long things take.
        journal: Its own log.
        expected_serial: Serial number that the fleet says it has.
        expected_model: Model that the fleet says it is.
        model: Model that it prints.
        serial: Serial number that it prints.
        hung: It never answers again.
        is_down: It is between going down and booting.
    """

    def __init__(self, spec: SwitchSpec, fleet: FleetSpec, journal: Journal, source: str | None) -> None:
        self.name, self.username, self.password, self.source = spec.name, fleet.username, fleet.password, source
        self.platform = platform(spec.platform)
        self.draws, self.faults = Draws(fleet.seed, spec.name), Faults(spec.faults, spec.platform)
        self.pace, self.journal = Pace.of(fleet), journal
        self.expected_serial, self.expected_model = self.identity(spec)
        self.model, self.serial = self._shown_identity()
        self.hung = self.is_down = False
        self._lines = 0
        self._boots = self._clock_sets = 0
        self._booted = time.time() - self.draws.number("uptime", 5 * DAY_S, 60 * DAY_S)
        self._set_clock()

    def identity(self, spec: SwitchSpec) -> tuple[str, str]:
        """Give the serial number and the model that the fleet says it has."""
        return spec.serial or self.draw_serial("service tag"), spec.model or self.platform.model

    def draw_serial(self, purpose: str) -> str:
        """Draw a serial number in the vendor's form."""
        return self.draws.service_tag(purpose)

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Tell how the switch stands, for its log."""

    @abstractmethod
    def pair_with(self, peer: Self) -> None:
        """Take the other half of a pair.

        Raises:
            ValueError: There are no pairs of such switches.
        """

    @abstractmethod
    def go_down(self) -> None:
        """Be off until the boot; what runs on the switch ends without a word."""

    @abstractmethod
    def boot(self) -> None:
        """Begin anew with the image that is to be booted."""

    @abstractmethod
    async def stop(self) -> None:
        """End everything that runs on the switch, for good."""

    def versions(self, spec: SwitchSpec, fleet: FleetSpec) -> tuple[str, str]:
        """Give the version that runs and the other one that the switch holds; faults replace them."""
        target = fleet.images.version_of(spec.platform) if fleet.images else self.platform.target
        words = {"of the image": target, "a late one": self.platform.newest}
        versions = {"running": spec.running or self.platform.running, "standby": spec.standby or self.platform.standby}
        for fault, role in (
            ("already-target", "running"),
            ("newer-than-target", "running"),
            ("target-in-standby", "standby"),
        ):
            if fault in self.faults:
                argument = self.faults.argument(fault)
                versions[role] = words.get(argument, argument)
        return versions["running"], versions["standby"]

    @property
    def boot_id(self) -> str:
        """The id of this boot."""
        return self.draws.boot_id(self._boots)

    @property
    def bootable(self) -> bool:
        """The image that the next boot loads can be booted; the switch never comes back if not."""
        return True

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
        self.journal.write("effect", kind=kind, state=self.state(), **fields)
        if self.faults.has("wrong-clock:restless"):
            self._set_clock()

    def hangs_at(self, line: str) -> bool:
        """Count a line that was entered; True if the switch hangs, from now on and for ever."""
        self._lines += 1
        if "hang" in self.faults:
            where = self.faults.argument("hang")
            self.hung |= self._lines > int(where) if where.isdecimal() else line.startswith(where)
        return self.hung

    def count_boot(self) -> None:
        """Be up again: another boot id, and an uptime that begins anew."""
        self._boots += 1
        self.is_down = False
        self._booted = time.time()
        self._set_clock()

    def _shown_identity(self) -> tuple[str, str]:
        if "wrong-serial" not in self.faults:
            return self.expected_model, self.expected_serial
        other = self.faults.argument("wrong-serial") == "model"
        return self.platform.other_model if other else self.expected_model, self.draw_serial("another switch")

    def _set_clock(self) -> None:
        """Set the clock, which is right unless a fault says otherwise."""
        self._clock_offset = 0.0
        self._clock_sets += 1
        if "wrong-clock" in self.faults:
            self._clock_offset = self.draws.number(f"clock {self._clock_sets}", 0, 300 * DAY_S) - self._booted
