"""A person at a keyboard: types, and reads until what was waited for has come."""

from __future__ import annotations

import re
import socket
import time
from typing import TYPE_CHECKING, Self, TypeVar

import paramiko

if TYPE_CHECKING:
    from collections.abc import Callable

    from lcm_nornir.simulator import SimulatedSwitch

PATIENCE = 10.0  # seconds until a test gives up


class Console:
    """One interactive session over real SSH."""

    prompt = r"\S+# $"

    def __init__(
        self,
        switch: SimulatedSwitch,
        *,
        password: str = "",
        rows: int = 1000,
        columns: int = 511,
        patience: float = PATIENCE,
        address: tuple[str, int] | None = None,
    ) -> None:
        self.socket = socket.create_connection(address or (switch.host, switch.port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.transport = paramiko.Transport(self.socket)
        try:
            self.transport.start_client(timeout=PATIENCE)
            self.transport.auth_password(switch.username, password or switch.password)
            self.channel = self.transport.open_session(timeout=PATIENCE)
            self.channel.settimeout(patience)
            self.channel.get_pty(width=columns, height=rows)
            self.channel.invoke_shell()
            self.banner = self.until(self.prompt)
        except BaseException:
            self.transport.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.transport.close()

    @property
    def host_key(self) -> str:
        key = self.transport.get_remote_server_key()
        return f"{key.get_name()} {key.get_base64()}"

    def type(self, text: str) -> None:
        self.channel.sendall(text.encode())

    def until(self, ending: str) -> str:
        """Read until the text so far matches ``ending``, and give it with plain line ends."""
        text = ""
        while not re.search(ending, text.replace("\r\n", "\n")):
            piece = self.channel.recv(65_536).decode()
            if not piece:
                raise EOFError(text)
            text += piece
        return text.replace("\r\n", "\n")

    def ask(self, line: str, ending: str = "") -> str:
        """Type a line and give what comes, from the echo to the next prompt or question."""
        self.type(line + "\n")
        return self.until(ending or f"(?:^|\\n){self.prompt}")

    def run(self, line: str) -> str:
        """Type a command and give its output alone."""
        text = self.ask(line)
        body = text.removeprefix(line + "\n")
        assert body != text, "the command was not echoed"
        return body.rpartition("\n")[0]

    def wait_for(self, line: str, pattern: str) -> str:
        """Repeat a command until its output matches."""
        deadline = time.monotonic() + PATIENCE
        while True:
            output = self.run(line)
            if re.search(pattern, output):
                return output
            assert time.monotonic() < deadline, output
            time.sleep(0.02)


Kind = TypeVar("Kind", bound=Console)


def install(console: Console, url: str) -> str:
    """Download and install an image by hand; gives the last status screen."""
    console.run(f"image download {url}")
    console.wait_for("show image status", r"File Transfer State: +transfer-success")
    console.run(f"image install image://{url.rpartition('/')[2]}")
    return console.wait_for("show image status", r"Completed: Success")


def reload(console: Console) -> None:
    """Reload a switch whose configuration is saved."""
    console.ask("reload", r"Proceed to reboot the system\? \[confirm yes/no\]:$")
    console.type("yes\n")


def login(switch: SimulatedSwitch) -> Console:
    """Log in as soon as the switch has booted, lets us in, and its command line is ready."""
    # Before a reload the uptime is days: a switch that has not gone down yet answers too.
    return come_back(Console, switch, lambda console: "Up Time: 00:0" in console.run("show version"))


def come_back(kind: type[Kind], switch: SimulatedSwitch, ready: Callable[[Kind], bool]) -> Kind:
    """Log in, again and again, until the switch lets us in and is as it should be."""
    deadline = time.monotonic() + PATIENCE
    while True:
        console = None
        try:
            console = kind(switch)
            if ready(console):
                return console
        except (OSError, EOFError, paramiko.SSHException):
            pass
        if console is not None:
            console.transport.close()
        assert time.monotonic() < deadline, f"{switch.name} does not come back"
        time.sleep(0.02)


def plain(text: str) -> str:
    """Keep what is seen at the end of a line that was written again and again."""
    return "\n".join(line.rpartition("\r")[2] for line in text.split("\n"))
