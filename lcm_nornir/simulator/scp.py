"""The receiving end of ``scp``: files pushed by a client land in the user's home."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from lcm_nornir.simulator.blobs import BlobWriter
from lcm_nornir.simulator.disk import File

if TYPE_CHECKING:
    from collections.abc import Callable

    from lcm_nornir.simulator.switch import Switch

_OK = b"\0"
_FILE = re.compile(rb"C[0-7]{4} (\d+) ([^/\n]+)")


_COMMAND = re.compile(r"scp(?: -\w+)* (?:-- )?(\S+)")


def sink_target(command: str) -> str | None:
    """Give the path that a client's ``scp -t PATH`` copies to; None for any other command."""
    found = _COMMAND.fullmatch(command.strip())
    words = command.split()
    receives = any(word.startswith("-") and "t" in word for word in words)
    return found[1].strip("'\"") if found is not None and receives else None


class ScpSink:
    """One ``scp -t`` of a client.

    The protocol is a line ``C<mode> <size> <name>`` with the content and a zero byte behind it; both are answered
    by a zero byte, or by a byte of value one and a text. A line with times (``T…``) may come before, answered too.
    """

    def __init__(self, switch: Switch, target: str, write: Callable[[bytes], None], leave: Callable[[], None]) -> None:
        """Make a sink.

        Args:
            switch: Where the file goes.
            target: Where the client wants it.
            write: Sends to the client.
            leave: Ends the channel.
        """
        self._switch = switch
        self._target = target
        self._write = write
        self._leave = leave
        self._input = bytearray()
        self._name = ""
        self._missing = 0
        self._content: BlobWriter | None = None

    def start(self) -> None:
        """Say that the sink is ready."""
        self._write(_OK)

    def feed(self, data: bytes) -> None:
        """Take what the client sent."""
        self._input += data
        while self._input and (self._file() if self._content is not None else self._line()):
            pass

    def _line(self) -> bool:
        line, end, rest = self._input.partition(b"\n")
        if not end:
            return False
        self._input = rest
        found = _FILE.fullmatch(line)
        if found is not None:
            name = posixpath.basename(posixpath.normpath(self._target))
            folder = self._target.endswith("/") or name in {"", ".", "~", self._switch.username}
            self._name = found[2].decode(errors="replace") if folder else name
            self._missing = int(found[1])
            if self._missing > self._switch.disk.free:
                self._refuse(f"{self._name}: No space left on device")
                return False
            self._content = BlobWriter()
        elif not line.startswith((b"T", b"E")):
            self._refuse("protocol error")
            return False
        self._write(_OK)
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
        self._switch.disk.home[self._name] = File(content.finish(), self._switch.now())
        self._content = None
        self._switch.effect("pushed", file=self._name)
        self._write(_OK)
        return True

    def _refuse(self, text: str) -> None:
        self._write(b"\1scp: " + text.encode() + b"\n")
        self._leave()
