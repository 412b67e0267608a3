"""The SSH port of a switch: who gets in, and how everybody is thrown out."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any

import asyncssh
from cryptography.hazmat.primitives import serialization

from lcm_nornir.simulator.addresses import bound_socket
from lcm_nornir.simulator.connection import Connection, Lockout
from lcm_nornir.simulator.power import Phase, Power

if TYPE_CHECKING:
    from lcm_nornir.simulator.chassis import Chassis
    from lcm_nornir.simulator.personality import Personality

asyncssh.set_log_level("CRITICAL")

# Curve25519 costs a tenth of the group exchanges, and the AEAD ciphers save a MAC for each packet.
_KEX = ("curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "diffie-hellman-group14-sha256")
_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com")


def key_of(switch: Chassis, boot: int) -> asyncssh.SSHKey:
    """Give a switch's first host key, or the one that it makes at a boot."""
    private = switch.draws.host_key(boot).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    return asyncssh.import_private_key(private)


def public(key: asyncssh.SSHKey) -> str:
    """Write the public half of a host key in OpenSSH form."""
    return key.export_public_key("openssh").decode().strip()


class SshPort:
    """The SSH port of one switch.

    Attributes:
        personality: The OS of the switch.
        switch: The switch.
        key: Its host key.
        power: Its life cycle.
        address: Where it listens.
        sessions: How many logins there were.
        connections: Those that are open.
        lockout: What failed logins lead to; None if to nothing.
    """

    def __init__(self, personality: Personality[Any], switch: Chassis, bound: socket.socket) -> None:
        """Make a closed port.

        Args:
            personality: The OS of the switch.
            switch: The switch.
            bound: A socket that is bound and does not listen yet.
        """
        self.personality = personality
        self.switch = switch
        self.key = key_of(switch, 0)
        self.power = Power(switch, self)
        self.address: tuple[str, int] = bound.getsockname()
        self.sessions = 0
        self.connections: set[Connection] = set()
        self.lockout = Lockout(switch.pace.speed) if personality.locks_out else None
        self._socket = bound
        self._listening = False
        self._mute: list[socket.socket] = []
        self._silent: list[Connection] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._options = asyncssh.SSHServerConnectionOptions(
            server_factory=lambda: Connection(self),
            server_host_keys=[self.key],
            kex_algs=_KEX,
            encryption_algs=_CIPHERS,
            compression_algs=None,
            gss_host=None,
            public_key_auth=False,
            kbdint_auth=False,
            password_auth=True,
            line_editor=False,
            agent_forwarding=False,
            encoding=None,
            server_version=personality.ssh_version,
        )

    def open(self) -> None:
        """Listen."""
        if "refused" in self.switch.faults:
            return
        if not self._listening:
            self._socket.listen(128)
            asyncio.get_running_loop().add_reader(self._socket, self._accept)
            self._listening = True
        self.switch.journal.write("listening", port=self.address[1])

    def close(self) -> None:
        """Refuse: the listening socket is closed, and one that does not listen keeps the port reserved."""
        if self._listening:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = bound_socket(*self.address)
            self._listening = False
        for mute in self._mute:
            mute.close()
        self._mute.clear()
        self.switch.journal.write("refusing")

    def drop(self, manner: str) -> None:
        """End all sessions, as :class:`~lcm_nornir.simulator.power.Port` says."""
        for connection in list(self.connections):
            if manner == "silence":
                connection.silence()
                self._silent.append(connection)
            else:
                connection.end(politely=manner == "eof")
        self.connections.clear()

    def bury(self) -> None:
        """Reset the sessions that were left in silence."""
        for connection in self._silent:
            connection.end(politely=False)
        self._silent.clear()

    def greet(self) -> None:
        """Serve those who connected while nothing answered."""
        waiting, self._mute = self._mute, []
        for accepted in waiting:
            self._take(accepted)

    def change_key(self) -> None:
        """Take the host key of this boot."""
        self.key = key_of(self.switch, self.switch.boots)
        self._options = asyncssh.SSHServerConnectionOptions(self._options, server_host_keys=[self.key])

    async def stop(self) -> None:
        """End everything."""
        await self.power.stop()
        await self.switch.stop()
        self.bury()
        self.drop("reset")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._listening:
            asyncio.get_running_loop().remove_reader(self._socket)
        for sock in (self._socket, *self._mute):
            sock.close()

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while True:
                accepted, peer = self._socket.accept()
                self.switch.journal.write("connection", peer=peer[0])
                accepted.setblocking(False)
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._take(accepted)

    def _take(self, accepted: socket.socket) -> None:
        faults = self.switch.faults
        if "black-hole" in faults or self.power.phase is Phase.NO_BANNER:
            self._mute.append(accepted)
        elif "session-limit" in faults and len(self.connections) >= faults.number("session-limit"):
            accepted.close()
        else:
            task = asyncio.get_running_loop().create_task(self._serve(accepted))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, accepted: socket.socket) -> None:
        with contextlib.suppress(OSError, asyncssh.Error):
            await asyncssh.run_server(accepted, options=self._options)
