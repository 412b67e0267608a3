"""The status of a job that runs, cheap to ask for: only rows that have changed are told anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, Task

from lcm_nornir.events import Ending, Event
from lcm_nornir.processors.run import Run
from lcm_nornir.processors.status import StatusProcessor
from lcm_nornir.record import SwitchRecord, head_of
from lcm_nornir.schema import UpdateProgress

_End = tuple[UpdateProgress, Ending, int]


class LiveStatus(StatusProcessor):
    """A `StatusProcessor` that also gives its document as JSON.

    Whoever asks holds up those who tell it something only while rows that have changed are made anew.

    Args:
        known: As for `StatusProcessor`.
        start_time: When the job began, epoch seconds.
    """

    def __init__(self, known: Iterable[SwitchRecord], start_time: int) -> None:
        super().__init__(known, start_time)
        self._rows: dict[str, bytes] = {}  # as JSON, in the order of the records; empty: all are to be made
        self._end_of: dict[str, _End] = {}
        self._ends: Counter[_End] = Counter()  # counted as they change: no pass over all switches at each request
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
        rows, ends = self._now()
        status, end_time = head_of(list(ends))
        head = f'{{"start_time":{self._start},"end_time":{end_time},"status":"{status}","data":['
        return b"".join((head.encode(), b",".join(rows), b"]}"))

    def words(self) -> Counter[UpdateProgress]:
        """Give how many switches have which progress word now."""
        words = Counter[UpdateProgress]()
        for (word, *_), number in self._now()[1].items():
            words[word] += number
        return words

    def _now(self) -> tuple[list[bytes], Mapping[_End, int]]:
        """Give the rows, and how many of them have which end."""
        with self._lock:
            if len(self._rows) < len(self._records):
                self._rows, self._end_of, self._ends = {}, {}, Counter()
            for name in self._changed if self._rows else self._records:
                self._make(self._records[name])
            self._changed.clear()
            return list(self._rows.values()), dict(self._ends)

    def _make(self, record: SwitchRecord) -> None:
        row = record.row()
        end = (row.update_progress_status, record.ending, record.end_time)
        if (before := self._end_of.get(record.name)) is not None:
            self._ends[before] -= 1
            if not self._ends[before]:
                del self._ends[before]
        self._ends[end] += 1
        self._end_of[record.name] = end
        self._rows[record.name] = row.model_dump_json().encode()

    def _fix(self, run: Run) -> None:
        super()._fix(run)
        self._rows = {}
