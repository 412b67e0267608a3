"""Passwords that stand as text in an inventory's files: these are for their owner's eyes alone."""

from __future__ import annotations

import functools
import stat
from collections.abc import Iterator
from pathlib import Path

from nornir.core.configuration import Config
from nornir.core.inventory import Host

from lcm_nornir.errors import RequestError
from lcm_nornir.secrets import SecretRef
from lcm_nornir.simulator.spec import FleetSpec

_PUBLISHED = FleetSpec(()).password  # of simulated switches


def refuse_open_password(host: Host, config: Config) -> None:
    """Refuse a password that everybody on this machine can read in one of the inventory's files.

    The files are those that the options of Nornir's inventory plugin name, whatever plugin it is.

    Args:
        host: The host.
        config: Nornir's configuration.

    Raises:
        RequestError: Such a file holds the host's password; it is not named.
    """
    password = host.get_connection_parameters("netmiko").password or ""
    if password in ("", _PUBLISHED) or _is_reference(password):
        return
    for path in _files(config):
        found = path.stat()
        if found.st_mode & stat.S_IROTH and _holds(str(path), found.st_mtime_ns, password):
            raise RequestError(
                f"everybody can read the password of {host.name} in it",
                field=str(path),
                cure=f"run: chmod 600 {path}; or write env:NAME, file:PATH or keyring:SERVICE/USER in its place",
            )


def _is_reference(text: str) -> bool:
    try:
        SecretRef.parse(text)
    except RequestError:
        return False
    return True


def _files(config: Config) -> Iterator[Path]:
    for value in config.inventory.options.values():
        if isinstance(value, str | Path) and (path := Path(value).expanduser()).is_file():
            yield path


@functools.lru_cache(maxsize=4096)
def _holds(path: str, modified: int, password: str) -> bool:
    del modified  # a key of the cache: a changed file is read again
    return password in Path(path).read_text(encoding="utf-8", errors="replace")
