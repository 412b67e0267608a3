"""Hearing what a switch says, for a recording. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nornir.core.task import Result, Task

from lcm_nornir.door import driver_of, look, the_door
from lcm_nornir.drivers.base import Driver, Screens
from lcm_nornir.drivers.reading import check_reading, show
from lcm_nornir.errors import (
    CommandRefused,
    ReplyTimeout,
    SessionError,
    SessionLost,
    UnexpectedOutput,
    UnexpectedQuestion,
)
from lcm_nornir.events import Phase
from lcm_nornir.tasks.step import meaning

_HEARD = (CommandRefused, ReplyTimeout, SessionLost, UnexpectedOutput, UnexpectedQuestion)


def record_dialogue(task: Task, commands: tuple[str, ...] = (), *, configuration: bool = False) -> Result:
    """Let a switch say what it has to say, for the `DialogueRecorder` of the run. Changes nothing.

    Args:
        task: The Nornir task.
        commands: What to type, each certain to only read; what the driver reads, and its other screens, if none.
        configuration: Read the configurations, too. Without it there is no need to.

    Returns:
        A result whose value is a tuple of what went wrong meanwhile, as text: what the switch said to it is recorded,
        and often just what is wanted. Failed if there was no dialogue at all.

    Raises:
        RequestError: A command is not certain to only read; nothing was sent.
    """
    for line in commands:
        check_reading(line)
    troubles: list[str] = []
    try:
        if not commands and not _heard(troubles, "facts", partial(look, task, Driver.facts)):
            _heard(troubles, "slots", partial(look, task, Driver.slots))  # what comes after the unreadable answer
            _heard(troubles, "boot", partial(look, task, Driver.boot_identity))
        if not commands:
            _heard(troubles, "installer", partial(look, task, Driver.installer))
        if configuration:
            _heard(troubles, "configuration", partial(look, task, Driver.configuration))
        for line in commands or _screens(task):
            _heard(troubles, line, partial(look, task, show, line))
    except SessionError as error:
        failure = meaning(error, Phase.READINESS).at(task.host.name, "record")
        return Result(host=task.host, failed=True, exception=failure, result=str(failure))
    finally:
        the_door(task).leave(task.host)
    return Result(host=task.host, result=tuple(troubles))


def _screens(task: Task) -> tuple[str, ...]:
    driver = driver_of(task)
    return driver.screens if isinstance(driver, Screens) else ()


def _heard(troubles: list[str], what: str, query: Callable[[], object]) -> bool:
    """Ask, and tell whether the answer could be read; whether or not, it was heard."""
    try:
        query()
    except _HEARD as error:
        troubles.append(f"{what}: {error.message}")
        return False
    return True
