"""Users and tokens, as they stand in the store. Each change is bound by a line of history, so that it is audited."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import Connection

from lcm_nornir.journal.deeds import Deed
from lcm_nornir.journal.writer import Writer


@dataclass(frozen=True, slots=True)
class StoredUser:
    """A user.

    Attributes:
        name: By which he logs in.
        password: Hash of his password; empty if he has none, and so cannot log in.
        roles: Names of his roles.
        disabled: Whether none of his tokens and no password is taken.
        created: Epoch seconds.
    """

    name: str
    password: str
    roles: frozenset[str]
    disabled: bool
    created: float


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A token; the token itself is nowhere.

    Attributes:
        digest: Its SHA-256, hexadecimal.
        user: Whose it is.
        scopes: Names of the roles in which it may be used.
        issued, expires: Epoch seconds.
        revoked: Epoch seconds; 0 if it was not.
    """

    digest: str
    user: str
    scopes: frozenset[str]
    issued: float
    expires: float
    revoked: float = 0.0


class Accounts:
    """Users and tokens of a store; `Store.accounts` gives it. Safe to use from several threads."""

    def __init__(
        self, read: Callable[[], AbstractContextManager[Connection]], writer: Writer, now: Callable[[], float]
    ) -> None:
        self._read = read
        self._writer = writer
        self.now = now

    def users(self) -> tuple[StoredUser, ...]:
        """Give all users, by name."""
        raise NotImplementedError

    def user(self, name: str) -> StoredUser | None:
        """Give a user; None if there is none of this name."""
        raise NotImplementedError

    def token(self, digest: str) -> tuple[StoredToken, StoredUser] | None:
        """Give the token of this digest, and its user; None if there is none."""
        raise NotImplementedError

    def add(self, user: StoredUser, deed: Deed) -> None:
        """Store a new user; returns when he is on disk.

        Raises:
            RequestError: There is one of this name.
            JournalFailed: The store does not take it.
        """
        raise NotImplementedError

    def change(
        self,
        name: str,
        deed: Deed,
        *,
        roles: Iterable[str] | None = None,
        disabled: bool | None = None,
        password: str | None = None,
    ) -> StoredUser:
        """Change a user, and end his tokens unless only a hash was renewed; gives him as he is then.

        Raises:
            RequestError: There is no such user.
            JournalFailed: The store does not take it.
        """
        raise NotImplementedError

    def issue(self, token: StoredToken, deed: Deed, *, instead: str = "") -> None:
        """Store a new token; returns when it is on disk.

        Args:
            token: The token.
            deed: Who asked for it.
            instead: Digest of the token that ends with it, in the same transaction.

        Raises:
            RequestError: The one that is to end has ended already.
            JournalFailed: The store does not take it.
        """
        raise NotImplementedError

    def revoke(self, digest: str, deed: Deed) -> None:
        """End a token; may be called again.

        Raises:
            JournalFailed: The store does not take it.
        """
        raise NotImplementedError
