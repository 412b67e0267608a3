"""Which drivers there are: the entry-point group ``lcm_nornir.drivers``."""

from __future__ import annotations

import functools
from importlib.metadata import entry_points
from threading import Lock
from typing import Any

from lcm_nornir.drivers.base import Driver
from lcm_nornir.errors import RequestError

GROUP = "lcm_nornir.drivers"
_ONCE = Lock()


def drivers() -> dict[str, Driver]:
    """Give every installed driver by its platform name, in alphabetical order.

    Raises:
        RequestError: An installed driver is incomplete; it says what is missing.
    """
    with _ONCE:  # a thousand threads that begin at once must not each look through all installed packages
        return _drivers()


@functools.cache
def _drivers() -> dict[str, Driver]:
    found = (_checked(entry.name, entry.load()) for entry in entry_points(group=GROUP))
    return dict(sorted((driver.platform, driver) for driver in found))


@functools.cache
def _names() -> dict[str, Driver]:
    return {name: driver for driver in drivers().values() for name in (driver.platform, *driver.aliases)}


def driver_for(platform: str | None, host: str = "") -> Driver:
    """Give the driver of a platform, by its name or one of its aliases.

    Raises:
        RequestError: There is none.
    """
    driver = _names().get(platform or "")
    if driver is None:
        raise RequestError(
            f"no driver for the platform {platform!r}" + (f" of {host}" if host else ""),
            field="platform",
            cure=f"one of: {', '.join(drivers())}",
        )
    return driver


def _checked(name: str, kind: Any) -> Driver:
    missing = sorted(member for member in _members() if not hasattr(kind, member))
    if missing:
        raise RequestError(f"the driver {name} has no {', '.join(missing)}", field=GROUP, cure="complete or remove it")
    driver: Driver = kind()
    return driver


def _members() -> set[str]:
    return {name for name in (*Driver.__annotations__, *vars(Driver)) if not name.startswith("_")}
