"""A jump host's client, whose standard streams stand in for a socket, and what it tells when it ends."""

from __future__ import annotations

import functools
import os
import re
import select
import shlex
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import IO, Any

from lcm_nornir.dialogue.screen import clean
from lcm_nornir.door.known_hosts import fingerprint_at
from lcm_nornir.errors import ConnectFailed, JumpHostRejected, SessionError, SessionLimit

_GRACE = 5.0  # seconds in which a client must have ended
_SAID = 8192  # bytes of what it told
# What OpenSSH's client tells; it has no translations.
_KEY_REFUSED = "Host key verification failed"
_NOT_FORWARDED = "open failed: "
_DROPPED = ("Connection closed by", "Connection reset by", "kex_exchange_identification")
_SHOWN = re.compile(r"SHA256:[0-9A-Za-z+/]+")
_OFFENDING = re.compile(r"Offending \S+ key in (.+):(\d+)")


def jumped(command: str) -> Any:
    """Start a client, and give what stands in for a connected socket.

    Raises:
        ConnectFailed: It cannot be started.
    """
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - no pipe, which would fill: nobody reads it before the end
    try:
        return _proxy()(shlex.split(command), errors)
    except (OSError, ValueError) as error:
        errors.close()
        raise ConnectFailed(f"no way through the jump host: {error}", remedy="check the ssh_config") from error


def said_by_jump_host(sock: Any) -> SessionError | None:
    """Close a socket, or what stands in for one, and give why a jump host's client ended, if it ended by itself."""
    sock.close()
    said = getattr(sock, "said", "")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if not lines:
        return None
    if _KEY_REFUSED in said:
        return _key_refused(lines[0], said)
    if any(words in said for words in _DROPPED) and _NOT_FORWARDED not in said:
        return SessionLimit(f"the jump host takes no session now: {lines[-1]}", remedy="wait, or look at the jump host")
    why = next((line for line in lines if _NOT_FORWARDED in line), lines[-1])
    return ConnectFailed(f"no way through the jump host: {why}", remedy="check the ssh_config, and the switch's port")


def _key_refused(first: str, said: str) -> JumpHostRejected:
    remedy = "compare it with the jump host's console, then correct the known_hosts file that ssh uses for it"
    shown, trusted = _SHOWN.search(said), _OFFENDING.search(said)
    if not shown or not trusted:
        return JumpHostRejected(f"host key of the jump host refused: {first}", remedy=remedy)
    file, line = Path(trusted[1]), int(trusted[2])
    return JumpHostRejected(
        f"host key of the jump host changed: {fingerprint_at(file, line)} is trusted, it shows {shown[0]}",
        remedy=remedy,
    )


@functools.cache
def _proxy() -> Any:
    from paramiko import ProxyCommand  # noqa: PLC0415 - heavy

    class Proxy(ProxyCommand):
        """paramiko's, but it waits where that spins once the client has ended, and it leaves no process behind.

        Attributes:
            said: What the client told of its end, if it ended by itself and not well; known once this is closed.
        """

        def __init__(self, command: list[str], errors: IO[bytes]) -> None:
            self.cmd = command
            self.timeout = None
            self.said = ""
            self._at_end = self._over = False
            self._closing = Lock()
            self._errors = errors
            self.process = subprocess.Popen(  # noqa: S603  # nosec B603 - the user's own ssh_config says it, as to OpenSSH
                self.cmd,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                bufsize=0,
                start_new_session=True,  # a terminal's Ctrl-C is for us: it must not cut sessions off
            )

        def recv(self, size: int) -> bytes:
            if self.process.stdout is None or self.process.stdout.closed:
                return b""
            poll = select.poll()
            poll.register(self.process.stdout, select.POLLIN | select.POLLHUP)
            if not poll.poll(None if self.timeout is None else self.timeout * 1000):
                raise TimeoutError
            data = os.read(self.process.stdout.fileno(), size)
            self._at_end |= not data
            return data

        def close(self) -> None:
            with self._closing:
                if self._over:
                    return
                self._over = True
                by_itself = self._at_end or self.process.poll() is not None
                failed = _end(self.process, kill=not by_itself) != 0
                with self._errors:
                    self._errors.seek(0)
                    text = self._errors.read(_SAID)
                self.said = clean(text.decode(errors="replace")) if by_itself and failed else ""

    return Proxy


def _end(process: subprocess.Popen[bytes], *, kill: bool) -> int:
    """See a client to its end, and give its exit code."""
    if kill:
        process.terminate()
    for stream in (process.stdin, process.stdout):
        with suppress(OSError):
            if stream is not None:
                stream.close()
    try:
        return process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
