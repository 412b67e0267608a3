"""The one place where it is decided who somebody is: by password, or by token."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from lcm_nornir.access.attempts import Attempts
from lcm_nornir.access.passwords import hashed, is_old, matches
from lcm_nornir.access.roles import Role, roles_of
from lcm_nornir.errors import RequestError
from lcm_nornir.journal.accounts import Accounts, StoredToken, StoredUser
from lcm_nornir.journal.deeds import Deed

HOUR = 3600.0
_BYTES = 32
"""Of a token: 256 random bits."""
_LONGEST = 128  # characters of what may be a token
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_TOKEN_SHOWN = 8  # digits of a token's digest, by which the record names it


class LoginRefused(RequestError):
    """User and password are not a user and his password, or a token has ended; more is not told."""


class TooManyAttempts(RequestError):
    """Somebody tries too often.

    Attributes:
        wait: Seconds until the next try.
    """

    wait: float

    def __init__(self, message: str, *, field: str = "", cure: str = "", wait: float = 0.0) -> None:
        super().__init__(message, field=field, cure=cure)
        self.wait = wait
        self._fields = (*self._fields, "wait")


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
        self.attempts = Attempts() if attempts is None else attempts
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
            LoginRefused: No such user, wrong password (by now), or disabled.
            RequestError: It is he, and he has not all of these roles.
            TooManyAttempts: It was not even looked at.
            JournalFailed: The store does not take it.
        """
        if wait := self.attempts.begin(user, address):
            raise TooManyAttempts("too many attempts to log in", field="user", cure=f"wait {wait:.0f} s", wait=wait)
        found = self.accounts.user(user) if _NAME.fullmatch(user) else None
        proven = matches(found.password or None if found else None, password)
        if found is None or found.disabled or not proven:
            # a name that is nobody's may be a password, typed in the wrong field
            self.accounts.tell(Deed("", "login", found.name if found else "", address, outcome="refused"))
            raise LoginRefused("user and password do not fit", field="user", cure="look at both")
        self.attempts.succeeded(user, address)
        deed = Deed(user, "password hashed anew", user, address)
        try:
            if is_old(found.password):
                fresh = hashed(password)
                found = self.accounts.change(user, deed, password=fresh, keep_tokens=True, known=found.password)
        except RequestError as error:  # it was the old password
            raise LoginRefused(error.message, field=error.field, cure=error.cure) from error
        return self._issue(found, scopes, self.lifetime, Deed(user, "login", user, address), known=found.password)

    def grant(self, name: str, scopes: Iterable[Role], lifetime: float, by: str) -> Issued:
        """Give a token without a password, for a program that calls on a user's behalf.

        Args:
            name: The user.
            scopes: Roles in which it may be used.
            lifetime: Seconds for which it is valid.
            by: Who gives it.

        Raises:
            RequestError: There is no such user, he is disabled, or he has not all of these roles.
            JournalFailed: The store does not take it.
        """
        found = self.accounts.user(name)
        if found is None:
            raise RequestError(f"there is no user {name!r}", field="name", cure="lcm-nornir users list shows them")
        return self._issue(found, scopes, lifetime, Deed(by, "users token", name))

    def caller(self, token: str, address: str) -> Caller | None:
        """Tell whose token it is; None if it is nobody's, has expired, was revoked, or its user is disabled."""
        if len(token) > _LONGEST:
            return None
        digest = _digest(token)
        found = self.accounts.token(digest)  # how long that takes tells of digests, from which no token can be made
        if found is None:
            return None
        kept, user = found
        if kept.revoked or user.disabled or self.accounts.now() >= kept.expires:
            return None
        roles = frozenset(map(Role, kept.scopes & user.roles))
        return Caller(user.name, roles, kept.expires, address, digest)

    def knows(self, caller: Caller) -> bool:
        """Tell whether a caller's token is still his: of somebody who stays longer than a request."""
        found = self.accounts.token(caller.digest)
        if found is None or found[0].revoked or found[1].disabled:
            return False
        return self.accounts.now() < caller.expires

    def extend(self, caller: Caller) -> Issued:
        """Give a new token of the same scopes; the old one ends.

        Raises:
            LoginRefused: The old one has ended meanwhile, or the login is too long ago.
            JournalFailed: The store does not take it.
        """
        found = self.accounts.token(caller.digest)
        if found is None or found[0].revoked:
            raise LoginRefused("it has ended", field="token", cure="log in again")
        old, user = found
        now = self.accounts.now()
        expires = min(now + self.lifetime, old.begun + self.longest)
        if expires <= max(now, old.expires):
            raise LoginRefused("it cannot be extended any further", field="token", cure="log in again")
        token = secrets.token_urlsafe(_BYTES)
        fresh = StoredToken(_digest(token), user.name, old.scopes, old.begun, now, expires)
        deed = Deed(user.name, "extend", user.name, caller.address, detail=f"token {fresh.digest[:_TOKEN_SHOWN]}")
        try:
            self.accounts.issue(fresh, deed, instead=old.digest)
        except RequestError as error:
            raise LoginRefused(error.message, field=error.field, cure=error.cure) from error
        return Issued(token, user.name, frozenset(map(Role, old.scopes)), now, expires)

    def logout(self, caller: Caller) -> None:
        """End the caller's token; may be called again.

        Raises:
            JournalFailed: The store does not take it.
        """
        shown = f"token {caller.digest[:_TOKEN_SHOWN]}"
        self.accounts.revoke(caller.digest, Deed(caller.user, "logout", caller.user, caller.address, detail=shown))

    def add(self, name: str, password: str, roles: Iterable[str], by: str, address: str = "") -> StoredUser:
        """Add a user.

        Args:
            name: By which he logs in.
            password: As he will type it.
            roles: Names of his roles.
            by: Who adds him.
            address: From where.

        Raises:
            RequestError: The name or password is not to be used, there is one of this name, or there is no such role.
            JournalFailed: The store does not take it.
        """
        if not _NAME.fullmatch(name):
            cure = "take 1 to 64 of: a-z 0-9 . _ @ -, a letter or digit first"
            raise RequestError("it is no user's name", field="name", cure=cure)
        given = roles_of(roles)
        user = StoredUser(name, hashed(password), frozenset(given), disabled=False, created=self.accounts.now())
        self.accounts.add(user, Deed(by, "users add", name, address, detail=_told(given)))
        return user

    def change(
        self, name: str, roles: Iterable[str] | None, by: str, address: str = "", *, disabled: bool | None = None
    ) -> StoredUser:
        """Give a user other roles, disable him, or let him log in again; his tokens end. May be called again.

        Args:
            name: His name.
            roles: Names of his roles from now on; as they were if not given.
            by: Who changes him.
            address: From where.
            disabled: Whether he is disabled from now on; as he was if not given.

        Raises:
            RequestError: There is no such user, or no such role.
            JournalFailed: The store does not take it.
        """
        given = None if roles is None else roles_of(roles)
        told = [] if given is None else [_told(given)]
        if disabled is not None:
            told.append("disabled" if disabled else "enabled")
        deed = Deed(by, "users change", name, address, detail=", ".join(told))
        return self.accounts.change(name, deed, roles=given, disabled=disabled)

    def set_password(self, name: str, password: str, by: str, address: str = "") -> StoredUser:
        """Give a user another password; his tokens end.

        Raises:
            RequestError: There is no such user, or the password is not to be used.
            JournalFailed: The store does not take it.
        """
        return self.accounts.change(name, Deed(by, "users password", name, address), password=hashed(password))

    def _issue(
        self, user: StoredUser, scopes: Iterable[Role] | None, lifetime: float, deed: Deed, *, known: str | None = None
    ) -> Issued:
        wanted = user.roles if scopes is None else frozenset(scopes)
        if not wanted or not wanted <= user.roles:
            cure = f"ask for some of: {', '.join(sorted(user.roles))}"
            raise RequestError("these are not all roles of this user", field="scopes", cure=cure)
        token, now = secrets.token_urlsafe(_BYTES), self.accounts.now()
        kept = StoredToken(_digest(token), user.name, wanted, now, now, now + lifetime)
        detail = f"token {kept.digest[:_TOKEN_SHOWN]}: {_told(wanted)}"
        deed = Deed(deed.who, deed.what, deed.target, deed.address, deed.outcome, detail)
        try:
            self.accounts.issue(kept, deed, known=known)
        except RequestError as error:
            raise LoginRefused(error.message, field=error.field, cure=error.cure) from error
        return Issued(token, user.name, frozenset(map(Role, wanted)), now, kept.expires)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _told(roles: Iterable[str]) -> str:
    return " ".join(sorted(roles))
