"""What waits for its time by the wall clock, however that is set meanwhile."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from lcm_nornir.errors import LcmError, RequestError

logger = logging.getLogger(__name__)


class Schedule:
    """Names, each with a time. Safe to use from several threads.

    It looks at the wall clock now and then instead of sleeping until a time: whether the clock is set or the machine
    slept, what is due is due.

    Args:
        due: Called with a name once its time has come, in a thread of its own; one at a time.
        now: Gives epoch seconds of the wall clock.
        every: Seconds between two looks.
    """

    def __init__(self, due: Callable[[str], object], now: Callable[[], float], every: float) -> None:
        self._due, self._now, self._every = due, now, every
        self._times: dict[str, int] = {}
        self._failed: set[str] = set()  # told once, not at every look
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="lcm-schedule", daemon=True)

    def add(self, name: str, at: int) -> None:
        """Let a name wait for a time, in epoch seconds; one that waits already waits for this one from now on."""
        self._times[name] = at

    def drop(self, name: str) -> None:
        """Let a name wait no more, if it does."""
        self._times.pop(name, None)

    def start(self) -> None:
        """Begin to look; called once."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more. May be called again."""
        self._over.set()

    def join(self, timeout: float | None) -> bool:
        """Wait for the end of what is being done, at most so many seconds; tells whether it has ended."""
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _watch(self) -> None:
        while not self._over.wait(self._every):
            for name, at in sorted(self._times.copy().items(), key=lambda item: item[1]):
                if at <= self._now() and not self._over.is_set() and self._done(name):
                    self._times.pop(name, None)

    def _done(self, name: str) -> bool:
        """Tell a name's time; one for which that could not be done is told again at the next look."""
        try:
            self._due(name)
        except Exception as error:
            if name not in self._failed:
                known = isinstance(error, LcmError | RequestError)
                logger.warning("job %s is tried again until it can begin: %s", name, error, exc_info=not known)
            self._failed.add(name)
            return False
        self._failed.discard(name)
        return True
