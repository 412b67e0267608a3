"""A session: a real bash, in a pseudo-terminal or between pipes, with paths rewritten both ways."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
from typing import TYPE_CHECKING

from lcm_nornir.simulator.sonic.noise import Noise, banner
from lcm_nornir.simulator.sonic.paths import Inward, Outward

if TYPE_CHECKING:
    from lcm_nornir.simulator.personality import Wire
    from lcm_nornir.simulator.sonic.switch import Switch

_PIECE = 65_536
# Seconds until bytes are shown that turn out not to be the beginning of the folder's name. No prompt ends like that,
# and on a busy machine the rest of a line that is echoed in pieces may be late.
_UNDECIDED_S = 5.0
_ROWS, _COLUMNS = 24, 80
_HANGUP = 128 + signal.SIGHUP
_ERASE = "\b\x7f"
_LEFT = 0.01  # seconds between the end of a terminal and that of its process


class Typed:
    """Reads the lines out of what is typed, for the log."""

    def __init__(self) -> None:
        self._line = ""

    def feed(self, data: bytes) -> list[str]:
        """Take typed bytes and give the lines that they end."""
        lines = []
        for key in data.decode(errors="replace"):
            if key in "\r\n":
                lines.append(self._line)
                self._line = ""
            elif key in _ERASE:
                self._line = self._line[:-1]
            elif key in "\x03\x15":
                self._line = ""
            else:
                self._line += key
        return lines


class Shell:
    """A bash in a pseudo-terminal: an interactive one, or one that runs a command and ends."""

    def __init__(self, switch: Switch, wire: Wire, command: str | None = None) -> None:
        """Make a session that has not begun.

        Args:
            switch: The switch.
            wire: The channel.
            command: What to run; None is an interactive session.
        """
        self._switch = switch
        self._wire = wire
        self._inward, self._outward = Inward(switch.folder.path), Outward(switch.folder.path)
        self._words = ["--noprofile", "--norc", "--noediting", "-i"]
        if command is not None:
            self._words = ["--noprofile", "--norc", "-c", self._inward.whole(command)]
        self._typed = Typed()
        self._noise = Noise(switch) if command is None and "noisy" in switch.faults else None
        self._banner = banner(switch) if command is None else ""
        self._master = -1
        self._process: subprocess.Popen[bytes] | None = None
        self._unsent = bytearray()
        self._late: list[bytes] = []
        self._shown = 0  # how often something was read

    def start(self) -> None:
        """Start bash, unless the switch hangs."""
        if self._switch.hung:
            return
        self._switch.enter(self)
        self._wire.write(self._banner.replace("\n", "\r\n").encode())
        self._master, slave = pty.openpty()
        columns, rows = self._wire.size
        self.resize(columns or _COLUMNS, rows or _ROWS)
        environment = self._switch.environment(self._wire.session, self._wire.kind)
        # setsid -c makes the terminal the controlling one, so that Ctrl-C and a hang-up do what they do.
        self._process = subprocess.Popen(  # nosec B603 - a shell is what was asked for  # noqa: S603
            ["/usr/bin/env", "setsid", "-c", "/bin/bash", *self._words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment | {"PATH": f"{self._switch.folder.path}/bin"},
            cwd=environment["HOME"],
        )
        os.close(slave)
        os.set_blocking(self._master, False)
        asyncio.get_running_loop().add_reader(self._master, self._read)

    def feed(self, data: bytes) -> None:
        """Take what was typed: log its lines, and pass it on with the paths of this machine."""
        if self._master < 0 or self._switch.hung:
            return
        while data and not self._switch.hung:
            piece, end, rest = self._upto_line_end(data)
            self._pass_on(piece + end, ended=bool(end))
            data = rest

    def eof(self) -> None:
        """Type Ctrl-D when the client has nothing more to say, as the server of a terminal does."""
        self._send(b"\x04")

    def resize(self, columns: int, rows: int) -> None:
        """Take over the size of the client's terminal."""
        if self._master >= 0:
            fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def close(self) -> None:
        """Hang up."""
        self._switch.leave(self)
        if self._master < 0:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._master)
        loop.remove_writer(self._master)
        os.close(self._master)
        self._master = -1
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGHUP)
            _reap(self._process)

    @staticmethod
    def _upto_line_end(data: bytes) -> tuple[bytes, bytes, bytes]:
        ends = [place for place in (data.find(b"\n"), data.find(b"\r")) if place >= 0]
        if not ends:
            return data, b"", b""
        end = min(ends)
        return data[:end], data[end : end + 1], data[end + 1 :]

    def _pass_on(self, data: bytes, *, ended: bool) -> None:
        hidden = not self._echoes()
        lines = self._typed.feed(data)
        for line in lines:
            if hidden:
                self._switch.journal.write("command", line="<password>", session=self._wire.session, prompt=True)
            elif line.strip():
                self._switch.journal.write("command", line=line, session=self._wire.session)
                if self._switch.hangs_at(line):
                    self._wire.write(line.encode() + b"\r\n")
                    return
        data = data if hidden else self._inward.feed(data)
        if ended and self._noise is not None and not hidden:
            self._noise.entered()
        if ended and "slow-answers" in self._switch.faults:
            self._delay(data)
        else:
            self._send(data)

    def _echoes(self) -> bool:
        try:
            return bool(termios.tcgetattr(self._master)[3] & termios.ECHO)
        except termios.error:
            return True

    def _delay(self, data: bytes) -> None:
        """Let a line wait, and those that come after it wait for it."""
        self._late.append(data)
        if len(self._late) == 1:
            self._wait()

    def _wait(self) -> None:
        delay_s = self._switch.faults.number("slow-answers") / self._switch.pace.speed
        asyncio.get_running_loop().call_later(delay_s, self._send_late)

    def _send_late(self) -> None:
        self._send(self._late.pop(0))
        if self._late:
            self._wait()

    def _send(self, data: bytes) -> None:
        if self._master < 0:
            return
        self._unsent += data
        self._drain()

    def _drain(self) -> None:
        """Give the terminal as much as it takes."""
        loop = asyncio.get_running_loop()
        try:
            while self._unsent:
                del self._unsent[: os.write(self._master, self._unsent)]
        except BlockingIOError:
            loop.add_writer(self._master, self._drain)
            return
        except OSError:
            self._unsent.clear()
        loop.remove_writer(self._master)

    def _read(self) -> None:
        try:
            data = os.read(self._master, _PIECE)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            data = b""
        if not data:
            self._ended()
            return
        if self._switch.hung:
            return
        self._show(self._outward.feed(data))
        self._shown += 1
        if self._outward.holds:
            asyncio.get_running_loop().call_later(_UNDECIDED_S, self._show_rest, self._shown)

    def _show_rest(self, shown: int) -> None:
        if self._master >= 0 and not self._switch.hung and shown == self._shown:  # else more came in the meantime
            self._show(self._outward.rest())

    def _show(self, data: bytes) -> None:
        if data:
            self._wire.write(self._noise.between(data) if self._noise is not None else data)

    def _ended(self) -> None:
        """The terminal has no process any more."""
        self._show(self._outward.rest())
        process = self._process
        self.close()
        if process is not None:
            asyncio.get_running_loop().call_later(_LEFT, self._leave, process)

    def _leave(self, process: subprocess.Popen[bytes]) -> None:
        status = process.poll()
        self._wire.leave(_HANGUP if status is None or status < 0 else status)


class Once:
    """A bash between pipes that runs one command, for a client that asked for no terminal."""

    def __init__(self, switch: Switch, wire: Wire, command: str) -> None:
        self._switch = switch
        self._wire = wire
        self._command = Inward(switch.folder.path).whole(command)
        self._given = command
        self._outward = Outward(switch.folder.path)
        self._input: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Run the command, unless the switch hangs."""
        if self._switch.hung or self._switch.hangs_at(self._given):
            return
        self._switch.enter(self)
        self._task = asyncio.get_running_loop().create_task(self._run())

    def feed(self, data: bytes) -> None:
        """Pass on what the client sends."""
        self._input.put_nowait(data)

    def eof(self) -> None:
        """Pass on that there is no more."""
        self._input.put_nowait(None)

    def resize(self, columns: int, rows: int) -> None:
        """Have no terminal."""

    def close(self) -> None:
        """End the command with its channel; what was detached goes on."""
        self._switch.leave(self)
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()

    async def _run(self) -> None:
        environment = self._switch.environment(self._wire.session, "dumb")
        process = await asyncio.create_subprocess_exec(
            "/bin/bash",
            "--noprofile",
            "--norc",
            "-c",
            self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environment,
            cwd=environment["HOME"],
            start_new_session=True,
        )
        feeding = asyncio.ensure_future(self._feed(process))
        try:
            await self._copy(process)
            status = await process.wait()
            self._wire.write(self._outward.rest())
            self._wire.leave(status if status >= 0 else 128 - status)
        finally:
            feeding.cancel()
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGHUP)
            self.close()

    async def _copy(self, process: asyncio.subprocess.Process) -> None:
        while process.stdout is not None and (data := await process.stdout.read(_PIECE)):
            if not self._switch.hung:
                self._wire.write(self._outward.feed(data))

    async def _feed(self, process: asyncio.subprocess.Process) -> None:
        while process.stdin is not None and (data := await self._input.get()) is not None:
            with contextlib.suppress(ConnectionError):
                process.stdin.write(data)
                await process.stdin.drain()
        if process.stdin is not None:
            process.stdin.close()


def _reap(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that was hung up on, without holding anybody up; it is killed if it does not go."""
    loop = asyncio.get_running_loop()

    def look(left: int) -> None:
        if process.poll() is None:
            if left == 0:
                process.kill()
            loop.call_later(_LEFT * 5, look, left - 1)

    look(20)
