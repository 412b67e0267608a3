"""Users and the record of who did what, for admins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field, SecretStr

from lcm_nornir.access.roles import Role
from lcm_nornir.api.auth import AccessDep, CallerDep, RoleByWord
from lcm_nornir.journal.accounts import StoredUser
from lcm_nornir.journal.reading import Reading
from lcm_nornir.schema.messages import Message, message
from lcm_nornir.schema.status import Count, Document

router = APIRouter(tags=["users"])
"""``GET`` and ``POST /users``, ``PUT /users/{name}``, ``GET /audit``; it needs the store in ``app.state.lcm_store``."""

Roles = Annotated[list[RoleByWord], Field(min_length=1, max_length=len(Role))]


class UserDocument(Document):
    """A user, as he is told; `created_at` is epoch seconds."""

    name: str
    roles: tuple[str, ...]
    disabled: bool
    created_at: Count


class UserList(Document):
    """All users, by name."""

    data: tuple[UserDocument, ...]


class NewUser(Document):
    """Body of ``POST /users``."""

    name: Annotated[str, Field(max_length=64)]
    password: Annotated[SecretStr, Field(max_length=1024)]
    roles: Roles


class ChangedUser(Document):
    """Body of ``PUT /users/{name}``: his roles from now on, and whether he is disabled. His tokens end."""

    roles: Roles
    disabled: bool


class DeedDocument(Document):
    """Who did what: a line of the store's chained history. `time` is epoch seconds."""

    seq: Count
    time: Count
    who: str
    what: str
    target: str
    address: str
    outcome: str
    detail: str


class DeedList(Document):
    """A page of the record, oldest first."""

    data: tuple[DeedDocument, ...]


@router.get("/users")
def list_users(access: AccessDep) -> UserList:
    """Give all users."""
    return UserList(data=tuple(map(_document, access.accounts.users())))


@router.post("/users")
def add_user(wanted: NewUser, caller: CallerDep, access: AccessDep) -> Message:
    """Add a user."""
    user = access.add(wanted.name, wanted.password.get_secret_value(), wanted.roles, caller.user, caller.address)
    return message("lcm.user.added", name=user.name, new_object_id=user.name)


@router.put("/users/{name}")
def change_user(name: str, wanted: ChangedUser, caller: CallerDep, access: AccessDep) -> Message:
    """Give a user other roles, or disable him; his tokens end."""
    access.change(name, wanted.roles, caller.user, caller.address, disabled=wanted.disabled)
    return message("lcm.user.changed", name=name)


@router.get("/audit")
def audit(
    request: Request,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=2**31)] = 100,
) -> DeedList:
    """Give who did what, after a line; `lcm-nornir audit verify` tells whether it was altered."""
    store: Reading = request.app.state.lcm_store
    told = store.deeds(after, min(limit, request.app.state.lcm_limits.page))
    return DeedList(
        data=tuple(
            DeedDocument(
                seq=one.seq,
                time=int(one.time),
                who=one.deed.who,
                what=one.deed.what,
                target=one.deed.target,
                address=one.deed.address,
                outcome=one.deed.outcome,
                detail=one.deed.detail,
            )
            for one in told
        )
    )


def _document(user: StoredUser) -> UserDocument:
    roles = tuple(sorted(user.roles))
    return UserDocument(name=user.name, roles=roles, disabled=user.disabled, created_at=int(user.created))
