"""What the API keeps beside history: documents that change, each change a line of the chained history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from sqlalchemy import Connection, delete, select, update

from lcm_nornir.errors import NotFound, WrongState
from lcm_nornir.journal.chain import CHANGED, document_digest
from lcm_nornir.journal.codec import text
from lcm_nornir.journal.reading import Note
from lcm_nornir.journal.store import Store
from lcm_nornir.journal.tables import add_rows, documents, history
from lcm_nornir.schema.messages import refused

D = TypeVar("D", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Kept(Generic[D]):
    """A document as it is kept.

    Attributes:
        id: Its id.
        revision: Grows with every change of it.
        document: What it says.
    """

    id: str
    revision: int
    document: D


@dataclass(frozen=True, slots=True)
class Change:
    """What is told of a change of a document.

    Attributes:
        by: Who makes it.
        action: What is done.
        told: Whatever else is to be known, as plain data.
    """

    by: str
    action: str
    told: Mapping[str, Any] = field(default_factory=dict)


class Collection(Generic[D]):
    """The documents of one kind. Safe to use from several threads and processes.

    Args:
        store: Where they are kept.
        kind: Their kind.
        model: Their form.
        key: Gives that of which there may be one only.
    """

    def __init__(self, store: Store, kind: str, model: type[D], key: Callable[[D], str]) -> None:
        self._store, self._kind, self._model, self._key = store, kind, model, key
        self._known: dict[str, Kept[D]] = {}

    def all(self) -> tuple[Kept[D], ...]:
        """Give all, the oldest first; those that have not changed since they were asked for last are not read again."""
        wanted = select(documents.c.id, documents.c.revision).where(documents.c.kind == self._kind)
        rows = self._store.ask(lambda connection: connection.execute(wanted.order_by(documents.c.number)).all())
        found: dict[str, Kept[D]] = {}
        for row in rows:
            known = self._known.get(row.id)
            with suppress(NotFound):  # it was removed in this moment
                found[row.id] = known if known and known.revision == row.revision else self.get(row.id)
        self._known = found
        return tuple(found.values())

    def get(self, name: str) -> Kept[D]:
        """Give the one with this id; if it has not changed since it was asked for last, it is not read again.

        Raises:
            NotFound: There is none.
        """
        mine = (documents.c.kind == self._kind) & (documents.c.id == name)
        if known := self._known.get(name):
            revision = select(documents.c.revision).where(mine)
            if self._store.ask(lambda connection: connection.scalar(revision)) == known.revision:
                return known
        row = self._store.ask(lambda connection: connection.execute(select(documents).where(mine)).first())
        if row is None:
            self._known.pop(name, None)
            raise refused(NotFound, "lcm.document.unknown", name=name)
        kept = self._known[name] = Kept(name, row.revision, self._model.model_validate_json(row.document))
        return kept

    def history(self, name: str) -> tuple[Note, ...]:
        """Give the lines that tell of the changes of a document, also of one that was deleted since."""
        wanted = select(history).where(history.c.job == name, history.c.kind == CHANGED).order_by(history.c.seq)
        rows = self._store.ask(lambda connection: connection.execute(wanted).all())
        return tuple(Note(row.seq, row.switch, row.time, row.kind, row.body) for row in rows)

    def add(self, name: str, document: D, change: Change) -> Kept[D]:
        """Keep a new one under this id.

        Raises:
            WrongState: Its key is taken.
            JournalFailed: The store does not take it.
        """
        return self._write(Kept(name, 0, document), change)

    def replace(self, kept: Kept[D], document: D, change: Change) -> Kept[D]:
        """Write one anew.

        Args:
            kept: As it was read: if it was changed since, it stays as it is.
            document: What it says from now on.
            change: What is told of it.

        Raises:
            WrongState: It was changed meanwhile, or its new key is taken.
            JournalFailed: The store does not take it.
        """
        return self._write(Kept(kept.id, kept.revision, document), change)

    def remove(self, kept: Kept[D], change: Change) -> None:
        """Remove one; its history stays.

        Raises:
            WrongState: It was changed meanwhile.
            JournalFailed: The store does not take it.
        """

        def work(connection: Connection) -> None:
            self._check(connection, kept)
            connection.execute(delete(documents).where(documents.c.kind == self._kind, documents.c.id == kept.id))
            self._tell(connection, kept.id, "", change)

        self._store.do("document", work)

    def _write(self, kept: Kept[D], change: Change) -> Kept[D]:
        key, body = self._key(kept.document), kept.document.model_dump_json()
        row = {"kind": self._kind, "id": kept.id, "key": key, "revision": kept.revision + 1, "document": body}

        def work(connection: Connection) -> None:
            self._check(connection, kept)
            other = select(documents.c.id).where(documents.c.kind == self._kind, documents.c.key == key)
            if connection.scalar(other) not in (None, kept.id):
                raise refused(WrongState, "lcm.document.taken", field="name", name=key)
            if kept.revision:
                mine = (documents.c.kind == self._kind) & (documents.c.id == kept.id)
                connection.execute(update(documents).where(mine).values(row))
            else:
                add_rows(connection, documents, [row])
            self._tell(connection, kept.id, body, change)

        self._store.do("document", work)
        return Kept(kept.id, kept.revision + 1, kept.document)

    def _check(self, connection: Connection, kept: Kept[D]) -> None:
        wanted = select(documents.c.revision).where(documents.c.kind == self._kind, documents.c.id == kept.id)
        if (connection.scalar(wanted) or 0) != kept.revision:
            raise refused(WrongState, "lcm.document.changed", name=kept.id)

    def _tell(self, connection: Connection, name: str, body: str, change: Change) -> None:
        told = {
            "kind": self._kind,
            "by": change.by,
            "action": change.action,
            **change.told,
            "document": document_digest(body),
        }
        row = {"job": name, "switch": "", "time": self._store.now(), "kind": CHANGED, "body": text(told)}
        add_rows(connection, history, [row])
