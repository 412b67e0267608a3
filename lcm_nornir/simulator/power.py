"""The life cycle of a reload: what a switch looks like from outside, from ``yes`` until it is ready again."""

from __future__ import annotations

import asyncio
import enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from lcm_nornir.simulator.chassis import Chassis

_BLINK = 0.1  # real seconds that the port is closed by a fast reboot
_SHORTEST_SLOW_DOWN = 1.0  # real seconds
_LEAVING = 0.05  # share of a reboot that passes between "yes" and the closing of the port
_SECOND_REBOOT_AFTER = 0.02  # share of a reboot that passes between a login and the second reboot


class Phase(enum.Enum):
    """What the switch does with whoever asks."""

    UP = enum.auto()
    REFUSING = enum.auto()
    NO_BANNER = enum.auto()
    LOGIN_REFUSED = enum.auto()
    NOT_READY = enum.auto()


# Shares of a reboot, in the order of section 11 of the behaviour document.
_STAGES = (
    (Phase.REFUSING, 0.78),
    (Phase.NO_BANNER, 0.05),
    (Phase.LOGIN_REFUSED, 0.07),
    (Phase.NOT_READY, 0.10),
)


class Port(Protocol):
    """The switch's SSH port, as the life cycle moves it."""

    def open(self) -> None:
        """Listen."""

    def close(self) -> None:
        """Refuse."""

    def drop(self, manner: str) -> None:
        """End all sessions: ``eof`` says goodbye, ``reset`` does not, ``silence`` leaves the other side waiting."""

    def greet(self) -> None:
        """Serve those who connected while nothing answered."""

    def bury(self) -> None:
        """Reset the sessions that were left in silence."""

    def change_key(self) -> None:
        """Take a new host key."""


class Power:
    """Reloads a switch.

    Attributes:
        phase: What the switch does with whoever asks.
        going_down: A reload was accepted and has not yet closed the port.
    """

    def __init__(self, switch: Chassis, port: Port) -> None:
        self._switch = switch
        self._port = port
        self._task: asyncio.Task[None] | None = None
        self._reboots_owed = 0
        self.phase = Phase.UP
        self.going_down = False

    def reload(self, leaving_s: float | None = None) -> None:
        """Begin a reload; nothing happens if one has begun.

        Args:
            leaving_s: Real seconds until the sessions end; None takes a share of a reboot.
        """
        if self._task is None or self._task.done():
            self._switch.effect("reload")
            if "reload-never" not in self._switch.faults:
                faults = self._switch.faults
                self._reboots_owed = int(faults.number("second-reboot")) if "second-reboot" in faults else 0
                self._start(self._leaving_s(leaving_s))

    def logged_in(self) -> None:
        """Somebody has logged in: a switch that owes another reboot begins it now."""
        if self._reboots_owed and self.phase is Phase.UP and not self.going_down:
            self._reboots_owed -= 1
            self._start(self._switch.pace.reboot * _SECOND_REBOOT_AFTER)

    async def stop(self) -> None:
        """End whatever is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _start(self, leaving_s: float) -> None:
        self.going_down = True
        self._task = asyncio.get_running_loop().create_task(self._reload(leaving_s))

    def _leaving_s(self, told_s: float | None) -> float:
        switch = self._switch
        if "slow-down" in switch.faults:
            return max(_SHORTEST_SLOW_DOWN, switch.faults.number("slow-down") / switch.pace.speed)
        return switch.pace.reboot * _LEAVING if told_s is None else told_s

    async def _reload(self, leaving_s: float) -> None:
        switch, port = self._switch, self._port
        await asyncio.sleep(leaving_s)
        manner = switch.draws.pick("end of sessions", ("eof", "reset", "silence"))
        port.drop("reset" if "fast-reboot" in switch.faults else manner)
        switch.go_down()
        if "fast-reboot" in switch.faults:
            await self._blink()
            return
        port.close()
        self.phase = Phase.REFUSING
        if "never-returns" in switch.faults or not switch.bootable:
            return
        for phase, seconds in self._stages():
            if phase is not Phase.REFUSING and self.phase is Phase.REFUSING:
                self._boot()
                port.open()
            self.phase = phase
            if phase is Phase.LOGIN_REFUSED:
                port.greet()
            await asyncio.sleep(seconds)
        self._arrive()

    async def _blink(self) -> None:
        if self._switch.faults.argument("fast-reboot") != "open":
            self._port.close()
            self.phase = Phase.REFUSING
            await asyncio.sleep(_BLINK)
            self._port.open()
        self._boot()
        self._arrive()

    def _boot(self) -> None:
        self._switch.boot()
        if "new-host-key" in self._switch.faults:
            self._port.change_key()

    def _arrive(self) -> None:
        self._port.bury()
        self.phase = Phase.UP
        self.going_down = False
        if "boot-loop" in self._switch.faults:
            self._start(self._switch.pace.reboot * self._switch.faults.number("boot-loop"))

    def _stages(self) -> list[tuple[Phase, float]]:
        faults, reboot = self._switch.faults, self._switch.pace.reboot
        late = faults.number("late-return") if "late-return" in faults else 1.0
        long = faults.number("not-ready") if "not-ready" in faults else 1.0
        return [(phase, share * reboot * (late if phase is Phase.REFUSING else long)) for phase, share in _STAGES]
