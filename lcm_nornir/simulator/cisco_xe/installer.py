"""The installer: one operation at a time, its log, and the timer that takes an activation back."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from lcm_nornir.simulator.blobs import BlobWriter
from lcm_nornir.simulator.cisco_xe import moments
from lcm_nornir.simulator.cisco_xe.flash import File

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from lcm_nornir.simulator.cisco_xe.switch import Switch

_RETRY_S = 0.05  # real seconds until the timer looks again whether it may fire
_SOMEBODYS_FILE, _SOMEBODYS_BYTES = "somebodys.bin", 604_119_040


class Installer:
    """Keeps order among the operations on a switch's packages.

    Attributes:
        operation: Name of the operation that runs, such as ``install_add``; empty if none does.
        unpacking: An image is being added.
        log: What ``show install log`` prints.
    """

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._works: set[asyncio.Task[str]] = set()
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._succeeded = False
        self.unpacking = False
        self.operation = ""
        self.log: list[str] = []
        self._note_boot()

    @contextlib.contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Be the one operation that runs."""
        self.operation, self._succeeded = name, False
        self._note(name, "START")
        try:
            yield
        finally:
            if self.operation == name:  # and not ended by a reload
                self.operation = ""
                self._note(name, "END SUCCESS" if self._succeeded else "END FAILED exit(1)")

    def succeeded(self) -> None:
        """Take note that the operation that runs is a success."""
        self._succeeded = True

    def run(self, work: Coroutine[None, None, str]) -> asyncio.Task[str]:
        """Begin work that ends with the switch at the latest."""
        task = asyncio.get_running_loop().create_task(work)
        self._works.add(task)
        task.add_done_callback(self._works.discard)
        return task

    def occupy(self, what: str) -> None:
        """Let somebody else work for longer than anybody waits; of a copy nothing is seen but its file."""
        if what == "download":
            content = BlobWriter().finish()
            self._switch.flash.files[_SOMEBODYS_FILE] = File(_SOMEBODYS_BYTES, self._switch.now(), content)
        else:
            self.operation = "install_add"
            self._note(self.operation, "START")

    def reset(self) -> None:
        """Lose what runs, as a switch does that goes down."""
        for work in list(self._works):
            work.cancel()
        if self.unpacking:
            self.unpacking = False
            self._switch.effect("install_failed", cause="reboot")
        self.operation = ""

    def booted(self) -> None:
        """Look after the packages when the switch is up again."""
        self._note_boot()
        if not self._switch.packages.pending:
            self.stop_timer()

    def stop(self) -> None:
        """End everything, for good."""
        for work in list(self._works):
            work.cancel()
        self.stop_timer()

    @property
    def left(self) -> float | None:
        """Seconds at speed 1 until an activation is taken back; None if no timer runs."""
        if self._deadline is None:
            return None
        return max(0.0, self._deadline - time.monotonic()) * self._switch.pace.speed

    def start_timer(self, minutes: float) -> None:
        """Take the activation back after so many minutes at speed 1, unless it is committed before."""
        faults, speed = self._switch.faults, self._switch.pace.speed
        delay_s = (faults.number("auto-abort") if "auto-abort" in faults else minutes * 60) / speed
        self.stop_timer()
        self._deadline = time.monotonic() + delay_s
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._fire)

    def stop_timer(self) -> None:
        """Stop the timer, if it runs."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._deadline = None

    def take_back(self, why: str) -> None:
        """Make what is committed the next boot again."""
        self.stop_timer()
        self._switch.packages.revert()
        self._switch.effect("set_boot", which=why)

    def _fire(self) -> None:
        """Take the activation back; a switch that is down or works on its packages does that a little later."""
        switch = self._switch
        if self.operation or switch.is_down or (switch.power is not None and switch.power.going_down):
            self._timer = asyncio.get_running_loop().call_later(_RETRY_S, self._fire)
            return
        with self.hold("install_auto_abort"):
            self.take_back("auto abort")
            self.succeeded()
        switch.reload("Install")

    def _note(self, name: str, text: str) -> None:
        self.log.append(f"[{self._switch.boots}|{name}]: {text}  {moments.dated(self._switch.now())}")

    def _note_boot(self) -> None:
        """Note what each boot ends with; it stands there with the number 0."""
        for text in ("START", "END SUCCESS"):
            self.log.append(f"[0|install_op_boot]: {text}  {moments.dated(self._switch.now())}")
