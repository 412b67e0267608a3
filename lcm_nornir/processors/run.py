"""One ``nr.run``, as far as Nornir tells of it: which hosts are in it, and the verdict on those that tell nothing."""

from __future__ import annotations

from nornir.core.task import MultiResult, Task

from lcm_nornir.errors import NotBegun
from lcm_nornir.events import Ending, Verdict
from lcm_nornir.record import SwitchRecord
from lcm_nornir.tasks.step import cause_of, verdict_of


class Run:
    """One ``nr.run``: which hosts it has in hand, and which of them Nornir skips.

    Attributes:
        nornir: The object that runs it.
        hosts: The inventory in hand when it began, in its order.
        excluded: Names of those that failed in a run before.
        ours: Whether its task is one of ours; if not, one of ours may still be below it.
        seen: Whether its hosts were taken into view; for the processor to set.
    """

    def __init__(self, task: Task) -> None:
        self.nornir = task.nornir
        self.hosts = list(task.nornir.inventory.hosts.values())
        self.excluded = set(task.nornir.data.failed_hosts) & set(task.nornir.inventory.hosts)
        self.ours = hasattr(task.task, "lcm_phase") or hasattr(task.task, "lcm_composite")
        self.seen = False

    def has(self, task: Task) -> bool:
        """Tell whether a task, or the task above it, was started in this run."""
        return task.nornir is self.nornir

    def skips(self, record: SwitchRecord) -> Verdict | None:
        """Give the verdict on a host that Nornir skips; it is known before the run ends, which may not be told."""
        return _not_begun(record, "excluded by failed_hosts") if record.name in self.excluded else None

    def left_open(self, record: SwitchRecord, result: MultiResult | None) -> Verdict | None:
        """Give the verdict on a host that was not begun when the run ended, or that ended without telling."""
        if result is None:
            return _not_begun(record, "not selected in this run")
        if record.steps and any(isinstance(one.exception, NotBegun) for one in result):
            return None  # an earlier attempt left it open, and this one has not looked: it stays as it was
        failed = [one.exception for one in result if one.failed and one.exception is not None]
        if failed and (record.ending is Ending.OPEN or self._took_for_skipped(record)):
            return verdict_of(cause_of(failed[0]), record.name)
        return None

    def _took_for_skipped(self, record: SwitchRecord) -> bool:
        # under on_failed=True, of which no processor is told, Nornir does run them
        return record.name in self.excluded and record.ending is Ending.NOT_BEGUN and not record.steps


def _not_begun(record: SwitchRecord, reason: str) -> Verdict | None:
    if record.ending is not Ending.OPEN or record.steps:
        return None
    return Verdict(Ending.NOT_BEGUN, NotBegun(reason, host=record.name))
