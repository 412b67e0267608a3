"""Who writes to the store: one at a time, and what arrives meanwhile is stored together, by the next commit."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from lcm_nornir.errors import JournalFailed, LcmError, RequestError
from lcm_nornir.journal.points import reached
from lcm_nornir.journal.tables import add_rows, is_in_history

logger = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[Connection], Any]
TableRow = tuple[Table, dict[str, Any]]
Rows = Callable[[Connection], Iterable[TableRow]]

_LINGER = 0.25  # seconds in which rows that nobody waits for gather
_AGAIN = 1.0  # seconds until such rows are tried again when the store does not take them
_REMEDY = "see that the store's disk has room and works, then resume"
_REMEDY_SERVER = "see that the store's server runs and its disk has room, then resume"
_OWN_FAULTS = (IntegrityError, DataError)  # of a row, and not of the store


@dataclass(slots=True)
class _Item:
    point: str
    work: Work | None = None
    rows: Rows | None = None
    done: Future[Any] | None = None
    doubt: str = ""  # while it cannot be told whether its rows are stored: digest of a line that would be, too
    is_stored: bool = False  # they are, by a commit that was taken for lost

    def settle(self, result: Any) -> None:
        if self.done is not None:
            self.done.set_result(result)

    def fail(self, error: BaseException) -> None:
        if self.done is not None:
            self.done.set_exception(error)


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What work raised instead of writing."""

    error: LcmError | RequestError


class Writer:
    """Writes to the store, everything in the order in which it was given.

    Whoever waits for the disk writes what is queued in its own thread: to hand it to another, and be woken by that,
    took longer than the disk. What nobody waits for is written by a thread that gathers it, and so is what the main
    thread waits for, which alone may be interrupted in the middle.

    Args:
        engine: Of the store.
    """

    def __init__(self, engine: Engine) -> None:
        self._queue: deque[_Item] = deque()
        self._wanted = threading.Condition()
        self._turn = threading.Lock()  # whoever has it writes
        self._urgent = False
        self._closing = False
        self._trouble = ""
        self._committing: str | None = None  # digest of a line of the transaction that may be stored by now
        self._has_lost_commits = False
        self._if_stored: list[Callable[[], None]] = []  # of the transaction that is open
        self._if_undone: list[Callable[[], None]] = []
        self._engine = engine
        self._connection = engine.connect()
        self._remedy = _REMEDY if engine.dialect.name == "sqlite" else _REMEDY_SERVER
        self._thread = threading.Thread(target=self._run, name="lcm-journal", daemon=True)
        self._thread.start()

    def append(self, point: str, rows: Rows, *, wait: bool = False) -> None:
        """Add rows to tables, all or none.

        Args:
            point: Their name among the persistence points.
            rows: Gives them, table, and column to value, in the transaction that adds them: there, many at once cost
                less than each where it arises. It may give none. What it raises is passed on, if that is waited for.
            wait: Return only when they are on disk. Else they are kept, and tried again, until the store takes them.

        Raises:
            JournalFailed: They were waited for, and the store does not take them.
        """
        item = _Item(point, rows=rows)
        if wait:
            self._written(item)
        else:
            self._put(item)

    def do(self, point: str, work: Callable[[Connection], T]) -> T:
        """Do work in a transaction, and return its result when it is on disk.

        An `LcmError` or `RequestError` is passed on; it has to come before anything is written, for others' work in the
        same transaction is stored.

        Raises:
            JournalFailed: The store does not take it.
        """
        result: T = self._written(_Item(point, work=work))
        return result

    def follow(self, *, stored: Callable[[], None] | None = None, undone: Callable[[], None] | None = None) -> None:
        """Say what follows from a transaction; called within it. It may be begun anew, and then this is called anew.

        Args:
            stored: Called once it is on disk, before anybody who waits is told.
            undone: Called if it comes to nothing, before anything else is written: it takes back what was counted on.
        """
        if stored:
            self._if_stored.append(stored)
        if undone:
            self._if_undone.append(undone)

    def check(self) -> None:
        """Check that the store took what it was given last.

        Raises:
            JournalFailed: It did not, and has not since.
        """
        if self._trouble:
            raise self._failure()

    def close(self) -> None:
        """Write what is left, and end."""
        with self._wanted:
            self._closing = True
            self._wanted.notify()
        self._thread.join()

    def _written(self, item: _Item) -> Any:
        done: Future[Any] = Future()
        item.done = done
        if threading.current_thread() is threading.main_thread():
            self._put(item, urgent=True)
        else:
            self._put(item, wake=False)
            with self._turn:
                if not done.done():  # else whoever wrote before has taken it along
                    self._write()
        return done.result()

    def _put(self, item: _Item, *, urgent: bool = False, wake: bool = True) -> None:
        with self._wanted:
            if self._closing:
                raise JournalFailed("the journal is closed", remedy="keep it open until the run has ended")
            self._queue.append(item)
            self._urgent |= urgent
            if urgent or (wake and len(self._queue) == 1):
                self._wanted.notify()

    def _run(self) -> None:
        while self._gathered():
            with self._turn:
                self._write()
            if self._trouble:
                with self._wanted:
                    self._wanted.wait_for(lambda: self._urgent or self._closing, _AGAIN)
        with self._turn:
            self._connection.close()

    def _gathered(self) -> bool:
        """Wait until there is something to write, and what nobody waits for has gathered; tells whether to go on."""
        with self._wanted:
            self._wanted.wait_for(lambda: self._queue or self._closing)
            if self._queue:
                self._wanted.wait_for(lambda: self._urgent or self._closing, _LINGER)
            self._urgent = False
            return bool(self._queue) or not self._closing

    def _write(self) -> None:
        """Write what is queued; called by whoever has the turn."""
        with self._wanted:
            group = list(self._queue)
            self._queue.clear()
        if group and (left := self._store(group)):
            self._put_back(left)

    def _store(self, group: list[_Item], *, is_new: bool = True) -> list[_Item]:
        """Store a group, or those of it that can be; gives back what the store does not take now, in its order."""
        try:
            self._commit(group)
        except BaseException as error:
            self._settle(self._if_undone[::-1])
            if isinstance(error, DBAPIError) and not isinstance(error, _OWN_FAULTS):
                if self._lost(error, group) and is_new and self._committing is None:
                    return self._store(group, is_new=False)  # its server may have been started again since
                self._troubled_by(" ".join(str(error.orig).split()))
                return group
            if len(group) == 1:
                if group[0].done is None:
                    logger.exception("a line of the journal is lost: %s", group[0].point)
                group[0].fail(error)
                return []
        else:
            return []
        for number, item in enumerate(group):  # one of them is to blame
            if self._store([item]):
                return group[number:]
        return []

    def _commit(self, group: list[_Item]) -> None:
        self._committing = None
        connection = self._connected()
        with connection.begin():  # before anybody looks at what he owns: until the end nobody else can take it
            if self._has_lost_commits:
                _clear_doubts(connection, group)
            rows, results = _done(connection, group)
            for item in group:
                reached(f"{item.point} before")
            rows.insert(connection)
            self._committing = rows.last
        self._trouble = ""
        self._settle(self._if_stored)
        for item in group:
            reached(f"{item.point} stored")
        for item, result in zip(group, results, strict=True):
            if isinstance(result, _Refusal):
                item.fail(result.error)
            else:
                item.settle(result)

    def _settle(self, calls: list[Callable[[], None]]) -> None:
        for call in calls:
            call()
        self._if_stored, self._if_undone = [], []

    def _connected(self) -> Connection:
        """Give the connection; a new one if the last was lost."""
        if self._connection.closed:
            self._connection = self._engine.connect()
        return self._connection

    def _lost(self, error: DBAPIError, group: list[_Item]) -> bool:
        """Tell whether the connection was lost, and give it up then."""
        if error.connection_invalidated:
            self._connection.invalidate()
            self._connection.close()
            for item in group if self._committing else ():
                item.doubt, self._has_lost_commits = self._committing or "", True
        return error.connection_invalidated

    def _failure(self) -> JournalFailed:
        return JournalFailed(f"the journal cannot be written: {self._trouble}", remedy=self._remedy)

    def _troubled_by(self, what: str) -> None:
        if not self._trouble:  # told once, not for every line
            logger.error("the journal cannot be written: %s; what happens is kept, and tried again", what)
        self._trouble = what

    def _put_back(self, items: list[_Item]) -> None:
        """Tell those who wait; what nobody waits for stays first in the queue, and is tried again."""
        for item in items:
            item.fail(self._failure())
        kept = [item for item in items if item.done is None]
        with self._wanted:
            if self._closing:
                logger.error("%d lines of the journal are lost: %s", len(kept) + len(self._queue), self._trouble)
                for item in self._queue:
                    item.fail(self._failure())
                self._queue.clear()
                return
            self._queue.extendleft(reversed(kept))
            self._wanted.notify()  # whoever wrote: the thread tries them again


class _Rows:
    """Rows that are still to be added in a transaction, by table.

    Attributes:
        by_table: The rows.
        last: Digest of the last line of history that was added; empty if none was.
    """

    def __init__(self) -> None:
        self.by_table: dict[Table, list[dict[str, Any]]] = {}
        self.last = ""

    def insert(self, connection: Connection) -> None:
        """Add them."""
        for table, listed in self.by_table.items():
            self.last = add_rows(connection, table, listed) or self.last
        self.by_table.clear()


def _clear_doubts(connection: Connection, group: list[_Item]) -> None:
    """Find out which of a group are stored already; whatever was under way has ended, for it is our turn to write."""
    for doubt in {item.doubt for item in group if item.doubt}:
        is_stored = is_in_history(connection, doubt)
        for item in group:
            if item.doubt == doubt:
                item.is_stored, item.doubt = is_stored, ""


def _done(connection: Connection, group: list[_Item]) -> tuple[_Rows, list[Any]]:
    """Do what the items want, in their order; gives the rows that are still to be added, and the results."""
    rows = _Rows()
    results = []
    for item in group:
        result: Any = None
        try:
            if item.work:
                rows.insert(connection)
                result = item.work(connection)
            for table, row in item.rows(connection) if item.rows else ():
                if not item.is_stored:
                    rows.by_table.setdefault(table, []).append(row)
        except (LcmError, RequestError) as error:  # it is one's own, and has written nothing
            result = _Refusal(error)
        results.append(result)
    return rows, results
