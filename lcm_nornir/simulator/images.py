"""The image server: a file for each platform over HTTP, and everything that can go wrong with it.

``python -m lcm_nornir.simulator.images`` reads one JSON line (an ``ImageServerSpec``), answers with one (a
``SimulatedImage`` by platform) and serves until its standard input ends. A fault is done to the clients that the
specification names by their address, and to everybody who asks for ``/faults/FAULT/FILE``; ``/requests`` tells who
asked how often.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
import struct
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from aiohttp import web

from lcm_nornir.simulator import faults, image, personality, process, spec

_OTHER_PLATFORM = "OS9"
_PIECES = 50  # steps of a slow transfer
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER that turns closing into a reset
_PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in to continue</h1></body></html>\n"
_COUNTS = "/requests"
_UNDERWAY_S = 0.05  # seconds within which a client on the same machine has read what the kernel holds for it


@dataclass(frozen=True, slots=True)
class Served:
    """The file as it should be, and what is needed to damage it.

    Attributes:
        content: The file.
        version: Version that it carries.
        word: How its header names its OS.
        pace: Seconds that a download takes.
        begun: Downloads that had begun before this one.
    """

    content: bytes
    version: str
    word: str
    pace: float
    begun: int = 0

    def part(self, percent: str) -> bytes:
        """Give the first so many percent."""
        return self.content[: int(len(self.content) * float(percent) / 100)]


async def _start(request: web.Request, length: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/octet-stream"})
    response.content_length = length
    await response.prepare(request)
    return response


async def _hang() -> None:
    await asyncio.Event().wait()


async def _server_hang(_request: web.Request, _served: Served, _argument: str) -> web.StreamResponse:
    await _hang()
    return web.Response()


async def _stall(request: web.Request, served: Served, argument: str) -> web.StreamResponse:
    response = await _start(request, len(served.content))
    await response.write(served.part(argument))
    await _hang()
    return response


async def _reset(request: web.Request, served: Served, argument: str) -> web.StreamResponse:
    response = await _start(request, len(served.content))
    await response.write(served.part(argument))
    if request.transport is not None:
        await _sent(request.transport)
        sock: socket.socket = request.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        request.transport.abort()
    return response


async def _sent(transport: asyncio.Transport) -> None:
    """Wait until the client has what was written: a reset would take it back."""
    while transport.get_write_buffer_size():  # noqa: ASYNC110 - a transport has no event for an empty buffer
        await asyncio.sleep(0.01)
    await asyncio.sleep(_UNDERWAY_S)


async def _slow(request: web.Request, served: Served, argument: str) -> web.StreamResponse:
    response = await _start(request, len(served.content))
    step = -(-len(served.content) // _PIECES)
    for start in range(0, len(served.content), step):
        await response.write(served.content[start : start + step])
        await asyncio.sleep(served.pace * float(argument) / _PIECES)
    return response


def _content(make: Callable[[Served, str], bytes], kind: str = "application/octet-stream") -> Handler:
    async def handler(_request: web.Request, served: Served, argument: str) -> web.StreamResponse:
        return web.Response(body=make(served, argument), content_type=kind)

    return handler


def _flipped(served: Served, _argument: str) -> bytes:
    damaged = bytearray(served.content)
    damaged[len(damaged) // 2] ^= 1
    return bytes(damaged)


def _other(served: Served, _argument: str) -> bytes:
    return image.make(served.version, len(served.content), _OTHER_PLATFORM)


def _replaced(served: Served, argument: str) -> bytes:
    if served.begun < int(argument):
        return served.content
    later_version = f"{served.version}1"
    return image.make(later_version, len(served.content), served.word)


def _status(code: int) -> Handler:
    async def handler(_request: web.Request, _served: Served, _argument: str) -> web.StreamResponse:
        return web.Response(status=code, text=f"{code}\n")

    return handler


Handler = Callable[[web.Request, Served, str], Awaitable[web.StreamResponse]]
HANDLERS: dict[str, Handler] = {
    "http-401": _status(401),
    "http-403": _status(403),
    "http-404": _status(404),
    "server-hang": _server_hang,
    "stall": _stall,
    "reset": _reset,
    "slow": _slow,
    "truncated": _content(lambda served, argument: served.part(argument)),
    "bit-flip": _content(_flipped),
    "html-page": _content(lambda _served, _argument: _PAGE, "text/html"),
    "other-file": _content(_other),
    "replaced": _content(_replaced),
}


class ImageServer:
    """The application.

    Attributes:
        files: The file of each platform by its name.
        requests: How often each client address asked for a file.
    """

    def __init__(self, server: spec.ImageServerSpec) -> None:
        self.files = {_name(server, platform): _served(server, platform) for platform in server.platforms}
        self.requests: dict[str, int] = {}
        self._faults = {client: faults.parse(fault) for client, fault in dict(server.faults).items()}

    def application(self) -> web.Application:
        """Make the aiohttp application."""
        application = web.Application()
        application.router.add_get(_COUNTS, self._counts)
        for name in self.files:
            application.router.add_get(f"/{name}", self._file)
            application.router.add_get(f"/faults/{{fault}}/{name}", self._file)
        return application

    async def _counts(self, _request: web.Request) -> web.Response:
        return web.json_response(self.requests)

    def _fault_of(self, client: str) -> tuple[faults.Fault | None, str]:
        return self._faults.get(client, self._faults.get("*", (None, "")))

    async def _file(self, request: web.Request) -> web.StreamResponse:
        client = request.remote or ""
        served = replace(self.files[request.path.rpartition("/")[2]], begun=sum(self.requests.values()))
        self.requests[client] = self.requests.get(client, 0) + 1
        asked = request.match_info.get("fault")
        try:
            fault, argument = faults.parse(asked) if asked else self._fault_of(client)
        except faults.FaultError as error:
            return web.Response(status=404, text=f"{error}\n")
        if fault is None or not fault.served:
            return web.Response(body=served.content, content_type="application/octet-stream")
        return await HANDLERS[fault.name](request, served, argument)


def _name(server: spec.ImageServerSpec, platform: str) -> str:
    """Name the file of a platform."""
    first = server.file_name if platform == server.platforms[0] else ""
    return first or image.file_name(personality.platform(platform).file_name, server.version_of(platform))


def _served(server: spec.ImageServerSpec, platform: str) -> Served:
    version, word = server.version_of(platform), personality.platform(platform).word
    return Served(image.make(version, server.size, word), version, word, server.pace)


def _told(place: str, name: str, served: Served) -> spec.SimulatedImage:
    return spec.SimulatedImage(
        url=place + name,
        file_name=name,
        version=served.version,
        sha256=hashlib.sha256(served.content).hexdigest(),
        sha512=hashlib.sha512(served.content).hexdigest(),
        size=len(served.content),
    )


async def serve(server: spec.ImageServerSpec) -> None:
    """Serve until the parent is gone."""
    process.allow_files()
    parent_gone = process.watch_parent()
    images = ImageServer(server)
    # The time-out is how long aiohttp would wait for hanging clients when it ends.
    runner = web.AppRunner(images.application(), access_log=None, shutdown_timeout=0.0, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, server.host, server.port, backlog=1024)
    await site.start()
    host, port = runner.addresses[0][:2]
    answer = {
        platform: _told(f"http://{host}:{port}/", name, served)
        for platform, (name, served) in zip(server.platforms, images.files.items(), strict=True)
    }
    process.say(spec.images_json(answer))
    await parent_gone.wait()
    await runner.cleanup()


def main() -> int:
    """Run the process."""
    try:
        asyncio.run(serve(spec.image_server_spec(json.loads(sys.stdin.readline()))))
    except (OSError, TypeError, ValueError) as error:
        print(f"image server: {error}", file=sys.stderr)  # noqa: T201 - the process's one way to complain
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
