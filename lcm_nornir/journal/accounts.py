"""Users and tokens, as they stand in the store. Each change is bound by a line of history, so that it is audited."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from lcm_nornir.errors import RequestError
from lcm_nornir.journal.chain import TOKEN, USER, binding, token_digest, user_digest
from lcm_nornir.journal.deeds import Deed, deed_line
from lcm_nornir.journal.tables import add_rows, history, tokens, users
from lcm_nornir.journal.writer import Writer

_LISTED = "lcm-nornir users list shows them"
_OF_TOKEN = (
    select(tokens, users).join(users, users.c.name == tokens.c.user).where(tokens.c.digest == bindparam("digest"))
)
"""Asked at every request of the API: one question, and made once."""


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

    def __repr__(self) -> str:
        return f"StoredUser(name={self.name!r}, roles={sorted(self.roles)}, disabled={self.disabled})"


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A token; the token itself is nowhere.

    Attributes:
        digest: Its SHA-256, hexadecimal.
        user: Whose it is.
        scopes: Names of the roles in which it may be used.
        begun: Epoch seconds; when its user logged in, however often it was extended since.
        issued, expires: Epoch seconds.
        revoked: Epoch seconds; 0 if it was not.
    """

    digest: str
    user: str
    scopes: frozenset[str]
    begun: float
    issued: float
    expires: float
    revoked: float = 0.0


class Accounts:
    """Users and tokens of a store; `Store.accounts` gives it. Safe to use from several threads.

    Args:
        read: Gives a connection to read by.
        often: The same, for what is asked at every request.
        writer: Writes to the store.
        now: Gives epoch seconds that never run backwards.
    """

    def __init__(
        self,
        read: Callable[[], AbstractContextManager[Connection]],
        often: Callable[[], AbstractContextManager[Connection]],
        writer: Writer,
        now: Callable[[], float],
    ) -> None:
        self._read = read
        self._often = often
        self._writer = writer
        self.now = now

    def users(self) -> tuple[StoredUser, ...]:
        """Give all users, by name."""
        with self._read() as connection:
            return tuple(_user(row) for row in connection.execute(select(users).order_by(users.c.name)))

    def user(self, name: str) -> StoredUser | None:
        """Give a user; None if there is none of this name."""
        with self._read() as connection:
            return _found(connection, name)

    def token(self, digest: str) -> tuple[StoredToken, StoredUser] | None:
        """Give the token of this digest, and its user; None if there is none."""
        with self._often() as connection:
            row = connection.execute(_OF_TOKEN, {"digest": digest}).first()
        return (_token(row), _user(row)) if row else None

    def add(self, user: StoredUser, deed: Deed) -> None:
        """Store a new user; returns when he is on disk.

        Raises:
            RequestError: There is one of this name.
            JournalFailed: The store does not take it.
        """

        def work(connection: Connection) -> None:
            if _found(connection, user.name):
                raise RequestError(f"there is a user {user.name!r} already", field="name", cure=_LISTED)
            row = _user_row(user)
            add_rows(connection, users, [row])
            self._bind(connection, [(USER, user.name, user_digest(row))], deed)

        self._writer.do("user", work)

    def change(
        self,
        name: str,
        deed: Deed,
        *,
        roles: Iterable[str] | None = None,
        disabled: bool | None = None,
        password: str | None = None,
        keep_tokens: bool = False,
        known: str | None = None,
    ) -> StoredUser:
        """Change a user, and end all his tokens; gives him as he is then. May be called again.

        Args:
            name: His name.
            deed: Who changes him.
            roles: Names of his roles from now on; as they were if not given.
            disabled: Whether he is disabled; as he was if not given.
            password: Hash of his password; as it was if not given.
            keep_tokens: End none: nothing of what he may do has changed.
            known: The hash that his password must still have; whatever it is if not given.

        Raises:
            RequestError: There is no such user, or his password has changed.
            JournalFailed: The store does not take it.
        """

        def work(connection: Connection) -> StoredUser:
            before = _found(connection, name)
            if before is None:
                raise RequestError(f"there is no user {name!r}", field="name", cure=_LISTED)
            if known not in (None, before.password):
                raise RequestError("the password has changed meanwhile", field="user", cure="log in again")
            after = StoredUser(
                name,
                before.password if password is None else password,
                before.roles if roles is None else frozenset(roles),
                before.disabled if disabled is None else disabled,
                before.created,
            )
            row = _user_row(after)
            connection.execute(update(users).where(users.c.name == name).values(row))
            ended = [] if keep_tokens else self._end(connection, tokens.c.user == name)
            self._bind(connection, [(USER, name, user_digest(row)), *ended], deed)
            return after

        return self._writer.do("user", work)

    def issue(self, token: StoredToken, deed: Deed, *, instead: str = "", known: str | None = None) -> None:
        """Store a new token; returns when it is on disk.

        Args:
            token: The token.
            deed: Who asked for it.
            instead: Digest of the token that ends with it, in the same transaction.
            known: The hash that its user's password must still have; whatever it is if not given.

        Raises:
            RequestError: The one that is to end has ended already, or its user is disabled or has another password by
                now.
            JournalFailed: The store does not take it.
        """

        def work(connection: Connection) -> None:
            user = _found(connection, token.user)
            valid = (tokens.c.digest == instead) & (tokens.c.revoked == 0)
            replaced = not instead or connection.execute(select(tokens.c.digest).where(valid)).first()
            same = user is not None and known in (None, user.password)
            if user is None or user.disabled or not replaced or not same:
                raise RequestError("it has ended meanwhile", field="token", cure="log in again")
            row = _token_row(token)
            ended = self._end(connection, tokens.c.digest == instead) if instead else []
            add_rows(connection, tokens, [row])
            self._bind(connection, [*ended, (TOKEN, token.digest, token_digest(row))], deed)

        self._writer.do("token", work)

    def revoke(self, digest: str, deed: Deed) -> None:
        """End a token; may be called again.

        Raises:
            JournalFailed: The store does not take it.
        """
        self._writer.do(
            "token", lambda connection: self._bind(connection, self._end(connection, tokens.c.digest == digest), deed)
        )

    def tell(self, deed: Deed, *, wait: bool = True) -> None:
        """Store what somebody did.

        Args:
            deed: What.
            wait: Return only when it is on disk; else it is kept, and tried again, until the store takes it.

        Raises:
            JournalFailed: It was waited for, and the store does not take it.
        """
        row = deed_line(deed, self.now())
        self._writer.append("history deed", lambda _: [(history, row)], wait=wait)

    def _end(self, connection: Connection, which: Any) -> list[tuple[str, str, str]]:
        """End tokens that have not ended; gives what is to be bound of them."""
        now = self.now()
        valid = select(tokens).where(which, tokens.c.revoked == 0, tokens.c.expires > now)
        rows = [{**row, "revoked": now} for row in connection.execute(valid).mappings().all()]
        for row in rows:
            connection.execute(update(tokens).where(tokens.c.digest == row["digest"]).values(revoked=now))
        return [(TOKEN, row["digest"], token_digest(row)) for row in rows]

    def _bind(self, connection: Connection, changed: Iterable[tuple[str, str, str]], deed: Deed) -> None:
        """Add the lines that bind what was changed, and the one that tells who did it."""
        now = self.now()
        lines = [
            {"job": "", "switch": name, "time": now, "kind": kind, "body": binding(digest)}
            for kind, name, digest in changed
        ]
        add_rows(connection, history, [*lines, deed_line(deed, now)])


def _found(connection: Connection, name: str) -> StoredUser | None:
    row = connection.execute(select(users).where(users.c.name == name)).first()
    return _user(row) if row else None


def _user(row: Row[Any]) -> StoredUser:
    return StoredUser(row.name, row.password, frozenset(row.roles.split()), bool(row.disabled), row.created)


def _user_row(user: StoredUser) -> Mapping[str, Any]:
    return {**asdict(user), "roles": " ".join(sorted(user.roles)), "disabled": int(user.disabled)}


def _token(row: Row[Any]) -> StoredToken:
    scopes = frozenset(row.scopes.split())
    return StoredToken(row.digest, row.user, scopes, row.begun, row.issued, row.expires, row.revoked)


def _token_row(token: StoredToken) -> Mapping[str, Any]:
    return {**asdict(token), "scopes": " ".join(sorted(token.scopes))}
