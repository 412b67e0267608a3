"""The phases of ``install all``: their words, how long they take, and what may go wrong in each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lcm_nornir.simulator.cisco_nxos import invented, noise
from lcm_nornir.simulator.image import ImageError

if TYPE_CHECKING:
    from lcm_nornir.simulator.cisco_nxos.switch import Switch

_BAR = "#" * 20
LONG_S = 36_000.0  # seconds that an install takes that is stuck
_PRE_CHECK = "Pre-upgrade check failed. Return code {}"


class PhaseError(Exception):
    """A phase failed; the text is what is said after it.

    Attributes:
        cause: What went wrong, for the switch's log.
    """

    def __init__(self, cause: str, text: str) -> None:
        super().__init__(text)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase.

    Attributes:
        title: Its words, with the field ``path``.
        share: Its share of an install's duration.
        causes: What may go wrong in it.
        column: Where its bar stands behind its words; 0 if it stands below them.
        gap: Blanks between the bar and the word of success.
        apart: An empty line follows.
        stuck: An install that never ends stays in it.
    """

    title: str
    share: float
    causes: tuple[str, ...] = ()
    column: int = 0
    gap: int = 1
    apart: bool = True
    stuck: bool = False


CHECKS = (
    Phase('Verifying image {path} for boot variable "nxos".', 0.25, ("image", "signature")),
    Phase("Verifying image type.", 0.05, ("platform",)),
    Phase('Preparing "nxos" version info using image {path}.', 0.10, ("extract", "unpack")),
    Phase('Preparing "bios" version info using image {path}.', 0.10),
    Phase("Performing module support checks.", 0.05, ("pre-check",), column=45, gap=12),
    Phase("Notifying services about system upgrade.", 0.10, ("veto",), column=45, gap=12, stuck=True),
)
RUNTIME = Phase("Performing runtime checks.", 0.05, column=35, gap=4, apart=False)
BOOT = Phase("Setting boot variables.", 0.02, ("boot variables",), apart=False)
COPY = Phase("Performing configuration copy.", 0.03, ("configuration",))
MODULE = Phase(
    "Module 1: Refreshing compact flash and upgrading bios/loader/bootrom.\n"
    "Warning: please do not remove or power off the module at this time.",
    0.25,
    ("module",),
)
# Faults with which an install fails, and what it calls the cause; an argument has it end in another way.
_CAUSES = {
    "wrong-platform": "platform",
    "bad-signature": "signature",
    "bad-signature:refused": "signature",
    "extract-failed": "extract",
    "disk-full-unpacking": "unpack",
    "pre-check-failed": "pre-check",
    "service-veto": "veto",
    "incompatible-config": "incompatible",
    "impact-refused": "impact",
    "set-boot-refused": "boot variables",
    "set-boot-refused:standby": "boot variables",
    "save-refused": "configuration",
    "install-failed": "module",
}
_AFTER = {
    "pre-check": "\n" + _PRE_CHECK.format("0x40930011"),
    "veto": 'Service "icam" in vdc 1: iCAM service downgrade to the target version is not supported.\n\n'
    + _PRE_CHECK.format("0x437F0001 ((null))."),
    "module": "\nCAUTION: The BIOS/loader/bootrom of above module may be in corrupted state. "
    "Please contact technical support. DO NOT reboot the module until the failure is resolved.",
}
_LITERAL_CODES = {
    "pre-check": "0x40930046",
    "veto": "0x437F0001 ((null))",
    "module": "0x40710003 (BIOS image not found)",
}
_INCOMPATIBLE = (
    '"Running-config contains configuration that is incompatible with the new image (strict incompatibility).\n'
    " Please run 'show incompatibility-all nxos <image>' command to find out which feature needs to be disabled.\"\n\n"
    + _PRE_CHECK.format("0x40930046")
)
# Causes that the verification of ``boot nxos`` finds, too.
OF_THE_IMAGE = ("image", "signature", "platform", "extract", "unpack")


def cause_of(switch: Switch, name: str) -> str | None:
    """Tell what will go wrong with an image; None if nothing will."""
    try:
        switch.header(name)
    except ImageError as error:
        return "platform" if str(error) == "platform" else "image"
    return next((cause for fault, cause in _CAUSES.items() if switch.faults.has(fault)), None)


@dataclass(slots=True)
class Walk:
    """Goes through phases for somebody who listens.

    Attributes:
        switch: The switch.
        name: Name of the image file.
        say: Prints to the session.
        log: What ``show install all status`` tells, line by line.
    """

    switch: Switch
    name: str
    say: Callable[[str], None]
    log: list[str]

    @property
    def path(self) -> str:
        """The image as the phases name it."""
        return f"bootflash:/{self.name}"

    async def check(self, cause: str | None) -> None:
        """Go through the compatibility check, up to its tables.

        Raises:
            PhaseError: A phase failed, or the image does not fit.
        """
        self.say("Installer will perform compatibility check first. Please wait.\nInstaller is forced disruptive\n\n")
        for phase in CHECKS:
            await self.phase(phase, cause)
        if cause == "incompatible":
            raise PhaseError(cause, _INCOMPATIBLE)
        self.say(self._tables(bootable=cause != "impact"))
        if cause == "impact":
            raise PhaseError(cause, _PRE_CHECK.format("0x40930011"))

    async def phase(self, phase: Phase, cause: str | None) -> None:
        """Go through one phase.

        Raises:
            PhaseError: It failed.
        """
        title = phase.title.format(path=self.path)
        self.log += [f"<{self._stamp()}>", *(f" {line}" for line in title.split("\n"))]
        before = title.ljust(phase.column) if phase.column else ""
        self.say(("" if phase.column else f"{title}\n") + before + _bar(0))
        seconds = self.switch.pace.install * phase.share
        if phase.stuck and self.switch.faults.has("stuck:install"):
            seconds = LONG_S
        await asyncio.sleep(seconds / 2)
        if cause in phase.causes and cause is not None:
            self._fail(before, cause)
        self.say(noise.interruption(self.switch) + f"\r{before}{_bar(50)}")
        await asyncio.sleep(seconds / 2)
        end = "\n\n" if phase.apart else "\n"
        self.say(f"\r{before}{_bar(100)}{' ' * phase.gap}-- SUCCESS{end}")
        self.log += [f" -- SUCCESS <{self._stamp()}>", ""]

    def _fail(self, before: str, cause: str) -> None:
        draws = self.switch.draws
        code = _LITERAL_CODES.get(cause) or invented.text(invented.CODES[cause], draws)
        self.say(f"\r{before}{_bar(0)} -- FAIL.\nReturn code {code}.\n")
        self.log += [f" -- FAIL. <{self._stamp()}>", f" Return code {code}.", ""]
        raise PhaseError(cause, _AFTER.get(cause, ""))

    def _tables(self, *, bootable: bool) -> str:
        new, old = self.switch.header(self.name).version, self.switch.running
        word, impact, kind, why = (
            ("yes", "disruptive", "reset", "default upgrade is not hitless")
            if bootable
            else ("no", "disruptive", "reset", "Incompatible image")
        )
        bios = "v05.47(04/28/2022)"
        return (
            "Compatibility check is done:\n"
            "Module  bootable          Impact  Install-type  Reason\n"
            "------  --------  --------------  ------------  ------\n"
            f"{1:>6}{word:>10}{impact:>16}{kind:>14}  {why}\n\n"
            "Images will be upgraded according to following table:\n"
            "Module       Image   Running-Version(pri:alt)         New-Version   Upg-Required\n"
            "-------  ----------   ------------------------  ------------------   ------------\n"
            f"{1:>6}{'nxos':>12}{old:>27}{new:>20}   {'yes' if new != old else 'no'}\n"
            f"{1:>6}{'bios':>12}{bios:>27}{bios:>20}   no\n\n"
        )

    def _stamp(self) -> str:
        return time.strftime("%a %b %e %H:%M:%S", time.gmtime(self.switch.now()))


def _bar(percent: int) -> str:
    return f"[{_BAR[: percent // 5]:<20}] {percent:>3}%"
