"""The switch's own programs: a tiny script each, which lets the simulator's process do the work.

The script connects, says who calls with which arguments, and does what it is told: print, ask, exit. It is a real
process in the session that started it. A hang-up that ends it ends the work too, and one that was started with
``nohup`` or ``setsid`` goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from lcm_nornir.simulator.addresses import bound_socket

# Frames end with a NUL; the first letter says what to do with the rest.
SCRIPT = """\
#!/bin/bash
LC_ALL=C
exec 3<>/dev/tcp/127.0.0.1/{port} || exit 126
printf '%s\\0' {token} "$#" "${{0##*/}}" "$$" "$PWD" "${{SONIC_ROOT-}}" "${{SONIC_SESSION-}}" "$@" >&3
while IFS= read -r -d '' frame <&3; do
    case $frame in
        o*) printf %s "${{frame:1}}" || exit 1 ;;
        e*) printf %s "${{frame:1}}" >&2 ;;
        f*) cat -- "${{frame:1}}" ;;
        q*) printf %s "${{frame:1}}"; IFS= read -r answer || exit 1; printf '%s\\0' "$answer" >&3 ;;
        p*) trap 'stty echo < /dev/tty' EXIT; stty -echo < /dev/tty  # as sudo does: before it asks
            printf %s "${{frame:1}}" > /dev/tty; IFS= read -r answer < /dev/tty || exit 1
            stty echo < /dev/tty; trap - EXIT
            printf '\\n' > /dev/tty; printf '%s\\0' "$answer" >&3 ;;
        x*) exit "${{frame:1}}" ;;
    esac
done
exit 143
"""
_FIXED = 7


class Gone(Exception):
    """The program that called has ended."""


@dataclass(slots=True)
class Call:
    """One run of a program.

    Attributes:
        name: Name of the program.
        words: Its arguments; paths are those of this machine.
        pid: Its process id.
        folder: Its working folder.
        root: It runs as root.
        session: Number of the session that it was started in, as a text; empty if it is not known.
    """

    name: str
    words: list[str]
    pid: int
    folder: str
    root: bool
    session: str
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    _answers: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)

    def say(self, text: str, end: str = "\n") -> None:
        """Print to standard output."""
        self._frame("o", text + end)

    def complain(self, text: str, end: str = "\n") -> None:
        """Print to standard error."""
        self._frame("e", text + end)

    def show(self, path: str) -> None:
        """Print a file as it is."""
        self._frame("f", path)

    async def ask(self, question: str) -> str:
        """Ask, and give the line that is typed."""
        return await self._answer("q", question)

    async def ask_hidden(self, question: str) -> str:
        """Ask for what is not to be seen."""
        return await self._answer("p", question)

    async def _answer(self, kind: str, question: str) -> str:
        self._frame(kind, question)
        answer = await self._answers.get()
        if answer is None:
            raise Gone
        return answer

    async def listen(self) -> None:
        """Take what the program sends, until it has ended."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                self._answers.put_nowait((await self._reader.readuntil(b"\0"))[:-1].decode(errors="replace"))
        self._answers.put_nowait(None)

    def exit(self, status: int) -> None:
        """Let the program end."""
        self._frame("x", str(status))

    def _frame(self, kind: str, text: str) -> None:
        if not self._writer.is_closing():
            self._writer.write(f"{kind}{text}".replace("\0", "").encode(errors="surrogateescape") + b"\0")


Answer = Callable[[Call], Awaitable[int]]


class Gate:
    """Where the programs of one switch call.

    Attributes:
        port: TCP port on 127.0.0.1.
    """

    def __init__(self, token: str, answer: Answer) -> None:
        self._token = token
        self._answer = answer
        self._socket: socket.socket = bound_socket("127.0.0.1", 0)
        self._socket.listen(64)
        self.port: int = self._socket.getsockname()[1]
        self._calls: set[asyncio.Task[None]] = set()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._socket, self._accept)

    def script(self) -> str:
        """Give the text of the programs."""
        return SCRIPT.format(port=self.port, token=self._token)

    def drop(self) -> None:
        """End all calls."""
        for task in self._calls:
            task.cancel()

    async def stop(self) -> None:
        """Take no more calls."""
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()
        self.drop()
        await asyncio.gather(*self._calls, return_exceptions=True)

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while True:
                accepted, _peer = self._socket.accept()
                accepted.setblocking(False)
                task = asyncio.get_running_loop().create_task(self._serve(accepted))
                self._calls.add(task)
                task.add_done_callback(self._calls.discard)

    async def _serve(self, accepted: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=accepted)
        try:
            call = await self._greeting(reader, writer)
            if call is not None:
                await self._run(call)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ValueError, Gone):
            return
        finally:
            writer.close()

    async def _run(self, call: Call) -> None:
        """Do the work of a call; it ends in the middle if the program does."""
        work = asyncio.ensure_future(self._answer(call))
        gone = asyncio.ensure_future(call.listen())
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                call.exit(work.result())
        finally:
            for task in (work, gone):
                task.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)

    async def _greeting(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Call | None:
        async def word() -> str:
            return (await reader.readuntil(b"\0"))[:-1].decode(errors="surrogateescape")

        token, *fixed = [await word() for _ in range(_FIXED)]
        if token != self._token:
            return None
        count, name, pid, folder, root, session = fixed
        words = [await word() for _ in range(int(count))]
        return Call(name, words, int(pid), folder, root == "1", session, reader, writer)
