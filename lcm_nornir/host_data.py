"""What the inventory says of a host under ``data["lcm"]``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nornir.core.inventory import Host

from lcm_nornir.errors import RequestError


def lcm_data(host: Host) -> dict[str, Any]:
    """Give what the inventory says of a host under ``data["lcm"]``: defaults, groups and host, the nearest wins.

    Unlike Nornir's own look-up, which takes the first ``lcm`` that it finds whole, single keys are inherited.

    Raises:
        RequestError: One of them is no mapping, or has an unknown key.
    """
    merged: dict[str, Any] = {}
    levels = [("defaults", host.defaults.data), *((g.name, g.data) for g in reversed(host.extended_groups()))]
    for name, data in (*levels, (host.name, host.data)):
        found = data.get("lcm", {})
        where = f"data.lcm of {name}"
        if not isinstance(found, Mapping):
            raise RequestError("is no mapping", field=where, cure=f"keys are: {', '.join(sorted(_LCM_KEYS))}")
        for key in found:
            if key not in _LCM_KEYS:
                raise RequestError(
                    f"unknown key {key!r}", field=where, cure=f"keys are: {', '.join(sorted(_LCM_KEYS))}"
                )
        if not isinstance(found.get("timeouts", {}), Mapping):
            raise RequestError("is no mapping", field=f"{where}: timeouts", cure="write names and seconds")
        if not isinstance(found.get("napalm", True), bool):
            raise RequestError("is not true or false", field=f"{where}: napalm", cure="write false to leave NAPALM out")
        timeouts = {**merged.get("timeouts", {}), **found.get("timeouts", {})}
        merged |= found
        if timeouts:
            merged["timeouts"] = timeouts
    return merged


def switch_id(host: Host) -> str:
    """Give the id of a switch in the API: ``data["lcm"]["id"]``, or its name."""
    return str(lcm_data(host).get("id") or host.name)


def peers_of(hosts: Iterable[Host]) -> dict[str, str]:
    """Give the peer of each host that has one (``data["lcm"]["peer"]``); one entry of a pair is enough.

    Raises:
        RequestError: A host is its own peer, or one of two pairs.
    """
    peers: dict[str, str] = {}
    for host in hosts:
        if not (peer := str(lcm_data(host).get("peer") or "")):
            continue
        for one, other in ((host.name, peer), (peer, host.name)):
            if one == other or peers.setdefault(one, other) != other:
                raise RequestError(
                    f"{one} cannot be the peer of {other}" + (f" and of {peers[one]}" if one != other else ""),
                    field=f"data.lcm.peer of {host.name}",
                    cure="name the other half of its pair",
                )
    return peers


def pair_up(hosts: Iterable[Host]) -> None:
    """Write each pair into both halves, so that either knows the other when only one of them is selected.

    Raises:
        RequestError: As `peers_of`.
    """
    known = {host.name: host for host in hosts}
    for name, peer in peers_of(known.values()).items():
        if name in known:
            data = known[name].data
            data["lcm"] = {**data.get("lcm", {}), "peer": peer}


_LCM_KEYS = {"id", "image_server", "model", "napalm", "peer", "serial", "source_interface", "timeouts", "vrf"}
