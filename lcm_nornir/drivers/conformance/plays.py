"""Calls of a driver's methods, played against a recording: what was typed, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from lcm_nornir.dialogue import Exchange, Kind, Recording
from lcm_nornir.drivers.base import BootIdentity, SwitchFacts
from lcm_nornir.drivers.replay import NotRecorded, ReplaySession
from lcm_nornir.errors import LcmError, SessionError
from lcm_nornir.image import Image

_PASSWORD = "\N{LOCK}"  # noqa: S105  # nosec B105 - no driver types this sign by itself


class Heard(ReplaySession):
    """A replayed session that keeps what was done in it.

    Attributes:
        done: What was done: a line typed, an answer (empty if it is the password), Ctrl-C, the name of a pushed file.
    """

    def __init__(self, recording: Recording, start: int = 0) -> None:
        super().__init__(recording, start)
        self.done: list[tuple[Kind, str]] = []

    def send(self, line: str, *, until: str = "", timeout: float | None = None) -> str:
        """As `Session.send`."""
        self.done.append((Kind.LINE, line))
        return super().send(line, until=until, timeout=timeout)

    def answer(self, text: str, *, until: str = "", timeout: float | None = None) -> str:
        """As `Session.answer`."""
        is_secret = text == _PASSWORD
        self.done.append((Kind.ANSWER, "" if is_secret else text))
        return super().answer(text, until=until, timeout=timeout)

    def interrupt(self) -> None:
        """As `Session.interrupt`."""
        self.done.append((Kind.INTERRUPT, ""))
        super().interrupt()

    def password(self) -> str:
        """As `Session.password`."""
        return _PASSWORD

    def push(self, image: Image, path: str = "") -> None:
        """As `Session.push`."""
        self.done.append((Kind.PUSH, image.name))
        super().push(image, path)


@dataclass(frozen=True, slots=True)
class Play:
    """One call, played.

    Attributes:
        method: The driver's method.
        args: What it was called with, behind the session.
        recording: What it was played against.
        heard: Numbers of the exchanges that were replayed.
        done: What was done, as `Heard.done`.
        value: What it gave; of a generator all that it yielded. Boot identities without the time of reading.
        error: The error that it raised instead, if it is one that a driver may raise.
        crash: Any other exception, as text.
    """

    method: str
    args: tuple[Any, ...]
    recording: Recording
    heard: tuple[int, ...]
    done: tuple[tuple[Kind, str], ...]
    value: Any = None
    error: SessionError | LcmError | None = None
    crash: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it gave a value."""
        return self.error is None and not self.crash

    @property
    def outcome(self) -> str:
        """What became of it, as text."""
        if self.is_good:
            return repr(self.value)
        return self.crash or f"{type(self.error).__name__}: {self.error}"

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What was replayed, each exchange once."""
        return tuple(self.recording.exchanges[number] for number in dict.fromkeys(self.heard))


def play(driver: Any, method: str, recording: Recording, start: int = 0, args: tuple[Any, ...] = ()) -> Play | None:
    """Call a driver's method against a recording; None if it types what was not recorded.

    Args:
        driver: The driver.
        method: The method's name.
        recording: The recording.
        start: Number of the exchange at which it begins.
        args: What the method gets behind the session.
    """
    ssh = Heard(recording, start)
    value, error, crash = None, None, ""
    try:
        value = getattr(driver, method)(ssh, *args)
        if isinstance(value, Iterator):
            value = tuple(value)
    except NotRecorded:
        return None
    except (SessionError, LcmError) as raised:
        error = raised
    except Exception as raised:  # noqa: BLE001 - whatever a stranger's driver raises is to be told
        crash = f"{type(raised).__name__}: {raised}"
    return Play(method, args, recording, tuple(ssh.heard), tuple(ssh.done), timeless(value), error, crash)


def again(driver: Any, played: Play, number: int, came: Exchange) -> Play | None:
    """Play a call again where another exchange stands in the place of one."""
    exchanges = played.recording.exchanges
    changed = replace(played.recording, exchanges=(*exchanges[:number], came, *exchanges[number + 1 :]))
    return play(driver, played.method, changed, min(played.heard, default=0), played.args)


def timeless(value: Any) -> Any:
    """Give a value without the time at which it was read."""
    if isinstance(value, BootIdentity):
        return replace(value, read_at=0.0)
    if isinstance(value, SwitchFacts):
        return replace(value, boot=timeless(value.boot))
    return value


def plays_of(
    driver: Any, method: str, recording: Recording, candidates: Callable[[int], Iterable[tuple[Any, ...]]]
) -> Iterator[tuple[int, tuple[Play, ...]]]:
    """Find each place at which a call of a method was recorded, and play it there.

    Args:
        driver: The driver.
        method: The method's name.
        recording: The recording.
        candidates: What it may have been called with at an exchange: a recording does not tell.

    Yields:
        The number of each such place, with the plays that fit what was recorded; none if none does.
    """
    place, exchanges = 0, recording.exchanges
    while place < len(exchanges):
        if exchanges[place].call != method:
            place += 1
            continue
        tried = (play(driver, method, recording, place, args) for args in candidates(place))
        fitting = tuple(one for one in tried if one and one.heard and min(one.heard) == place == one.heard[0])
        fitting = _farthest(fitting, _next_call(recording, place))
        yield place, fitting
        place = max(fitting[0].heard) + 1 if fitting else _next_call(recording, place)


def _farthest(fitting: tuple[Play, ...], end: int) -> tuple[Play, ...]:
    """Give the plays that come farthest before another call begins: who was called with something else stops early."""
    within = [one for one in fitting if max(one.heard) < end]
    far = max((max(one.heard) for one in within), default=-1)
    return tuple(one for one in within if max(one.heard) == far) or fitting


def _next_call(recording: Recording, place: int) -> int:
    numbers, call = range(place, len(recording.exchanges)), recording.exchanges[place].call
    return next((number for number in numbers if recording.exchanges[number].call != call), numbers.stop)
