"""Reading the store: jobs, records, intents, owners. Changes nothing."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine, Row, Table, literal_column, select

from lcm_nornir.drivers.base import Configuration
from lcm_nornir.errors import RequestError
from lcm_nornir.journal.audit import Audit, audit
from lcm_nornir.journal.codec import load_event, load_facts, told_now
from lcm_nornir.journal.database import Database, database_of
from lcm_nornir.journal.deeds import DEED, ToldDeed, load_deed
from lcm_nornir.journal.intent import Intent
from lcm_nornir.journal.owners import living
from lcm_nornir.journal.place import Place, place_of
from lcm_nornir.journal.tables import configurations, history, jobs, member, owners, switches
from lcm_nornir.record import SwitchRecord

T = TypeVar("T")

_WRITTEN: dict[Table, Any] = {table: literal_column(f"{table.name}.rowid") for table in (jobs, owners)}
"""A number that the database itself gives: the order in which rows were written, which times do not tell where the wall
clock was set back."""
OUTCOME = "outcome"
"""Kind of the line that tells what became of a command; without one nothing is known of it."""
_LOCKED = 60.0  # seconds to wait for another program's lock


@dataclass(frozen=True, slots=True)
class JobSwitch:
    """A switch of a job: inventory name, id in the API, and ``address:port``."""

    name: str
    id: str
    address: str


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A job as it was begun.

    Attributes:
        id: Its name in the store.
        created: Epoch seconds.
        created_by: ``user@machine, process N``.
        task: Name of the Nornir task.
        definition: What the task was given, and Nornir's configuration file.
        switches: Its switches, in order.
    """

    id: str
    created: float
    created_by: str
    task: str
    definition: dict[str, Any]
    switches: tuple[JobSwitch, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A line of a job's history: of one switch, or of the job itself (`switch` empty)."""

    seq: int
    switch: str
    time: float
    kind: str
    body: str

    @property
    def is_event(self) -> bool:
        """Whether it is an event of a switch; else it is the journal's own."""
        return self.kind[0].isupper()


@dataclass(frozen=True, slots=True)
class Owner:
    """Who works, or worked, on switches of a job.

    Attributes:
        id: Its name.
        job: The job's id.
        who: ``user@machine, process N``.
        since: Epoch seconds.
        alive: Whether the process still exists.
    """

    id: str
    job: str
    who: str
    since: float
    alive: bool


class Reading:
    """A store, to be read.

    What its database has to say of it later (damage, another program's lock, no more file descriptors, no answer) is a
    `RequestError`, whatever is asked.

    Args:
        database: In which it is.
        engine: Opened to read it.
    """

    def __init__(self, database: Database, engine: Engine) -> None:
        self.database = database
        self._engine = engine

    @classmethod
    def at(cls, name: Place | str) -> Reading:
        """Open a store only to read.

        Args:
            name: Path of its file, or URL of its database.

        Raises:
            RequestError: There is none, or it is not to be used.
        """
        database = database_of(place_of(name))
        return cls(database, database.open_to_read(_LOCKED))

    @property
    def place(self) -> Place:
        """Where it is; as a text it is how the store is named."""
        return self.database.place

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store."""
        self._engine.dispose()

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with self.database.translated(), self._engine.connect() as connection:
            yield connection

    def ask(self, question: Callable[[Connection], T]) -> T:
        """Answer a question in one transaction that changes nothing."""
        with self._read() as connection:
            return question(connection)

    def jobs(self) -> tuple[StoredJob, ...]:
        """Give all jobs, the oldest first."""
        with self._read() as connection:
            rows = connection.execute(select(jobs).order_by(_WRITTEN[jobs])).all()
            return tuple(_job(connection, row) for row in rows)

    def job(self, name: str) -> StoredJob:
        """Give the job of which this is the id, or the begin of the id; ``last`` is the one begun last.

        Raises:
            RequestError: There is none, or several.
        """
        with self._read() as connection:
            if name == "last":
                rows = connection.execute(select(jobs).order_by(_WRITTEN[jobs].desc()).limit(1)).all()
            else:
                found = select(jobs).where(jobs.c.id.startswith(name, autoescape=True))
                rows = connection.execute(found).all() if name else []
            if len(rows) != 1:
                what = f"{len(rows)} jobs begin with {name!r}" if rows else f"there is no job {name!r} in {self.place}"
                raise RequestError(what, field="JOB", cure="lcm-nornir status --all lists them")
            return _job(connection, rows[0])

    def job_of(self, update_job: str) -> StoredJob | None:
        """Give the job that runs a job of the API; None if that was never begun."""
        wanted = (
            select(jobs)
            .where(member(jobs.c.definition, "update_job") == update_job)
            .order_by(_WRITTEN[jobs].desc())
            .limit(1)
        )
        with self._read() as connection:
            row = connection.execute(wanted).first()
            return _job(connection, row) if row else None

    def record(self, job: StoredJob) -> tuple[SwitchRecord, ...]:
        """Give the record of every switch of a job, in the job's order."""
        with self._read() as connection:
            return _records(connection, job)

    def notes(self, job: StoredJob, after: int = 0, switch: str | None = None) -> tuple[Note, ...]:
        """Give a job's history, in the order in which it was written.

        Args:
            job: Which.
            after: The `Note.seq` after which to begin.
            switch: Only of this switch, or, if it is empty, only of the job itself.
        """
        wanted = select(history).where(history.c.job == job.id, history.c.seq > after).order_by(history.c.seq)
        if switch is not None:
            wanted = wanted.where(history.c.switch == switch)
        with self._read() as connection:
            return tuple(_note(row) for row in connection.execute(wanted))

    def lines(self, of: Iterable[str], after: int, most: int) -> tuple[Note, ...]:
        """Give the history of several jobs, of the journal and of the API, in the order in which it was written.

        Args:
            of: Their ids.
            after: The `Note.seq` after which to begin.
            most: How many lines at once.
        """
        wanted = select(history).where(history.c.job.in_(list(of)), history.c.seq > after)
        with self._read() as connection:
            return tuple(_note(row) for row in connection.execute(wanted.order_by(history.c.seq).limit(most)))

    def last(self, job: str = "") -> int:
        """Give the `Note.seq` of the line of history that was written last; 0 if there is none.

        Args:
            job: Only of the job with this id; of whatever job if empty.
        """
        wanted = select(history.c.seq).order_by(history.c.seq.desc()).limit(1)
        if job:
            wanted = wanted.where(history.c.job == job)
        with self._read() as connection:
            return connection.scalar(wanted) or 0

    def intents(self, job: StoredJob) -> tuple[Intent, ...]:
        """Give a job's intents, in the order in which they were stored."""
        outcomes = {(told := json.loads(note.body))["token"]: told["error"] for note in self._notes_of(job, OUTCOME)}
        return tuple(_intent(note, outcomes) for note in self._notes_of(job, "Acting"))

    def _notes_of(self, job: StoredJob, kind: str) -> Iterator[Note]:
        wanted = select(history).where(history.c.job == job.id, history.c.kind == kind).order_by(history.c.seq)
        with self._read() as connection:
            yield from map(_note, connection.execute(wanted))

    def configuration(self, job: StoredJob, switch: str) -> Configuration | None:
        """Give the configurations of a switch as they were kept last before a change; None if none were."""
        wanted = (
            select(configurations)
            .where(configurations.c.job == job.id, configurations.c.switch == switch)
            .order_by(configurations.c.number.desc())
            .limit(1)
        )
        with self._read() as connection:
            row = connection.execute(wanted).first()
        return Configuration(_unpacked(row.running), _unpacked(row.startup)) if row else None

    def audit(self, head: str = "") -> Audit:
        """Tell whether what happened stands there as it was written; reads all of it.

        Whoever can write the file can write all of it anew, digests and all. Then only a head tells that was noted
        elsewhere before.

        Args:
            head: `Audit.head` of an earlier audit: what was written until then must still be there.
        """
        with self._read() as connection:
            return audit(self.database, connection, head)

    def deeds(self, after: int = 0, limit: int = 100) -> tuple[ToldDeed, ...]:
        """Give what people did, in the order in which it was written.

        Args:
            after: The `ToldDeed.seq` after which to begin.
            limit: How many at most.
        """
        of_none = history.c.job == ""
        wanted = select(history).where(of_none, history.c.kind == DEED, history.c.seq > after)
        with self._read() as connection:
            rows = connection.execute(wanted.order_by(history.c.seq).limit(limit))
            return tuple(load_deed(row.seq, row.time, row.body) for row in rows)

    def owner(self, job: StoredJob) -> Owner | None:
        """Give who works on a job now, or did last; None if nobody ever did.

        Who was refused because another works on it came later, and has ended: whoever is alive works on it.
        """
        wanted = select(owners).where(owners.c.job == job.id).order_by(_WRITTEN[owners].desc())
        with self._read() as connection:
            rows = connection.execute(wanted).all()
            alive = living(self.database, connection, rows)
        found = [Owner(row.id, row.job, row.who, row.since, row.id in alive) for row in rows]
        return next((one for one in found if one.alive), found[0] if found else None)


def records_of(connection: Connection, job: str) -> dict[str, SwitchRecord]:
    """Give the records of the switches of a job, by inventory name."""
    row = connection.execute(select(jobs).where(jobs.c.id == job)).first()
    return {record.name: record for record in _records(connection, _job(connection, row))} if row else {}


def _job(connection: Connection, row: Row[Any]) -> StoredJob:
    wanted = select(switches).where(switches.c.job == row.id).order_by(switches.c.position)
    members = tuple(JobSwitch(one.name, one.id, one.address) for one in connection.execute(wanted))
    return StoredJob(row.id, row.created, row.created_by, row.task, json.loads(row.definition), members)


def _records(connection: Connection, job: StoredJob) -> tuple[SwitchRecord, ...]:
    found = {switch.name: SwitchRecord(switch.id, switch.name) for switch in job.switches}
    wanted = select(history).where(history.c.job == job.id, history.c.switch != "").order_by(history.c.seq)
    for row in connection.execute(wanted):
        _add(found[row.switch], row)
    return tuple(found.values())


def _note(row: Row[Any]) -> Note:
    return Note(row.seq, row.switch, row.time, row.kind, row.body)


def _add(record: SwitchRecord, row: Row[Any]) -> None:
    if _note(row).is_event:
        record.add(load_event(row.kind, row.body), row.time)


def _intent(note: Note, outcomes: Mapping[str, dict[str, str] | None]) -> Intent:
    body = json.loads(note.body)
    data = body["intent"]
    facts, installer = load_facts(data)
    boot = told_now(facts.boot, data["elapsed"], data["time"], data["machine_boot"], right=data["clock"])
    token = data["token"]
    outcome = ((outcomes[token] or {}).get("kind", "")) if token in outcomes else None
    return Intent(
        token=token,
        switch=note.switch,
        command=body["command"],
        attempt=data["attempt"],
        facts=replace(facts, boot=boot),
        installer=installer,
        time=data["time"],
        outcome=outcome,
        owner=data["owner"],
        fence=data["fence"],
    )


def _unpacked(data: bytes) -> str:
    return zlib.decompress(data).decode()
