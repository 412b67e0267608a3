"""Hearing what a switch says, for a recording. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable

from nornir.core.task import Result, Task

from lcm_nornir.door import driver_of, look, the_door
from lcm_nornir.drivers.base import Driver, Screens
from lcm_nornir.drivers.reading import check_reading, show
from lcm_nornir.errors import (
    CommandRefused,
    ReplyTimeout,
    SessionError,
    SessionLost,
    Stopped,
    UnexpectedOutput,
    UnexpectedQuestion,
)
from lcm_nornir.events import Phase
from lcm_nornir.tasks.step import meaning

_ANSWERED = (CommandRefused, ReplyTimeout, SessionLost, UnexpectedOutput, UnexpectedQuestion)


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
    heard = _Heard(task)
    try:
        if not commands and not heard.asks("facts", Driver.facts):
            heard.asks("slots", Driver.slots)  # and what the driver would have typed after the unreadable answer
            heard.asks("boot", Driver.boot_identity)
        if not commands:
            heard.asks("installer", Driver.installer)
        if configuration:
            heard.asks("configuration", Driver.configuration)
        for line in commands or _screens(task):
            heard.asks(line, show, line)
    except (SessionError, Stopped) as error:
        failure = meaning(error, Phase.READINESS).at(task.host.name, "record")
        return Result(host=task.host, failed=True, exception=failure, result=str(failure))
    finally:
        the_door(task).leave(task.host)
    return Result(host=task.host, result=tuple(heard.troubles))


def _screens(task: Task) -> tuple[str, ...]:
    driver = driver_of(task)
    return driver.screens if isinstance(driver, Screens) else ()


class _Heard:
    """Asks a switch, and keeps what went wrong: whether or not an answer could be read, it was heard."""

    def __init__(self, task: Task) -> None:
        self.troubles: list[str] = []
        self._task = task

    def asks(self, what: str, query: Callable[..., object], *args: object) -> bool:
        """Ask, and tell whether the answer could be read.

        Raises:
            Stopped: Somebody asked to stop.
            SessionError: There is no session.
        """
        the_door(self._task).stop.check()
        try:
            look(self._task, query, *args)
        except _ANSWERED as error:
            self.troubles.append(f"{what}: {error.message}")
            return False
        return True
