"""Passwords: argon2id with the library's defaults. A user that does not exist costs as much as a wrong password."""

from __future__ import annotations

import secrets
from functools import cache
from typing import TYPE_CHECKING

from lcm_nornir.errors import RequestError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 256
"""Characters of a password."""


def hashed(password: str) -> str:
    """Give the hash of a password, its parameters and salt in it.

    Raises:
        RequestError: It is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise RequestError(
            f"it has {len(password)} characters", field="password", cure=f"take {SHORTEST} to {LONGEST} characters"
        )
    return _hasher().hash(_bytes(password))


def matches(kept: str | None, password: str) -> bool:
    """Tell whether a password is the one of which the hash was kept.

    Args:
        kept: The hash; None if there is no such user, and then the answer is no, after the same time.
        password: As it was given.
    """
    from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415 - of the extra `api`

    try:
        _hasher().verify(kept or _nobodys(), _bytes(password[: LONGEST + 1]))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_old(kept: str) -> bool:
    """Tell whether a hash was made with other parameters than those of today."""
    return _hasher().check_needs_rehash(kept)


def _bytes(password: str) -> bytes:
    return password.encode(errors="surrogatepass")  # JSON can carry what is no text; it fits no password


@cache
def _hasher() -> PasswordHasher:
    try:
        from argon2 import PasswordHasher as Hasher  # noqa: PLC0415 - of the extra `api`
    except ImportError as error:
        raise RequestError(
            "the package argon2-cffi is missing", field="users", cure="run: pip install 'lcm-nornir[api]'"
        ) from error
    return Hasher()


@cache
def _nobodys() -> str:
    return _hasher().hash(secrets.token_hex(32))
