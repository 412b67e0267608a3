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
        due: Called with a name once its time has come, and with the time at which that was seen: what waits for others
            that are told theirs first is not late for that. In a thread of its own; one at a time.
        now: Gives epoch seconds of the wall clock.
        every: Seconds between two looks.
    """

    def __init__(self, due: Callable[[str, float], object], now: Callable[[], float], every: float) -> None:
        self._due, self._now, self._every = due, now, every
        self._times: dict[str, int] = {}
        self._lock = threading.Lock()
        self._failed: set[str] = set()  # told once, not at every look
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="lcm-schedule", daemon=True)

    def add(self, name: str, at: int) -> None:
        """Let a name wait for a time, in epoch seconds; one that waits already waits for this one from now on."""
        with self._lock:
            self._times[name] = at

    def drop(self, name: str, at: int) -> None:
        """Let a name wait for a time no more; if it waits for another one by now, that stays."""
        with self._lock:
            if self._times.get(name) == at:
                del self._times[name]

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
            looked = self._now()
            with self._lock:
                waiting = sorted(self._times.items(), key=lambda item: item[1])
            for name, at in waiting:
                if at > looked or self._over.is_set():
                    break
                if self._times.get(name) != at:  # taken back, or given another time, while others were told theirs
                    continue
                if self._done(name, looked):
                    self.drop(name, at)

    def _done(self, name: str, looked: float) -> bool:
        """Tell a name's time; one for which that could not be done is told again at the next look."""
        try:
            self._due(name, looked)
        except Exception as error:
            if name not in self._failed:
                known = isinstance(error, LcmError | RequestError)
                logger.warning("job %s is tried again until it can begin: %s", name, error, exc_info=not known)
            self._failed.add(name)
            return False
        self._failed.discard(name)
        return True
