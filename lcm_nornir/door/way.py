"""The way to a switch: what an ssh_config makes of its address, and the connected socket at its end."""

from __future__ import annotations

import errno
import functools
import shlex
import socket
from pathlib import Path
from typing import Any, NamedTuple

from lcm_nornir.door.jump_host import jumped
from lcm_nornir.errors import ConnectFailed, NoDescriptor, RequestError

_SSH = 22


class Way(NamedTuple):
    """How a switch is reached.

    Attributes:
        address: IP address or DNS name.
        port: SSH port.
        user: User that an ssh_config names; empty if it names none.
        proxy: Command whose standard streams are the connection; empty where no jump host stands before it.
    """

    address: str
    port: int
    user: str = ""
    proxy: str = ""


def way_to(address: str, port: int, ssh_config: str | None) -> Way:
    """Give what an ssh_config makes of an address, as netmiko reads it; the file need not exist.

    Raises:
        RequestError: The file cannot be read.
    """
    if not ssh_config or not (path := Path(ssh_config).expanduser()).is_file():
        return Way(address, port)
    try:
        return _by(path, address, port)
    except Exception as error:  # paramiko's reader raises what it likes, also ImportError and ValueError
        text = " ".join(str(error).split()) or type(error).__name__
        raise RequestError(f"{path} cannot be used: {text}", field="ssh.config_file", cure="correct it") from error


def _by(path: Path, address: str, port: int) -> Way:
    found = _read(str(path), path.stat().st_mtime_ns).lookup(address)
    if port == _SSH:  # the file's port takes only the place of SSH's own
        port = int(found.get("port", port))
    address = found.get("hostname", address)
    command, hops = (found.get(name, "") for name in ("proxycommand", "proxyjump"))
    proxy = _jump(hops, path, address, port) if command in ("", "none") else command
    return Way(address, port, found.get("user", ""), proxy)


def _jump(hops: str, path: Path, address: str, port: int) -> str:
    if hops in ("", "none"):
        return ""
    *before, last = hops.split(",")
    words = ["ssh", "-F", str(path), *(["-J", ",".join(before)] if before else [])]
    return shlex.join([*words, "-W", f"[{address}]:{port}", f"ssh://{last}" if ":" in last else last])


@functools.lru_cache(maxsize=8)
def _read(path: str, modified: int) -> Any:
    del modified  # a key of the cache: a changed file is read again
    from paramiko import SSHConfig  # noqa: PLC0415 - heavy

    return SSHConfig.from_path(path)


def connected(way: Way, timeout: float) -> Any:
    """Give a connected socket to the switch, or what stands in for one behind a jump host.

    Args:
        way: How it is reached.
        timeout: Seconds for a TCP connect.

    Raises:
        ConnectFailed: Name, route, refusal or silence, told apart.
    """
    return jumped(way.proxy) if way.proxy else tcp(way.address, way.port, timeout)


def tcp(address: str, port: int, timeout: float) -> socket.socket:
    """Open a TCP connection without Nagle's delay, which would cost a round trip per command.

    Raises:
        ConnectFailed: Name, route, refusal or silence, told apart.
    """
    try:
        sock = socket.create_connection((address, port), timeout)
    except socket.gaierror as error:
        raise ConnectFailed(f"the name {address} does not resolve", remedy="check the inventory's hostname") from error
    except ConnectionRefusedError as error:
        raise ConnectFailed(f"{address} port {port} refuses the connection", remedy="check address and port") from error
    except TimeoutError as error:
        raise ConnectFailed(
            f"{address} port {port} does not answer within {timeout:g} s", remedy="check the route"
        ) from error
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            raise NoDescriptor("this machine has no file descriptor left", remedy="raise ulimit -n") from error
        raise ConnectFailed(f"no route to {address} port {port}: {error.strerror}", remedy="check the route") from error
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def answers(way: Way, patience: float) -> bool:
    """Tell whether an SSH server greets at the switch's address now. Costs no login and no session.

    Args:
        way: How it is reached; without a jump host.
        patience: Seconds to wait for it.

    Raises:
        NoDescriptor: It could not be asked.
    """
    try:
        with tcp(way.address, way.port, patience) as sock:
            return bool(sock.recv(4))  # other lines may come before "SSH-" (RFC 4253 section 4.2)
    except NoDescriptor:
        raise
    except (ConnectFailed, OSError):
        return False
