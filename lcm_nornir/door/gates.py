"""How many may do something at once, who must not be down together, and the flag that stops it all."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Condition, Event, Lock

from lcm_nornir.errors import RequestError, Stopped


class Stop:
    """The flag that asks everybody to end at the next safe point. Set once; never taken back.

    All waiting in a run goes through here, so that one notification wakes everyone who heeds it.
    """

    def __init__(self) -> None:
        self.reason = ""
        self.since = 0.0  # epoch seconds
        self._changed = Condition()

    @property
    def is_set(self) -> bool:
        """Whether somebody asked to stop."""
        return bool(self.reason)

    def set(self, reason: str) -> None:
        """Ask everybody to stop; the first reason stays."""
        with self._changed:
            self.since = self.since or time.time()
            self.reason = self.reason or reason
            self._changed.notify_all()

    def check(self) -> None:
        """Raise `Stopped` if somebody asked to stop."""
        if self.reason:
            raise Stopped(self.reason)

    def pause(self, seconds: float, *, heed: bool) -> None:
        """Sleep.

        Raises:
            Stopped: At once, when somebody asks to stop and it is heeded.
        """
        if not heed:
            time.sleep(max(seconds, 0))
            return
        with self._changed:
            self._changed.wait_for(lambda: self.is_set, max(seconds, 0))
        self.check()


class Gate:
    """Lets so many through at once, first come first served."""

    def __init__(self, places: int) -> None:
        self.places = places
        self._taken = 0
        self._queue: deque[Event] = deque()
        self._lock = Lock()

    @property
    def full(self) -> bool:
        """Whether who comes now has to wait."""
        return self._taken >= self.places

    def enter(self, stop: Stop | None = None) -> None:
        """Wait for a place and take it.

        Raises:
            Stopped: While waiting, if `stop` is given and set; noticed within a second.
        """
        with self._lock:
            if self._taken < self.places:
                self._taken += 1
                return
            turn = Event()
            self._queue.append(turn)
        try:
            while not turn.wait(1.0 if stop else None):
                if stop:
                    stop.check()
        except BaseException:
            self._give_up(turn)
            raise

    def _give_up(self, turn: Event) -> None:
        with self._lock, suppress(ValueError):
            self._queue.remove(turn)
            return
        self.leave()  # the place was handed over in the meantime

    def leave(self) -> None:
        """Give a place back: hand it to who waits longest."""
        with self._lock:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._taken -= 1

    @contextmanager
    def place(self, stop: Stop | None = None) -> Iterator[None]:
        """Hold a place for the length of a block."""
        self.enter(stop)
        try:
            yield
        finally:
            self.leave()


class PeerClaims:
    """Who of a pair may be down. One object per process: a claim holds whatever runner or wrapper is used.

    A claim is taken before a command that reboots, and ends in one of two ways: freed, when the switch is proven (or
    never went down), or doubted, when it is not. Nobody joins a peer in doubt.
    """

    def __init__(self) -> None:
        self._holder: dict[frozenset[str], str] = {}
        self._doubted: set[frozenset[str]] = set()
        self._changed = Condition()

    def take(self, host: str, peer: str, stop: Stop, waiting: Callable[[], None]) -> None:
        """Claim the right to be down; waits for the peer. Taking a claim that one holds changes nothing.

        Args:
            host: Inventory name of the switch.
            peer: Inventory name of its peer.
            stop: Heeded while waiting.
            waiting: Called once before the first wait.

        Raises:
            Stopped: The peer ended in doubt, or somebody asked to stop.
        """
        pair = frozenset((host, peer))
        with self._changed:
            free = self._free(pair, host)
        if not free:
            waiting()
        with self._changed:
            while not self._free(pair, host):
                if pair in self._doubted:
                    raise Stopped(
                        f"its peer {peer} was rebooted and is not proven",
                        remedy=f"bring {peer} up and prove it (verify_image), then run this switch again",
                    )
                stop.check()
                self._changed.wait(1.0)
            self._holder[pair] = host

    def take_if_free(self, host: str, peer: str) -> bool:
        """Claim the right to be down, if it is free now; tells whether one has it."""
        pair = frozenset((host, peer))
        with self._changed:
            if not self._free(pair, host):
                return False
            self._holder[pair] = host
            return True

    def _free(self, pair: frozenset[str], host: str) -> bool:
        return self._holder.get(pair, host) == host

    def free(self, host: str, peer: str) -> None:
        """End the claim of a switch that is proven, or never went down; a claim of its peer stays."""
        self._end(host, peer, doubt=False)

    def doubt(self, host: str, peer: str) -> None:
        """Mark the claim of a switch that went down and is not proven."""
        self._end(host, peer, doubt=True)

    def _end(self, host: str, peer: str, *, doubt: bool) -> None:
        pair = frozenset((host, peer))
        with self._changed:
            if self._holder.get(pair) != host:
                return
            if doubt:
                self._doubted.add(pair)
            else:
                self._doubted.discard(pair)
                del self._holder[pair]
            self._changed.notify_all()


class ServerGates:
    """A gate per image server, made when the server is first named."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._gates: dict[str, Gate] = {}
        self._lock = Lock()

    def of(self, server: str) -> Gate:
        """Give the server's gate."""
        with self._lock:
            return self._gates.setdefault(server, Gate(self._places))


def whole_number(value: int, name: str) -> int:
    """Check an option that counts.

    Raises:
        RequestError: It is no whole number above 0.
    """
    if type(value) is not int or value < 1:
        raise RequestError(f"{value!r} is no such number", field=name, cure="write a whole number above 0")
    return value
