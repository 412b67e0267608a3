"""Python's collector of reference cycles, in a process that has to answer meanwhile.

A full collection goes through all that lives. With a job of 10,000 switches that takes half a second and more, in which
nobody is answered (measured by the benchmark of the status). So whatever one has gone through while jobs run is set
aside, and looked at again when none does: what the jobs have left behind goes then.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_FULL = 2  # the generation of a full collection


@contextmanager
def collecting_beside(is_busy: Callable[[], bool]) -> Iterator[None]:
    """Let full collections pass over what they have seen, as long as somebody is busy when one ends.

    Args:
        is_busy: Tells whether somebody is; called by the collector, in whatever thread.
    """

    def after(phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == _FULL:
            if is_busy():
                gc.freeze()
            else:
                gc.unfreeze()

    gc.callbacks.append(after)
    try:
        yield
    finally:
        gc.callbacks.remove(after)
        gc.unfreeze()
