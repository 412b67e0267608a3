"""A TCP proxy between us and one switch, on the loopback: the link that a test can cut while the switch goes on."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from threading import Lock, Thread
from types import TracebackType
from typing import Self

_NO_GOODBYE = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset
_CHUNK = 65536  # bytes


class Proxy:
    """Passes on what comes to a port of 127.0.0.1; a context manager that closes it.

    A switch that refuses connections is seen to: whoever connects to the proxy is reset at once, and never greeted.

    Args:
        host: Address of the switch.
        port: Its SSH port.

    Attributes:
        host: Address at which the proxy listens.
        port: The port there.
    """

    def __init__(self, host: str, port: int) -> None:
        self._switch = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.host, self.port = self._listener.getsockname()
        self._links: set[_Link] = set()
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
        with self._lock:
            links = list(self._links)
        for link in links:
            link.reset()
        return len(links)

    def close(self) -> None:
        """Listen no more, and reset what is open."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes who accepts
        self._acceptor.join()
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            switch = socket.create_connection(self._switch)
        except OSError:
            _reset(client)
            return
        for one in (client, switch):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link = _Link(client, switch)
        with self._lock:
            self._links.add(link)
        try:
            link.carry()
        finally:
            with self._lock:
                self._links.discard(link)


class _Link:
    """One connection through the proxy: two sockets."""

    def __init__(self, client: socket.socket, switch: socket.socket) -> None:
        self._client, self._switch = client, switch
        self._is_cut = False

    def carry(self) -> None:
        """Pass bytes, ends and resets on in both directions; returns when both have ended."""
        back = Thread(target=self._pass_on, args=(self._switch, self._client), daemon=True)
        back.start()
        self._pass_on(self._client, self._switch)
        back.join()
        self._client.close()
        self._switch.close()

    def reset(self) -> None:
        """Reset both sides."""
        self._is_cut = True
        _reset(self._client)
        _reset(self._switch)

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(_CHUNK):
                target.sendall(data)
            if not self._is_cut:
                target.shutdown(socket.SHUT_WR)
        except OSError:
            self.reset()


def _reset(one: socket.socket) -> None:
    with suppress(OSError):  # it is closed already
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_GOODBYE)
        one.shutdown(socket.SHUT_RD)  # says nothing to the other side, and wakes who reads on this one
    one.close()
