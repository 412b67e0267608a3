"""The store: what was intended, what happened, what survives a crash; read and written here."""

from __future__ import annotations

import secrets
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import Connection

from lcm_nornir import clock
from lcm_nornir.drivers.base import Configuration
from lcm_nornir.errors import RequestError
from lcm_nornir.events import Event
from lcm_nornir.journal.accounts import Accounts
from lcm_nornir.journal.chain import CONFIGURATION, JOB, binding, configuration_digest, job_digest
from lcm_nornir.journal.codec import dump_error, dump_event, dump_facts, text
from lcm_nornir.journal.database import database_of
from lcm_nornir.journal.intent import Command
from lcm_nornir.journal.leases import Ownership, who
from lcm_nornir.journal.place import Place, place_of
from lcm_nornir.journal.reading import OUTCOME, JobSwitch, Reading, StoredJob
from lcm_nornir.journal.tables import add_rows, configurations, history, jobs, switches
from lcm_nornir.journal.writer import TableRow, Writer

T = TypeVar("T")

_LEASE = 60.0
_WAIT = 60.0


@dataclass(frozen=True, slots=True)
class Sent:
    """An intent that is on disk: what its outcome is told of.

    Attributes:
        token: Different for every intent.
        job: The job's id.
        switch: Inventory name.
        command: Name of the driver's method.
        owner: Whose it is.
    """

    token: str
    job: str
    switch: str
    command: str
    owner: Ownership


class Store(Reading):
    """A store, to be read and written. One per process and store; safe to use from a thread per switch.

    It is one SQLite file in WAL mode with ``synchronous=FULL``, or a database of a PostgreSQL server with
    ``synchronous_commit``: what was committed survives a crash and a power loss.

    Args:
        name: Path of the database file, mode 0600, made if there is none, in a folder of mode 0700; or URL of the
            database, ``postgresql://user@host:port/name``, which is there and is empty, or a store.
        lease: Seconds for which a switch stays ours when this process stands still.
        wait: Seconds to wait while another program keeps it locked.

    Raises:
        RequestError: It is damaged, newer, another program's, or cannot be reached, made or written; a file is readable
            by others, on a network file system, or has two names (hard links); a server does not keep what it takes.
            Nothing is ever made in place of what is there.
    """

    def __init__(self, name: Place | str, *, lease: float = _LEASE, wait: float = _WAIT) -> None:
        if not lease > 0:
            raise RequestError(f"{lease!r} is no time", field="lease", cure="write seconds above 0")
        database = database_of(place_of(name))
        engine = database.open(wait)
        super().__init__(database, database.open_to_read(wait))  # readers wait for nobody
        self._asked = database.open_to_ask(wait)
        self.lease = lease
        with database.translated():
            self._writer = Writer(engine)
        self._wall = time.time() - clock.elapsed()
        self._numbers = count(1)

    def close(self) -> None:
        """Write what is left, and close the store."""
        self._asked.dispose()  # before the one who writes: he tidies up behind the last
        self._writer.close()
        super().close()

    def check(self) -> None:
        """Check that the store takes what it is given.

        Raises:
            JournalFailed: It did not take what it was given last.
        """
        self._writer.check()

    def now(self) -> float:
        """Give epoch seconds that never run backwards within this process, however the wall clock is set."""
        return self._wall + clock.elapsed()

    def do(self, point: str, work: Callable[[Connection], T]) -> T:
        """Do work in a transaction, and return its result when it is on disk.

        Args:
            point: Its name among the persistence points.
            work: May be done anew. A `RequestError` of it is passed on; it has to come before anything is written.

        Raises:
            JournalFailed: The store does not take it.
        """
        return self._writer.do(point, work)

    def accounts(self) -> Accounts:
        """Give the users and tokens of this store."""
        return Accounts(self._read, self._often, self._writer, self.now)

    @contextmanager
    def _often(self) -> Iterator[Connection]:
        with self.database.translated(), self._asked.connect() as connection:
            yield connection

    def begin_job(self, job: StoredJob) -> None:
        """Store a new job; returns when it is on disk.

        Raises:
            JournalFailed: The store does not take it.
        """
        row = {
            "id": job.id, "created": job.created, "created_by": job.created_by, "task": job.task,
            "definition": text(job.definition),
        }  # fmt: skip
        members = [
            {"job": job.id, "name": one.name, "position": number, "id": one.id, "address": one.address}
            for number, one in enumerate(job.switches)
        ]

        bound = _row(job.id, "", self.now(), JOB, binding(job_digest(row, members)))

        def work(connection: Connection) -> None:
            add_rows(connection, jobs, [row])
            add_rows(connection, switches, members)
            add_rows(connection, history, [bound])

        self._writer.do("job", work)

    def new_job(self, task: str, definition: dict[str, Any], members: Iterable[JobSwitch]) -> StoredJob:
        """Give a new job an id; nothing is stored.

        Args:
            task: Name of the Nornir task.
            definition: What the task is given, as plain data, and whatever `resume` needs else.
            members: Its switches, in order.
        """
        return StoredJob(secrets.token_hex(4), self.now(), who(), task, definition, tuple(members))

    def own(self, job: StoredJob) -> Ownership:
        """Begin to own switches of a job from this process.

        Raises:
            JournalFailed: The store does not take it, or no sign of life can be kept beside it.
        """
        return Ownership(self.database, self._writer, job.id, self.lease)

    def note(
        self, job: str, switch: str, kind: str, body: str, *, owner: Ownership | None = None, wait: bool = False
    ) -> None:
        """Add to a job's history.

        Args:
            job: The job's id.
            switch: Inventory name; empty for the job itself.
            kind: Kind of the event.
            body: The event as JSON.
            owner: Who must still own the switch; else nothing is written, for it is another's to tell.
            wait: Return only when it is on disk.

        Raises:
            JournalFailed: It was waited for, and the store does not take it.
        """
        row = _row(job, switch, self.now(), kind, body)
        self._add(f"history {kind}", lambda: [(history, row)], switch, owner, wait=wait)

    def tell(self, job: str, switch: str, event: Event, redact: Callable[[str], str], owner: Ownership) -> None:
        """Add an event to a job's history; nobody waits for it.

        Args:
            job: The job's id.
            switch: Inventory name.
            event: What happened.
            redact: Takes secrets out of text.
            owner: Who must still own the switch when it is written; else nothing is, for it is another's to tell.
        """
        now = self.now()

        def rows() -> list[TableRow]:
            return [(history, _row(job, switch, now, *dump_event(event, redact)))]

        self._add(f"history {type(event).__name__}", rows, switch, owner)

    def intend(self, owner: Ownership, job: str, command: Command) -> Sent:
        """Store that a command is about to be sent, also as an event; returns when it is on disk.

        Args:
            owner: Who sends it.
            job: The job's id.
            command: Which, to which switch, and on what it was decided.

        Raises:
            OwnershipLost: The switch is not ours any more.
            JournalFailed: The store does not take it.
        """
        token = f"{owner.id}-{next(self._numbers):06}"
        intent: dict[str, Any] = {
            "token": token,
            "attempt": command.attempt,
            "args": command.args,
            **dump_facts(command.facts, command.installer),
            "time": time.time(),  # the wall clock as it is, beside our own
            "elapsed": clock.elapsed(),
            "machine_boot": clock.machine_boot(),
            "owner": owner.id,
        }
        now = self.now()

        def rows(connection: Connection) -> list[TableRow]:
            intent["fence"] = owner.prove(connection, command.switch)
            body = text({"command": command.name, "intent": intent})
            return [(history, _row(job, command.switch, now, "Acting", body))]

        self._writer.append(f"intent {command.name}", rows, wait=True)
        return Sent(token, job, command.switch, command.name, owner)

    def outcome(self, sent: Sent, error: BaseException | None, redact: Callable[[str], str]) -> None:
        """Store what became of a command, if its switch is still ours; nobody waits for it.

        Without an outcome, the switch is looked at.
        """
        told = dump_error(error, redact) if error is not None else None
        row = _row(sent.job, sent.switch, self.now(), OUTCOME, text({"token": sent.token, "error": told}))
        self._add(f"outcome {sent.command}", lambda: [(history, row)], sent.switch, sent.owner)

    def keep(self, job: str, switch: str, configuration: Configuration, *, owner: Ownership | None = None) -> None:
        """Keep a switch's configurations as they are before a change: they are on disk before any later intent is.

        Args:
            job: The job's id.
            switch: Inventory name.
            configuration: As it is now.
            owner: Who must still own the switch; else nothing is kept, for what is read then may be after a change.
        """
        row: dict[str, Any] = {
            "job": job,
            "switch": switch,
            "time": self.now(),
            "running": zlib.compress(configuration.running.encode()),
            "startup": zlib.compress(configuration.startup.encode()),
        }
        bound = _row(job, switch, row["time"], CONFIGURATION, binding(configuration_digest(row)))
        self._add("configuration", lambda: [(configurations, row), (history, bound)], switch, owner)

    def _add(
        self,
        point: str,
        rows: Callable[[], list[TableRow]],
        switch: str,
        owner: Ownership | None,
        *,
        wait: bool = False,
    ) -> None:
        """Add rows, if the switch is still the owner's when they are written; else it is another's to tell."""

        def ours(connection: Connection) -> list[TableRow]:
            return rows() if owner is None or owner.has(connection, switch) else []

        self._writer.append(point, ours, wait=wait)


def _row(job: str, switch: str, at: float, kind: str, body: str) -> dict[str, Any]:
    return {"job": job, "switch": switch, "time": at, "kind": kind, "body": body}
