"""A TCP proxy between us and one switch, on the loopback: the link that a test can cut while the switch goes on."""

from __future__ import annotations

import enum
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self

_NO_GOODBYE = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset
_CHUNK = 65536  # bytes


class Fate(enum.Enum):
    """What becomes of a chunk, and of its connection.

    After a cut the client is reset. So is the switch, if the chunk was lost; if it was passed on, the switch is told
    nothing: it has the chunk for certain, and what it answers is lost. A stalled connection stays open, and nothing
    is passed on any more, either way.
    """

    PASS = enum.auto()
    CUT = enum.auto()
    PASS_AND_CUT = enum.auto()
    STALL = enum.auto()
    PASS_AND_STALL = enum.auto()


@dataclass(frozen=True)
class Chunk:
    """What was read at once, before it is passed on. SSH is encrypted: its content says nothing, its coming does.

    Attributes:
        data: The bytes.
        from_client: It goes to the switch.
        before: Bytes that went the same way on this connection before.
        link: Number of the connection, from 1 on.
    """

    data: bytes
    from_client: bool
    before: int
    link: int


Judge = Callable[[Chunk], Fate]


def passing(_chunk: Chunk) -> Fate:
    """Let everything pass."""
    return Fate.PASS


def at_byte(number: int, fate: Fate) -> Judge:
    """Give the judge whose sentence falls on the chunk in which a client's so-many-th byte is."""
    return lambda chunk: (
        fate if chunk.from_client and chunk.before < number <= chunk.before + len(chunk.data) else Fate.PASS
    )


def at_pattern(pattern: bytes, fate: Fate) -> Judge:
    """Give the judge whose sentence falls on the chunk with which a client's bytes hold the pattern."""
    tails: dict[int, bytes] = {}

    def judge(chunk: Chunk) -> Fate:
        if not chunk.from_client:
            return Fate.PASS
        text = tails.get(chunk.link, b"") + chunk.data
        tails[chunk.link] = text[max(0, len(text) - len(pattern) + 1) :]
        return fate if pattern in text else Fate.PASS

    return judge


class Proxy:
    """Passes on what comes to a port of 127.0.0.1; a context manager that closes it.

    A switch that refuses connections is seen to: whoever connects to the proxy is reset at once, and never greeted.

    Args:
        host: Address of the switch.
        port: Its SSH port.

    Attributes:
        host: Address at which the proxy listens.
        port: The port there.
        judge: Asked for the fate of each chunk, in a thread of the chunk's connection. It may look at what only the
            test knows, such as the switch's own log: a chunk from the switch that comes when a line stands there
            carries the line's echo, or what follows it.
        is_black_hole: Connections are accepted, and go nowhere.
    """

    def __init__(self, host: str, port: int) -> None:
        self.judge: Judge = passing
        self.is_black_hole = False
        self._switch = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.host, self.port = self._listener.getsockname()
        self._links: set[_Link] = set()
        self._numbers = count(1)
        self._lock = Lock()
        self._acceptor = Thread(target=self._accept, name=f"proxy-{self.port}", daemon=True)
        self._acceptor.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def cut(self) -> int:
        """Reset every open connection, on both sides; tells how many. New ones are accepted as before."""
        links = self._open()
        for link in links:
            link.reset()
        return len(links)

    def stall(self) -> int:
        """Pass nothing on any more on every open connection; tells how many. New ones are served as before."""
        links = self._open()
        for link in links:
            link.stall()
        return len(links)

    def arm(self, fate: Fate) -> None:
        """Have this done to what comes next from a client, once.

        A test calls it where it knows what comes next: in a hook that is called before a command is sent.
        """
        armed = Lock()  # taken by the first chunk

        def judge(chunk: Chunk) -> Fate:
            return fate if chunk.from_client and armed.acquire(blocking=False) else Fate.PASS

        self.judge = judge

    def close(self) -> None:
        """Listen no more, and reset what is open."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes who accepts
        self._acceptor.join()
        self._listener.close()
        self.cut()

    def _open(self) -> list[_Link]:
        with self._lock:
            return list(self._links)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        link = _Link(next(self._numbers), client, self)
        with self._lock:
            self._links.add(link)
        try:
            if self.is_black_hole:
                link.hold()
            elif link.reach(self._switch):
                link.carry()
            else:
                link.reset()
        finally:
            with self._lock:
                self._links.discard(link)


class _Link:
    """One connection through the proxy: two sockets."""

    def __init__(self, number: int, client: socket.socket, proxy: Proxy) -> None:
        self._number, self._client, self._proxy = number, client, proxy
        self._switch = socket.socket()
        self._is_stalled = self._has_lost_client = False
        self._is_over = Event()

    def reach(self, switch: tuple[str, int]) -> bool:
        """Connect to the switch; False if it refuses."""
        try:
            self._switch.connect(switch)
        except OSError:
            return False
        for one in (self._client, self._switch):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return True

    def carry(self) -> None:
        """Pass bytes, ends and resets on in both directions; returns when both have ended."""
        back = Thread(target=self._pass_on, args=(self._switch, self._client), daemon=True)
        back.start()
        self._pass_on(self._client, self._switch)
        back.join()
        self._client.close()
        self._switch.close()

    def hold(self) -> None:
        """Keep the connection open and leave it alone, until it is reset."""
        self._is_over.wait()

    def stall(self) -> None:
        """Pass nothing on any more."""
        self._is_stalled = True

    def reset(self) -> None:
        """Reset both sides."""
        self._is_over.set()
        _reset(self._client)
        _reset(self._switch)

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        before, from_client = 0, source is self._client
        try:
            while data := source.recv(_CHUNK):
                fate = self._proxy.judge(Chunk(data, from_client, before, self._number))
                before += len(data)
                if not self._do(fate, data, target):
                    return
            if self._is_stalled:
                self.hold()
            elif not (self._is_over.is_set() or self._has_lost_client):
                target.shutdown(socket.SHUT_WR)
        except OSError:
            if from_client and self._has_lost_client:
                _reset(self._client)
            else:
                self.reset()

    def _do(self, fate: Fate, data: bytes, target: socket.socket) -> bool:
        """Do to a chunk and its connection what must be; False if this direction has ended."""
        if fate is Fate.CUT:
            self.reset()
            return False
        is_lost = self._is_stalled or fate is Fate.STALL or (self._has_lost_client and target is self._client)
        # Before the chunk is passed on: its answer may come at once, in the other thread.
        self._is_stalled |= fate in (Fate.STALL, Fate.PASS_AND_STALL)
        self._has_lost_client |= fate is Fate.PASS_AND_CUT
        if not is_lost:
            target.sendall(data)
        if self._is_stalled:
            self.hold()
            return False
        if fate is Fate.PASS_AND_CUT:
            _reset(self._client)
        # What the switch says to a client that is gone is still read, and lost.
        return target is self._client or not self._has_lost_client


def _reset(one: socket.socket) -> None:
    with suppress(OSError):  # it is closed already
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_GOODBYE)
        one.shutdown(socket.SHUT_RD)  # says nothing to the other side, and wakes who reads on this one
    one.close()
