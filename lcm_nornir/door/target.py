"""A call to a switch as plain data, so that it can be made here or in another process."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from lcm_nornir.door.algorithms import disabled
from lcm_nornir.door.host_keys import HostKeys
from lcm_nornir.door.opening import connect_options, opened
from lcm_nornir.door.translate import translate
from lcm_nornir.door.way import Way, way_to
from lcm_nornir.drivers.base import InstallerState, Session
from lcm_nornir.drivers.reading import show
from lcm_nornir.drivers.registry import driver_for
from lcm_nornir.errors import RequestError, SessionError, SessionLost
from lcm_nornir.host_data import lcm_data
from lcm_nornir.image import host_name
from lcm_nornir.secrets import Redaction, SecretRef
from lcm_nornir.timeouts import Timeouts

Heard = Callable[[InstallerState], object]

_PORTS = 65_536
_VRF = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_.-]{0,62}")
_KEY_FILES = ("alt_host_keys", "alt_key_file", "system_host_keys")


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
        names_keys: Whether the inventory names files of trusted host keys of its own.
        limits: How long things may take on it.
        vrf: VRF in which it reaches the image server; empty if the inventory names none.
    """

    host: str
    address: str
    port: int
    user: str
    secret: SecretRef | None
    platform: str
    options: dict[str, Any] = field(default_factory=dict)
    names_keys: bool = False
    limits: Timeouts = field(default_factory=Timeouts)
    vrf: str = ""

    @property
    def way(self) -> Way:
        """What an ssh_config makes of it; looked up each time."""
        return way_to(self.address, self.port, self.options.get("ssh_config_file"))

    @property
    def key_files(self) -> list[Path]:
        """The files of trusted host keys, as netmiko's options choose them."""
        files = ["~/.ssh/known_hosts"] if self.options.get("system_host_keys") else []
        if self.options.get("alt_host_keys"):
            files += filter(None, [self.options.get("alt_key_file")])
        return [Path(file).expanduser() for file in files]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one driver's method.

    Attributes:
        target: On which switch.
        method: Name of the driver's method; ``show`` for `drivers.reading.show`, which all have in common.
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


def perform(call: Call, session: Session, heard: Heard | None = None) -> Any:
    """Make a call in an open session.

    A method that yields states is followed to its end, and its last state is the result.

    Args:
        call: The call.
        session: The session.
        heard: Told each state; whatever it raises ends the call at once.
    """
    driver = driver_for(call.target.platform)
    query = partial(show, driver) if call.method == show.__name__ else getattr(driver, call.method)
    result = query(session, *call.args)
    if not isinstance(result, Generator):
        return result
    last = None
    with closing(result):  # a driver interrupts what may be interrupted, when nobody wants it any more
        for last in result:
            if heard:
                heard(last)
    return last


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
    password, redact = target.secret.resolve(), Redaction()
    redact.add(password)  # who has sent the call may not even know it
    connection = None
    try:
        connection = _netmiko(target, password)
        return told(perform(call, opened(connection, target, redact)), redact)
    except SessionError as error:
        error.said = redact(error.said)
        raise
    finally:
        if connection is not None:
            with suppress(Exception):
                connection.disconnect()


def told(result: Any, redact: Callable[[str], str]) -> Any:
    """Give what a call came to, an installer's own words, which go into reports, without secrets."""
    if not isinstance(result, InstallerState):
        return result
    copy = replace(result.copy, detail=redact(result.copy.detail))
    return replace(result, copy=copy, install=replace(result.install, detail=redact(result.install.detail)))


def _netmiko(target: Target, password: str) -> Any:
    from netmiko import ConnectHandler  # noqa: PLC0415 - heavy

    try:
        way = target.way
        return ConnectHandler(
            device_type=driver_for(target.platform).platform,
            host=way.address,
            port=way.port,
            username=target.user or way.user,
            password=password,
            **connect_options(target),
        )
    except Exception as error:
        raise translate(error, connecting=True) from error


def target_of(host: Any, platform: str, ssh_config: str | None, keys: HostKeys, limits: Timeouts) -> Target:
    """Build the target of an inventory host, with the user's own netmiko options and our policy beside them.

    The user's options win: who sets ``ssh_strict: false``, ``alt_host_keys``, ``system_host_keys`` or
    ``disabled_algorithms`` has chosen.

    Raises:
        RequestError: The host has no address, or none that is an IP address or a DNS name, or its VRF has no name that
            may be typed.
    """
    parameters = host.get_connection_parameters("netmiko")
    address = host_name(parameters.hostname or host.name, f"hostname of {host.name}")
    port = parameters.port or 22
    if type(port) is not int or not 0 < port < _PORTS:
        raise RequestError(f"{port!r} is no port", field=f"port of {host.name}", cure="write a number from 1 to 65535")
    options: dict[str, Any] = {"ssh_config_file": ssh_config} if ssh_config else {}
    options |= parameters.extras or {}
    options.setdefault("ssh_strict", True)
    options.setdefault("disabled_algorithms", disabled())
    names_keys = not options["ssh_strict"] or any(name in options for name in _KEY_FILES)
    if not names_keys:
        way = way_to(address, port, options.get("ssh_config_file"))
        options |= {"alt_host_keys": True, "alt_key_file": str(keys.file(way.address, way.port))}
    secret = None
    with suppress(RequestError):
        secret = SecretRef.parse(parameters.password or "")
    user = parameters.username or ""
    return Target(host.name, address, port, user, secret, platform, options, names_keys, limits, _vrf(host))


def _vrf(host: Any) -> str:
    vrf = lcm_data(host).get("vrf") or ""
    if vrf and not (isinstance(vrf, str) and _VRF.fullmatch(vrf)):
        raise RequestError(
            f"{vrf!r} is no name of a VRF", field=f"data.lcm.vrf of {host.name}", cure="use letters, digits and ._-"
        )
    return str(vrf)
