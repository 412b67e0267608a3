"""Trusting host keys: collect them, show their fingerprints, ask, keep."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

import typer
from nornir.core import Nornir
from nornir.core.inventory import Host
from paramiko import PKey

from lcm_nornir.cli import Output
from lcm_nornir.cli.selection import Choice, door_of, select
from lcm_nornir.cli.terminal import data_json, data_table, note
from lcm_nornir.door.host_keys import HostKeys
from lcm_nornir.door.known_hosts import fingerprint
from lcm_nornir.door.opening import shown_by
from lcm_nornir.errors import HostKeyRejected, RequestError, SessionError

_AT_ONCE = 50


class Standing(StrEnum):
    """How a shown key stands to what is trusted."""

    NEW = "new"
    TRUSTED = "trusted"
    CHANGED = "CHANGED"
    REVOKED = "REVOKED"
    OWN = "not ours: the inventory names its own key file"
    SILENT = "no answer"


_UNTRUSTED = (Standing.CHANGED, Standing.REVOKED, Standing.SILENT)


@dataclass(frozen=True, slots=True)
class Shown:
    """What one switch shows."""

    name: str
    address: str
    port: int
    standing: Standing
    key: PKey | None = None
    detail: str = ""

    @property
    def line(self) -> str:
        """Type and base64, as in a public key file."""
        return f"{self.key.get_name()} {self.key.get_base64()}" if self.key else ""


def trust(choice: Choice, output: Output, *, yes: bool, replace: bool) -> int:
    """Collect, show, ask and keep; gives the exit code: 1 if a selected switch is not trusted afterwards.

    Raises:
        RequestError: There are keys to trust, nobody said yes, and nobody can be asked.
    """
    nornir = select(choice)
    keys = door_of(nornir).keys
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        shown = list(pool.map(lambda host: _shown(nornir, keys, host), nornir.inventory.hosts.values()))
    _print(shown, output)
    wanted = [one for one in shown if one.standing is Standing.NEW or (replace and one.standing is Standing.CHANGED)]
    if wanted and (yes or _agreed(len(wanted))):
        for one in wanted:
            keys.trust(one.address, one.port, one.line)
        note(f"{len(wanted)} keys are trusted from now on, in {keys.folder}")
    elif wanted:
        note("nothing was changed")
        return 1
    left = [one.name for one in shown if one.standing in _UNTRUSTED and one not in wanted]
    if left:
        note(f"not trusted: {', '.join(left)}; a changed key is trusted with --replace, a revoked one never")
    return 1 if left else 0


def _shown(nornir: Nornir, keys: HostKeys, host: Host) -> Shown:
    target = door_of(nornir).target_for(host, nornir.config)
    address, port = target.way[:2]
    if target.names_keys:
        return Shown(host.name, address, port, Standing.OWN)
    try:
        key = shown_by(target)
    except SessionError as error:
        return Shown(host.name, address, port, Standing.SILENT, detail=error.message)
    try:
        standing, detail = _standing(keys, address, port, key), ""
    except HostKeyRejected as error:
        standing, detail = Standing.CHANGED, error.message
    return Shown(host.name, address, port, standing, key, detail)


def _standing(keys: HostKeys, address: str, port: int, key: PKey) -> Standing:
    known = keys.known(address, port)
    if key.asbytes() in known.revoked:
        return Standing.REVOKED
    if not known.keys:
        return Standing.NEW
    return Standing.TRUSTED if key in known.keys else Standing.CHANGED


def _print(shown: list[Shown], output: Output) -> None:
    rows = [
        {
            "name": one.name,
            "address": one.address,
            "port": one.port,
            "fingerprint": fingerprint(one.key) if one.key else "",
            "standing": one.standing.value,
            "detail": one.detail,
        }
        for one in shown
    ]
    if output is Output.JSON:
        data_json(rows)
    else:
        data_table(list(rows[0]), [[str(value) for value in row.values()] for row in rows])


def _agreed(count: int) -> bool:
    if not sys.stdin.isatty():
        raise RequestError(
            f"{count} keys are not trusted yet, and nobody can be asked",
            field="--yes",
            cure="compare the fingerprints with the switches' consoles, then give --yes",
        )
    return typer.confirm(f"Did you compare these fingerprints with the consoles? Trust {count} keys?", err=True)
