"""What each network OS can do, as data and as a table."""

from __future__ import annotations

from typing import Any

from lcm_nornir.cli import Output
from lcm_nornir.cli.terminal import data_json, data_table
from lcm_nornir.drivers.base import Cancels, Commits, Driver
from lcm_nornir.drivers.registry import drivers as installed


def drivers(output: Output) -> int:
    """Print the drivers' capabilities, and give the exit code."""
    rows = [_row(driver) for driver in installed().values()]
    if output is Output.JSON:
        data_json(rows)
    else:
        heads = [name.replace("_", " ") for name in rows[0]] if rows else ["platform"]
        data_table(heads, [[_text(value) for value in row.values()] for row in rows])
    return 0


def _row(driver: Driver) -> dict[str, Any]:
    able = driver.capabilities
    return {
        "platform": driver.platform,
        "aliases": sorted(driver.aliases),
        "copy": able.copy,
        "install": able.install,
        "point_of_no_return": able.no_return,
        "slots": able.slots,
        "schemes": sorted(able.schemes),
        "digests": list(able.digests),
        "cancel": isinstance(driver, Cancels),
        "commit": isinstance(driver, Commits),
    }


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(value) if isinstance(value, list) else str(value)
