"""How far a transfer and an install are: computed from the time when somebody asks, never by a ticking task."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

# Evidenced are "Configure filesystem (3 of 9)" and, for 10.4, the two phrases below; the other step names are invented.
_STEPS = (
    "Verify image",
    "Prepare partition",
    "Configure filesystem",
    "Install kernel",
    "Install OS10 packages",
    "Install platform packages",
    "Migrate configuration",
    "Configure boot loader",
    "Synchronize partition",
)
_STEPS_10_4 = ("Configuring root filesystem", "Installing OS10 packages")


@dataclass(slots=True)
class Transfer:
    """The file transfer, as ``show image status`` tells it.

    Attributes:
        state: State word.
        detail: State detail.
        started: When it started, by the switch's clock, in epoch seconds; None if there was none.
        ended: When it ended, likewise.
        size: Length of the file in bytes, as soon as it is known.
        received: Bytes that arrived.
        pace: Seconds that writing the whole file takes.
        began: Monotonic time of the first byte.
    """

    state: str = "idle"
    detail: str = "No download information available"
    started: float | None = None
    ended: float | None = None
    size: int = 0
    received: int = 0
    pace: float = 0.0
    began: float = 0.0

    @property
    def busy(self) -> bool:
        """It runs."""
        return self.state == "download"

    @property
    def written(self) -> int:
        """Bytes on disk: those that arrived, but never ahead of the pace."""
        if not self.busy:
            return self.received
        return min(self.received, int(self.size * self._elapsed() / self.pace)) if self.size else 0

    @property
    def backlog(self) -> float:
        """Seconds until everything that arrived is written."""
        return self.received / self.size * self.pace - self._elapsed() if self.size else 0.0

    @property
    def rate(self) -> int:
        """Kilobytes a second, which the screen calls kbps."""
        elapsed = self._elapsed() if self.busy else (self.ended or 0.0) - (self.started or 0.0)
        return int(self.written / 1000 / elapsed) if elapsed > 0 else 0

    @property
    def percent(self) -> int:
        """Share of the file that is written."""
        return self.written * 100 // self.size if self.size else 0

    def begin(self, size: int) -> None:
        """The server answered with a file of ``size`` bytes."""
        self.size = size
        self.began = time.monotonic()

    def _elapsed(self) -> float:
        return time.monotonic() - self.began


@dataclass(slots=True)
class Installation:
    """The install, as ``show image status`` tells it.

    Attributes:
        state: State word.
        ending: State detail while it does not run.
        started: When it started, by the switch's clock, in epoch seconds; None if there was none.
        ended: When it ended, likewise.
        pace: Seconds that it takes.
        old_style: Names its steps as release 10.4 does.
        began: Monotonic time of its start.
    """

    state: str = "idle"
    ending: str = "No install information available"
    started: float | None = None
    ended: float | None = None
    pace: float = 1.0
    old_style: bool = False
    began: float = field(default_factory=time.monotonic)

    @property
    def busy(self) -> bool:
        """It runs."""
        return self.state == "install"

    @property
    def detail(self) -> str:
        """State detail, with the step that is due now."""
        if not self.busy:
            return self.ending
        steps = _STEPS_10_4 if self.old_style else _STEPS
        step = min(int((time.monotonic() - self.began) / self.pace * len(steps)), len(steps) - 1)
        return f"In progress: {steps[step]}" + ("" if self.old_style else f" ({step + 1} of {len(steps)})")
