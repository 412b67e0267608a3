"""What curl and the installer have in common: a real GET, written to a file no faster than the fleet's pace."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ssl
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from lcm_nornir.simulator.fetching import asked, connector

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lcm_nornir.simulator.sonic.switch import Switch

_PIECE = 32_768
_BEAT_S = 0.01  # seconds between two looks at the clock


class TransferError(Exception):
    """A transfer failed.

    Attributes:
        code: The exit code that curl has for it.
    """

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(slots=True)
class Limits:
    """How long a transfer may take, in seconds; 0 is for ever."""

    connect: float = 0.0
    whole: float = 0.0


@dataclass(slots=True)
class Transfer:
    """One GET.

    Attributes:
        status: HTTP status; 0 until there is one.
        headers: The answer's status line and headers.
        kind: The answer's content type.
        size: Bytes that the server says it sends; 0 if it does not say.
        received: Bytes that arrived.
        written: Bytes in the file.
        began: Monotonic time of the begin.
    """

    status: int = 0
    headers: str = ""
    kind: str = ""
    size: int = 0
    received: int = 0
    written: int = 0
    began: float = field(default_factory=time.monotonic)
    _pieces: list[bytes] = field(default_factory=list)

    async def run(
        self, switch: Switch, url: str, file: Path, limits: Limits, show: Callable[[Transfer], None] | None = None
    ) -> None:
        """Get a file.

        Args:
            switch: Who asks; its faults bend the URL, and its disk may be full.
            url: What is asked for.
            file: Where it goes, on this machine.
            limits: How long it may take.
            show: Told now and then how far it is.

        Raises:
            TransferError: The file is not whole; what arrived is in it.
        """
        fetching = asyncio.ensure_future(self._fetch(asked(url, switch.faults, switch.source), switch.source, limits))
        try:
            async with asyncio.timeout(limits.whole or None):
                await self._write(switch, file, fetching, show)
        except TimeoutError:
            raise TransferError(28, f"Operation timed out with {self.written} bytes received") from None
        finally:
            fetching.cancel()
            await asyncio.gather(fetching, return_exceptions=True)

    async def _write(
        self, switch: Switch, file: Path, fetching: asyncio.Future[None], show: Callable[[Transfer], None] | None
    ) -> None:
        room = switch.folder.room(str(file.parent))
        with file.open("wb") as sink:
            while not fetching.done() or self._pieces:
                if not self._pieces:
                    await asyncio.wait({fetching}, timeout=_BEAT_S)
                    continue
                piece = self._pieces.pop(0)
                if "disk-fills" in switch.faults and self.size:
                    room = min(room, int(self.size * switch.faults.number("disk-fills") / 100))
                sink.write(piece[: room - self.written])
                sink.flush()
                if self.written + len(piece) > room:
                    self._fill(switch, file)
                    raise TransferError(23, "Failure writing output to destination")
                self.written += len(piece)
                if show is not None:
                    show(self)
                await asyncio.sleep(max(0.0, self._due(switch.pace.download)))
        await fetching

    def _fill(self, switch: Switch, file: Path) -> None:
        self.written = file.stat().st_size
        if "disk-fills" in switch.faults:
            switch.folder.fill(0)

    def _due(self, pace_s: float) -> float:
        """Give the seconds until so much may be written as is."""
        share = self.written / self.size if self.size else 0.0
        return self.began + share * pace_s - time.monotonic()

    async def _fetch(self, url: str, source: str | None, limits: Limits) -> None:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=limits.connect or None)
        try:
            async with (
                aiohttp.ClientSession(connector=connector(source), timeout=timeout, auto_decompress=False) as session,
                session.get(url) as answer,
            ):
                self._answered(answer)
                async for piece in answer.content.iter_chunked(_PIECE):
                    self.received += len(piece)
                    self._pieces.append(piece)
        except (aiohttp.ClientError, OSError) as error:
            raise self._told(error, url) from error

    def _answered(self, answer: aiohttp.ClientResponse) -> None:
        self.status, self.kind, self.size = answer.status, answer.content_type, answer.content_length or 0
        lines = [
            f"HTTP/1.1 {answer.status} {answer.reason}",
            *(f"{key}: {text}" for key, text in answer.headers.items()),
        ]
        self.headers = "\r\n".join((*lines, "", ""))

    def _told(self, error: Exception, url: str) -> TransferError:
        host = urlsplit(url).hostname
        match error:
            case aiohttp.ClientConnectorDNSError():
                return TransferError(6, f"Could not resolve host: {host}")
            case aiohttp.ClientConnectorSSLError() | ssl.SSLError():
                return TransferError(35, "error:0A00010B:SSL routines::wrong version number")
            case aiohttp.ClientConnectorError(os_error=OSError(errno=errno.ECONNREFUSED)):
                return TransferError(7, f"Failed to connect to {host} after 0 ms: Couldn't connect to server")
            case TimeoutError():
                return TransferError(28, "Connection timed out")
            case aiohttp.ClientConnectorError():
                return TransferError(7, f"Failed to connect to {host} after 0 ms: No route to host")
            case aiohttp.InvalidURL():
                return TransferError(3, "URL using bad/illegal format or missing URL")
        if _is_reset(error):
            return TransferError(56, "Recv failure: Connection reset by peer")
        missing = max(0, self.size - self.received)
        return TransferError(18, f"transfer closed with {missing} bytes remaining to read")


def _is_reset(error: Exception) -> bool:
    """Tell whether the connection was reset: aiohttp keeps that in the text of its error only."""
    return isinstance(error, ConnectionResetError) or ConnectionResetError.__name__ in str(error)


async def probe(switch: Switch, url: str) -> bool:
    """Ask for a file and read nothing of it; True if the server has it. There is no limit to the waiting."""
    with contextlib.suppress(aiohttp.ClientError, OSError):
        timeout = aiohttp.ClientTimeout(total=None)
        async with (
            aiohttp.ClientSession(connector=connector(switch.source), timeout=timeout) as session,
            session.get(asked(url, switch.faults, switch.source)) as answer,
        ):
            return answer.ok
    return False
