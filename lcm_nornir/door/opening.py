"""Opening a session: which host keys it accepts, and why it did not come about."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from lcm_nornir.door.algorithms import offered_over, told
from lcm_nornir.door.host_keys import shown_over
from lcm_nornir.door.jump_host import said_by_jump_host
from lcm_nornir.door.known_hosts import Known, known_of
from lcm_nornir.door.session import NetmikoSession
from lcm_nornir.door.translate import translate
from lcm_nornir.door.way import connected
from lcm_nornir.drivers.registry import driver_for
from lcm_nornir.errors import ConnectFailed, HostKeyRejected, NoCommonAlgorithm, SessionError
from lcm_nornir.secrets import Redaction

if TYPE_CHECKING:
    from paramiko import PKey

    from lcm_nornir.door.target import Target

_RSA = ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")  # one type of key, three of signatures


def opened(connection: Any, target: Target, redact: Redaction) -> NetmikoSession:
    """Open what netmiko made ready with ``auto_connect=False``, up to the prompt.

    Raises:
        SessionError: It could not be opened; nothing is left open.
    """
    driver = driver_for(target.platform)
    with _opening(connection, target):
        connection.establish_connection()
        session = NetmikoSession(connection, target.limits, redact, target.vrf)
        session.prepare(driver.prompt, driver.preparation, target.limits.login)
    return session


def established(connection: Any, target: Target) -> None:
    """Open what netmiko made ready with ``auto_connect=False``, as netmiko itself prepares it, for who goes by netmiko.

    Raises:
        SessionError: As `opened`.
    """
    with _opening(connection, target):
        connection._open()  # noqa: SLF001 - what ``auto_connect`` would have called


@contextmanager
def _opening(connection: Any, target: Target) -> Iterator[None]:
    """Let a block open a connection that accepts the right host keys; if it fails nothing is left open."""
    try:
        known = known_of(connection.host, connection.port, target.key_files)
        _check_keys_of(connection, known, strict=target.options["ssh_strict"])
        yield
    except Exception as error:
        with suppress(Exception):  # what is not there yet cannot be closed, and must not hide why
            connection.paramiko_cleanup()
        raise _why(error, target, connection.sock) from error


def _check_keys_of(connection: Any, known: Known, *, strict: bool) -> None:
    """Let a connection accept the keys that are known, or also unknown ones; none that has changed or is revoked."""
    build = connection._build_ssh_client  # noqa: SLF001 - netmiko has no other place for a policy that knows keys

    def client() -> Any:
        made = build()
        made.set_missing_host_key_policy(_Policy(known, strict=strict))
        made.connect = functools.partial(made.connect, transport_factory=functools.partial(_transport, known))
        return made

    connection._build_ssh_client = client  # noqa: SLF001 - as above


def _transport(known: Known, sock: Any, **options: Any) -> Any:
    """Make paramiko's transport, which asks for a key of a type that is trusted before all others."""
    from paramiko import Transport  # noqa: PLC0415 - heavy

    transport = Transport(sock, **options)
    trusted = {kind for key in known.keys for kind in (_RSA if key.get_name() == "ssh-rsa" else (key.get_name(),))}
    security = transport.get_security_options()
    security.key_types = sorted(security.key_types, key=lambda kind: kind not in trusted)
    return transport


class _Policy:
    """paramiko's MissingHostKeyPolicy: it is asked before the login, and about every key, as paramiko knows none."""

    def __init__(self, known: Known, *, strict: bool) -> None:
        self._known = known
        self._strict = strict

    def missing_host_key(self, client: Any, name: str, key: PKey) -> None:
        """Refuse a key unless it is trusted, or nothing is known and that is good enough."""
        del client, name
        known = self._known
        if key not in known.keys and (self._strict or known.keys or key.asbytes() in known.revoked):
            raise known.refusal(key)


def _why(error: Exception, target: Target, sock: Any) -> SessionError:
    """Give why no session came about; what the exceptions do not tell is looked up."""
    if said := said_by_jump_host(sock):
        return said
    why = translate(error, connecting=True)
    if isinstance(why, HostKeyRejected):
        why.remedy = why.remedy or _remedy(target, is_other=why.message.startswith("host key changed"))
    if isinstance(why, NoCommonAlgorithm):
        with suppress(ConnectFailed):
            why.message = told(
                why.message, offered_over(connected(target.way, target.limits.connect), target.limits.login)
            )
    return why


def _remedy(target: Target, *, is_other: bool) -> str:
    if not target.names_keys:
        option = " --replace" if is_other else ""
        return f"compare the fingerprint with the switch's console, then run: lcm-nornir trust -l {target.host}{option}"
    missing = [str(file) for file in target.key_files if not file.exists()]
    if missing:
        return f"the inventory names {', '.join(missing)} for trusted host keys, and there is no such file"
    return "compare the fingerprint with the switch's console, then correct the file that the inventory names"


def connect_options(target: Target) -> dict[str, Any]:
    """Give netmiko's options with a connected socket, through the jump host if there is one.

    Raises:
        ConnectFailed: No connection came about.
    """
    options = dict(target.options)
    options.setdefault("conn_timeout", target.limits.connect)
    options.setdefault("banner_timeout", target.limits.login)
    options.setdefault("auth_timeout", target.limits.login)
    options |= {"alt_host_keys": False, "system_host_keys": False}  # `opened` reads the files
    options["ssh_config_file"] = None  # it has been read here: netmiko would open a second connection by it
    options["auto_connect"] = False  # `opened` does it
    options["sock"] = connected(target.way, target.limits.connect)
    return options


def shown_by(target: Target) -> PKey:
    """Ask a switch for the host key that a session would be shown, without logging in.

    Raises:
        SessionError: It does not answer, or not as an SSH server, or with no algorithm that may be used.
    """
    way, known = target.way, Known()
    with suppress(HostKeyRejected):  # a file that cannot be read may be why one asks
        known = known_of(way.address, way.port, target.key_files)
    sock = connected(way, target.limits.connect)
    disabled = target.options.get("disabled_algorithms")
    try:
        return shown_over(sock, target.limits.login, functools.partial(_transport, known, disabled_algorithms=disabled))
    except Exception as error:
        raise _why(error, target, sock) from error
