"""Where a store is: a file on a disk of this machine, or a database of a PostgreSQL server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit

from lcm_nornir.errors import RequestError

_SCHEME = re.compile(r"postgres(?:ql)?:|[A-Za-z][A-Za-z0-9+.-]*:(?=//)")
_SCHEMES = ("postgresql:", "postgres:")  # as libpq has them
FORM = "write postgresql://USER@HOST:PORT/DATABASE"
"""How the place of a store on a server is written."""
_SECRETS = ("password", "sslpassword")
_CURE = (
    "leave it out, and give it by the variable PGPASSWORD or in a password file (~/.pgpass, or ?passfile=PATH);"
    " change one that was typed: it stands in the shell's history"
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the database of a store is, on a PostgreSQL server.

    Attributes:
        url: ``postgresql://user@host:port/name``, as libpq reads it; there is no password in it.
    """

    url: str

    def __str__(self) -> str:
        return self.url


Place: TypeAlias = Path | Address
"""Of a store; as a text it is how the store is named in messages."""


def place_of(name: Place | str) -> Place:
    """Give the one place of a store: of a file, whose log and whose owners' signs of life lie beside it, one path.

    Args:
        name: As somebody names it: a URL that begins with ``postgresql:``, or a path: relative, from ``~``, or by a
            symbolic link.

    Raises:
        RequestError: It names nothing, or has a password in it, which everybody on this machine could read.
    """
    if isinstance(name, Address):
        return name
    if isinstance(name, str) and (found := _SCHEME.match(name)):
        return _address(name, found[0])
    try:
        return Path(name).expanduser().resolve()
    except (OSError, RuntimeError) as error:  # no such user, a link to itself, a working folder that is gone
        raise RequestError(
            f"{name}: it names no place ({error})", field="--store", cure="write the whole path"
        ) from error


def _address(url: str, scheme: str) -> Address:
    try:
        parts = urlsplit(url)
        has_secret = parts.password is not None or any(name in _SECRETS for name, _ in parse_qsl(parts.query, True))
    except ValueError:  # and its text is not told: a password may be in it
        has_secret, parts = True, urlsplit("")
    if has_secret:
        raise RequestError("there is a password in this URL", field="--store", cure=_CURE)
    if scheme not in _SCHEMES or not url.startswith(f"{scheme}//") or not parts.path.strip("/"):
        raise RequestError("this URL names no database of a PostgreSQL server", field="--store", cure=FORM)
    return Address(url)
