"""Real OpenSSH servers on the loopback, run by the user who runs the tests; some lead on to a simulated switch."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, Self

import psutil
import pytest
from nornir.core import Nornir
from nornir.core.inventory import ConnectionOptions, Defaults, Group, Groups, Host, Hosts, Inventory, ParentGroups
from nornir.core.plugins.connections import ConnectionPluginRegister

from lcm_nornir import WaveRunner
from lcm_nornir.simulator import SimulatedSwitch
from tests.fleets import QUICK, SPEED, happens

SSHD = Path("/usr/sbin/sshd")
needs_sshd = pytest.mark.skipif(
    not SSHD.exists() or shutil.which("ssh") is None,
    reason=f"needs {SSHD} and ssh: apt-get install --no-install-recommends openssh-server",
)
_CONFIG = """\
Port {port}
ListenAddress {host}
HostKey {place}/host_key
PidFile none
AuthorizedKeysFile {place}/user_key.pub
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
PrintLastLog no
LogLevel {level}
ForceCommand {command}
"""
# OpenSSH on both sides: what is typed goes on to the simulated switch as it came, the password with it.
_BRIDGE = """\
#!/bin/sh
[ -t 0 ] && terminal=-tt || terminal=-T
export SSH_ASKPASS="$0.password" SSH_ASKPASS_REQUIRE=force
sleep {pause}
exec ssh -F none -q -e none $terminal -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \\
  -o PreferredAuthentications=password -p {port} {user}@{host} ${{SSH_ORIGINAL_COMMAND:+"$SSH_ORIGINAL_COMMAND"}}
"""


def free_port(host: str = "127.0.0.1") -> int:
    """Give a port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def keygen(*words: str, typed: str = "") -> str:
    """Run ssh-keygen, and give what it prints."""
    program = shutil.which("ssh-keygen") or "ssh-keygen"
    return subprocess.run([program, *words], input=typed, capture_output=True, text=True, check=True).stdout


def key_pair(file: Path, kind: str = "ed25519") -> str:
    """Make a key, and give its public half as it stands in a file: type and base64."""
    file.unlink(missing_ok=True)
    bits = ["-b", "2048"] if kind == "rsa" else []
    keygen("-q", "-t", kind, *bits, "-N", "", "-C", "", "-f", str(file))
    return " ".join(file.with_suffix(".pub").read_text().split()[:2])


def fingerprint(key: str) -> str:
    """Give a public key's fingerprint as ssh-keygen prints it, after its type."""
    return f"{key.partition(' ')[0]} {keygen('-lf', '-', typed=key).split()[1]}"


class Server:
    """One sshd in the foreground; a context manager that starts and ends it.

    Args:
        place: Its folder.
        host: Address at which it listens.
        kind: Type of its host key.
        more: Further lines of its configuration.
        level: How much it logs.

    Attributes:
        key: Its host key, type and base64.
        log: What it logged, each line with its time.
    """

    def __init__(
        self, place: Path, *more: str, host: str = "127.0.0.1", kind: str = "ed25519", level: str = "VERBOSE"
    ) -> None:
        place.mkdir(parents=True, exist_ok=True)
        self.place = place
        self.host, self.port = host, free_port(host)
        self.key = key_pair(place / "host_key", kind)
        self.log: list[tuple[float, str]] = []
        self.more = more
        self.command = "/bin/false"
        self._level = level
        key_pair(place / "user_key")

    @property
    def name(self) -> str:
        """How a known_hosts file calls it."""
        return f"[{self.host}]:{self.port}"

    @property
    def netmiko(self) -> dict[str, Any]:
        """netmiko's options with which one logs in."""
        return {"use_keys": True, "key_file": str(self.place / "user_key"), "allow_agent": False}

    def lead_to(self, switch: SimulatedSwitch, pause: float = 0.0) -> None:
        """Let a session be one with a simulated switch, after a pause."""
        bridge = self.place / "bridge"
        bridge.write_text(_BRIDGE.format(host=switch.host, port=switch.port, user=switch.username, pause=pause))
        ask = self.place / "bridge.password"
        ask.write_text(f"#!/bin/sh\necho '{switch.password}'\n")
        for script in (bridge, ask):
            script.chmod(0o700)
        self.command = str(bridge)

    def __enter__(self) -> Self:
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # as a system that starts it as a service does
        self._configure()
        config = str(self.place / "config")
        self._process = subprocess.Popen(
            [SSHD, "-D", "-e", "-f", config], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
        )
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()
        assert happens(lambda: self.count("Server listening") == 1), self.log
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._reader.join(10)
        assert self._process.stderr is not None
        self._process.stderr.close()

    def again(self, *more: str) -> None:
        """Read host key and configuration anew, with other further lines; open sessions stay."""
        before = self.count("Server listening")
        self.more = more
        self._configure()
        self._process.send_signal(signal.SIGHUP)
        assert happens(lambda: self.count("Server listening") > before), self.log

    def count(self, *words: str) -> int:
        """Give how many lines of the log have one of these words in them."""
        return sum(any(word in line for word in words) for _, line in list(self.log))

    @property
    def connections(self) -> int:
        """How many connections were made to it."""
        return self._caught_up().count("Connection from ")

    @property
    def logins(self) -> int:
        """How often somebody has logged in."""
        return self._caught_up().count("Accepted publickey")

    @property
    def tried(self) -> bool:
        """Whether anybody tried to log in, well or not."""
        return self._caught_up().count("Accepted", "Failed", "Postponed", "authenticating user", "nvalid user") > 0

    def _caught_up(self) -> Self:
        """Wait until it logs nothing more."""
        length = -1
        while length != (length := len(self.log)):
            time.sleep(0.05)
        return self

    @property
    def all_closed(self) -> bool:
        """Whether nobody is connected any more: sshd has a process for each connection; it may be a moment late."""
        return happens(lambda: not psutil.Process(self._process.pid).children())

    def _configure(self) -> None:
        values = {"host": self.host, "port": self.port, "place": self.place, "level": self._level}
        lines = "\n".join([_CONFIG.format(**values, command=self.command), *self.more])
        (self.place / "config").write_text(lines + "\n")

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.log.append((time.time(), line.strip()))


def nornir_of(server: Server, place: Path, *processors: Any, **netmiko: Any) -> Nornir:
    """Give a Nornir with one switch, ``switch``, which is a server; its group ``lab`` has netmiko's options."""
    ConnectionPluginRegister.auto_register()  # as InitNornir does
    defaults = Defaults()
    options = ConnectionOptions(extras={**server.netmiko, **netmiko})
    lab = Group(name="lab", connection_options={"netmiko": options}, defaults=defaults)
    host = Host(
        name="switch",
        hostname=server.host,
        port=server.port,
        username=getpass.getuser(),
        platform="dell_os10",
        groups=ParentGroups([lab]),
        data={"lcm": {"timeouts": {"login": 6.0}}},
        defaults=defaults,
    )
    runner = WaveRunner(host_keys=place / "keys", configurations=place, time_scale=1 / SPEED, timeouts=QUICK)
    nornir = Nornir(inventory=Inventory(Hosts(switch=host), Groups(lab=lab), defaults), runner=runner)
    return nornir.with_processors(list(processors))


def through(nornir: Nornir, name: str, server: Server, **netmiko: Any) -> Nornir:
    """Let a host of a Nornir be reached through the server that leads to it."""
    host = nornir.inventory.hosts[name]
    host.hostname, host.port, host.username = server.host, server.port, getpass.getuser()
    host.connection_options["netmiko"] = ConnectionOptions(extras={**server.netmiko, **netmiko})
    return nornir


@contextmanager
def open_connection(server: Server) -> Iterator[socket.socket]:
    """Take one of a server's places for who has not logged in yet."""
    with socket.create_connection((server.host, server.port)) as sock:
        sock.recv(4)
        yield sock


def openssh_accepts(server: Server, known_hosts: Path) -> bool:
    """Tell whether OpenSSH's own client goes on to the login, by a known_hosts file."""
    options = {
        "UserKnownHostsFile": known_hosts,
        "GlobalKnownHostsFile": "none",
        "StrictHostKeyChecking": "yes",
        "PreferredAuthentications": "none",
    }
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    done = subprocess.run(
        [shutil.which("ssh") or "ssh", "-F", "none", *words, "-p", str(server.port), server.host],
        capture_output=True,
        text=True,
        check=False,
    )
    refused, accepted = "Host key verification failed" in done.stderr, "Permission denied" in done.stderr
    assert refused is not accepted, done.stderr
    return accepted
