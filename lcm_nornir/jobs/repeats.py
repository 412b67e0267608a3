"""Idempotency keys: a request that a client sends again is answered again, and not done again."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable

from sqlalchemy import ColumnElement, Connection, delete, select, update

from lcm_nornir.errors import Invalid, WrongState
from lcm_nornir.jobs.lifecycle import Actor
from lcm_nornir.journal.store import Store
from lcm_nornir.journal.tables import add_rows, requests
from lcm_nornir.schema.messages import Message, refused


class Repeats:
    """Which requests were answered, and how. Safe to use from several threads and processes.

    Args:
        store: Where it is kept.
        keep: Seconds for which an answer is kept.
    """

    def __init__(self, store: Store, *, keep: float = 86_400.0) -> None:
        self._store, self._keep = store, keep
        self._id = uuid.uuid4().hex

    def once(self, actor: Actor, key: str, request: bytes, do: Callable[[], Message]) -> Message:
        """Do something once for each key of a user; asked again, give the same answer.

        Args:
            actor: Who asks.
            key: The client's idempotency key; if it is empty, it is simply done.
            request: All that the request says (method, path, body): the same key with another request is refused.
            do: Does it. If it raises, nothing is kept, and it may be asked for again.

        Raises:
            WrongState: It is being done by somebody else now, or whoever did it has ended before it was answered.
            Invalid: The key was used for another request.
        """
        if not key:
            return do()
        asked = hashlib.sha256(request).hexdigest()
        if known := self._store.do("request", lambda connection: self._reserve(connection, actor.name, key, asked)):
            return Message.model_validate_json(known)
        try:
            answer = do()
        except BaseException:
            self._store.do("request", lambda connection: connection.execute(delete(requests).where(_mine(actor, key))))
            raise
        body = answer.model_dump_json()
        self._store.do(
            "request",
            lambda connection: connection.execute(update(requests).where(_mine(actor, key)).values(answer=body)),
        )
        return answer

    def _reserve(self, connection: Connection, user: str, key: str, asked: str) -> str:
        """Give the answer to a request that was answered; else reserve its key."""
        found = connection.execute(
            select(requests).where(requests.c.user == user, requests.c.key == key, requests.c.time > self._since())
        ).first()
        if found is None:
            row = {
                "user": user,
                "key": key,
                "time": self._store.now(),
                "request": asked,
                "owner": self._id,
                "answer": "",
            }
            connection.execute(delete(requests).where(requests.c.time <= self._since()))
            add_rows(connection, requests, [row])
            return ""
        if found.request != asked:
            raise refused(Invalid, "lcm.request.key", field="Idempotency-Key")
        if not found.answer:
            raise refused(WrongState, "lcm.request.begun" if found.owner == self._id else "lcm.request.left")
        return str(found.answer)

    def _since(self) -> float:
        return self._store.now() - self._keep


def _mine(actor: Actor, key: str) -> ColumnElement[bool]:
    return (requests.c.user == actor.name) & (requests.c.key == key)
