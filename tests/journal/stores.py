"""What tests of the store share: a job in it, its bytes, and a disk that takes nothing more."""

from __future__ import annotations

import json
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from alembic.config import Config

import lcm_nornir.journal
from lcm_nornir import Reading, Store
from lcm_nornir.drivers.base import BootIdentity, Configuration, InstallerState, Member, Slot, SwitchFacts
from lcm_nornir.errors import CommandRefused
from lcm_nornir.journal.intent import Command
from lcm_nornir.journal.leases import Key, Ownership
from lcm_nornir.journal.place import Address, Place
from lcm_nornir.journal.points import listen
from lcm_nornir.journal.postgresql import WRITING
from lcm_nornir.journal.reading import JobSwitch, StoredJob
from tests.postgres import rows_of

FACTS = SwitchFacts(
    serial="TAG1",
    model="S5248F-ON",
    members=(Member("1", "10.5.4.1"),),
    boot=BootIdentity("", 1234.5),
    slots=(Slot("A", "10.5.4.1", running=True, next_boot=True), Slot("B", "", running=False, next_boot=False)),
)
SENT = Command("leaf01", "install", ("image",), attempt=1, facts=FACTS, installer=InstallerState())
MIGRATIONS = Config()
MIGRATIONS.set_main_option("script_location", str(Path(lcm_nornir.journal.__file__).parent / "migrations"))
ADDRESS = Key("address 192.0.2.1:22", "leaf01")
_REACHED: list[Callable[[str], None]] = []


@listen
def _tell(point: str) -> None:
    for hear in _REACHED:
        hear(point)


def begun(store: Store) -> StoredJob:
    """Begin a job of one switch."""
    job = store.new_job("update_image", {"params": {}}, [JobSwitch("leaf01", "id-1", "192.0.2.1:22")])
    store.begin_job(job)
    return job


@contextmanager
def owned(store: Store, job: StoredJob) -> Iterator[Ownership]:
    """Own the job's switch."""
    owner = store.own(job)
    try:
        owner.take([ADDRESS])
        yield owner
    finally:
        owner.give_back()


def filled(store: Store) -> StoredJob:
    """Begin a job and put a row into every table."""
    job = begun(store)
    store.note(job.id, "leaf01", "StepBegan", '{"phase":"copy"}', wait=True)
    store.keep(job.id, "leaf01", Configuration("running", "startup"))
    with owned(store, job) as owner:
        sent = store.intend(owner, job.id, SENT)
        store.outcome(sent, CommandRefused("refused"), str)
    store.note(job.id, "leaf01", "StepEnded", '{"phase":"copy","changed":false,"error":null}', wait=True)
    return job


def bodies(store: Reading, job: StoredJob, switch: str | None = None) -> list[str]:
    return [note.body for note in store.notes(job, switch=switch)]


def asked(place: Place, question: str, *values: Any) -> list[tuple[Any, ...]]:
    """Ask the database itself, past the package; or tell it to change something."""
    if isinstance(place, Address):
        return rows_of(place.url, question, values)
    with closing(sqlite3.connect(place)) as connection:
        found = connection.execute(question, values).fetchall()
        connection.commit()
        return found


def content(folder: Path) -> dict[str, bytes]:
    """Give every file of a folder with its bytes; not an empty log and its index, which whoever reads may leave."""
    found = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    return {name: data for name, data in found.items() if not name.endswith("-shm") and (data or "-wal" not in name)}


def number(value: int) -> str:
    return json.dumps({"number": value})


def numbers(store: Reading, job: StoredJob, switch: str | None = None) -> list[int]:
    return [json.loads(note.body)["number"] for note in store.notes(job, switch=switch) if note.kind == "n"]


@contextmanager
def locked(place: Place) -> Iterator[None]:
    """Keep a store locked from a connection of its own."""
    if isinstance(place, Address):
        with psycopg.connect(place.url) as holding:
            holding.execute(f"SELECT pg_advisory_xact_lock({WRITING})")
            yield
        return
    with closing(sqlite3.connect(place, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")


def is_free(place: Place) -> bool:
    """Tell whether nobody writes to a store."""
    if isinstance(place, Address):
        with psycopg.connect(place.url) as asking:
            return asking.execute(f"SELECT pg_try_advisory_xact_lock({WRITING})").fetchone() == (True,)
    with closing(sqlite3.connect(place, isolation_level=None, timeout=0)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        connection.execute("ROLLBACK")
        return True


class Disk:
    """The disk of a store: full, the kernel refuses to let the store's log grow."""

    def __init__(self, path: Place) -> None:
        assert isinstance(path, Path)
        self._log = path.with_name(f"{path.name}-wal")
        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._log.stat().st_size, self._before[1]))

    def clear(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)


@contextmanager
def at(point: str, act: Callable[[], None]) -> Iterator[None]:
    """Do something when a point of persistence is reached."""

    def hear(reached: str) -> None:
        if reached == point:
            act()

    _REACHED.append(hear)
    try:
        yield
    finally:
        _REACHED.remove(hear)
