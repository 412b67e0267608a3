"""Dell SmartFabric OS10 for the skeleton: a command line that reads lines, and ``scp`` into the user's home."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from lcm_nornir.simulator.blobs import File
from lcm_nornir.simulator.dell_os10.cli import Cli
from lcm_nornir.simulator.dell_os10.switch import Switch
from lcm_nornir.simulator.scp import ScpSink, sink_target
from lcm_nornir.simulator.terminal import Terminal

if TYPE_CHECKING:
    from lcm_nornir.simulator.blobs import Blob
    from lcm_nornir.simulator.journal import Journal
    from lcm_nornir.simulator.personality import Reader, Wire
    from lcm_nornir.simulator.power import Power
    from lcm_nornir.simulator.spec import FleetSpec, SwitchSpec


class Home:
    """The user's home: whatever is pushed lands in it."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch

    @property
    def room(self) -> int:
        """Bytes that are free."""
        return self._switch.disk.free

    def place(self, target: str, name: str) -> str:
        """Give the name of the file: the client's own if the target is a folder."""
        last = posixpath.basename(posixpath.normpath(target))
        folder = target.endswith("/") or last in {"", ".", "~", self._switch.username}
        return name if folder else last

    def put(self, path: str, content: Blob) -> None:
        """Keep a file."""
        self._switch.disk.home[path] = File(content, self._switch.now())
        self._switch.effect("pushed", file=path)


class DellOs10:
    """The personality."""

    ssh_version = "OpenSSH_7.9p1"
    locks_out = True

    def switch(self, spec: SwitchSpec, fleet: FleetSpec, journal: Journal, source: str | None) -> Switch:
        """Make a switch."""
        return Switch(spec, fleet, journal, source)

    def shell(self, switch: Switch, power: Power, wire: Wire) -> Reader:
        """Give a command line."""
        return Terminal(Cli(switch, power), wire)

    def execute(self, switch: Switch, power: Power, command: str, wire: Wire) -> Reader | None:
        """Take a file by SCP; refuse any other command, SFTP too, which only ``linuxadmin`` has."""
        del power
        target = sink_target(command)
        return None if target is None else ScpSink(Home(switch), target, wire)


PERSONALITY = DellOs10()
