"""The status of a job that runs, cheap to ask for: only rows that have changed are told anew."""

from __future__ import annotations

from collections.abc import Iterable

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, Task

from lcm_nornir.events import Ending, Event
from lcm_nornir.processors.status import StatusProcessor
from lcm_nornir.record import SwitchRecord, head_of
from lcm_nornir.schema import UpdateProgress

_End = tuple[UpdateProgress, Ending, int]


class LiveStatus(StatusProcessor):
    """A `StatusProcessor` that also gives its document as JSON.

    Args:
        known: As for `StatusProcessor`.
        start_time: When the job began, epoch seconds.
    """

    def __init__(self, known: Iterable[SwitchRecord], start_time: int) -> None:
        super().__init__(known, start_time)
        self._rows: dict[
            str, tuple[str, _End]
        ] = {}  # while nothing has changed: the row, and what is of it in the head

    def task_started(self, task: Task) -> None:
        """Take the inventory in hand."""
        super().task_started(task)
        with self._lock:
            self._rows.clear()

    def switch_event(self, task: Task, host: Host, event: Event) -> None:
        """Take in an event of a switch."""
        super().switch_event(task, host, event)
        with self._lock:
            self._rows.pop(host.name, None)

    def task_completed(self, task: Task, result: AggregatedResult) -> None:
        """Give a verdict to hosts that were not begun, or that ended without telling."""
        super().task_completed(task, result)
        with self._lock:
            self._rows.clear()

    def json(self) -> bytes:
        """Give the job's status now as JSON (`lcm-api.md` section 1)."""
        with self._lock:
            rows = [self._row(record) for record in self._records.values()]
        status, end_time = head_of([end for _, end in rows])
        data = ",".join(row for row, _ in rows)
        return f'{{"start_time":{self._start},"end_time":{end_time},"status":"{status}","data":[{data}]}}'.encode()

    def _row(self, record: SwitchRecord) -> tuple[str, _End]:
        if (kept := self._rows.get(record.name)) is None:
            row = record.row()
            end = (row.update_progress_status, record.ending, record.end_time)
            kept = self._rows[record.name] = (row.model_dump_json(), end)
        return kept
