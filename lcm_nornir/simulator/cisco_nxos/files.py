"""The commands that look at the bootflash."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lcm_nornir.simulator.cisco_nxos import invented
from lcm_nornir.simulator.cisco_nxos.bootflash import CAPACITY, name_of

if TYPE_CHECKING:
    from lcm_nornir.simulator.cisco_nxos.switch import Switch

_SUMS = {"md5sum": "md5", "sha256sum": "sha256", "sha512sum": "sha512"}


def digest(switch: Switch, words: list[str]) -> str:
    """``show file bootflash:F {md5sum|sha256sum|sha512sum}``: the bare hash; empty for anything else."""
    match words:
        case [path, sum_ as name] if sum_ in _SUMS and name_of(path):
            found = switch.flash.files.get(name_of(path))
            if found is None:
                return invented.text(invented.NO_SUCH_FILE, switch.draws)
            return found.content.digest(_SUMS[name])
    return ""


def directory(switch: Switch, words: list[str]) -> str:
    """``dir bootflash:[F]``; empty for anything else."""
    if words and not words[0].startswith("bootflash:"):
        return ""
    name = name_of(words[0]) if words else ""
    sizes = switch.flash.sizes
    rows = {key: row for key, row in sizes.items() if name in {"", key}}
    if name and not rows:
        return invented.text(invented.NO_SUCH_FILE, switch.draws)
    lines = [f"{size:>12}    {_dated(when)}  {key}" for key, (size, when) in sorted(rows.items())]
    folders = [] if name else [f"{4096:>12}    {_dated(switch.booted)}  .rpmstore/"]
    free = switch.flash.free
    return "\n".join(
        (
            *folders,
            *lines,
            "",
            "Usage for bootflash://sup-local",
            f"{CAPACITY - free:>12} bytes used",
            f"{free:>12} bytes free",
            f"{CAPACITY:>12} bytes total",
        )
    )


def _dated(epoch_s: float) -> str:
    return time.strftime("%b %d %H:%M:%S %Y", time.gmtime(epoch_s))
