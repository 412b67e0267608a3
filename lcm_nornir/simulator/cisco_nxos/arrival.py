"""A file that is being copied: computed from the time when somebody looks, never ahead of the fleet's pace."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(slots=True)
class Arrival:
    """One copy.

    Attributes:
        started: When it started, by the switch's clock, in epoch seconds.
        pace: Seconds that writing the whole file takes.
        size: Length of the file in bytes, as soon as it is known.
        received: Bytes that arrived.
        began: Monotonic time of the first byte.
    """

    started: float
    pace: float
    size: int = 0
    received: int = 0
    began: float = 0.0

    def begin(self, size: int) -> None:
        """The server answered with a file of ``size`` bytes."""
        self.size = size
        self.began = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the first byte."""
        return time.monotonic() - self.began if self.began else 0.0

    @property
    def written(self) -> int:
        """Bytes on the disk."""
        return min(self.received, int(self.size * self.elapsed / self.pace)) if self.size else 0

    @property
    def backlog(self) -> float:
        """Seconds until everything that arrived is written."""
        return max(0.0, self.received / self.size * self.pace - self.elapsed) if self.size else 0.0

    @property
    def percent(self) -> int:
        """Share of the file that is written."""
        return self.written * 100 // self.size if self.size else 0

    @property
    def rate(self) -> float:
        """Bytes a second."""
        return self.written / self.elapsed if self.elapsed else 0.0
