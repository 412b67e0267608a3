"""The one place where it is decided who somebody is: by password, or by token."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lcm_nornir.access.attempts import Attempts
from lcm_nornir.access.roles import Role
from lcm_nornir.errors import RequestError
from lcm_nornir.journal.accounts import Accounts, StoredUser

HOUR = 3600.0


class LoginRefused(RequestError):
    """User and password are not a user and his password; which of the two is not told."""


class TooManyAttempts(RequestError):
    """Somebody tries too often.

    Attributes:
        wait: Seconds until the next try.
    """

    wait: float

    def __init__(self, message: str, *, wait: float, field: str = "", cure: str = "") -> None:
        super().__init__(message, field=field, cure=cure)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request.

    Attributes:
        user: Name.
        roles: What he may do with this token: its scopes, as far as they are still his roles.
        expires: Epoch seconds at which his token ends.
        address: Where he calls from.
        digest: Of his token; the token itself is not kept.
    """

    user: str
    roles: frozenset[Role]
    expires: float
    address: str
    digest: str


@dataclass(frozen=True, slots=True)
class Issued:
    """A token just made: the only time it is seen.

    Attributes:
        token: What is sent in the header.
        user: Whose it is.
        scopes: In which roles it may be used.
        issued, expires: Epoch seconds.
    """

    token: str
    user: str
    scopes: frozenset[Role]
    issued: float
    expires: float

    def __repr__(self) -> str:
        return f"Issued(user={self.user!r}, expires={self.expires})"


class Access:
    """Users, logins and tokens. Safe to use from several threads; its calls block (disk, argon2).

    Args:
        accounts: Where they are kept.
        attempts: Counts tries to log in; one of its own if not given.
        lifetime: Seconds for which a token is valid.
        longest: Seconds since the login for which it can be extended.
    """

    def __init__(
        self,
        accounts: Accounts,
        *,
        attempts: Attempts | None = None,
        lifetime: float = HOUR,
        longest: float = 12 * HOUR,
    ) -> None:
        self.accounts = accounts
        self.attempts = attempts or Attempts()
        self.lifetime = lifetime
        self.longest = longest

    def login(self, user: str, password: str, address: str, scopes: Iterable[Role] | None = None) -> Issued:
        """Give a token for a password.

        Args:
            user: Name.
            password: As it was typed.
            address: Where the try comes from.
            scopes: Roles in which the token may be used; all of the user's if not given.

        Raises:
            LoginRefused: No such user, wrong password, disabled, or no such role of his.
            TooManyAttempts: It was not even looked at.
            JournalFailed: The store does not take it.
        """
        raise NotImplementedError

    def caller(self, token: str, address: str) -> Caller | None:
        """Tell whose token it is; None if it is nobody's, has expired, was revoked, or its user is disabled."""
        raise NotImplementedError

    def extend(self, caller: Caller) -> Issued:
        """Give a new token of the same scopes; the old one ends.

        Raises:
            LoginRefused: The old one has ended meanwhile, or the login is too long ago.
            JournalFailed: The store does not take it.
        """
        raise NotImplementedError

    def logout(self, caller: Caller) -> None:
        """End the caller's token; may be called again.

        Raises:
            JournalFailed: The store does not take it.
        """
        raise NotImplementedError

    def add(self, name: str, password: str, roles: Iterable[str], by: str, address: str = "") -> StoredUser:
        """Add a user.

        Raises:
            RequestError: The name or password is not to be used, there is one of this name, or there is no such role.
            JournalFailed: The store does not take it.
        """
        raise NotImplementedError
