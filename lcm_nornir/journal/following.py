"""Following a job of the API: what the chained history tells of its state and of its switches, in its order."""

from __future__ import annotations

import json
import threading
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from math import inf
from weakref import WeakValueDictionary

from lcm_nornir.clock import elapsed
from lcm_nornir.journal.chain import CHANGED
from lcm_nornir.journal.codec import load_event, text
from lcm_nornir.journal.reading import Note, Reading, StoredJob
from lcm_nornir.record import SwitchRecord
from lcm_nornir.schema.jobs import ENDED, JobState

_AT_ONCE = 1000  # lines
_RECENT = 0.5  # seconds
_LAST = 4  # jobs of which what is known is kept
_KEPT = 20_000  # changes that are kept in memory for those who follow; some 600 bytes each


@dataclass(frozen=True, slots=True)
class Told:
    """What has changed.

    Attributes:
        seq: Number of the line of history that tells it; grows.
        kind: ``row``: a switch's row of the status; ``job``: the job's state.
        switch: Whose row; empty: the job's state.
        body: It, as JSON, in one line.
    """

    seq: int
    kind: str
    switch: str
    body: str


@dataclass(frozen=True, slots=True, eq=False)
class News:
    """What somebody is told who follows a job; those who ask the same at the same time get the same object.

    Attributes:
        told: What has changed, in its order.
        upto: The number after which to ask next.
        is_over: Whether the job has ended, or is deleted: nothing follows.
    """

    told: tuple[Told, ...]
    upto: int
    is_over: bool


class Following:
    """One who follows a job. For one thread at a time.

    What is told is a function of the history: whoever asks again after a number that was told is told the same.

    Args:
        store: Where the job is.
        name: Its id in the API.
        after: The number that was told last: everything after it is told.
    """

    def __init__(self, store: Reading, name: str, after: int = 0) -> None:
        self._store, self._name, self._after = store, name, after
        self._seen = 0
        self._state = JobState.NOT_SET
        self._run: StoredJob | None = None
        self._records: dict[str, SwitchRecord] = {}
        self._rows: dict[str, str] = {}

    def news(self) -> News:
        """Give what has changed since the last call; blocks while the store is read."""
        upto = self._store.last()
        told: list[Told] = []
        while self._seen < upto:
            lines = self._lines(upto)
            told += [one for line in lines if (one := self._take(line)) and one.seq > self._after]
            self._seen = lines[-1].seq if lines else upto
        return News(tuple(told), self._seen, self._state in (*ENDED, JobState.NOT_SET))

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
        return Told(line.seq, "row", line.switch, row)

    def _changed(self, line: Note) -> Told | None:
        state = json.loads(line.body).get("to")
        if state is None or state == self._state:
            return None
        self._state = JobState(state)
        return Told(line.seq, "job", "", text({"id": self._name, "job_state": state}))


class Followed:
    """A job that is followed: its history is read once for all who follow it. Safe to use from several threads.

    Args:
        store: Where the job is.
        name: Its id in the API.
        kept: How many changes are kept at least, for those who are behind.
    """

    def __init__(self, store: Reading, name: str, kept: int = _KEPT) -> None:
        self._store, self._name, self._kept = store, name, kept
        self._following = Following(store, name)
        self._reading, self._looked = threading.Lock(), -inf  # whoever has it reads the store
        self._changing = threading.Lock()  # never held for long
        self._told: list[Told] = []
        self._begins = 0  # the number after which everything is kept
        self._last: dict[str, Told] = {}  # of each switch, and of the job
        self._given: dict[int, News] = {}  # since the last look, by the number after which it was asked for
        self._upto, self._is_over = 0, False

    def look(self) -> None:
        """Read what is new in the store: what was stored before the call is known after it. Blocks meanwhile."""
        with self._reading:
            self._look()

    @property
    def is_due(self) -> bool:
        """Whether nobody has looked for a while."""
        return elapsed() - self._looked > _RECENT

    def look_again(self) -> None:
        """Read what is new in the store, unless somebody does so now or has just done so."""
        if self._reading.acquire(blocking=False):
            try:
                if self.is_due:
                    self._look()
            finally:
                self._reading.release()

    def now(self) -> News:
        """Give each row once, as it was at the last look, and the job's state."""
        with self._changing:
            return News(tuple(sorted(self._last.values(), key=_seq)), self._upto, self._is_over)

    def after(self, number: int) -> News:
        """Give what changed after a number up to the last look; blocks if that is more than is kept."""
        return self.kept_after(number) or Following(self._store, self._name, number).news()

    def kept_after(self, number: int) -> News | None:
        """Give what changed after a number up to the last look; None if that is more than is kept. Does not block."""
        with self._changing:
            if number < self._begins:
                return None
            if number not in self._given:
                told = self._told[bisect_right(self._told, number, key=_seq) :]
                self._given[number] = News(tuple(told), max(number, self._upto), self._is_over)
            return self._given[number]

    def _look(self) -> None:
        news = self._following.news()
        self._looked = elapsed()
        with self._changing:
            self._given.clear()
            self._told += news.told
            self._last |= {one.switch: one for one in news.told}
            self._upto, self._is_over = news.upto, news.is_over
            if len(self._told) > 2 * self._kept:
                self._begins = self._told[-self._kept - 1].seq
                del self._told[: -self._kept]


class Followers:
    """The jobs of a store that are followed, each as long as somebody does. Safe to use from several threads.

    Of the last few what is known is kept longer: who was cut off comes back.
    """

    def __init__(self, store: Reading) -> None:
        self._store = store
        self._followed: WeakValueDictionary[str, Followed] = WeakValueDictionary()
        self._last: deque[Followed] = deque(maxlen=_LAST)
        self._lock = threading.Lock()

    def of(self, name: str) -> Followed:
        """Give a job to somebody who follows it."""
        with self._lock:
            found = self._followed.get(name)
            if found is None:
                found = self._followed[name] = Followed(self._store, name)
                self._last.append(found)
            return found


def _seq(told: Told) -> int:
    return told.seq
