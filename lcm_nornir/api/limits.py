"""How much one may ask of the service: numbers in one place, and who counts."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil

from lcm_nornir import clock
from lcm_nornir.access import Caller
from lcm_nornir.api.answers import ApiError
from lcm_nornir.jobs.approval import MOST_SWITCHES
from lcm_nornir.schema.messages import Message, message

_KEPT = 10_000  # callers whose rate is known; who was not heard of for the longest time is forgotten first
_MINUTE = 60.0
_STREAM_AGAIN = 30  # seconds until another try to open a stream is worth it
_JOBS_AGAIN = 60  # seconds, for a job


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of the service.

    Attributes:
        body: Bytes of a request's body.
        body_time: Seconds in which a request's body has to arrive.
        head_time: Seconds in which a request's head has to arrive, and a TLS handshake to be done.
        take_time: Seconds in which a client has to take what it was sent, once it is behind.
        idle_time: Seconds for which a connection is kept without a request.
        connections: Connections at once.
        page: Items of a list's page, where a list has pages.
        switches: Switches of a job.
        open_jobs: Jobs that have not ended, drafts included.
        streams: Event streams at once.
        streams_per_user: Event streams of one user at once.
        token_rate: Requests per minute with one token.
        address_rate: Requests per minute from one address.
        hashing: Passwords that are compared at once: each takes 64 MiB and a core meanwhile.
    """

    body: int = 1 << 20
    body_time: float = 10.0
    head_time: float = 10.0
    take_time: float = 120.0
    idle_time: int = 5
    connections: int = 200
    page: int = 200
    switches: int = MOST_SWITCHES
    open_jobs: int = 100
    streams: int = 200
    streams_per_user: int = 10  # who is cut off and comes back has two for a moment
    token_rate: int = 600
    address_rate: int = 1_200
    hashing: int = 2

    def check_open_jobs(self, number: int) -> None:
        """Refuse one job more.

        Args:
            number: How many have not ended.

        Raises:
            ApiError: 429: there are as many as are allowed.
        """
        if number >= self.open_jobs:
            raise too_many(message("lcm.limit.open_jobs", count=number), _JOBS_AGAIN)


def too_many(told: Message, wait: float) -> ApiError:
    """Give the refusal of what is too much: 429.

    Args:
        told: What there is too much of.
        wait: Seconds after which it is worth another try.
    """
    return ApiError(HTTPStatus.TOO_MANY_REQUESTS, told, {"Retry-After": str(ceil(wait))})


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Rates:
    """Counts requests: a minute's worth may come at once, and then as many as the rate gives. For one thread.

    Args:
        per_minute: Requests of one caller.
        now: Gives seconds that never run backwards.
    """

    def __init__(self, per_minute: int, now: Callable[[], float] = clock.elapsed) -> None:
        self._rate = per_minute
        self._now = now
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, who: str) -> float:
        """Count a request; gives 0, or the seconds to wait, and then it does not count."""
        now = self._now()
        bucket = self._buckets.setdefault(who, _Bucket(self._rate, now))
        self._buckets.move_to_end(who)
        if len(self._buckets) > _KEPT:
            self._buckets.popitem(last=False)
        bucket.left = min(self._rate, bucket.left + (now - bucket.at) * self._rate / _MINUTE)
        bucket.at = now
        if bucket.left < 1:
            return (1 - bucket.left) * _MINUTE / self._rate
        bucket.left -= 1
        return 0.0


class Streams:
    """Counts event streams. Safe to use from several threads.

    Args:
        limits: How many there may be.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def open(self, caller: Caller) -> Iterator[None]:
        """Have a stream open.

        Raises:
            ApiError: 429: he, or all together, have as many as are allowed.
        """
        with self._lock:
            if self._open.total() >= self._limits.streams or self._open[caller.user] >= self._limits.streams_per_user:
                raise too_many(message("lcm.limit.streams"), _STREAM_AGAIN)
            self._open[caller.user] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[caller.user] -= 1
                self._open += Counter()  # forgets those who have none
