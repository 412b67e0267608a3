"""The collector of cycles beside jobs: what it has seen is set aside while they run, and no longer."""

from __future__ import annotations

import gc
import weakref

from lcm_nornir.api.collecting import collecting_beside


class Knot:
    """Something that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


def test_what_was_seen_is_set_aside_while_somebody_is_busy_and_goes_afterwards() -> None:
    busy = [True]
    gc.unfreeze()
    with collecting_beside(lambda: busy[0]):
        knot = Knot()
        left = weakref.ref(knot)
        gc.collect()
        assert gc.get_freeze_count() > 1000
        del knot
        gc.collect()
        assert left() is not None  # nobody looks there now
        busy[0] = False
        gc.collect()
        assert gc.get_freeze_count() == 0
        gc.collect()
        assert left() is None


def test_it_ends_with_the_service() -> None:
    before = list(gc.callbacks)
    with collecting_beside(lambda: True):
        gc.collect()
    assert gc.callbacks == before
    assert gc.get_freeze_count() == 0
    gc.collect()
    assert gc.get_freeze_count() == 0
