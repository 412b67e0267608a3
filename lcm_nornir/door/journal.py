"""What the door and the tasks ask of a journal: a Nornir processor of the run, if it has one."""

from __future__ import annotations

from typing import Any, Protocol, cast

from nornir.core.inventory import Host
from nornir.core.task import Task

from lcm_nornir.door.target import Call
from lcm_nornir.drivers.base import Configuration, InstallerState, SwitchFacts
from lcm_nornir.journal.intent import Unfinished
from lcm_nornir.record import SwitchRecord


class Journal(Protocol):
    """Where intents and outcomes are kept. Without one the record says "not resumable"."""

    def intend(self, task: Task, call: Call, facts: SwitchFacts, installer: InstallerState | None) -> object:
        """Store that a command is about to be sent, and on which facts; raises if it cannot, and nothing is sent."""

    def outcome(self, task: Task, intent: object, error: BaseException | None) -> None:
        """Store what became of it."""

    def check(self, intent: object) -> None:
        """Raise `OwnershipLost` if the switch is not certainly ours any more; asked before each line of a command."""

    def confirm(self, host: Host) -> None:
        """Raise `OwnershipLost` if another works on the switch by now; asked before a failure is told."""

    def identify(self, task: Task, serial: str) -> None:
        """Own the switch by its serial, too; raises `OwnedElsewhere` if somebody else does."""

    def unfinished(self, host: Host) -> Unfinished | None:
        """Give what an earlier attempt left of the switch; None if nothing, or once that is settled."""

    def settle(self, host: Host) -> None:
        """Forget what an earlier attempt left of the switch: it is known that its command has no effect any more."""

    def before(self, host: Host) -> SwitchFacts | None:
        """Give the switch as it was before this job's first command; None if none was sent yet."""

    def keep(self, task: Task, configuration: Configuration) -> None:
        """Keep its configurations as they are before a change."""

    def claim(self, task: Task, peer: str) -> None:
        """Claim the right to be down before the peer, also before other processes; waits for them."""

    def unclaim(self, task: Task, peer: str) -> None:
        """Give that right back."""

    def record(self, host: Host) -> SwitchRecord | None:
        """Give the record of the switch as an earlier attempt left it; None if there was none."""


def journal_of(task: Task) -> Journal | None:
    """Give the journal of a task's run; None if it has none."""
    for processor in task.processors:
        if hasattr(processor, "intend"):
            return cast("Journal", processor)
    return None


def unfinished(task: Task) -> Unfinished | None:
    """Give what an earlier attempt left of the task's switch; None if nothing."""
    journal: Any = journal_of(task)
    return journal.unfinished(task.host) if journal else None
