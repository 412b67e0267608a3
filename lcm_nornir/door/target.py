"""A call to a switch as plain data, so that it can be made here or in another process."""

from __future__ import annotations

import functools
import shlex
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcm_nornir.door.host_keys import HostKeys, shown_over
from lcm_nornir.door.session import NetmikoSession
from lcm_nornir.door.translate import translate
from lcm_nornir.drivers.base import Session
from lcm_nornir.drivers.registry import driver_for
from lcm_nornir.errors import ConnectFailed, HostKeyRejected, RequestError, SessionLost
from lcm_nornir.image import host_name
from lcm_nornir.secrets import Redaction, SecretRef

if TYPE_CHECKING:
    from paramiko import PKey

_PATIENCE = 1.0  # seconds that a switch which is up may take to greet
_KEY_OPTIONS = ("ssh_strict", "alt_host_keys", "alt_key_file", "system_host_keys")


@dataclass(frozen=True, slots=True)
class Target:
    """A switch as somebody in another process would reach it.

    Attributes:
        host: Inventory name, for messages.
        address: IP address or DNS name.
        port: SSH port.
        user: User name.
        secret: Where the password is to be found; None if the inventory holds it as text, which does not travel.
        platform: The driver's name.
        options: netmiko's options, plain data, host key policy included.
        connect: Seconds for the TCP connect.
        login: Seconds until the first prompt.
        reply: Seconds for an ordinary reply.
    """

    host: str
    address: str
    port: int
    user: str
    secret: SecretRef | None
    platform: str
    options: dict[str, Any] = field(default_factory=dict)
    connect: float = 15.0
    login: float = 30.0
    reply: float = 30.0

    @property
    def way(self) -> tuple[str, int, bool]:
        """What an ssh_config makes of it: address, port, and whether a jump host stands before it."""
        return real_address(self.address, self.port, self.options.get("ssh_config_file"))

    @property
    def behind_jump_host(self) -> bool:
        """Whether only SSH through a jump host reaches it."""
        return self.way[2]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one driver's method.

    Attributes:
        target: On which switch.
        method: Name of the driver's method.
        args: Its positional arguments after the session.
        token: Different for every call that changes something; one token is used once.
        not_after: Epoch seconds after which it must not be begun any more; 0 for a call that only reads.
    """

    target: Target
    method: str
    args: tuple[Any, ...] = ()
    token: str = field(default_factory=lambda: uuid.uuid4().hex)
    not_after: float = 0.0


_USED: set[str] = set()


def perform(call: Call, session: Session) -> Any:
    """Make a call in an open session.

    A method that yields states is followed to its end, and its last state is the result.
    """
    result = getattr(driver_for(call.target.platform), call.method)(session, *call.args)
    if isinstance(result, Iterator):
        last = None
        for last in result:  # noqa: B007 - only the last is wanted
            pass
        return last
    return result


def perform_apart(call: Call) -> Any:
    """Make a call in a session of its own, opened here and closed again: for an executor's other processes.

    An executor may run a lost call again. A command is begun at most once here, and not after its time.

    Raises:
        SessionLost: The call came too late, or for the second time; what became of the first is unknown.
    """
    if call.not_after:
        if call.token in _USED or time.time() > call.not_after:
            raise SessionLost("the command came too late or twice, and was not sent", command=call.method)
        _USED.add(call.token)
    target = call.target
    if target.secret is None:
        raise RequestError(
            f"the password of {target.host} is text, which does not leave this process",
            field="password",
            cure="write env:NAME, file:PATH or keyring:SERVICE/USER in the inventory",
        )
    connection = None
    try:
        connection = _netmiko(target, target.secret.resolve())
        return perform(call, NetmikoSession(connection, target.reply, Redaction()))
    finally:
        if connection is not None:
            with suppress(Exception):
                connection.disconnect()


def _netmiko(target: Target, password: str) -> Any:
    from netmiko import ConnectHandler  # noqa: PLC0415 - heavy

    try:
        return ConnectHandler(
            device_type=driver_for(target.platform).platform,
            host=target.address,
            port=target.port,
            username=target.user,
            password=password,
            **connect_options(target),
        )
    except Exception as error:
        raise translate(error, connecting=True) from error


def connect_options(target: Target) -> dict[str, Any]:
    """Give netmiko's options with a connected ``TCP_NODELAY`` socket, or without one behind a jump host.

    Raises:
        ConnectFailed: The TCP connect failed.
        HostKeyRejected: No key is trusted for this switch.
    """
    options = dict(target.options)
    key_file = options.get("alt_key_file")
    if options["ssh_strict"] and key_file and not Path(key_file).is_file():
        raise HostKeyRejected("host key unknown", remedy=f"run: lcm-nornir trust -l {target.host}")
    options.setdefault("conn_timeout", target.connect)
    options.setdefault("banner_timeout", target.login)
    options.setdefault("auth_timeout", target.login)
    address, port, jump = target.way
    if not jump:
        options["sock"] = tcp(address, port, target.connect)
    return options


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
        raise ConnectFailed(f"no route to {address} port {port}: {error.strerror}", remedy="check the route") from error
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def answers(target: Target, patience: float) -> bool:
    """Tell whether an SSH server greets at the switch's address now. Costs no login and no session.

    Args:
        target: The switch.
        patience: Seconds to wait for it; a second at least, since also a switch that is up needs a moment.
    """
    address, port, _ = target.way
    try:
        with tcp(address, port, max(patience, _PATIENCE)) as sock:
            return sock.recv(4) == b"SSH-"
    except (ConnectFailed, OSError):
        return False


def real_address(address: str, port: int, ssh_config: str | None) -> tuple[str, int, bool]:
    """Give what an ssh_config makes of an address: host, port, and whether a jump host stands before it."""
    if not ssh_config or not Path(ssh_config).expanduser().is_file():
        return address, port, False
    path = Path(ssh_config).expanduser()
    found = _ssh_config(str(path), path.stat().st_mtime_ns).lookup(address)
    if port == 22:  # noqa: PLR2004 - netmiko takes the file's port only in place of SSH's own
        port = int(found.get("port", port))
    return found.get("hostname", address), port, bool(found.get("proxyjump") or found.get("proxycommand"))


def shown_by(target: Target) -> PKey:
    """Ask a switch for its host key, without logging in; through its jump host if it has one.

    Raises:
        ConnectFailed: It does not answer, or not as an SSH server.
    """
    address, port, jump = target.way
    return shown_over(_through_jump_host(target) if jump else tcp(address, port, target.connect), target.login)


def _through_jump_host(target: Target) -> Any:
    from paramiko import ProxyCommand  # noqa: PLC0415 - heavy

    address, port, _ = target.way
    path = Path(target.options["ssh_config_file"]).expanduser()
    found = _ssh_config(str(path), path.stat().st_mtime_ns).lookup(target.address)
    jumps = f"ssh -F {shlex.quote(str(path))} -W {address}:{port} {found.get('proxyjump', '')}"
    try:
        return ProxyCommand(found.get("proxycommand") or jumps)
    except OSError as error:
        raise ConnectFailed(f"no way through the jump host: {error}", remedy="check the ssh_config") from error


@functools.lru_cache(maxsize=8)
def _ssh_config(path: str, modified: int) -> Any:
    del modified  # a key of the cache: a changed file is read again
    from paramiko import SSHConfig  # noqa: PLC0415 - heavy

    return SSHConfig.from_path(path)


def target_of(
    host: Any, platform: str, ssh_config: str | None, keys: HostKeys, *, connect: float, login: float, reply: float
) -> Target:
    """Build the target of an inventory host, with the user's own netmiko options and our host key policy.

    The user's options win: who sets ``ssh_strict``, ``alt_key_file`` or ``system_host_keys`` has chosen.

    Raises:
        RequestError: The host has no address, or none that is an IP address or a DNS name.
    """
    parameters = host.get_connection_parameters("netmiko")
    address = host_name(parameters.hostname or host.name, f"hostname of {host.name}")
    port = parameters.port or 22
    options: dict[str, Any] = {"ssh_config_file": ssh_config} if ssh_config else {}
    options |= parameters.extras or {}
    if not any(name in options for name in _KEY_OPTIONS):
        shown_as, its_port, _ = real_address(address, port, options.get("ssh_config_file"))
        options |= {"alt_host_keys": True, "alt_key_file": str(keys.file(shown_as, its_port))}
    options.setdefault("ssh_strict", True)
    secret = None
    with suppress(RequestError):
        secret = SecretRef.parse(parameters.password or "")
    return Target(host.name, address, port, parameters.username or "", secret, platform, options, connect, login, reply)
