"""What happens to a switch, as values, and the one method that we add to Nornir's processors to hear of it.

Nornir tells its processors when a task begins and ends. An upgrade has more to tell in between: bytes, a command
that changes the switch, a switch that is down. A processor that also has a method ``switch_event`` gets these.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from nornir.core.inventory import Host
from nornir.core.task import Task

from lcm_nornir.errors import LcmError

logger = logging.getLogger(__name__)


class Phase(StrEnum):
    """Where on its way a switch is; one step of an update is one phase, in this order."""

    WAITING = "waiting"
    READINESS = "readiness"
    COPY = "copy"
    VALIDATE = "validate"
    INSTALL = "install"
    STAGED = "staged"
    SET_BOOT = "set boot"
    REBOOT = "reboot"
    REACHABILITY = "reachability"
    VERIFY = "verify"
    COMMIT = "commit"


class Ending(StrEnum):
    """How a switch's update ended, OPEN while it has not."""

    OPEN = "open"
    SUCCESS = "success"
    FAILED = "failed"
    REFUSED = "refused"
    STOPPED = "stopped"
    NOT_BEGUN = "not begun"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class StepBegan:
    """A step began."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class StepEnded:
    """A step ended, well if there is no error."""

    phase: Phase
    changed: bool = False
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Copying:
    """A copy as the switch reports it: bytes, bytes per second; 0 where the switch does not tell."""

    detail: str = ""
    transferred: int = 0
    size: int = 0
    rate: int = 0
    percent: int = 0


@dataclass(frozen=True, slots=True)
class Installing:
    """An installation as the switch reports it; percent 0 where the switch does not tell."""

    detail: str = ""
    percent: int = 0


@dataclass(frozen=True, slots=True)
class CopyDone:
    """The image is on the switch, whole; `already` if this run did not bring it there."""

    already: bool = False
    size: int = 0


@dataclass(frozen=True, slots=True)
class InstallDone:
    """The target is in a slot, read back; `already` if this run did not install it."""

    already: bool = False


@dataclass(frozen=True, slots=True)
class Acting:
    """A device-changing command is about to be sent."""

    command: str


@dataclass(frozen=True, slots=True)
class Down:
    """The switch was seen down after its reload was sent."""


@dataclass(frozen=True, slots=True)
class Up:
    """The switch answers again."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fact that was read from the switch and on which a status word rests."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The update of this switch ended (or, with HELD and OPEN, waits)."""

    ending: Ending
    error: LcmError | None = None
    phase: Phase | None = None


Event = StepBegan | StepEnded | Copying | Installing | CopyDone | InstallDone | Acting | Down | Up | Evidence | Verdict


@runtime_checkable
class HearsEvents(Protocol):
    """A Nornir processor that also wants to know what happens between a step's begin and its end."""

    def switch_event(self, task: Task, host: Host, event: Event) -> None:
        """Take notice of an event. Called in the switch's thread; must not block."""


def tell(task: Task, event: Event) -> None:
    """Tell an event to every processor of the task that listens.

    A processor that raises loses that event and is logged; the upgrade goes on. Only one that calls itself
    ``essential`` (the journal) may stop a switch.
    """
    for processor in task.processors:
        hear = getattr(processor, "switch_event", None)  # what HearsEvents asks for, at a tenth of the price
        if hear is not None:
            isolated(processor, hear, task, task.host, event)


_COMPLAINED: dict[int, object] = {}  # kept alive, so that no other processor gets the same id


def isolated(processor: object, method: Any, *args: Any) -> None:
    """Call a processor's method; its exception is logged once per processor, and goes no further."""
    try:
        method(*args)
    except (Exception, SystemExit):
        if getattr(processor, "essential", False):
            raise
        if id(processor) not in _COMPLAINED:
            _COMPLAINED[id(processor)] = processor
            logger.exception("the processor %s failed; the upgrade goes on without it", type(processor).__name__)
