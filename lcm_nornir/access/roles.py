"""The roles. None contains another: who is given two of them still approves no job of his own."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from lcm_nornir.errors import RequestError


class Role(StrEnum):
    """What somebody may do."""

    VIEWER = "viewer"
    """Reads."""
    OPERATOR = "operator"
    """Creates, replaces, deletes, sends for approval, deploys, cancels, resumes; reads."""
    APPROVER = "approver"
    """Approves what others wrote; reads."""
    ADMIN = "admin"
    """Users and audit; reads. No job is his to change or approve."""


def roles_of(texts: Iterable[str], field: str = "roles") -> frozenset[Role]:
    """Read roles.

    Raises:
        RequestError: There is no such role, or none is given.
    """
    listed = list(texts)
    known = set(Role)
    if not listed or not known.issuperset(listed):
        wrong = next((one for one in listed if one not in known), "")
        what = f"there is no role {wrong!r}" if listed else "no role is given"
        raise RequestError(what, field=field, cure=f"one or more of: {', '.join(Role)}")
    return frozenset(map(Role, listed))
