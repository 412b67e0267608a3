"""Idempotency keys: a request that a client sends again is answered again, and not done again."""

from __future__ import annotations

from collections.abc import Callable

from lcm_nornir.jobs.lifecycle import Actor
from lcm_nornir.journal.store import Store
from lcm_nornir.schema.messages import Message


class Repeats:
    """Which requests were answered, and how. Safe to use from several threads and processes.

    Args:
        store: Where it is kept.
        keep: Seconds for which an answer is kept.
    """

    def __init__(self, store: Store, *, keep: float = 86_400.0) -> None:
        raise NotImplementedError

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
        raise NotImplementedError
