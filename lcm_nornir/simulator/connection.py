"""SSH connections and their channels."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from typing import TYPE_CHECKING

import asyncssh

from lcm_nornir.simulator.cli import Cli
from lcm_nornir.simulator.power import Phase
from lcm_nornir.simulator.scp import ScpSink, sink_target
from lcm_nornir.simulator.terminal import Terminal

if TYPE_CHECKING:
    from lcm_nornir.simulator.port import SshPort

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER that turns closing into a reset


class Lockout:
    """Three failed logins in a row lock the user for five minutes, as the vendor documents."""

    _FAILURES = 3
    _LOCKED_S = 300.0  # at speed 1

    def __init__(self, speed: float) -> None:
        self._locked_s = self._LOCKED_S / speed
        self._failures = 0
        self._until = 0.0

    @property
    def locked(self) -> bool:
        """Nobody may log in now."""
        return time.monotonic() < self._until

    def count(self, *, good: bool) -> None:
        """Count a login."""
        self._failures = 0 if good else self._failures + 1
        if self._failures >= self._FAILURES:
            self._failures, self._until = 0, time.monotonic() + self._locked_s


class Connection(asyncssh.SSHServer):
    """One SSH connection."""

    def __init__(self, port: SshPort) -> None:
        self._port = port
        self._number = 0
        self._silenced = False
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Count the connection."""
        self._connection = conn
        self._port.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Log the end of the session, if there was one."""
        del exc
        self._port.connections.discard(self)
        if self._number:
            self._port.switch.journal.write("session_closed", session=self._number)

    def begin_auth(self, username: str) -> bool:
        """Ask everybody for a password."""
        del username
        return True

    def password_auth_supported(self) -> bool:
        """Offer passwords, and nothing else."""
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        """Check a password, at the price of two comparisons."""
        port, switch = self._port, self._port.switch
        if "slow-login" in switch.faults:
            await asyncio.sleep(switch.faults.number("slow-login") / switch.pace.speed)
        known = (username, password) == (switch.username, switch.password) and "wrong-password" not in switch.faults
        booting = port.power.phase is Phase.LOGIN_REFUSED
        if known and not booting and not port.lockout.locked:
            port.lockout.count(good=True)
            return True
        switch.journal.write("auth_failed", username=username)
        if not booting:
            port.lockout.count(good=False)
        return False

    def auth_completed(self) -> None:
        """Log the session, and let a switch that waits for a login know."""
        self._port.sessions += 1
        self._number = self._port.sessions
        self._port.switch.journal.write("session_opened", session=self._number)
        self._port.power.logged_in()

    def session_requested(self) -> asyncssh.SSHServerSession[bytes]:
        """Open a channel."""
        return Session(self._port, self._number)

    def silence(self) -> None:
        """Say nothing more and hear nothing more, as a box whose power went."""
        self._silenced = True
        transport = self._connection._transport if self._connection else None  # noqa: SLF001 - asyncssh has no public way to stop answering
        if transport is not None:
            transport.pause_reading()

    def end(self, *, politely: bool) -> None:
        """Close the connection, with or without goodbye."""
        if self._connection is None:
            return
        if politely:
            self._connection.close()
            return
        sock = self._connection.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._connection.abort()


class Session(asyncssh.SSHServerSession[bytes]):
    """One channel: a shell, or the receiving end of an SCP copy."""

    def __init__(self, port: SshPort, number: int) -> None:
        self._port = port
        self._number = number
        self._size = (0, 0)
        self._reader: Terminal | ScpSink | None = None
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Keep the channel to answer on."""
        self._channel = chan

    def pty_requested(self, term_type: str, term_size: tuple[int, int, int, int], term_modes: object) -> bool:
        """Take over the size of the client's terminal."""
        del term_type, term_modes
        self._size = term_size[:2]
        return True

    def shell_requested(self) -> bool:
        """Give a command line."""
        width, height = self._size
        cli = Cli(self._port.switch, self._port.power, height or 24, width or 80)
        self._reader = Terminal(cli, self._number, self._write, self._leave)
        return True

    def exec_requested(self, command: str) -> bool:
        """Take a file by SCP; refuse any other command."""
        target = sink_target(command)
        if target is None:
            return False
        self._port.switch.journal.write("command", line=command, session=self._number)
        self._reader = ScpSink(self._port.switch, target, self._write_bytes, self._leave)
        return True

    def subsystem_requested(self, subsystem: str) -> bool:
        """Refuse SFTP, which only ``linuxadmin`` has."""
        del subsystem
        return False

    def session_started(self) -> None:
        """Speak first."""
        if self._reader is not None:
            self._reader.start()

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Pass on what the client sent."""
        del datatype
        if self._reader is not None:
            self._reader.feed(data)

    def eof_received(self) -> bool:
        """End the channel when the client has nothing more to say; an SCP client waits for the exit status then."""
        self._leave()
        return True

    def _write(self, text: str) -> None:
        self._write_bytes(text.encode(errors="replace"))

    def _write_bytes(self, data: bytes) -> None:
        if self._channel is not None and not self._channel.is_closing():
            self._channel.write(data)

    def _leave(self) -> None:
        if self._channel is not None and not self._channel.is_closing():
            self._channel.exit(0)
