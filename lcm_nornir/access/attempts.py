"""How often somebody may try to log in: after some failures each next try has to wait twice as long."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from lcm_nornir import clock


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many failures are free of a wait, and the waits of those that follow.

    Attributes:
        free: Failures without a wait.
        first: Seconds to wait after the next one; twice as long after each further one.
        longest: Seconds, the longest wait; after so long without a failure everything is forgotten.
    """

    free: int
    first: float = 1.0
    longest: float = 900.0


PAIR = Allowance(free=3)
"""One user from one address."""
ADDRESS = Allowance(free=20)
"""One address, whatever users it tries."""
USER = Allowance(free=50, longest=60.0)
"""One user from all addresses: at most a minute to wait, so that strangers cannot lock somebody out for long."""

_KEPT = 10_000  # keys; the oldest is forgotten first


@dataclass(slots=True)
class _Count:
    failures: int
    last: float


class Attempts:
    """Counts tries to log in, in memory. Safe to use from several threads.

    A try counts as a failure from its begin until it is known to be none: many at once gain nothing.

    Args:
        now: Gives seconds that never run backwards.
    """

    def __init__(self, now: Callable[[], float] = clock.elapsed) -> None:
        self._now = now
        self._counts: OrderedDict[tuple[str, ...], _Count] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._counts)

    def begin(self, user: str, address: str) -> float:
        """Begin a try; gives 0 if it may be made, else the seconds to wait, and then it does not count.

        Args:
            user: As it was given, whether there is one or not.
            address: Where the try comes from.
        """
        now = self._now()
        with self._lock:
            wait = max(self._wait(key, allowance, now) for key, allowance in _keys(user, address))
            if wait > 0:
                return wait
            for key, _ in _keys(user, address):
                count = self._counts.setdefault(key, _Count(0, now))
                count.failures, count.last = count.failures + 1, now
                self._counts.move_to_end(key)
            while len(self._counts) > _KEPT:
                self._counts.popitem(last=False)
        return 0.0

    def succeeded(self, user: str, address: str) -> None:
        """Tell that a try that was begun was no failure: this user's failures from there are forgotten."""
        with self._lock:
            pair, *others = (key for key, _ in _keys(user, address))
            self._counts.pop(pair, None)
            for key in others:
                if key in self._counts:
                    self._counts[key].failures -= 1

    def _wait(self, key: tuple[str, ...], allowance: Allowance, now: float) -> float:
        count = self._counts.get(key)
        if count is None:
            return 0.0
        if now - count.last >= allowance.longest:
            del self._counts[key]
            return 0.0
        beyond = min(count.failures - allowance.free, 32)  # further doublings change nothing
        if beyond < 0:
            return 0.0
        return max(0.0, count.last + min(allowance.first * 2.0**beyond, allowance.longest) - now)


def origin(address: str) -> str:
    """Give what stands for an address: of IPv6 its /64, for whoever has one of those has all of it."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else address


def _keys(user: str, address: str) -> tuple[tuple[tuple[str, ...], Allowance], ...]:
    address = origin(address)
    return (("pair", user, address), PAIR), (("address", address), ADDRESS), (("user", user), USER)
