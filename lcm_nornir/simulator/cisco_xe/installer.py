"""The installer: one operation at a time, the states of the packages, and the timer that takes an activation back."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from lcm_nornir.simulator.blobs import BlobWriter
from lcm_nornir.simulator.cisco_xe import invented, moments
from lcm_nornir.simulator.cisco_xe.flash import File
from lcm_nornir.simulator.image import ImageError, ImageHeader

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from lcm_nornir.simulator.cisco_xe.switch import Switch

    Say = Callable[[str], None]

# Faults with which an Add fails, and what is called the cause; an argument has it end in another way.
_CAUSES = {
    "wrong-platform": "platform",
    "bad-signature": "signature",
    "disk-full-unpacking": "space",
    "extract-failed": "extract",
    "install-failed": "install",
}
# How far an Add gets before it fails, as a share of its duration.
_FAILS_AT = {"image": 0.2, "platform": 0.2, "signature": 0.2, "space": 0.5, "extract": 0.5, "install": 1.0}
# Shares of an install's duration.
_SYNC, _ADD, _ACTIVATE, _COMMIT = 0.1, 0.5, 0.3, 0.1
_LONG_S = 36_000.0
_RETRY_S = 0.05  # real seconds until the timer looks again whether it may fire
_SOMEBODYS_BYTES = 604_119_040
_SUPER = (
    "Super package already added. Add operation not allowed. install remove inactive can be used to discard added "
    "packages"
)
_BUNDLE = (
    "Booted in bundle mode. For Bundle-to-Install mode conversion, please use one-shot CLI - install add file <> "
    "activate commit"
)
UNSAVED = "System configuration has been modified. Please save configuration and resubmit command."


class Installer:
    """Runs operations on the packages of a switch.

    Attributes:
        operation: Name of the operation that runs, such as ``install_add``; empty if none does.
        log: What ``show install log`` prints.
    """

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._works: set[asyncio.Task[str]] = set()
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._installing = False
        self.operation = ""
        self.log: list[str] = []
        self._note_boot()

    # Who may work, and what ends that.

    @contextlib.contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Be the one operation that runs."""
        self.operation = name
        self.note(name, "START ")
        try:
            yield
        finally:
            if self.operation == name:
                self.operation = ""

    def run(self, work: Coroutine[None, None, str]) -> asyncio.Task[str]:
        """Begin work that ends with the switch at the latest."""
        task = asyncio.get_running_loop().create_task(work)
        self._works.add(task)
        task.add_done_callback(self._works.discard)
        return task

    def occupy(self, what: str) -> None:
        """Let somebody else work for longer than anybody waits; a copy of theirs is no more than a file that grows."""
        if what == "download":
            self._switch.flash.files["somebodys.bin"] = File(
                _SOMEBODYS_BYTES, self._switch.now(), BlobWriter().finish()
            )
        else:
            self.operation = "install_add"
            self.note(self.operation, "START ")

    def reset(self) -> None:
        """Lose what runs, as a switch does that goes down."""
        for work in list(self._works):
            work.cancel()
        if self._installing:
            self._installing = False
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

    def note(self, name: str, text: str) -> None:
        """Write into the log of installs."""
        self.log.append(f"[{self._switch.boots}|{name}]: {text} {moments.dated(self._switch.now())}")

    def _note_boot(self) -> None:
        for text in ("START ", "END SUCCESS "):
            self.log.append(f"[0|install_op_boot]: {text} {moments.dated(self._switch.now())}")

    # The timer.

    @property
    def left(self) -> float | None:
        """Seconds at speed 1 until an activation is taken back; None if no timer runs."""
        if self._deadline is None:
            return None
        return max(0.0, self._deadline - time.monotonic()) * self._switch.pace.speed

    def start_timer(self, minutes: float) -> None:
        """Take the activation back after so many minutes at speed 1, unless it is committed before."""
        faults, speed = self._switch.faults, self._switch.pace.speed
        delay = (faults.number("auto-abort") if "auto-abort" in faults else minutes * 60) / speed
        self.stop_timer()
        self._deadline = time.monotonic() + delay
        self._timer = asyncio.get_running_loop().call_later(delay, self._fire)

    def stop_timer(self) -> bool:
        """Stop the timer; False if none runs."""
        if self._timer is None:
            return False
        self._timer.cancel()
        self._timer = self._deadline = None
        return True

    def _fire(self) -> None:
        """Take the activation back; a switch that is down or works on its packages does that a little later."""
        switch = self._switch
        if self.operation or switch.is_down or (switch.power is not None and switch.power.going_down):
            self._timer = asyncio.get_running_loop().call_later(_RETRY_S, self._fire)
            return
        self._timer = self._deadline = None
        self.note("install_auto_abort", "START ")
        self.take_back("auto abort")
        self.note("install_auto_abort", "END SUCCESS ")
        switch.reload("Install")

    def take_back(self, why: str) -> None:
        """Make what is committed the next boot again."""
        self.stop_timer()
        self._switch.packages.revert()
        self._switch.effect("set_boot", which=why)

    # What the operations say.

    @property
    def places(self) -> str:
        """Name the members as results do: ``1 2``, or ``R0``."""
        if self._switch.layout.in_slots and len(self._switch.members) == 1:
            return "R0"
        return " ".join(str(member.number) for member in self._switch.members)

    def failed_at(self, text: str, number: int = 1) -> str:
        """Say that something failed on a member."""
        where = " R0" if self.places == "R0" else f"Switch {number}"
        return f" [{number}] {where} FAILED: {text}"

    def ended(self, name: str, file: str = "") -> str:
        """Say that an operation failed, in one of the evidenced forms."""
        when = moments.dated(self._switch.now())
        self.note(name, "END FAILED exit(1)")
        forms = [f"FAILED: {name} exit(1) {when}", f"FAILED: {name}  exit(1)"]
        return self._switch.draws.pick(
            "end of a failure", [*forms, f"FAILED: {name} /flash/{file} {when}"] if file else forms
        )

    def succeeded(self, name: str, file: str = "") -> str:
        """Say that an operation was a success."""
        self.note(name, "END SUCCESS ")
        return f"SUCCESS: {name}{f' /flash/{file}' if file else ''} {moments.dated(self._switch.now())}\n"

    def began(self, name: str) -> str:
        """Say that an operation begins."""
        return f"{name}: START {moments.dated(self._switch.now())}"

    def _step(self, step: str, *, failed_on: str = "") -> str:
        passed = " ".join(place for place in self.places.split() if place not in failed_on.split())
        verdict = f"Passed on [{passed}]" + (f". Failed on [{failed_on}]" if failed_on else "")
        return f"Checking status of {step} on [{self.places}]\n{step}: {verdict}"

    # Add.

    def refusal(self, name: str) -> str:
        """Say why nobody may begin an operation now; empty if one may."""
        if not self.operation:
            return ""
        text = invented.text(invented.BUSY, self._switch.draws, operation=self.operation)
        return f"{self.began(name)}\n{self.failed_at(text)}\n{self.ended(name)}"

    def add_refusal(self, name: str, file: str, *, one_shot: bool) -> str:
        """Say why an image cannot even be looked at; empty if it can."""
        switch = self._switch
        if switch.bundle and not one_shot:
            text = _BUNDLE
        elif file not in switch.flash.files:
            text = invented.text(invented.ADD["missing"], switch.draws, file=file)
        elif switch.faults.has("bad-signature:refused"):
            text = invented.text(invented.ADD["signature"], switch.draws, file=file)
        elif any(version != self._version_of(file) for version in switch.packages.inactive):
            text = _SUPER
        else:
            return ""
        return f"{self.began(name)}\n{self.failed_at(text)}\n{self.ended(name, file)}"

    def _version_of(self, name: str) -> str:
        file = self._switch.flash.files[name]
        good = file.content is not None and file.content.is_image(self._switch.platform.word)
        return file.content.image(self._switch.platform.word).version if good and file.content else ""

    def is_known(self, file: str) -> bool:
        """The image of this file runs already in install mode, or is added."""
        version = self._version_of(file)
        runs = version == self._switch.running and not self._switch.bundle
        return bool(version) and (runs or version in self._switch.packages.inactive)

    async def add(self, say: Say, name: str, file: str) -> str:
        """Add an image; gives what is said of a failure, or nothing."""
        switch, word = self._switch, self._switch.layout.word
        say(f"{self.began(name)}\n{self.began('install_add')}\ninstall_add: Adding {word}\n")
        if self.is_known(file):
            say("Add succeed with reason: Same Image File-No Change\n")
            return ""
        self._installing = True
        switch.effect("install_started", file=file)
        say(f"--- Starting initial file syncing ---\n{self._synced(file)}\nFinished initial file syncing\n\n")
        await asyncio.sleep(switch.pace.install * _SYNC)
        say("--- Starting Add ---\nPerforming Add on all members\n")
        header, cause = self._examined(file)
        if "stuck" in switch.faults and switch.faults.argument("stuck") == "install":
            await asyncio.sleep(_LONG_S)
        await asyncio.sleep(switch.pace.install * _ADD * (_FAILS_AT[cause] if cause else 1.0))
        if header is None or cause:
            return self._not_added(name, file, cause)
        self._added(header)
        build = image_version(header.version, header.build)
        say(f"{self._step('Add')}\nImage added. Version: {build}\n\nFinished Add\n\n")
        return ""

    def _synced(self, file: str) -> str:
        if self.places == "R0":
            return f"Copying bootflash:{file} from  R0 to  R0\nInfo: Finished copying to the selected "
        return f"[1]: Copying flash:{file} from switch 1 to switch {self.places}\n[1]: Finished copying to switch {self.places}"

    def _examined(self, file: str) -> tuple[ImageHeader | None, str]:
        """Give what the image says of itself, and the cause for which it cannot be added."""
        switch = self._switch
        content = switch.flash.files[file].content
        try:
            header = content.image(switch.platform.word) if content else None
        except ImageError as error:
            return None, "platform" if str(error) == "platform" else "image"
        if header is None:
            return None, "image"
        cause = next((cause for fault, cause in _CAUSES.items() if switch.faults.has(fault)), "")
        if not cause and "disk-full-unpacking" not in switch.faults and header.size > switch.flash.free:
            cause = "space"
        return header, cause

    def _not_added(self, name: str, file: str, cause: str) -> str:
        switch = self._switch
        if cause == "space":
            needed = switch.flash.files[file].size // 1024
            if "disk-full-unpacking" in switch.faults:
                switch.flash.fill(0)
            text = f"flash: requires {needed} KB of free space, but only {switch.flash.free // 1024} KB is available"
        else:
            text = invented.text(invented.ADD[cause], switch.draws, file=file)
        self._installing = False
        switch.effect("install_failed", cause=cause)
        step = self._step("Add", failed_on=self.places.split()[0])
        return f"{self.failed_at(text)}\n{step}\nFinished Add\n\n{self.ended(name, file)}"

    def _added(self, header: ImageHeader) -> None:
        switch, faults = self._switch, self._switch.faults
        if "install-false-success" not in faults and not faults.has("disk-full-unpacking:claimed"):
            switch.packages.inactive.append(header.version)
            switch.unpack(header.version, header.size)
            if faults.has("disk-full-unpacking:incomplete"):
                switch.packages.broken.add(header.version)
            else:
                switch.packages.broken.discard(header.version)
        if "disk-full-unpacking" in faults:
            switch.flash.fill(0)
        self._installing = False
        switch.effect("install_done")
        if "changed-after-install" in faults:
            switch.configure("ntp server 198.51.100.123")

    # Activate, commit, and back.

    async def activate(self, say: Say, name: str, version: str, *, commit: bool, minutes: int) -> str:
        """Make packages the next boot, and reload; gives the last words."""
        switch, faults = self._switch, self._switch.faults
        say("\n--- Starting Activate ---\nPerforming Activate on all members\n")
        say("".join(f" [{place}] Activate package(s) on  {place}\n" for place in self.places.split()))
        await asyncio.sleep(switch.pace.install * _ACTIVATE)
        trouble = self._not_activated(name)
        if trouble:
            switch.effect("activate_failed")
            return trouble
        ignored = any(faults.has(f"set-boot-ignored:{role}") for role in ("any", "standby"))
        if not ignored:
            switch.packages.activate(version)
            switch.effect("set_boot", which="activate")
        say("".join(f" [{place}] Finished Activate on  {place}\n" for place in self.places.split()))
        say(f"{self._step('Activate')}\nFinished Activate\n\n")
        if commit:
            say(
                f"--- Starting Commit ---\nPerforming Commit on all members\n{self._step('Commit')}\nFinished Commit operation\n\n"
            )
            await asyncio.sleep(switch.pace.install * _COMMIT)
            self._commit(ignored=ignored)
        elif not ignored:
            self.start_timer(minutes)
        if not ignored:
            switch.reload(switch.draws.pick("reason of an install", ("Reload Command", "Install")))
        return self.succeeded(name)

    def _not_activated(self, name: str) -> str:
        switch, faults = self._switch, self._switch.faults
        if "activate-fails" in faults:
            number = min(int(faults.number("activate-fails")), len(switch.members))
            return f"[{number}]: FAILED: Activate failed in switch\n{self.ended(name)}"
        if any(faults.has(f"set-boot-refused:{role}") for role in ("any", "standby")):
            return f"{self.failed_at(invented.text(invented.NOT_ACTIVATED, switch.draws))}\n{self.ended(name)}"
        return ""

    def _commit(self, *, ignored: bool) -> None:
        if ignored:
            return
        self.stop_timer()
        self._switch.packages.commit()
        self._switch.effect("committed")

    async def commit(self, say: Say) -> str:
        """Keep what is activated; gives the last words."""
        switch, name = self._switch, "install_commit"
        say(f"{self.began(name)}\n{name}: Committing {switch.layout.word}\n")
        if not switch.packages.pending:
            return f"{self.failed_at(invented.text(invented.NOTHING_TO_COMMIT, switch.draws))}\n{self.ended(name)}"
        await asyncio.sleep(switch.pace.install * _COMMIT)
        if "commit-refused" in switch.faults:
            return f"{self.failed_at(invented.text(invented.NOT_COMMITTED, switch.draws))}\n{self.ended(name)}"
        say(
            f"\n--- Starting Commit ---\nPerforming Commit on all members\n{self._step('Commit')}\nFinished Commit operation\n\n"
        )
        self._commit(ignored=False)
        return self.succeeded(name)

    async def go_back(self, say: Say, name: str, step: str, version: str) -> str:
        """Make what is committed, or an earlier version, the next boot, and reload; gives the last words."""
        switch, faults = self._switch, self._switch.faults
        say(f"\n--- Starting {step} ---\nPerforming {step} on all members\n")
        await asyncio.sleep(switch.pace.install * _ACTIVATE)
        if any(faults.has(f"set-boot-refused:{role}") for role in ("any", "active")):
            return f"FAILED: {name} : {invented.text(invented.NOT_ACTIVATED, switch.draws)}\n{self.ended(name)}"
        say(f"{self._step(step)}\nFinished {step} operation\n\n")
        if not any(faults.has(f"set-boot-ignored:{role}") for role in ("any", "active")):
            if switch.packages.pending and version == switch.packages.committed:
                self.take_back(step.lower())
            else:
                self.stop_timer()
                switch.packages.return_to(version)
                switch.effect("set_boot", which=step.lower())
            switch.reload(switch.draws.pick("reason of an install", ("Reload Command", "Install")))
        return self.succeeded(name)


def image_version(version: str, build: int) -> str:
    """Write a version as the installer does, with its build: ``17.12.01a.0.118``."""
    return f"{version}.0.{build}"
