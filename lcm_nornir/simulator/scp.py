"""The receiving end of ``scp``: where a file that a client pushes lands is the OS's affair."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from lcm_nornir.simulator.blobs import BlobWriter

if TYPE_CHECKING:
    from lcm_nornir.simulator.blobs import Blob
    from lcm_nornir.simulator.personality import Wire

_OK = b"\0"
_FILE = re.compile(rb"C[0-7]{4} (\d+) ([^/\n]+)")


_COMMAND = re.compile(r"scp(?: -\w+)* (?:-- )?(\S+)")


def sink_target(command: str) -> str | None:
    """Give the path that a client's ``scp -t PATH`` copies to; None for any other command."""
    found = _COMMAND.fullmatch(command.strip())
    words = command.split()
    receives = any(word.startswith("-") and "t" in word for word in words)
    return found[1].strip("'\"") if found is not None and receives else None


class Shelf(Protocol):
    """Where pushed files are put."""

    @property
    def room(self) -> int:
        """Bytes that are free."""

    def place(self, target: str, name: str) -> str:
        """Give the path for a file of this name that is pushed to ``target``."""

    def put(self, path: str, content: Blob) -> None:
        """Keep the file that has arrived."""


class ScpSink:
    """One ``scp -t`` of a client.

    The protocol is a line ``C<mode> <size> <name>`` with the content and a zero byte behind it; both are answered
    by a zero byte, or by a byte of value one and a text. A line with times (``T…``) may come before, answered too.
    """

    def __init__(self, shelf: Shelf, target: str, wire: Wire) -> None:
        """Make a sink.

        Args:
            shelf: Where the file goes.
            target: Where the client wants it.
            wire: The channel.
        """
        self._shelf = shelf
        self._target = target
        self._wire = wire
        self._input = bytearray()
        self._path = ""
        self._missing = 0
        self._content: BlobWriter | None = None

    def start(self) -> None:
        """Say that the sink is ready."""
        self._wire.write(_OK)

    def feed(self, data: bytes) -> None:
        """Take what the client sent."""
        self._input += data
        while self._input and (self._file() if self._content is not None else self._line()):
            pass

    def eof(self) -> None:
        """End the channel when the client has nothing more to say; it waits for the exit status then."""
        self._wire.leave(0)

    def resize(self, columns: int, rows: int) -> None:
        """Have no terminal."""

    def close(self) -> None:
        """Forget the file that has not arrived as a whole."""
        self._content = None

    def _line(self) -> bool:
        line, end, rest = self._input.partition(b"\n")
        if not end:
            return False
        self._input = rest
        found = _FILE.fullmatch(line)
        if found is not None:
            self._path = self._shelf.place(self._target, found[2].decode(errors="replace"))
            self._missing = int(found[1])
            if self._missing > self._shelf.room:
                self._refuse(f"{self._path}: No space left on device")
                return False
            self._content = BlobWriter()
        elif not line.startswith((b"T", b"E")):
            self._refuse("protocol error")
            return False
        self._wire.write(_OK)
        return True

    def _file(self) -> bool:
        content = self._content
        if content is None:
            return False
        piece = self._input[: self._missing]
        content.write(bytes(piece))
        self._missing -= len(piece)
        del self._input[: len(piece)]
        if self._missing or not self._input:
            return False
        del self._input[:1]
        self._shelf.put(self._path, content.finish())
        self._content = None
        self._wire.write(_OK)
        return True

    def _refuse(self, text: str) -> None:
        self._wire.write(b"\1scp: " + text.encode() + b"\n")
        self._wire.leave(1)
