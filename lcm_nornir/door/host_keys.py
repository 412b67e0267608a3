"""Trusted host keys: one small file per switch, since loading one big file for each session is quadratic."""

from __future__ import annotations

import os
import re
import socket
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcm_nornir.door.known_hosts import Known, known_as, known_of
from lcm_nornir.door.translate import translate
from lcm_nornir.errors import ConnectFailed, NoCommonAlgorithm
from lcm_nornir.places import private_folder, state_folder

if TYPE_CHECKING:
    from paramiko import PKey

_SAFE = re.compile(r"[^0-9A-Za-z.-]")


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
        """Trust a key from now on, in place of what was trusted before; what the file revokes stays revoked.

        Args:
            host: Address as the inventory writes it.
            port: SSH port.
            key: ``type base64``, as in a public key file.
        """
        private_folder(self.folder)
        target, lines = self.file(host, port), list[str]()
        with suppress(FileNotFoundError):
            before = target.read_text(encoding="utf-8", errors="replace").split("\n")
            lines = [line for line in before if line.startswith("@")]
        lines.append(f"{known_as(host, port)} {' '.join(key.split()[:2])}")
        handle, temporary = tempfile.mkstemp(dir=self.folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
        Path(temporary).replace(target)
        return target

    def known(self, host: str, port: int) -> Known:
        """Give what the switch's file says of its keys.

        Raises:
            HostKeyRejected: It cannot be read.
        """
        return known_of(host, port, [self.file(host, port)])


def shown_over(sock: socket.socket, timeout: float, make: Callable[[Any], Any] | None = None) -> PKey:
    """Ask an SSH server for its host key, without logging in, over a connected socket or what stands in for one.

    Args:
        sock: It is closed afterwards.
        timeout: Seconds for the key exchange.
        make: Makes the transport as a session does, since its algorithms decide which key is shown.

    Raises:
        ConnectFailed: What answers is no SSH server.
        NoCommonAlgorithm: It has none that may be used.
    """
    from paramiko import SSHException, Transport  # noqa: PLC0415 - heavy

    try:
        with closing(sock), closing((make or Transport)(sock)) as transport:
            transport.start_client(timeout=timeout)
            key: PKey = transport.get_remote_server_key()
            return key
    except (OSError, SSHException, EOFError) as error:
        if isinstance(why := translate(error, connecting=True), NoCommonAlgorithm):
            raise why from error
        raise ConnectFailed(f"no host key came: {str(error) or type(error).__name__}") from error
