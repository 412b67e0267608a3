"""The door: the single way to a switch.

`look` reads. `act` is the only way to send a device-changing command. Both take a Nornir task, so that every part of
this package, and a user's own runbook, reaches switches in the same way: through the host's ``netmiko`` connection,
with the user's own options, strict host keys, and limits on how many sessions are open at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, TypeVarTuple

from nornir.core.task import Task

from lcm_nornir.door.door import Door
from lcm_nornir.door.journal import Journal, journal_of, unfinished
from lcm_nornir.door.target import Call, Heard, Target
from lcm_nornir.drivers.base import Driver, InstallerState, Session, SwitchFacts
from lcm_nornir.drivers.registry import driver_for
from lcm_nornir.errors import SessionLost
from lcm_nornir.events import Acting, tell

__all__ = ["Door", "Journal", "act", "driver_of", "journal_of", "look", "the_door", "unfinished"]

R = TypeVar("R")
Args = TypeVarTuple("Args")

_COMMAND_LIFE = 60.0  # seconds after which a command that was not begun must not be begun any more


@cache
def _default_door() -> Door:
    return Door()


def the_door(task: Task) -> Door:
    """Give the door of the task's runner; under a runner that has none, the one default door of this process."""
    door = getattr(task.nornir.runner, "door", None)
    return door if isinstance(door, Door) else _default_door()


def driver_of(task: Task) -> Driver:
    """Give the driver of the task's host.

    Raises:
        RequestError: Its platform has none.
    """
    return driver_for(task.host.platform, task.host.name)


def look(
    task: Task,
    query: Callable[[Any, Session, *Args], R],
    *args: *Args,
    recent: bool = False,
    held: bool = False,
    patient: bool = True,
) -> R:
    """Read something from the switch.

    Args:
        task: The Nornir task; its host is the switch.
        query: A method of `Driver`, for example ``Driver.facts``.
        *args: Its arguments after the session.
        recent: What was read earlier in the same session, with no change since, will do.
        held: It may take long: it counts with the held sessions.
        patient: If the switch takes no session now, ask again for as long as a login may take.

    Returns:
        What the driver's method returns.

    Raises:
        SessionError: The switch could not be reached, or its answer cannot be read.
    """
    door = the_door(task)
    key = (query.__name__, args)
    if recent and key in door.recent(task.host):
        result: R = door.recent(task.host)[key]
        return result

    def make(target: Target) -> Call:
        return Call(target, query.__name__, args)

    kept_before = door.is_open(task.host)
    try:
        result = door.call(task, make, held=held, patient=patient)
    except SessionLost:
        if not kept_before:
            raise
        # a kept session may have been closed by the switch, and reading twice is harmless
        result = door.call(task, make, held=held, patient=patient)
    door.recent(task.host)[key] = result
    return result


def act(
    task: Task,
    command: Callable[[Any, Session, *Args], Any],
    facts: SwitchFacts,
    *args: *Args,
    undo: bool = False,
    held: bool = False,
    installer: InstallerState | None = None,
    heard: Heard | None = None,
) -> Any:
    """Send a device-changing command: wait for a place, check the stop flag, store the intent, send, store the outcome.

    With a journal nothing is sent before the intent is on disk, nor a line of it when the switch is not ours any more.

    Args:
        task: The Nornir task; its host is the switch.
        command: A method of `Driver`.
        facts: On what it was decided.
        *args: Its arguments after the session.
        undo: It takes an unfinished change back, so the stop flag does not hold it up.
        held: It may take long: it counts with the held sessions.
        installer: How the switch's installer stood, where that tells later whether the command was taken.
        heard: Told each state that the driver's method yields; whatever it raises ends the call.

    Returns:
        What the driver's method returns, or the last state that it yields.

    Raises:
        Stopped: Somebody asked to stop, or the intent could not be stored (`JournalFailed`); nothing was sent, unless
            it is `heard` that raised it.
        OwnershipLost: Another controller has taken the switch over; nothing was sent.
        SessionError: It was refused, or what became of it is not known.
    """
    door, journal, intents = the_door(task), journal_of(task), list[object]()

    def make(target: Target) -> Call:
        if not undo:
            door.stop.check()  # only now: the wait for a place may have been long
        call = Call(target, command.__name__, args, not_after=time.time() + _COMMAND_LIFE)
        if journal:
            intents.append(journal.intend(task, call, facts, installer))
        tell(task, Acting(command.__name__))
        return call

    def guard() -> None:
        if journal:
            journal.check(intents[-1])

    error: BaseException | None = None
    try:
        result = door.call(task, make, held=held, stop=None if undo else door.stop, guard=guard, heard=heard)
    except BaseException as caught:
        error = caught
        raise
    finally:
        door.recent(task.host).clear()
        if journal and intents:
            journal.outcome(task, intents[0], error)
    return result
