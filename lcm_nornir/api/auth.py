"""What stands before every request: who calls, whether he may, how often; and the routes for tokens."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request

from lcm_nornir.access import Access, Caller
from lcm_nornir.api.limits import Limits
from lcm_nornir.api.permissions import Permissions
from lcm_nornir.journal.store import Store

router = APIRouter(tags=["auth"])
"""``POST /auth/token``, ``POST /auth/token/extend``, ``DELETE /auth/token``; `install_guard` includes it."""


def caller(request: Request) -> Caller:
    """Give who calls: a dependency of FastAPI. The guard has let him pass.

    Raises:
        ApiError: 401: the route is one that needs no token.
    """
    raise NotImplementedError


CallerDep = Annotated[Caller, Depends(caller)]
"""Write ``def route(caller: CallerDep)`` to know who calls."""


def install_guard(
    app: FastAPI,
    store: Store,
    *,
    access: Access | None = None,
    limits: Limits | None = None,
    permissions: Permissions | None = None,
) -> None:
    """Put the guard before every request of an app: limits, token, role, record; and the answers to every error.

    Call it once, after all routes and other middleware. The app must be made with ``docs_url=None, redoc_url=None``.

    Args:
        app: The app.
        store: Where users, tokens and the record are kept.
        access: Who somebody is; made for the store if not given.
        limits: The limits; the usual ones if not given.
        permissions: Role by route; the usual table if not given.
    """
    raise NotImplementedError
