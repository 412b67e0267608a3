"""The one place where netmiko's and paramiko's exceptions become ours.

netmiko tells a refused host key, a failed key exchange and a silent host all as `NetmikoTimeoutException`; what really
happened stands in the chain of causes. So the chain is looked through, the most telling link first.
"""

from __future__ import annotations

import functools
import logging
import socket
from collections.abc import Iterator

from lcm_nornir.errors import (
    AuthenticationFailed,
    ConnectFailed,
    HostKeyRejected,
    NoCommonAlgorithm,
    ReplyTimeout,
    SessionError,
    SessionLimit,
    SessionLost,
    UnexpectedOutput,
)

_UNKNOWN_KEY = "not found in known_hosts"
_NO_BANNER = ("Error reading SSH protocol banner", "No existing session")

_TRUST = "compare the fingerprint with the switch's console, then run: lcm-nornir trust"
_TRUST_ANOTHER = f"{_TRUST} -l SWITCH --replace"
_LEGACY = (
    "if the switch cannot be given a better one, allow one for its group with netmiko's option disabled_algorithms; "
    "SHA-1 also needs the extra lcm-nornir[legacy-ssh]"
)

# paramiko's threads also log, with a traceback, what is raised to us and told in our words; where nobody has set up
# logging, Python would print that to the terminal
logging.getLogger("paramiko").addHandler(logging.NullHandler())


@functools.cache
def meanings() -> dict[type[BaseException], type[SessionError]]:
    """Give what each exception of paramiko, netmiko and the socket means, the most telling first."""
    from netmiko import exceptions as netmiko  # noqa: PLC0415 - heavy, and only needed once a session is opened
    from paramiko import ssh_exception as paramiko  # noqa: PLC0415 - as above
    from paramiko.hostkeys import InvalidHostKey  # noqa: PLC0415 - as above

    return {
        paramiko.BadHostKeyException: HostKeyRejected,
        InvalidHostKey: HostKeyRejected,
        paramiko.IncompatiblePeer: NoCommonAlgorithm,
        paramiko.PasswordRequiredException: AuthenticationFailed,
        paramiko.BadAuthenticationType: AuthenticationFailed,
        paramiko.PartialAuthentication: AuthenticationFailed,
        paramiko.UnableToAuthenticate: AuthenticationFailed,
        netmiko.NetmikoAuthenticationException: AuthenticationFailed,
        paramiko.AuthenticationException: AuthenticationFailed,
        paramiko.ChannelException: SessionLimit,
        paramiko.ProxyCommandFailure: ConnectFailed,
        paramiko.NoValidConnectionsError: ConnectFailed,
        paramiko.CouldNotCanonicalize: ConnectFailed,
        paramiko.ConfigParseError: ConnectFailed,
        paramiko.MessageOrderError: SessionLost,
        netmiko.NetmikoParsingException: UnexpectedOutput,
        netmiko.ReadTimeout: ReplyTimeout,
        netmiko.ReadException: SessionLost,
        netmiko.WriteException: SessionLost,
        netmiko.ConfigInvalidException: UnexpectedOutput,
        socket.gaierror: ConnectFailed,
        ConnectionRefusedError: ConnectFailed,
        TimeoutError: ConnectFailed,
        netmiko.NetmikoTimeoutException: ConnectFailed,
        netmiko.ConnectionException: ConnectFailed,
        netmiko.NetmikoBaseException: SessionLost,
        paramiko.SSHException: SessionLost,
        EOFError: SessionLost,
        OSError: SessionLost,
    }


def translate(error: BaseException, *, connecting: bool, command: str = "", said: str = "") -> SessionError:
    """Turn an exception from below into the session error that it means.

    Args:
        error: What was caught.
        connecting: Whether the session was still being opened: a drop is then a failed connect, not a lost session.
        command: The command that was under way.
        said: What the switch had printed.
    """
    if isinstance(error, SessionError):
        return error
    chain = list(_chain(error))
    kind, link = _most_telling(chain, connecting=connecting)
    message, remedy = _wording(kind, link)
    return kind(message, command=command, said=said, remedy=remedy)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__


def _most_telling(chain: list[BaseException], *, connecting: bool) -> tuple[type[SessionError], BaseException]:
    for link in chain:
        if _UNKNOWN_KEY in str(link):
            return HostKeyRejected, link
    for exception, kind in meanings().items():
        for link in chain:
            if type(link) is exception or (exception is OSError and isinstance(link, OSError)):
                return _while(kind, link, connecting=connecting), link
    return (ConnectFailed if connecting else SessionLost), chain[0]


def _while(kind: type[SessionError], link: BaseException, *, connecting: bool) -> type[SessionError]:
    if connecting and any(text in str(link) for text in _NO_BANNER):
        return SessionLimit
    if connecting and kind in (SessionLost, ReplyTimeout, UnexpectedOutput):
        return ConnectFailed
    if not connecting and kind in (ConnectFailed, SessionLimit):
        return ReplyTimeout if isinstance(link, TimeoutError) else SessionLost
    return kind


def _wording(kind: type[SessionError], link: BaseException) -> tuple[str, str]:
    from lcm_nornir.door.known_hosts import fingerprint  # noqa: PLC0415 - paramiko is loaded by now

    nothing = "nothing was said in time" if isinstance(link, TimeoutError) else type(link).__name__
    text = " ".join(str(link).split()) or nothing
    expected, key = getattr(link, "expected_key", None), getattr(link, "key", None)
    if expected is not None and key is not None:
        trusted, shown = fingerprint(expected), fingerprint(key)
        return f"host key changed: {trusted} is trusted, the switch shows {shown}", _TRUST_ANOTHER
    if kind is HostKeyRejected and _UNKNOWN_KEY not in text:
        return f"the file of trusted host keys cannot be read: {text}", "trust the key anew: lcm-nornir trust"
    if kind is HostKeyRejected:
        return "host key unknown", _TRUST
    if kind is AuthenticationFailed:
        return "authentication failed: user or password refused", "check user and password; it was tried once"
    if kind is NoCommonAlgorithm:
        return f"no common SSH algorithm: {text}", _LEGACY
    if kind is SessionLimit and any(part in text for part in _NO_BANNER):
        return "no SSH greeting came", "wait, or close sessions that nobody needs; or another service has this port"
    if kind is SessionLimit:
        return f"the switch takes no session now: {text}", "close sessions that nobody needs, or wait"
    if kind is ConnectFailed:
        return f"no connection: {text}", "check address, route and port"
    if kind is SessionLost:
        return f"the session was lost: {text}", ""
    return text, ""
