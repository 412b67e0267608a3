"""Community SONiC for the skeleton: a bash for each session, commands, and ``scp`` to wherever the user says."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from lcm_nornir.simulator.scp import ScpSink, sink_target
from lcm_nornir.simulator.sonic.paths import Inward
from lcm_nornir.simulator.sonic.shell import Once, Shell
from lcm_nornir.simulator.sonic.switch import Switch

if TYPE_CHECKING:
    from lcm_nornir.simulator.blobs import Blob
    from lcm_nornir.simulator.journal import Journal
    from lcm_nornir.simulator.personality import Reader, Wire
    from lcm_nornir.simulator.power import Power
    from lcm_nornir.simulator.spec import FleetSpec, SwitchSpec


class Shelf:
    """The files of a switch, for ``scp``: a path that does not begin with a slash is below the user's home."""

    def __init__(self, switch: Switch, target: str) -> None:
        self._switch = switch
        self._home = switch.folder.at(f"home/{switch.username}")
        self._target = Path(self._home, Inward(switch.folder.path).whole(target.removeprefix("~/") or "."))

    @property
    def room(self) -> int:
        """Bytes that are free where the file goes."""
        return self._switch.folder.room(str(self._target.parent))

    def place(self, target: str, name: str) -> str:
        """Give the path of the file: the client's own name in a folder."""
        del target
        return str(self._target / posixpath.basename(name) if self._target.is_dir() else self._target)

    def put(self, path: str, content: Blob) -> None:
        """Keep a file."""
        with Path(path).open("wb") as file:
            file.writelines(content.pieces())
        self._switch.effect("pushed", file=posixpath.basename(path), path=self._switch.shown(path))


class Sonic:
    """The personality."""

    ssh_version = "OpenSSH_8.4p1"
    locks_out = False

    def switch(self, spec: SwitchSpec, fleet: FleetSpec, journal: Journal, source: str | None) -> Switch:
        """Make a switch."""
        return Switch(spec, fleet, journal, source)

    def shell(self, switch: Switch, power: Power, wire: Wire) -> Reader:
        """Give a bash."""
        switch.power = power
        return Shell(switch, wire)

    def execute(self, switch: Switch, power: Power, command: str, wire: Wire) -> Reader | None:
        """Take a file by SCP, or run a command."""
        switch.power = power
        target = sink_target(command)
        if target is not None:
            return ScpSink(Shelf(switch, target), target, wire)
        return Shell(switch, wire, command) if wire.terminal else Once(switch, wire, command)


PERSONALITY = Sonic()
