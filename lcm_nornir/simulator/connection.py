"""SSH connections and their channels."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from typing import TYPE_CHECKING

import asyncssh

from lcm_nornir.simulator.personality import Wire
from lcm_nornir.simulator.power import Phase

if TYPE_CHECKING:
    from lcm_nornir.simulator.personality import Reader
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
        self._connection = None
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
        good = known and not booting and not (port.lockout and port.lockout.locked)
        if not good:
            switch.journal.write("auth_failed", username=username)
        if port.lockout and not booting:
            port.lockout.count(good=good)
        return good

    def auth_completed(self) -> None:
        """Log the session, and let a switch that waits for a login know."""
        if self._connection is None or self._silenced:  # it was lost while its password was checked
            return
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
        if self._number:
            self._port.switch.journal.write("session_silenced", session=self._number)  # nothing of it is seen any more
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
    """One channel: a shell, or one command."""

    def __init__(self, port: SshPort, number: int) -> None:
        self._port = port
        self._number = number
        self._size = (0, 0)
        self._terminal = False
        self._kind = ""
        self._reader: Reader | None = None
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Keep the channel to answer on."""
        self._channel = chan

    def connection_lost(self, exc: Exception | None) -> None:
        """Let whoever answers know that nobody listens any more."""
        del exc
        if self._reader is not None:
            self._reader.close()

    def pty_requested(self, term_type: str, term_size: tuple[int, int, int, int], term_modes: object) -> bool:
        """Take over the size of the client's terminal."""
        del term_modes
        self._terminal, self._size, self._kind = True, term_size[:2], term_type
        return True

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        """Pass on the new size."""
        del pixwidth, pixheight
        if self._reader is not None:
            self._reader.resize(width, height)

    def shell_requested(self) -> bool:
        """Give a command line."""
        self._reader = self._port.personality.shell(self._port.switch, self._port.power, self._wire())
        return True

    def exec_requested(self, command: str) -> bool:
        """Run one command, if the OS knows such a thing."""
        reader = self._port.personality.execute(self._port.switch, self._port.power, command, self._wire())
        if reader is None:
            return False
        self._port.switch.journal.write("command", line=command, session=self._number)
        self._reader = reader
        return True

    def subsystem_requested(self, subsystem: str) -> bool:
        """Refuse SFTP."""
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
        """Pass on that the client has nothing more to say; the channel stays open for what is still to be said."""
        if self._reader is not None:
            self._reader.eof()
        return True

    def _wire(self) -> Wire:
        return Wire(self._number, self._write, self._leave, self._size, self._terminal, self._kind)

    def _write(self, data: bytes) -> None:
        if self._channel is not None and not self._channel.is_closing():
            self._channel.write(data)

    def _leave(self, status: int) -> None:
        if self._channel is not None and not self._channel.is_closing():
            self._channel.exit(status)
