"""What each kind of database has to offer for a store to lie in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Select

from lcm_nornir.errors import RequestError
from lcm_nornir.journal.place import Address, Place


class Database(Protocol):
    """The database in which a store is, or is to be. What it raises of the store is a `RequestError`."""

    @property
    def place(self) -> Place:
        """Where it is."""

    @property
    def signs(self) -> Path:
        """Folder of this machine with the signs of life of the store's owners."""

    @property
    def is_shared(self) -> bool:
        """Whether other machines reach it, too; then no sign of life here does not mean that an owner is dead."""

    def find(self) -> None:
        """Look whether there is a store.

        Raises:
            RequestError: There is none, or it cannot be reached.
        """

    def open(self, wait: float) -> Engine:
        """Open it for reading and writing; make it, or bring it to this release's form, where that is needed.

        A transaction of this engine is the only one that writes, from its begin to its end.

        Args:
            wait: Seconds to wait for another one that writes.

        Raises:
            RequestError: It cannot be made, or what is there is not to be used.
        """

    def open_to_read(self, wait: float) -> Engine:
        """Open a store of this release's form; nothing can be changed by this engine.

        Args:
            wait: Seconds to wait for a lock of another program.

        Raises:
            RequestError: There is none, or what is there is not to be used.
        """

    def open_to_ask(self, wait: float) -> Engine:
        """As `open_to_read`, of a store that is open already, for one small question again and again.

        Its connections stay open: what somebody does to a file past its database is not seen.

        Args:
            wait: Seconds to wait for a lock of another program.
        """

    def translated(self) -> AbstractContextManager[None]:
        """Tell what the database says of the store within this in our words.

        Raises:
            RequestError: It raised.
        """

    def now(self, connection: Connection) -> float:
        """Give seconds by the clock by which leases run out: one for all who reach the store, never set back."""

    def alone(self) -> AbstractContextManager[None]:
        """Be the only service of the store, until this ends or the process does.

        Raises:
            RequestError: There is another one.
        """

    def findings(self, connection: Connection) -> Iterator[str]:
        """Tell what is wrong with the database itself, or does not refuse to change what happened, in sentences."""

    def as_stored(self, connection: Connection, wanted: Select[Any]) -> Iterator[dict[str, Any]]:
        """Give rows as they stand there, also where they were altered to what no column of theirs may hold."""


def database_of(place: Place) -> Database:
    """Give the database of a place.

    Args:
        place: As `place_of` gives it.

    Raises:
        RequestError: What is needed to reach it is not installed.
    """
    if not isinstance(place, Address):
        from lcm_nornir.journal.sqlite import SQLite  # noqa: PLC0415 - each is imported when it is used

        return SQLite(place)
    try:
        from lcm_nornir.journal.postgresql import PostgreSQL  # noqa: PLC0415 - as above
    except ImportError as error:
        raise RequestError(
            f"{place}: the package psycopg is missing",
            field="--store",
            cure="run: pip install 'lcm-nornir[postgresql]'",
        ) from error
    return PostgreSQL(place)
