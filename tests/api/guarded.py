"""An app behind the guard: a store with one user of each role, and requests to it without a socket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from lcm_nornir import Store
from lcm_nornir.access import Access, Attempts, Role
from lcm_nornir.api import auth, users
from lcm_nornir.api.auth import install_guard
from lcm_nornir.api.limits import Limits
from lcm_nornir.api.permissions import Permissions
from tests.access.users import PASSWORD, add_user

PEER = ("192.0.2.77", 4711)


@dataclass
class Clock:
    """A clock that goes on when it is told to; seconds."""

    time: float = 1_000.0

    def __call__(self) -> float:
        return self.time


@dataclass
class Guarded:
    """An app, and what is behind it."""

    app: FastAPI
    store: Store
    access: Access
    tokens: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, token: str | None = None, *, scheme: str = "SFD", peer: Any = PEER, **more: Any
    ) -> httpx.Response:
        """Make a request, with a token if one is given."""
        headers = httpx.Headers(more.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"{scheme} {token}"
        return anyio.run(self._asked, method, path, headers, peer, more)

    async def _asked(
        self, method: str, path: str, headers: httpx.Headers, peer: Any, more: dict[str, Any]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, client=peer)
        async with httpx.AsyncClient(transport=transport, base_url="http://lcm.example") as client:
            return await client.request(method, path, headers=headers, **more)

    def login(self, user: str, password: str = PASSWORD, **more: Any) -> httpx.Response:
        return self.ask("POST", "/auth/token", json={"user": user, "password": password}, **more)

    def told(self) -> list[tuple[str, str, str, str]]:
        """Give who did what to what, and how it ended, as the record tells."""
        deeds = [one.deed for one in self.store.deeds(limit=10_000)]
        return [(deed.who, deed.what, deed.target, deed.outcome) for deed in deeds]


def routes_of(app: FastAPI) -> list[tuple[str, str]]:
    """Give method and path of every route of an app, also of those that its documentation does not tell of."""
    found = iter_route_contexts(app.routes)
    return [(method, str(one.path)) for one in found for method in one.methods or () if method != "HEAD"]


@contextmanager
def guarded(
    path: Path,
    app: FastAPI | None = None,
    *,
    limits: Limits | None = None,
    permissions: Permissions | None = None,
    roles: tuple[Role, ...] = tuple(Role),
    lifetime: float = 3600.0,
    longest: float = 12 * 3600.0,
    clock: Clock | None = None,
) -> Iterator[Guarded]:
    """Give an app behind the guard, and the token of a user of each role; each is called as his role."""
    app = app or FastAPI(docs_url=None, redoc_url=None)
    with Store(path) as store:
        access = Access(store.accounts(), attempts=Attempts(clock or Clock()), lifetime=lifetime, longest=longest)
        app.include_router(auth.router)
        app.include_router(users.router)
        install_guard(app, store, access=access, limits=limits, permissions=permissions)
        found = Guarded(app, store, access)
        for role in roles:
            add_user(store, role, role)
            found.tokens[role] = access.grant(role, [role], 3600, by="the test").token
        yield found
