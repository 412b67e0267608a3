"""The switch's download: one real HTTP GET from the switch's own address."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

import aiohttp
from aiohttp.resolver import ThreadedResolver

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp.abc import ResolveResult

    from lcm_nornir.simulator.faults import Faults

_CONNECT_S = 10.0
_PIECE = 65_536
_CLOSED_PORT = 1  # tcpmux: nothing listens there
_NO_ROUTE = "127.255.255.255"  # TCP has no route to a broadcast address


class FetchError(Exception):
    """A download failed.

    Attributes:
        cause: A key of the invented details, such as ``dns`` or ``404``.
    """

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class _Resolver(ThreadedResolver):
    """The system's resolver, but ``.invalid`` fails at once, as RFC 6761 has it, without asking a name server."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return await super().resolve(host, port, family)


def _cause(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "dns"
        case aiohttp.ClientConnectorSSLError() | ssl.SSLError():
            return "tls"
        case aiohttp.ClientConnectorError(os_error=OSError(errno=errno.ECONNREFUSED)):
            return "refused"
        case aiohttp.ClientConnectorError() | TimeoutError():
            return "unreachable"
        case aiohttp.ClientResponseError(status=status):
            return str(status) if status in {401, 403, 404} else "http"
        case _:
            return "reset"


def asked(url: str, faults: Faults, source: str | None) -> str:
    """Give the URL that is really asked for: faults of the network bend it."""
    parts = urlsplit(url)
    if "dns" in faults:
        return urlunsplit(parts._replace(netloc=f"{parts.hostname}.invalid"))
    if "no-route" in faults:
        return urlunsplit(parts._replace(netloc=f"{_NO_ROUTE}:{parts.port or 80}"))
    if "connection-refused" in faults or faults.has("hostile:refuse"):
        return urlunsplit(parts._replace(netloc=f"{parts.hostname}:{_CLOSED_PORT}"))
    if "tls" in faults:
        return urlunsplit(parts._replace(scheme="https"))
    if faults.served and source is None:
        return urlunsplit(parts._replace(path=f"/faults/{quote(faults.served)}{parts.path}"))
    return url


def connector(source: str | None) -> aiohttp.TCPConnector:
    """Give what connects from an address, or from wherever the system likes."""
    return aiohttp.TCPConnector(local_addr=None if source is None else (source, 0), resolver=_Resolver())


async def fetch(url: str, source: str | None, begin: Callable[[int], None], write: Callable[[bytes], None]) -> None:
    """Get a file.

    Args:
        url: Where it is; ``http`` and ``https`` are really asked, nothing answers for the other schemes.
        source: Address to connect from, so that the server can tell the switches apart; None leaves it to the system.
        begin: Told the length of the file in bytes when the server answers; 0 if the server does not say.
        write: Given the content piece by piece; may raise :class:`FetchError` to end the download.

    Raises:
        FetchError: The file did not arrive as a whole.
    """
    if urlsplit(url).scheme not in {"http", "https"}:
        raise FetchError("refused")
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S)
    try:
        async with (
            aiohttp.ClientSession(connector=connector(source), timeout=timeout, auto_decompress=False) as session,
            session.get(url, raise_for_status=True) as answer,
        ):
            begin(answer.content_length or 0)
            async for piece in answer.content.iter_chunked(_PIECE):
                write(piece)
    except (aiohttp.ClientError, OSError) as error:
        raise FetchError(_cause(error)) from error
