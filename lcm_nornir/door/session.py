"""An open SSH session: netmiko's connection, read without polling, and told in our errors."""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event
from typing import Any

from lcm_nornir.dialogue.screen import CONTROL, TAIL, after_echo, clean, prompt_of
from lcm_nornir.door.translate import translate
from lcm_nornir.errors import CommandRefused, ReplyTimeout, SessionLost, UnexpectedOutput
from lcm_nornir.image import Image
from lcm_nornir.secrets import Redaction
from lcm_nornir.timeouts import Timeouts

_UNASKED = 3.0  # seconds in which a prompt comes without being asked for
_TELLING = 1.0  # seconds between two times that one is told what a command prints while it works
_LINGER = 0.05  # seconds between two looks at a channel that gives no signal


_NOTHING = re.compile("(?!)")
_compiled = functools.lru_cache(4096)(re.compile)  # each switch has a prompt of its own: more than re keeps


class NetmikoSession:
    """A `drivers.base.Session` over an open netmiko connection.

    Args:
        connection: netmiko's connection, open; if it is not prepared, `prepare` comes first.
        limits: How long things may take on this switch.
        redact: Takes secrets out of what goes into errors.
        vrf: VRF in which the switch reaches the image server; empty if none is named.
    """

    def __init__(self, connection: Any, limits: Timeouts, redact: Redaction, vrf: str = "") -> None:
        self.limits = limits
        self.vrf = vrf
        self.prompt = prompt_of(connection.base_prompt)
        self._connection = connection
        # netmiko's own methods lock, log and normalise at each read; only a session log needs them
        self._channel = connection if connection.session_log else connection.channel
        self._reply = limits.reply
        self._redact = redact
        self._arrived = _signal_of(connection)
        self._guard: Callable[[], None] | None = None

    @property
    def name(self) -> str:
        """What the switch calls itself at its prompt."""
        return str(self._connection.base_prompt)

    @contextmanager
    def guarded(self, guard: Callable[[], None] | None) -> Iterator[None]:
        """Ask a guard before each line, and each piece of a file, that a block sends; whatever it raises forbids it."""
        self._guard = guard
        try:
            yield
        finally:
            self._guard = None

    def tap(self, hear: Callable[[str], object]) -> None:
        """Let somebody hear what the switch prints from now on, as it comes."""
        self._channel = _Tapped(self._channel, hear)

    def prepare(self, form: str, lines: tuple[str, ...], timeout: float) -> None:
        """Find out which prompt this switch has, and type what every session needs.

        netmiko's own preparation does this too, but sleeps and polls: 20 times the time, twice the work. The prompt is
        what stands at the end twice in a row, so that no banner passes for it.

        Args:
            form: Pattern of a prompt of this OS, without the line's begin and end.
            lines: What to type, each answered by the prompt.
            timeout: Seconds until the prompt.

        Raises:
            ReplyTimeout: There was none.
        """
        # what is typed ahead of a slow shell leaves two prompts in one line
        pattern = _compiled(rf"(?:^|\n)(?:{form}[ \t]+)*({form})[ \t]*$")
        seen, deadline = "", time.monotonic() + timeout
        with suppress(ReplyTimeout):  # some say nothing before they hear something
            seen = self._prompt(pattern, min(_UNASKED, timeout))
        unasked = seen
        try:
            self._write("\n", "")
            while seen != (seen := self._prompt(pattern, deadline - time.monotonic())):
                self._write("\n", "")
        except ReplyTimeout as error:
            raise ReplyTimeout(f"no prompt within {timeout:g} s after the login", said=error.said) from error
        if seen != unasked:  # its own came after what was typed: one more may, which must not end another answer
            with suppress(ReplyTimeout):
                self._read(_NOTHING, min(_UNASKED, max(deadline - time.monotonic(), 0.0)), "")
        self._connection.base_prompt = re.sub(r"(?:\([^()\n]*\))?[#>$]!?$", "", seen)
        self.prompt = prompt_of(self._connection.base_prompt)
        for line in lines:
            self.send(line)

    def _prompt(self, pattern: re.Pattern[str], timeout: float) -> str:
        found = pattern.search(self._read(pattern, timeout, ""))
        return found[1] if found else ""

    def send(self, line: str, *, until: str = "", timeout: float | None = None) -> str:
        """As `Session.send`."""
        return self._exchange(_typed(line), line, until, timeout)

    def hold(self, line: str, *, until: str, timeout: float) -> Iterator[str]:
        """As `Session.hold`."""
        self._write(_typed(line), line)
        for text in self._heard(_compiled(until), timeout, line):
            yield text.strip("\n")

    def answer(self, text: str, *, until: str = "", timeout: float | None = None) -> str:
        """As `Session.answer`."""
        if CONTROL.search(text) or "\n" in text:
            raise UnexpectedOutput("refused to type control characters")
        return self._exchange(text + "\n", "", until, timeout)

    def interrupt(self) -> None:
        """As `Session.interrupt`."""
        self._exchange("\x03", "", "", None)

    def password(self) -> str:
        """As `Session.password`."""
        secret = self._connection.password or ""
        self._redact.add(secret)
        return str(secret)

    def push(self, image: Image, path: str = "") -> None:
        """As `Session.push`: a second channel of this same connection, so that no second host key is in question."""
        from paramiko import ChannelException, SSHException  # noqa: PLC0415 - heavy, and loaded by now
        from scp import SCPClient, SCPException  # noqa: PLC0415 - only a push needs it

        transport, name = self._connection.remote_conn_pre.get_transport(), image.name
        client = SCPClient(transport, socket_timeout=self._reply, progress=lambda *_: self._ask())
        try:
            with image.opened() as file, client as scp:
                scp.putfo(file, path or name, size=image.size)
                file.check()
        except ChannelException as error:
            raise CommandRefused(
                f"the switch opens no second channel for the push of {name}: {error.text}",
                remedy="allow more sessions per connection (MaxSessions), or let the switch fetch the image (url)",
            ) from error
        except SSHException as error:
            if not transport.is_active():
                raise SessionLost(f"the push of {name} broke off: {error}") from error
            raise CommandRefused(
                f"the switch takes no file by SCP: {error}",
                remedy="switch its SCP server on, or let the switch fetch the image (url)",
            ) from error
        except (SCPException, OSError, EOFError) as error:
            raise SessionLost(f"the push of {name} broke off: {error or type(error).__name__}") from error

    def alive(self) -> bool:
        """Tell whether the session is open as far as our side knows."""
        return not self._connection.remote_conn.closed

    def _exchange(self, typed: str, shown: str, until: str, timeout: float | None) -> str:
        pattern = _compiled(until or self.prompt)
        self._write(typed, shown)
        text = self._read(pattern, self._reply if timeout is None else timeout, shown)
        return (text if until else pattern.sub("\n", text)).strip("\n")

    def _write(self, typed: str, shown: str) -> None:
        self._ask()
        try:
            self._channel.write_channel(typed)
        except Exception as error:
            raise translate(error, connecting=False, command=shown) from error

    def _ask(self) -> None:
        if self._guard:
            self._guard()

    def _read(self, pattern: re.Pattern[str], timeout: float, command: str) -> str:
        *_, text = self._heard(pattern, timeout, command)
        return text

    def _heard(self, pattern: re.Pattern[str], timeout: float, command: str) -> Iterator[str]:
        """Give what came after the echo, now and then, and the last time when the pattern fits its end."""
        now = time.monotonic()
        deadline, told = now + timeout, now
        text = ""
        while True:
            self._arrived.clear()
            try:
                closed = self._connection.remote_conn.closed
                new = self._channel.read_channel()
            except Exception as error:
                raise translate(error, connecting=False, command=command, said=self._redact(clean(text))) from error
            if new:
                text += new
                answer = after_echo(text, command)
                if answer is not None and pattern.search(clean(answer[-TAIL:])):
                    yield clean(answer)
                    return
                if time.monotonic() < deadline:
                    continue
            said = self._redact(clean(text))
            if closed:
                raise SessionLost("the session was lost", command=command, said=said)
            now = time.monotonic()
            if (left := deadline - now) <= 0:
                raise ReplyTimeout(f"no prompt within {timeout:g} s", command=command, said=said)
            if now > told + _TELLING:
                yield clean(after_echo(text, command) or "")
                told = now
            self._arrived.wait(min(left, 1.0))


def _typed(line: str) -> str:
    if not line.isprintable():
        raise UnexpectedOutput("refused to type control characters", command=repr(line))
    return line + "\n"


class _Tapped:
    """A channel to which somebody listens."""

    def __init__(self, channel: Any, hear: Callable[[str], object]) -> None:
        self.write_channel = channel.write_channel
        self._channel = channel
        self._hear = hear

    def read_channel(self) -> str:
        text: str = self._channel.read_channel()
        if text:
            self._hear(text)
        return text


class _Interval(Event):
    """Stands in where the channel gives no signal: waits a little each time."""

    def wait(self, timeout: float | None = None) -> bool:
        time.sleep(min(_LINGER, _LINGER if timeout is None else timeout))
        return True


def _signal_of(connection: Any) -> Event:
    """Give an event that paramiko sets when bytes arrive or the channel closes."""
    buffer = getattr(connection.remote_conn, "in_buffer", None)
    if buffer is None or not hasattr(buffer, "set_event"):
        return _Interval()
    event = Event()
    buffer.set_event(event)
    return event
