"""Trusted host keys: one small file per switch, since loading one big file for each session is quadratic."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import socket
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from lcm_nornir.errors import ConnectFailed
from lcm_nornir.places import private_folder, state_folder

if TYPE_CHECKING:
    from paramiko import PKey

_SAFE = re.compile(r"[^0-9A-Za-z.-]")


def fingerprint(key: PKey) -> str:
    """Give a key's fingerprint as OpenSSH prints it: ``ssh-ed25519 SHA256:…``."""
    digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
    return f"{key.get_name()} SHA256:{digest}"


def known_as(host: str, port: int) -> str:
    """Give the name under which OpenSSH knows a server."""
    return host if port == 22 else f"[{host}]:{port}"  # noqa: PLR2004 - SSH's port


class HostKeys:
    """A folder of trusted keys, one known_hosts file per ``[host]:port``.

    Args:
        folder: Where; the user's state folder if not given. Made when the first key is trusted, mode 0700.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or state_folder() / "host_keys"

    def file(self, host: str, port: int) -> Path:
        """Give the file of one switch; it need not exist."""
        return self.folder / f"{_SAFE.sub('_', host)}_{port}"

    def trust(self, host: str, port: int, key: str) -> Path:
        """Trust a key from now on, in place of what was trusted before.

        Args:
            host: Address as the inventory writes it.
            port: SSH port.
            key: ``type base64``, as in a public key file.
        """
        private_folder(self.folder)
        handle, temporary = tempfile.mkstemp(dir=self.folder)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{known_as(host, port)} {' '.join(key.split()[:2])}\n")
        target = self.file(host, port)
        Path(temporary).replace(target)
        return target

    def trusted(self, host: str, port: int) -> str:
        """Give the trusted key, ``type base64``; empty if there is none."""
        try:
            words = self.file(host, port).read_text(encoding="ascii").split()
        except OSError:
            return ""
        return " ".join(words[1:3])


def shown_over(sock: socket.socket, timeout: float) -> PKey:
    """Ask an SSH server for its host key, without logging in, over a connected socket or what stands in for one.

    Args:
        sock: It is closed afterwards.
        timeout: Seconds for the key exchange.

    Raises:
        ConnectFailed: What answers is no SSH server.
    """
    from paramiko import SSHException, Transport  # noqa: PLC0415 - heavy

    try:
        with closing(sock), closing(Transport(sock)) as transport:
            transport.start_client(timeout=timeout)
            return transport.get_remote_server_key()
    except (OSError, SSHException, EOFError) as error:
        raise ConnectFailed(f"no host key came: {str(error) or type(error).__name__}") from error
