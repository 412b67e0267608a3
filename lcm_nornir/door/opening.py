"""Opening a session: which host keys it accepts, and why it did not come about."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lcm_nornir.door.algorithms import offered_over, told
from lcm_nornir.door.host_keys import shown_over
from lcm_nornir.door.jump_host import said_by_jump_host
from lcm_nornir.door.known_hosts import Known, known_as, known_of
from lcm_nornir.door.session import NetmikoSession
from lcm_nornir.door.translate import chain, translate
from lcm_nornir.door.way import connected
from lcm_nornir.drivers.registry import driver_for
from lcm_nornir.errors import ConnectFailed, HostKeyRejected, NoCommonAlgorithm, SessionError
from lcm_nornir.secrets import Redaction

if TYPE_CHECKING:
    from paramiko import PKey

    from lcm_nornir.door.target import Target


def opened(connection: Any, target: Target, redact: Redaction) -> NetmikoSession:
    """Open what netmiko made ready with ``auto_connect=False``, up to the prompt.

    Raises:
        SessionError: It could not be opened; nothing is left open.
    """
    driver = driver_for(target.platform)
    known = Known()
    try:
        known = known_of(connection.host, connection.port, target.key_files)
        _check_keys_of(connection, known, strict=target.options["ssh_strict"])
        connection.establish_connection()
        session = NetmikoSession(connection, target.reply, redact)
        session.prepare(driver.prompt, driver.preparation, target.login)
    except Exception as error:
        with suppress(Exception):  # what is not there yet cannot be closed, and must not hide why
            connection.paramiko_cleanup()
        raise _why(error, target, known, connection.sock) from error
    return session


def _check_keys_of(connection: Any, known: Known, *, strict: bool) -> None:
    """Let a connection accept the keys that are known, or also unknown ones, but none that is revoked."""
    build = connection._build_ssh_client  # noqa: SLF001 - netmiko has no other place for keys that are not in a file

    def client() -> Any:
        made = build()
        for key in known.keys:  # paramiko asks for a key of the first one's type before all others
            made.get_host_keys().add(known_as(connection.host, connection.port), key.get_name(), key)
        made.set_missing_host_key_policy(_Policy(known, strict=strict))
        return made

    connection._build_ssh_client = client  # noqa: SLF001 - as above


class _Policy:
    """paramiko's MissingHostKeyPolicy: asked where no key of the switch is trusted, before the login."""

    def __init__(self, known: Known, *, strict: bool) -> None:
        self._known = known
        self._strict = strict

    def missing_host_key(self, client: Any, name: str, key: PKey) -> None:
        """Refuse a key that is revoked, and one that is unknown if that is the policy."""
        del client, name
        if self._strict or key.asbytes() in self._known.revoked:
            raise self._known.refusal(key)


def _why(error: Exception, target: Target, known: Known, sock: Any) -> SessionError:
    """Give why no session came about; what the exceptions do not tell is looked up."""
    if said := said_by_jump_host(sock):
        return said
    why = translate(error, connecting=True)
    if isinstance(why, HostKeyRejected):
        for key in filter(None, (getattr(link, "key", None) for link in chain(error))):  # paramiko's: it has changed
            why = known.refusal(key)
        why.remedy = why.remedy or _remedy(target)
    if isinstance(why, NoCommonAlgorithm):
        with suppress(ConnectFailed):
            why.message = told(why.message, offered_over(connected(target.way, target.connect), target.login))
    return why


def _remedy(target: Target) -> str:
    if not target.names_keys:
        return f"compare the fingerprint with the switch's console, then run: lcm-nornir trust -l {target.host}"
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
    options.setdefault("conn_timeout", target.connect)
    options.setdefault("banner_timeout", target.login)
    options.setdefault("auth_timeout", target.login)
    options |= {"alt_host_keys": False, "system_host_keys": False}  # `opened` reads the files
    options["ssh_config_file"] = None  # it has been read here: netmiko would open a second connection by it
    options["auto_connect"] = False  # `opened` does it
    options["sock"] = connected(target.way, target.connect)
    return options


def shown_by(target: Target) -> PKey:
    """Ask a switch for its host key, without logging in; through its jump host if it has one.

    Raises:
        SessionError: It does not answer, or not as an SSH server, or with no algorithm that may be used.
    """
    sock = connected(target.way, target.connect)
    try:
        return shown_over(sock, target.login, target.options.get("disabled_algorithms"))
    except Exception as error:
        raise _why(error, target, Known(), sock) from error
