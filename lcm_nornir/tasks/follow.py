"""How a copy or an installation is followed: by looking, where it goes on by itself, else by listening to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from nornir.core.task import Task

from lcm_nornir.door import look, the_door
from lcm_nornir.drivers.base import CopyState, Driver, InstallerState, InstallState
from lcm_nornir.errors import AuthenticationFailed, HostKeyRejected, SessionError, SwitchUnreachable
from lcm_nornir.events import Event

_LOOKS = 2  # at an installer that did not begin, until that is believed
_NEAR_END = 2.0  # first polls within which the end is waited for in one go


class Stalled(Exception):
    """It went on without progress, or longer than it may; `state` is the last that was read."""

    def __init__(self, message: str, state: InstallerState | None) -> None:
        super().__init__(message)
        self.state = state


@dataclass(frozen=True, slots=True)
class Following:
    """What is followed.

    Attributes:
        what: ``copy``, ``installation`` or ``activation``, for messages.
        part: The half of the installer's state that tells of it.
        told: The event that a state is told as.
        total: Seconds that it may take.
        stall: Seconds without progress.
        first: Seconds until the first look.
        heed: Whether a request to stop ends the waiting.
        before: That half before it was started, which tells nothing of it; None if it was not we who started it.
        began: Our monotonic clock before it was started.
    """

    what: str
    part: Callable[[InstallerState], CopyState | InstallState]
    told: Callable[[InstallerState], Event]
    total: float
    stall: float
    first: float
    heed: bool
    before: CopyState | InstallState | None = None
    began: float = field(default_factory=time.monotonic)


class Hearing:
    """Hears the states of a command that holds its session: tells progress, and ends what makes none.

    Args:
        task: The Nornir task.
        following: What is heard.
        tell: Where progress goes.
    """

    def __init__(self, task: Task, following: Following, tell: Callable[[Event], None]) -> None:
        self._stop = the_door(task).stop
        self._following = following
        self._tell = tell
        self._moved = time.monotonic()
        self._seen: tuple[object, ...] | None = None
        self._told: Event | None = None

    def __call__(self, state: InstallerState) -> None:
        """Take in a state.

        Raises:
            Stalled: No progress, or too long.
            Stopped: Somebody asked to stop, and that is heeded.
        """
        following, now = self._following, time.monotonic()
        if following.heed and state.busy:  # what is over is told, whoever asks to stop
            self._stop.check()
        if (event := following.told(state)) != self._told:
            self._tell(event)
            self._told = event
        if (progress := _progress(following.part(state))) != self._seen:
            self._seen, self._moved = progress, now
        if state.busy:
            _check_limits(following, state, None, total=now - following.began, still=now - self._moved)


def follow(
    task: Task, following: Following, first: InstallerState | None, tell: Callable[[Event], None]
) -> InstallerState:
    """Follow until the installer is idle. No session is open while it waits.

    Args:
        task: The Nornir task.
        following: What is followed.
        first: What was read right after it was started; None if that could not be read.
        tell: Where progress goes.

    Returns:
        The first state in which the installer is not busy.

    Raises:
        Stalled: No progress, or too long.
        SwitchUnreachable: The switch did not answer any more for as long as a stall may last.
        Stopped: Somebody asked to stop, and that is heeded.
    """
    door, limits = the_door(task), the_door(task).timeouts(task.host)
    began, moved = following.began, time.monotonic()  # its start may have hung for long: that is no standstill
    state, seen = first, None
    lost: SessionError | None = None
    looks = 0
    while True:
        now = time.monotonic()
        if state is not None:
            if following.part(state) != following.before:
                tell(following.told(state))
            if not state.busy:
                return state
            if (progress := _progress(following.part(state))) != seen:
                seen, moved = progress, now
        _check_limits(following, state, lost, total=now - began, still=now - moved)
        door.pause(
            task.host,
            pace(following, following.part(state) if state else None, now - began, looks, limits.poll),
            heed=following.heed,
        )
        looks += 1
        try:
            state, lost = look(task, Driver.installer, patient=False), None
        except (AuthenticationFailed, HostKeyRejected):
            raise
        except SessionError as error:
            state, lost = None, error


def follow_sent(
    task: Task,
    following: Following,
    first: InstallerState | None,
    send: Callable[[], InstallerState | None],
    tell: Callable[[Event], None],
) -> InstallerState:
    """Follow what was sent, or adopted. What stands as before is looked at again: a switch may be slow to say so.

    What could not be read right after it was sent, and then stands as before, also at a second look, has not begun: it
    is sent once more. That is the proof of a resume. What the switch took without a word is not sent again.

    Args:
        task: The Nornir task.
        following: What is followed.
        first: What was read right after it was sent; None if that could not be read.
        send: Sends it once more; gives what was read right after, None if that could not be read either.
        tell: Where progress goes.

    Returns:
        As `follow`, which also says what is raised.
    """
    ended = follow(task, following, first, tell)
    for _ in range(_LOOKS if first else _LOOKS - 1):
        if following.part(ended) != following.before:  # all of it: not every release tells when it began
            return ended
        ended = follow(task, following, None, tell)
    if first or following.part(ended) != following.before:
        return ended
    return follow(task, following, send(), tell)


def _check_limits(
    following: Following, state: InstallerState | None, lost: SessionError | None, *, total: float, still: float
) -> None:
    if lost is not None and still > following.stall:
        raise SwitchUnreachable(f"lost during the {following.what}: {lost.message}", said=lost.said, remedy=lost.remedy)
    if still > following.stall:
        raise Stalled(f"the {following.what} made no progress for {following.stall:g} s", state)
    if total > following.total:
        raise Stalled(f"the {following.what} took longer than {following.total:g} s", state)


def pace(following: Following, part: CopyState | InstallState | None, elapsed: float, looks: int, poll: float) -> float:
    """Give the seconds until the next look: when it will be done by its rate so far, sooner where that is unsure.

    Args:
        following: What is followed; two looks at least must fall into its stall time.
        part: What was read last, None if it could not be read.
        elapsed: Seconds since it began.
        looks: How many looks there were.
        poll: Shortest pause between two looks.
    """
    longest = following.stall / 2
    if part is None:
        return min(poll, longest)
    fraction = _fraction(part)
    if fraction <= 0 or elapsed < following.first / 2:  # so early a rate says nothing
        return min(following.first * 1.5**looks, following.first * _NEAR_END, longest)
    left = elapsed * (1 - fraction) / fraction
    return max(poll / 5, min(left * 1.02 + poll / 10, longest))


def _progress(part: CopyState | InstallState) -> tuple[object, ...]:
    """Give what changes when it gets on; a rate is an average and changes as long as it stands still, too."""
    if isinstance(part, CopyState):
        return part.activity, part.started, part.transferred, part.percent
    return part.activity, part.started, part.detail, part.percent


def _fraction(part: CopyState | InstallState) -> float:
    if isinstance(part, CopyState) and part.size:
        return min(part.transferred / part.size, 1.0)
    return min(part.percent / 100, 1.0)
