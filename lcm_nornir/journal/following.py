"""Following a job of the API: what the chained history tells of its state and of its switches, in its order."""

from __future__ import annotations

import json
from dataclasses import dataclass

from lcm_nornir.journal.chain import CHANGED
from lcm_nornir.journal.codec import load_event, text
from lcm_nornir.journal.reading import Note, Reading, StoredJob
from lcm_nornir.record import SwitchRecord
from lcm_nornir.schema.jobs import ENDED, JobState

_AT_ONCE = 1000  # lines


@dataclass(frozen=True, slots=True)
class Told:
    """What has changed.

    Attributes:
        seq: Number of the line of history that tells it; grows.
        kind: ``row``: a switch's row of the status; ``job``: the job's state.
        body: It, as JSON.
    """

    seq: int
    kind: str
    body: str


class Following:
    """One who follows a job. For one thread at a time.

    What is told is a function of the history: whoever asks again after a number that was told is told the same.

    Args:
        store: Where the job is.
        name: Its id in the API.
        after: The number that was told last: everything after it is told. None: each row is told once, as it is now,
            and from then on everything.
    """

    def __init__(self, store: Reading, name: str, after: int | None = None) -> None:
        self._store, self._name = store, name
        self._after, self._shortened = after or 0, after is None
        self._seen = 0
        self._state = JobState.NOT_SET
        self._run: StoredJob | None = None
        self._records: dict[str, SwitchRecord] = {}
        self._rows: dict[str, str] = {}

    @property
    def is_over(self) -> bool:
        """Whether the job has ended, or is deleted, as far as was told."""
        return self._state in (*ENDED, JobState.NOT_SET)

    def news(self) -> tuple[Told, ...]:
        """Give what has changed since the last call; blocks while the store is read."""
        upto = self._store.last()
        told: list[Told] = []
        while self._seen < upto:
            lines = self._lines(upto)
            told += [one for line in lines if (one := self._take(line)) and one.seq > self._after]
            self._seen = lines[-1].seq if lines else upto
        return self._shortened_once(told)

    def _lines(self, upto: int) -> list[Note]:
        """Give some lines that follow, none beyond one that was on disk before it is asked who runs the job.

        So none of a run is passed over because it was not known yet.
        """
        run = self._store.job_of(self._name)
        if run and (self._run is None or run.id != self._run.id):  # begun, or anew, after it could not be begun
            self._run = run
            self._records = {one.name: SwitchRecord(one.id, one.name) for one in run.switches}
        jobs = [self._name, *([self._run.id] if self._run else [])]
        return [line for line in self._store.lines(jobs, self._seen, _AT_ONCE) if line.seq <= upto]

    def _shortened_once(self, told: list[Told]) -> tuple[Told, ...]:
        """Leave out, of what is told first to somebody who comes anew, what was overtaken."""
        if not self._shortened:
            return tuple(told)
        self._shortened = False
        last = {(one.kind, json.loads(one.body).get("switch_member", {}).get("name")): one for one in told}
        return tuple(sorted(last.values(), key=lambda one: one.seq))

    def _take(self, line: Note) -> Told | None:
        if line.kind == CHANGED and not line.switch:
            return self._changed(line)
        if not line.is_event or (record := self._records.get(line.switch)) is None:
            return None
        record.add(load_event(line.kind, line.body), line.time)
        row = record.row().model_dump_json()
        if row == self._rows.get(line.switch):
            return None
        self._rows[line.switch] = row
        return Told(line.seq, "row", row)

    def _changed(self, line: Note) -> Told | None:
        state = json.loads(line.body).get("to")
        if state is None or state == self._state:
            return None
        self._state = JobState(state)
        return Told(line.seq, "job", text({"id": self._name, "job_state": state}))
