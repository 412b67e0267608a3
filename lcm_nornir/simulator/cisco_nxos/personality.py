"""Cisco NX-OS for the skeleton: a command line that reads lines, and ``scp`` into the bootflash."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from lcm_nornir.simulator.blobs import File
from lcm_nornir.simulator.cisco_nxos.cli import Cli
from lcm_nornir.simulator.cisco_nxos.switch import Switch
from lcm_nornir.simulator.cisco_nxos.terminal import HelpfulTerminal
from lcm_nornir.simulator.scp import ScpSink, sink_target

if TYPE_CHECKING:
    from lcm_nornir.simulator.blobs import Blob
    from lcm_nornir.simulator.journal import Journal
    from lcm_nornir.simulator.personality import Reader, Wire
    from lcm_nornir.simulator.power import Power
    from lcm_nornir.simulator.spec import FleetSpec, SwitchSpec

_SCP = "feature scp-server"


class Shelf:
    """The bootflash, for ``scp``."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch

    @property
    def room(self) -> int:
        """Bytes that are free."""
        return self._switch.flash.free

    def place(self, target: str, name: str) -> str:
        """Give the name of the file: the client's own if the target is a folder."""
        last = posixpath.basename(target.removeprefix("bootflash:").rstrip())
        return name if last in {"", ".", "~", "bootflash"} else last

    def put(self, path: str, content: Blob) -> None:
        """Keep a file."""
        self._switch.flash.files[path] = File(content, self._switch.now())
        self._switch.effect("pushed", file=path)


class CiscoNxos:
    """The personality."""

    ssh_version = "OpenSSH_8.3p1"
    locks_out = False

    def switch(self, spec: SwitchSpec, fleet: FleetSpec, journal: Journal, source: str | None) -> Switch:
        """Make a switch."""
        return Switch(spec, fleet, journal, source)

    def shell(self, switch: Switch, power: Power, wire: Wire) -> Reader:
        """Give a command line."""
        switch.power = power
        return HelpfulTerminal(Cli(switch, power), wire)

    def execute(self, switch: Switch, power: Power, command: str, wire: Wire) -> Reader | None:
        """Take a file by SCP, if the feature is on; refuse any other command."""
        switch.power = power
        target = sink_target(command)
        return ScpSink(Shelf(switch), target, wire) if target and switch.configuration.has(_SCP) else None


PERSONALITY = CiscoNxos()
