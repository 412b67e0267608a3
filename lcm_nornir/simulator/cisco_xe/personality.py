"""Cisco IOS-XE for the skeleton: a command line that reads lines, and ``scp`` into the flash if that is allowed."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from lcm_nornir.simulator.cisco_xe.cli import Cli, Line
from lcm_nornir.simulator.cisco_xe.flash import name_of
from lcm_nornir.simulator.cisco_xe.switch import Switch
from lcm_nornir.simulator.scp import ScpSink, sink_target

if TYPE_CHECKING:
    from lcm_nornir.simulator.blobs import Blob
    from lcm_nornir.simulator.journal import Journal
    from lcm_nornir.simulator.personality import Reader, Wire
    from lcm_nornir.simulator.power import Power
    from lcm_nornir.simulator.spec import FleetSpec, SwitchSpec


class Shelf:
    """The flash, for whoever pushes a file."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch

    @property
    def room(self) -> int:
        """Bytes that are free."""
        return self._switch.flash.free

    def place(self, target: str, name: str) -> str:
        """Give the name of the file: the client's own if the target is the flash itself."""
        return name_of(target) or (name if target.endswith((":", "/", ".")) else posixpath.basename(target))

    def put(self, path: str, content: Blob) -> None:
        """Keep a file."""
        self._switch.flash.write(path, content, self._switch.now())
        self._switch.effect("pushed", file=path)


class Denied:
    """A file transfer that is not allowed."""

    def __init__(self, text: str, wire: Wire) -> None:
        self._text, self._wire = text, wire

    def start(self) -> None:
        """Say so, and go."""
        self._wire.write(b"\1" + self._text.encode() + b"\n")
        self._wire.leave(1)

    def feed(self, data: bytes) -> None:
        """Hear nothing."""

    def eof(self) -> None:
        """Be gone already."""

    def resize(self, columns: int, rows: int) -> None:
        """Have no terminal."""

    def close(self) -> None:
        """Have nothing to end."""


class CiscoXe:
    """The personality."""

    ssh_version = "Cisco-1.25"
    locks_out = False

    def switch(self, spec: SwitchSpec, fleet: FleetSpec, journal: Journal, source: str | None) -> Switch:
        """Make a switch."""
        return Switch(spec, fleet, journal, source)

    def shell(self, switch: Switch, power: Power, wire: Wire) -> Reader:
        """Give a command line."""
        switch.power = power
        privileged = "user-exec" not in switch.faults
        return Line(Cli(switch, power, privileged=privileged), wire)

    def execute(self, switch: Switch, power: Power, command: str, wire: Wire) -> Reader | None:
        """Take a file by SCP; refuse any other command."""
        switch.power = power
        target = sink_target(command)
        if target is None:
            return None
        if "user-exec" in switch.faults:
            return Denied("Privilege denied.", wire)
        if not switch.configuration.has("ip scp server enable"):
            return Denied("Administratively disabled.", wire)
        return ScpSink(Shelf(switch), target, wire)


PERSONALITY = CiscoXe()
