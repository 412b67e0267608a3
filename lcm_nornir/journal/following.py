"""Following a job of the API: what the chained history tells of its state and of its switches, in its order."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection, select

from lcm_nornir.journal.chain import CHANGED
from lcm_nornir.journal.codec import load_event, text
from lcm_nornir.journal.reading import Note, Reading, StoredJob
from lcm_nornir.journal.tables import history
from lcm_nornir.record import SwitchRecord
from lcm_nornir.schema.jobs import JobState

ENDED = frozenset({JobState.DONE, JobState.PARTIAL_SUCCESS, JobState.FAILED, JobState.NOT_SET})
"""States after which nothing follows, unless somebody goes on with the job."""


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
        return self._state in ENDED

    def news(self) -> tuple[Told, ...]:
        """Give what has changed since the last call; blocks while the store is read."""
        upto = self._store.last()
        if upto == self._seen:
            return ()
        lines = self._lines(upto)
        told = [one for line in lines if (one := self._take(line)) and one.seq > self._after]
        self._seen = upto
        if self._shortened:
            self._shortened = False
            last = {(one.kind, json.loads(one.body).get("switch_member", {}).get("name")): one for one in told}
            told = sorted(last.values(), key=lambda one: one.seq)
        return tuple(told)

    def _lines(self, upto: int) -> list[Note]:
        """Give the lines until one, all of which are on disk: lines are written in the order of their numbers."""
        own = self._read(self._name, self._seen, upto)
        if own or self._run is None:
            run = self._store.job_of(self._name)
            if run and run != self._run:  # begun, or begun anew, after it could not be begun
                self._run = run
                self._records = {one.name: SwitchRecord(one.id, one.name) for one in run.switches}
                return sorted([*own, *self._read(run.id, 0, upto)], key=lambda line: line.seq)
        others = self._read(self._run.id, self._seen, upto) if self._run else []
        return sorted([*own, *others], key=lambda line: line.seq)

    def _read(self, job: str, after: int, upto: int) -> list[Note]:
        wanted = select(history).where(history.c.job == job, history.c.seq > after, history.c.seq <= upto)

        def read(connection: Connection) -> list[Note]:
            rows = connection.execute(wanted.order_by(history.c.seq))
            return [Note(row.seq, row.switch, row.time, row.kind, row.body) for row in rows]

        return self._store.ask(read)

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
