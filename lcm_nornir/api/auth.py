"""Logging in, extending, logging out; and the guard, put before an app."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from pydantic import Field, SecretStr

from lcm_nornir import clock
from lcm_nornir.access import Access, Caller, Issued, Role
from lcm_nornir.api.answers import ApiError, install_answers
from lcm_nornir.api.guard import CALLER, Guard
from lcm_nornir.api.limits import Limits, Streams
from lcm_nornir.api.permissions import Permissions
from lcm_nornir.journal.store import Store
from lcm_nornir.schema.messages import Message, message
from lcm_nornir.schema.status import Count, Document

RoleByWord = Annotated[Role, Field(strict=False)]
"""A role in a request's body, by its word, also from JSON that was read already."""


class TokenRequest(Document):
    """Body of ``POST /auth/token``.

    Attributes:
        user: Name.
        password: Password.
        scopes: Roles in which the token may be used; all of the user's if there are none.
    """

    user: Annotated[str, Field(max_length=256)]
    password: Annotated[SecretStr, Field(max_length=1024)]
    scopes: Annotated[list[RoleByWord], Field(default_factory=list, max_length=len(Role))]


class TokenDocument(Document):
    """A token.

    Attributes:
        token: What follows ``SFD`` in the header ``Authorization``.
        user: Whose it is.
        scopes: Roles in which it may be used.
        issued_at, expires_at: Epoch seconds.
    """

    token: str
    user: str
    scopes: tuple[str, ...]
    issued_at: Count
    expires_at: Count


router = APIRouter(tags=["auth"])
"""``POST /auth/token``, ``POST /auth/token/extend``, ``DELETE /auth/token``; they need `install_guard`."""


async def caller(request: Request) -> Caller:
    """Give who calls: a dependency of FastAPI. The guard has let him pass.

    Raises:
        ApiError: 401: the route is one that needs no token.
    """
    found = request.scope.get(CALLER)
    if not isinstance(found, Caller):
        raise ApiError(HTTPStatus.UNAUTHORIZED, message("lcm.auth.unauthorized"))
    return found


async def access(request: Request) -> Access:
    """Give who tells who somebody is: a dependency of FastAPI."""
    found: Access = request.app.state.lcm_access
    return found


CallerDep = Annotated[Caller, Depends(caller)]
"""Write ``def route(caller: CallerDep)`` to know who calls."""
AccessDep = Annotated[Access, Depends(access)]


def install_guard(
    app: FastAPI,
    store: Store,
    *,
    access: Access | None = None,
    limits: Limits | None = None,
    permissions: Permissions | None = None,
) -> None:
    """Put the guard before every request of an app: limits, token, role, record; and the answers to every error.

    Call it once, after all other middleware is added. From then on ``app.state`` has what routes need: the store in
    ``lcm_store``, `Access` in ``lcm_access``, `Limits` in ``lcm_limits``, `Streams` in ``lcm_streams``.

    Args:
        app: The app.
        store: Where users, tokens and the record are kept.
        access: Who somebody is; made for the store if not given.
        limits: The limits; the usual ones if not given.
        permissions: Role by route; the usual table if not given.
    """
    limits = limits or Limits()
    access = access or Access(store.accounts())
    app.state.lcm_access, app.state.lcm_limits, app.state.lcm_streams = access, limits, Streams(limits)
    app.state.lcm_store = store
    app.state.lcm_hashing = anyio.CapacityLimiter(limits.hashing)
    install_answers(app)
    app.add_middleware(Guard, access=access, limits=limits, permissions=permissions or Permissions(), now=clock.elapsed)


@router.post("/auth/token")
async def log_in(wanted: TokenRequest, request: Request, response: Response, access: AccessDep) -> TokenDocument:
    """Give a token for user and password."""
    address = request.client.host if request.client else ""
    scopes = frozenset(wanted.scopes) or None

    def issued() -> Issued:
        return access.login(wanted.user, wanted.password.get_secret_value(), address, scopes)

    return _document(await run_sync(issued, limiter=request.app.state.lcm_hashing), response)


@router.post("/auth/token/extend")
def extend(caller: CallerDep, response: Response, access: AccessDep) -> TokenDocument:
    """Give a new token; the one in the header ends."""
    return _document(access.extend(caller), response)


@router.delete("/auth/token")
def log_out(caller: CallerDep, access: AccessDep) -> Message:
    """End the token in the header."""
    access.logout(caller)
    return message("lcm.auth.logged_out")


def _document(issued: Issued, response: Response) -> TokenDocument:
    response.headers["Cache-Control"] = "no-store"
    return TokenDocument(
        token=issued.token,
        user=issued.user,
        scopes=tuple(sorted(issued.scopes)),
        issued_at=int(issued.issued),
        expires_at=int(issued.expires),
    )
