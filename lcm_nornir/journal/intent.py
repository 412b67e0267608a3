"""What is known of commands that were sent, or were about to be: plain values, as they come out of the store."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lcm_nornir.drivers.base import BootIdentity, Configuration, InstallerState, SwitchFacts

NOT_TAKEN = frozenset(
    {
        "CommandRefused",
        "ImageRejected",
        "InstallerBusy",
        "JournalFailed",
        "NextBootRefused",
        "OwnershipLost",
        "UnexpectedQuestion",
    }
)
"""Errors after which it is known that the switch did not take the command."""
REBOOTS = ("reload", "activate")
"""Commands that reboot the switch."""
FOLLOWED = ("copy", "install", *REBOOTS)
"""Commands that go on after they were sent: what became of them is looked at before anything is sent again."""


class Decision(StrEnum):
    """What a person says of a switch that is held."""

    DONE = "done"
    AGAIN = "again"
    GIVE_UP = "give-up"


@dataclass(frozen=True, slots=True)
class Command:
    """A device-changing command that is about to be sent.

    Attributes:
        switch: Inventory name.
        name: Name of the driver's method.
        args: Its arguments, as text without secrets.
        attempt: How often it was about to be sent to this switch in this job, this time included.
        facts: On what it was decided.
        installer: How the switch's installer stood; None if that was not read.
    """

    switch: str
    name: str
    args: tuple[str, ...]
    attempt: int
    facts: SwitchFacts
    installer: InstallerState | None


@dataclass(frozen=True, slots=True)
class Intent:
    """A device-changing command that was about to be sent.

    Attributes:
        token: Different for every command.
        switch: Inventory name.
        command: Name of the driver's method.
        attempt: How often it was about to be sent to this switch in this job, this time included.
        facts: On what it was decided; the boot identity is told in terms of this process's clock.
        installer: How the switch's installer stood; None if that was not read.
        time: Epoch seconds.
        outcome: None if none was stored; else the name of the error, empty if it was sent well.
        owner: Who was about to send it.
        fence: Number of that owner's lease: it grows with each change of owner.
    """

    token: str
    switch: str
    command: str
    attempt: int
    facts: SwitchFacts
    installer: InstallerState | None
    time: float
    outcome: str | None
    owner: str
    fence: int

    @property
    def may_be_taken(self) -> bool:
        """Whether the switch may have taken it."""
        return self.outcome not in NOT_TAKEN


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What another process, or an earlier attempt, left of a switch.

    Attributes:
        sent: The last command that goes on by itself and may have been taken; None if there is none.
        configuration: As it was kept last before a change; None if none was.
        decision: What a person says of it.
        told: Whether an earlier attempt has told that the switch failed; what was sent may go on all the same.
    """

    sent: Intent | None = None
    configuration: Configuration | None = None
    decision: Decision | None = None
    told: bool = False

    def is_of(self, *commands: str) -> bool:
        """Tell whether one of these commands is what may go on."""
        return self.sent is not None and self.sent.command in commands

    @property
    def boot(self) -> BootIdentity:
        """The boot before the command."""
        return self.sent.facts.boot if self.sent else BootIdentity()
