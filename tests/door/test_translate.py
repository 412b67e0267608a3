"""Every exception of the libraries below has a meaning, and what really happened is told apart, also when wrapped."""

from __future__ import annotations

import inspect
import socket
import subprocess
import sys
from typing import Any

import netmiko.exceptions
import paramiko
import pytest
from netmiko.exceptions import NetmikoAuthenticationException, NetmikoTimeoutException, ReadTimeout
from paramiko import ssh_exception
from paramiko.ssh_exception import AuthenticationException, BadHostKeyException, IncompatiblePeer, SSHException

from lcm_nornir.door.translate import meanings, translate
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

TRUSTED, SHOWN = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()
CHANGED = BadHostKeyException("leaf1", SHOWN, TRUSTED)
NO_KEX = IncompatiblePeer("Incompatible ssh peer (no acceptable kex algorithm)")
NOBODY = ssh_exception.NoValidConnectionsError({("192.0.2.1", 22): ConnectionRefusedError(111, "Connection refused")})
BROKEN_PIPE = BrokenPipeError(32, "Broken pipe")
WHILE_CONNECTING = (ConnectFailed, SessionLimit, AuthenticationFailed, HostKeyRejected, NoCommonAlgorithm)
ARGUMENTS: dict[type[Exception], tuple[Any, ...]] = {
    BadHostKeyException: ("leaf1", SHOWN, TRUSTED),
    ssh_exception.BadAuthenticationType: ("refused", ["publickey"]),
    ssh_exception.PartialAuthentication: (["publickey"],),
    ssh_exception.ChannelException: (4, "Resource shortage"),
    ssh_exception.ProxyCommandFailure: ("nc", 1),
    ssh_exception.NoValidConnectionsError: ({("192.0.2.1", 22): ConnectionRefusedError()},),
}
FROM_BELOW = sorted(
    {
        kind
        for module in (ssh_exception, netmiko.exceptions)
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Exception)
    },
    key=lambda kind: kind.__name__,
)


class Quiet(paramiko.SSHClient):
    """A client without a connection, which could not log through it."""

    def _log(self, *_: object) -> None:
        pass


def unknown_key() -> SSHException:
    """Give what paramiko itself raises for a key that it does not know."""
    with pytest.raises(SSHException) as caught:
        paramiko.RejectPolicy().missing_host_key(Quiet(), "leaf1", SHOWN)
    return caught.value


def plain(error: BaseException) -> BaseException:
    return error


def caused(error: BaseException) -> BaseException:
    outer = NetmikoTimeoutException("TCP connection to device failed")
    outer.__cause__ = error
    return outer


def in_context(error: BaseException) -> BaseException:
    outer = NetmikoTimeoutException("TCP connection to device failed")
    outer.__context__ = SSHException("in between")
    outer.__context__.__context__ = error
    return outer


@pytest.mark.parametrize("kind", FROM_BELOW)
def test_every_exception_of_paramiko_and_netmiko_has_an_entry_of_its_own(kind: type[Exception]) -> None:
    assert kind in meanings()
    error = kind(*ARGUMENTS.get(kind, ("what happened",)))
    assert type(translate(error, connecting=True)) in WHILE_CONNECTING
    assert type(translate(error, connecting=False)) not in (ConnectFailed, SessionLimit)


@pytest.mark.parametrize("wrapped", [plain, caused, in_context])
@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (unknown_key(), HostKeyRejected, "host key unknown"),
        (CHANGED, HostKeyRejected, "host key changed: "),
        (NO_KEX, NoCommonAlgorithm, f"no common SSH algorithm: {NO_KEX}"),
        (AuthenticationException("Authentication failed."), AuthenticationFailed, "authentication failed: "),
        (NetmikoAuthenticationException("x"), AuthenticationFailed, "authentication failed: "),
        (TimeoutError("timed out"), ConnectFailed, "no connection: timed out"),
        (ConnectionRefusedError(111, "Connection refused"), ConnectFailed, "no connection: [Errno 111]"),
        (NOBODY, ConnectFailed, "no connection: [Errno None] Unable to connect to port 22 on 192.0.2.1"),
        (socket.gaierror(-2, "Name or service not known"), ConnectFailed, "no connection: [Errno -2]"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_happened_is_told_apart_while_connecting(
    error: Exception, kind: type[SessionError], message: str, wrapped: Any
) -> None:
    told = translate(wrapped(error), connecting=True)
    assert type(told) is kind
    assert told.message.startswith(message)
    assert told.remedy


@pytest.mark.parametrize("wrapped", [plain, caused, in_context])
def test_a_changed_host_key_shows_both_fingerprints(wrapped: Any) -> None:
    told = translate(wrapped(CHANGED), connecting=True)
    trusted, shown = (f"{key.get_name()} {key.fingerprint}" for key in (TRUSTED, SHOWN))
    assert told.message == f"host key changed: {trusted} is trusted, the switch shows {shown}"
    assert "lcm-nornir trust -l SWITCH --replace" in told.remedy  # without --replace it is only shown


@pytest.mark.parametrize("text", ["Error reading SSH protocol banner", "No existing session"])
def test_a_switch_that_takes_no_session_is_no_dead_switch(text: str) -> None:
    paramiko_s, netmiko_s = SSHException(text), NetmikoTimeoutException(f"A paramiko SSHException occurred: {text}")
    netmiko_s.__context__ = paramiko_s
    for error in (paramiko_s, netmiko_s):
        assert type(translate(error, connecting=True)) is SessionLimit
        assert type(translate(error, connecting=False)) is SessionLost


@pytest.mark.parametrize(
    ("error", "connecting", "open_session"),
    [
        (TimeoutError("timed out"), ConnectFailed, ReplyTimeout),
        (ReadTimeout("pattern not found"), ConnectFailed, ReplyTimeout),
        (NetmikoTimeoutException("x"), ConnectFailed, SessionLost),
        (netmiko.exceptions.NetmikoParsingException("x"), ConnectFailed, UnexpectedOutput),
        (ssh_exception.ChannelException(4, "Resource shortage"), SessionLimit, SessionLost),
        (SSHException("Channel closed."), ConnectFailed, SessionLost),
        (ConnectionResetError(104, "Connection reset by peer"), ConnectFailed, SessionLost),
        (BROKEN_PIPE, ConnectFailed, SessionLost),
        (EOFError(), ConnectFailed, SessionLost),
        (ValueError("of nobody's"), ConnectFailed, SessionLost),
        (CHANGED, HostKeyRejected, HostKeyRejected),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_the_same_means_another_thing_in_an_open_session(
    error: Exception, connecting: type[SessionError], open_session: type[SessionError]
) -> None:
    assert type(translate(error, connecting=True)) is connecting
    assert type(translate(error, connecting=False)) is open_session


def test_an_error_of_ours_stays_itself() -> None:
    error = SessionLost("the session was lost", command="show boot")
    assert translate(error, connecting=True, command="another") is error


def test_what_was_typed_and_said_goes_with_the_error() -> None:
    told = translate(BROKEN_PIPE, connecting=False, command="show boot", said="Current")
    assert told == SessionLost(f"the session was lost: {BROKEN_PIPE}", command="show boot", said="Current", remedy="")


def test_an_exception_without_words_is_told_by_its_name() -> None:
    assert translate(EOFError(), connecting=False).message == "the session was lost: EOFError"


def test_a_chain_that_bites_its_tail_ends() -> None:
    first, second = SSHException("first"), SSHException("second")
    first.__context__, second.__context__ = second, first
    assert translate(first, connecting=True).message == "no connection: first"


def test_what_paramiko_logs_about_it_does_not_reach_the_terminal_by_itself() -> None:
    # in a process of its own: here pytest listens to all loggers
    ours, theirs = socket.socketpair()
    code = f"""
import socket
import subprocess
import sys
from lcm_nornir.door import Door
from lcm_nornir.door.host_keys import shown_over
from lcm_nornir.errors import ConnectFailed
try:
    shown_over(socket.socket(fileno={ours.fileno()}), 5)
except ConnectFailed as error:
    print(error.message)
"""
    with ours, theirs:
        theirs.sendall(b"220 mail.example ESMTP\n" * 200)
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, pass_fds=[ours.fileno()]
        )
    assert "no host key came" in done.stdout
    assert done.stderr == ""
