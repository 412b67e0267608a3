"""The places at which something is written: each has a name, so that a test can end the process exactly there."""

from __future__ import annotations

from collections.abc import Callable

_listeners: list[Callable[[str], None]] = []


def reached(point: str) -> None:
    """Tell that a point was reached: ``… before`` a commit, ``… stored`` after it.

    Args:
        point: What is written, for example ``intent reload``, and ``before`` or ``stored``.
    """
    for listener in _listeners:
        listener(point)


def listen(listener: Callable[[str], None]) -> None:
    """Call a function at each point from now on, in the thread that writes."""
    _listeners.append(listener)
