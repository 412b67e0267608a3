"""Open connections: how many, and how long each may keep the service waiting before anybody is known.

uvicorn bounds neither the time in which the head of a request arrives nor that of a body which nobody reads, and its
`limit_concurrency` refuses whoever comes last: a few hundred silent connections would keep all others out.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from lcm_nornir.api.answers import answer
from lcm_nornir.api.limits import Limits
from lcm_nornir.schema.messages import message

_AGAIN = 5  # seconds until another try is worth it
_TAKING = "the answer is to be taken"
"""What is awaited of a client beside what h11 calls `IDLE` (a head) and `SEND_BODY`."""
_ANSWER = 1.0  # seconds more than a body's time: until then the guard has answered


class Connections:
    """The connections of one server. For one event loop.

    Args:
        limits: How many there may be, and how long each may take.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._open: set[Connection] = set()
        self._waiting: dict[Connection, None] = {}  # in the order in which they began to

    def __len__(self) -> int:
        return len(self._open)

    def admit(self, connection: Connection) -> bool:
        """Take a connection in; if there are too many, the one ends that keeps us waiting for the longest time.

        Returns:
            Whether it is taken in: not if we are to answer on every other one.
        """
        if len(self._open) >= self.limits.connections:
            longest = next(iter(self._waiting), None)
            if longest is None:
                return False
            longest.end()
        self._open.add(connection)
        return True

    def note(self, connection: Connection, *, waits: bool) -> None:
        """Note whether a connection waits for its client from now on, or its client for us."""
        self._waiting.pop(connection, None)
        if waits and connection in self._open:
            self._waiting[connection] = None

    def remove(self, connection: Connection) -> None:
        """Forget a connection; may be called again."""
        self._open.discard(connection)
        self._waiting.pop(connection, None)


class Connection(H11Protocol):
    """A connection that ends when its client takes too long: to send a request, or to take its answer.

    Args:
        connections: All of its server.
        **given: As for uvicorn's own.
    """

    def __init__(self, connections: Connections, **given: Any) -> None:
        super().__init__(**given)
        self._all = connections
        self._is_behind = False
        self._awaited: object = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin to wait for a request, or refuse to."""
        super().connection_made(transport)
        if self._all.admit(self):
            self._look()
        else:
            self._refuse()

    def data_received(self, data: bytes) -> None:
        """Take in what the client sends."""
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        super().on_response_complete()
        self._look()

    def pause_writing(self) -> None:
        """Begin to wait until the client has taken what was sent."""
        super().pause_writing()
        self._is_behind = True
        self._look()

    def resume_writing(self) -> None:
        """Go on to send."""
        super().resume_writing()
        self._is_behind = False
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        super().connection_lost(exc)
        self._forget()

    def end(self) -> None:
        """End it at once, whatever was still to be sent."""
        self._forget()
        self.transport.abort()

    def _look(self) -> None:
        """Give the client its time when something else is awaited of it than before."""
        awaited = _TAKING if self._is_behind or self.transport.is_closing() else self.conn.their_state
        if awaited == self._awaited:
            return
        self._awaited = awaited
        self._stop()
        seconds = self._seconds(awaited)
        if seconds is not None:
            self._timer = self.loop.call_later(seconds, self.end)
        self._all.note(self, waits=seconds is not None)

    def _seconds(self, awaited: object) -> float | None:
        """Give how long the client may take; None if it is for us to go on."""
        limits = self._all.limits
        if awaited is h11.IDLE:
            return limits.head_time
        if awaited is h11.SEND_BODY:
            return limits.body_time + _ANSWER
        return limits.take_time if awaited == _TAKING else None

    def _refuse(self) -> None:
        told = {"Connection": "close", "Retry-After": str(_AGAIN)}
        response = answer(HTTPStatus.SERVICE_UNAVAILABLE, message("lcm.limit.connections"), told)
        head = h11.Response(status_code=response.status_code, headers=response.raw_headers)
        for event in (head, h11.Data(data=bytes(response.body)), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _forget(self) -> None:
        self._stop()
        self._all.remove(self)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
