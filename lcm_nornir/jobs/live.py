"""The status of a job that runs, cheap to ask for: only rows that have changed are told anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, Task

from lcm_nornir.events import Ending, Event
from lcm_nornir.processors.run import Run
from lcm_nornir.processors.status import StatusProcessor
from lcm_nornir.record import SwitchRecord, head_of
from lcm_nornir.schema import UpdateProgress


class _Row(NamedTuple):
    """A switch's row as JSON, and what is of it in the head."""

    text: bytes
    end: tuple[UpdateProgress, Ending, int]


class LiveStatus(StatusProcessor):
    """A `StatusProcessor` that also gives its document as JSON.

    Whoever asks holds up those who tell it something only while rows that have changed are made anew.

    Args:
        known: As for `StatusProcessor`.
        start_time: When the job began, epoch seconds.
    """

    def __init__(self, known: Iterable[SwitchRecord], start_time: int) -> None:
        super().__init__(known, start_time)
        self._rows: dict[str, _Row] = {}  # in the order of the records; empty: all are to be made
        self._changed = set[str]()

    @property
    def has_rows(self) -> bool:
        """Whether there is a switch in it yet."""
        return bool(self._records)

    def switch_event(self, task: Task, host: Host, event: Event) -> None:
        """Take in an event of a switch."""
        super().switch_event(task, host, event)
        with self._lock:
            self._changed.add(host.name)

    def task_completed(self, task: Task, result: AggregatedResult) -> None:
        """Give a verdict to hosts that were not begun, or that ended without telling."""
        super().task_completed(task, result)
        with self._lock:
            self._rows = {}

    def json(self) -> bytes:
        """Give the job's status now as JSON (`lcm-api.md` section 1)."""
        rows = self._now()
        status, end_time = head_of([row.end for row in rows])
        head = f'{{"start_time":{self._start},"end_time":{end_time},"status":"{status}","data":['
        return b"".join((head.encode(), b",".join([row.text for row in rows]), b"]}"))

    def words(self) -> Counter[UpdateProgress]:
        """Give how many switches have which progress word now."""
        return Counter(row.end[0] for row in self._now())

    def _now(self) -> list[_Row]:
        with self._lock:
            if len(self._rows) < len(self._records):
                self._rows = {}
            for name in self._changed if self._rows else self._records:
                self._rows[name] = _row(self._records[name])
            self._changed.clear()
            return list(self._rows.values())

    def _fix(self, run: Run) -> None:
        super()._fix(run)
        self._rows = {}


def _row(record: SwitchRecord) -> _Row:
    row = record.row()
    return _Row(row.model_dump_json().encode(), (row.update_progress_status, record.ending, record.end_time))
