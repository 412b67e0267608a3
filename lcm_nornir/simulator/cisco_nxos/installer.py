"""``install all``: one at a time, a task of the switch that outlives the session that confirmed it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from lcm_nornir.simulator.cisco_nxos import phases
from lcm_nornir.simulator.cisco_nxos.phases import PhaseError, Walk

if TYPE_CHECKING:
    from lcm_nornir.simulator.cisco_nxos.switch import Switch
    from lcm_nornir.simulator.dialogue import Tell
    from lcm_nornir.simulator.power import Power

ASK = "ask"  # what a watcher is answered when somebody has to confirm
REST_S = 10.0  # at speed 1: so long after an install the next one is refused
COUNTDOWN_S = 10.0  # at speed 1: from the last words to the end of the sessions
_FAILED = (
    "Resetting boot variables. Please wait.\n"
    "Install has failed. Return code {}.\n"
    "Please identify the cause of the failure, and try 'install all' again."
)
_END_CODES = {"module": "0x40930015 (Pre-upgrade of a module failed)"}


class Attempt:
    """One ``install all``.

    Attributes:
        confirmed: Nobody is asked any more.
    """

    def __init__(self, switch: Switch, name: str, power: Power, *, confirmed: bool) -> None:
        """Begin.

        Args:
            switch: The switch.
            name: Name of the image file.
            power: The switch's life cycle.
            confirmed: Do not ask.
        """
        self._switch, self._name, self._power = switch, name, power
        self._listeners: set[Tell] = set()
        self._unheard: list[str] = []  # what was said while nobody listened yet
        self._stage: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._go_on = asyncio.Event()
        self._silent = self._abandoned = False
        self.confirmed = confirmed
        switch.installer.log.clear()
        self._walk = Walk(switch, name, self._say, switch.installer.log)
        self.task = switch.run(self._run())

    async def watch(self, tell: Tell) -> str:
        """Print what is done until a question or the end comes; gives :data:`ASK`, or the last words."""
        self._listeners.add(tell)
        tell("".join(self._unheard))
        self._unheard.clear()
        try:
            return await asyncio.shield(self._stage)
        finally:
            self._listeners.discard(tell)

    def confirm(self) -> None:
        """Go on without a way back."""
        self.confirmed = True
        self._stage = asyncio.get_running_loop().create_future()
        self._go_on.set()

    def abandon(self) -> None:
        """The session is gone, or said no: without a confirmation nothing happens."""
        if not self.confirmed and not self.task.done():
            self._abandoned = True
            self._switch.effect("install_failed", cause="declined")
            self.task.cancel()

    def _say(self, text: str) -> None:
        if self._silent:
            return
        if not self._listeners:
            self._unheard.append(text)
        for tell in tuple(self._listeners):
            tell(text)

    def _answer(self, text: str) -> None:
        if not (self._stage.done() or self._silent):
            self._stage.set_result(text)

    async def _run(self) -> None:
        switch = self._switch
        try:
            last = await self._perform(phases.cause_of(switch, self._name))
        except PhaseError as error:
            self._fail(error)
        except asyncio.CancelledError:
            if not self._abandoned:
                switch.effect("install_failed", cause="reboot")
            raise
        else:
            self._answer(last)
        finally:
            switch.installer.ended = time.monotonic()

    async def _perform(self, cause: str | None) -> str:
        """Do it all; gives the last words."""
        switch, walk = self._switch, self._walk
        await walk.check(cause)
        if not self.confirmed:
            self._answer(ASK)
            await self._go_on.wait()
        else:
            self._say("Switch will be reloaded for disruptive upgrade.\n")
        self._say("\nInstall is in progress, please wait.\n\n")
        self._silent = "silent-install" in switch.faults
        self.confirmed = True
        await walk.phase(phases.RUNTIME, cause)
        if "backend-error" in switch.faults:
            self._answer("Backend processing error")
            self._listeners.clear()
        needless = switch.header(self._name).version == switch.running
        full = "disk-full-unpacking" in switch.faults
        if needless or "install-false-success" in switch.faults or switch.faults.has("disk-full-unpacking:claimed"):
            return await self._end_without_reload(really=needless, full=full)
        await self._change(cause)
        return self._finish()

    async def _change(self, cause: str | None) -> None:
        """Set the boot variables, save, and write the module's flash."""
        switch, walk = self._switch, self._walk
        await walk.phase(phases.BOOT, cause)
        if not any(switch.faults.has(f"set-boot-ignored:{role}") for role in ("any", "standby")):
            switch.set_boot(self._name, saved=True)
        await walk.phase(phases.COPY, cause)
        switch.save()
        await walk.phase(phases.MODULE, cause)

    async def _end_without_reload(self, *, really: bool, full: bool) -> str:
        """Claim success and stay up: nothing had to be done, or nothing was."""
        switch = self._switch
        await self._walk.phase(phases.MODULE, None)
        if full:
            switch.flash.fill(0)
        if really:
            switch.set_boot(self._name, saved=True)
        self._log("Install has been successful.")
        switch.effect("install_done")
        return "Install has been successful."

    def _finish(self) -> str:
        switch = self._switch
        if switch.faults.has("disk-full-unpacking:incomplete"):
            switch.flash.fill(0)
            switch.break_image(self._name)
        self._log("Finishing the upgrade, switch will reboot in 10 seconds.")
        switch.effect("install_done")
        changed_after(switch)
        switch.next_reason = "Reset due to upgrade"
        self._power.reload(COUNTDOWN_S / switch.pace.speed)
        return "Finishing the upgrade, switch will reboot in 10 seconds."

    def _fail(self, error: PhaseError) -> None:
        switch, text = self._switch, str(error)
        if error.cause == "unpack":
            switch.flash.fill(0)
        if error.cause in {"module", "configuration", "boot variables"}:
            if switch.next_file != switch.image:
                switch.set_boot(switch.image, saved=True)
            code = _END_CODES.get(error.cause, "0x40930012 ((null))")
            text = (f"{text}\n" if text else "") + _FAILED.format(code)
        self._log(text)
        switch.effect("install_failed", cause=error.cause)
        self._answer(text)

    def _log(self, text: str) -> None:
        self._switch.installer.log += [line for line in text.split("\n") if line]


def changed_after(switch: Switch) -> None:
    """Let somebody change the configuration when an install has ended, if that is this switch's fault."""
    if "changed-after-install" in switch.faults:
        switch.configure("ntp server 198.51.100.123")


class Installer:
    """The installer of a switch.

    Attributes:
        log: What ``show install all status`` tells of the last install; a reboot keeps it.
        ended: Monotonic time at which the last install ended.
    """

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._attempt: Attempt | None = None
        self.log: list[str] = []
        self.ended = 0.0
        if self.has_somebody:
            self.log += [
                "<Tue Sep 28 02:55:56>",
                ' Verifying image bootflash:/somebodys.bin for boot variable "nxos".',
            ]

    @property
    def has_somebody(self) -> bool:
        """Somebody else's install runs."""
        return self._switch.faults.has("busy-installer:install")

    @property
    def busy(self) -> bool:
        """An install runs."""
        return self.has_somebody or (self._attempt is not None and not self._attempt.task.done())

    @property
    def rests(self) -> bool:
        """An install has just ended, and none is begun so soon."""
        return bool(self.ended) and time.monotonic() - self.ended < REST_S / self._switch.pace.speed

    def begin(self, name: str, power: Power, *, confirmed: bool) -> Attempt:
        """Begin an install."""
        self._switch.effect("install_started", file=name)
        self._attempt = Attempt(self._switch, name, power, confirmed=confirmed)
        return self._attempt

    def boot(self) -> None:
        """Be idle, as after every boot; the log stays."""
        self._attempt, self.ended = None, 0.0
