"""The server before the application: uvicorn, with our connections, and an end that does not wait for streams."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from functools import partial
from types import FrameType

import uvicorn
from fastapi import FastAPI

from lcm_nornir.api.connections import Connection, Connections
from lcm_nornir.api.listening import Listening

_LINES = 5  # seconds for open connections to end, once the service is asked to


class Server(uvicorn.Server):
    """Serves an application; to be run with the sockets at which it listens.

    It tells when it listens. It tells the application at once when it is asked to end: streams would keep it from that.

    Args:
        app: Of `create_app`.
        listening: With which certificate.
        announce: Called once it listens.
    """

    def __init__(self, app: FastAPI, listening: Listening, announce: Callable[[], None] = lambda: None) -> None:
        self._limits = app.state.lcm_limits
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                log_config=None,
                access_log=False,  # who did what is in the store
                server_header=False,
                proxy_headers=False,  # anybody could say from where he calls
                timeout_keep_alive=self._limits.idle_time,
                timeout_graceful_shutdown=_LINES,
                ssl_certfile=listening.certificate,
                ssl_keyfile=listening.key,
                lifespan="on",
            )
        )
        self._parts = app.state.lcm_parts
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets=[])
        made = partial(
            Connection,
            Connections(self._limits),
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
        tls = self.config.ssl
        for listener in sockets or ():
            self.servers.append(
                await asyncio.get_running_loop().create_server(
                    made,
                    sock=listener,
                    ssl=tls,
                    ssl_handshake_timeout=self._limits.head_time if tls else None,
                    backlog=self.config.backlog,
                )
            )
        self._announce()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end."""
        self._parts.is_ending.set()
        super().handle_exit(sig, frame)
