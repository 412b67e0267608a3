"""The simulator's process: build the fleet, say that it listens, serve until the parent is gone."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lcm_nornir.simulator import addresses, process, spec
from lcm_nornir.simulator.journal import Journal
from lcm_nornir.simulator.personality import personality
from lcm_nornir.simulator.port import SshPort, key_of, public
from lcm_nornir.simulator.spec import (
    FleetReady,
    FleetSpec,
    ImageServerSpec,
    SimulatedImage,
    SimulatedSwitch,
    SwitchSpec,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator


async def serve(fleet: FleetSpec) -> None:
    """Serve a fleet; write the ready line, and at the end a line with the CPU seconds used.

    Raises:
        ValueError: There is no such fleet: no folder for logs, a name twice, a fault that is not in the table.
        OSError: The fleet cannot start: its addresses are taken, or its files cannot be written.
    """
    if not fleet.log_dir:
        raise ValueError("log_dir is required")
    if len({switch.name for switch in fleet.switches}) < len(fleet.switches):
        raise ValueError("two switches have one name")
    process.allow_files()
    parent_gone = process.watch_parent()
    os.makedirs(fleet.log_dir, exist_ok=True)  # noqa: PTH103 - nothing is served yet that this could hold up
    async with contextlib.AsyncExitStack() as stack:
        fleet = _with_platforms(fleet)
        switches, peers = _with_served_faults(fleet), _peers(fleet)
        sockets = addresses.bind(len(switches), fleet.first_address, fleet.port, one_address=fleet.one_address)
        ports = [_port(fleet, switch, sock) for switch, sock in zip(switches, sockets, strict=True)]
        for one, other in peers:
            ports[one].switch.pair_with(ports[other].switch)
        images: dict[str, SimulatedImage] = {}
        images_pid = 0
        if fleet.images is not None:
            images, images_pid = await stack.enter_async_context(
                _image_server(_for_clients(fleet, fleet.images, ports))
            )
        for port in ports:
            stack.push_async_callback(port.stop)
            port.open()
        answers = tuple(_answer(port, one.platform) for port, one in zip(ports, switches, strict=True))
        ready = FleetReady(os.getpid(), answers, images, images_pid)
        process.say(spec.to_json(ready))
        await parent_gone.wait()
    process.say(json.dumps({"cpu_seconds": round(process.cpu_seconds(), 3)}))


def _port(fleet: FleetSpec, switch_spec: SwitchSpec, bound: socket.socket) -> SshPort:
    journal = Journal(Path(fleet.log_dir), switch_spec.name)
    source = None if fleet.one_address else bound.getsockname()[0]
    own = personality(switch_spec.platform)
    return SshPort(own, own.switch(switch_spec, fleet, journal, source), bound)


def _with_platforms(fleet: FleetSpec) -> FleetSpec:
    """Let the image server serve an image for each platform of the fleet, in the order of the switches."""
    if fleet.images is None or not fleet.switches:
        return fleet
    platforms = tuple(dict.fromkeys(switch.platform for switch in fleet.switches))
    return replace(fleet, images=replace(fleet.images, platforms=platforms))


def _peers(fleet: FleetSpec) -> list[tuple[int, int]]:
    """Give the places of the two halves of each pair, twice: once from each side, the first of the fleet first.

    Raises:
        ValueError: A switch names a peer that does not name it, or that runs another OS.
    """
    places = {switch.name: place for place, switch in enumerate(fleet.switches)}
    pairs = {(switch.name, switch.vlt_peer) for switch in fleet.switches if switch.vlt_peer}
    alone = sorted(pair for pair in pairs if pair[::-1] not in pairs)
    if alone:
        raise ValueError("the VLT peer of {} is {}, but not the other way round".format(*alone[0]))
    found = sorted((places[one], places[other]) for one, other in pairs)
    if any(fleet.switches[one].platform != fleet.switches[other].platform for one, other in found):
        raise ValueError("a pair is of one platform")
    return found


def _answer(port: SshPort, platform: str) -> SimulatedSwitch:
    switch = port.switch
    return SimulatedSwitch(
        name=switch.name,
        host=port.address[0],
        port=port.address[1],
        username=switch.username,
        password=switch.password,
        platform=platform,
        serial=switch.expected_serial,
        model=switch.expected_model,
        host_key=public(port.key),
        next_host_key=public(key_of(switch, 1) if "new-host-key" in switch.faults else port.key),
    )


def _with_served_faults(fleet: FleetSpec) -> list[SwitchSpec]:
    """Give each switch the faults that were asked of the image server in its name."""
    asked = dict(fleet.images.faults) if fleet.images else {}
    return [replace(one, faults=(*one.faults, asked[one.name])) if one.name in asked else one for one in fleet.switches]


def _for_clients(fleet: FleetSpec, images: ImageServerSpec, ports: list[SshPort]) -> ImageServerSpec:
    """Name clients by the addresses that the image server will see.

    Where all switches share one address it cannot tell them apart; they ask for ``/faults/FAULT/FILE`` themselves.
    """
    names = {port.switch.name for port in ports}
    faults = {client: fault for client, fault in dict(images.faults).items() if client not in names}
    if not fleet.one_address:
        faults |= {port.address[0]: served for port in ports if (served := port.switch.faults.served)}
    return replace(images, faults=faults, pace=fleet.download_s / fleet.speed)


@contextlib.asynccontextmanager
async def _image_server(images: ImageServerSpec) -> AsyncIterator[tuple[dict[str, SimulatedImage], int]]:
    """Run the image server as a process that ends when this one does."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "lcm_nornir.simulator.images",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    if child.stdin is None or child.stdout is None:
        raise ChildProcessError("the image server has no pipes")
    try:
        child.stdin.write(spec.to_json(images).encode() + b"\n")
        line = await child.stdout.readline()
        if not line:
            raise ChildProcessError("the image server did not start")
        yield spec.images_of(json.loads(line)), child.pid
    finally:
        child.stdin.close()
        await child.wait()
