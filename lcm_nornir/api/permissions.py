"""Which role may take which route. What is not in this table does not exist for a request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from starlette.routing import compile_path

from lcm_nornir.access.roles import Role
from lcm_nornir.jobs.lifecycle import Action, roles_for

READERS = frozenset(Role)
OPERATORS = frozenset({Role.OPERATOR})
ADMINS = frozenset({Role.ADMIN})
ANYBODY: frozenset[Role] | None = None
"""Also without a token."""

_JOBS, _SERVERS, _IMAGES = "/lcm/update-jobs", "/lcm/image-servers", "/lcm/os-images"

PERMISSIONS: Mapping[tuple[str, str], frozenset[Role] | None] = {
    ("POST", "/auth/token"): ANYBODY,
    ("POST", "/auth/token/extend"): READERS,
    ("DELETE", "/auth/token"): READERS,
    ("GET", _JOBS): READERS,
    ("POST", _JOBS): roles_for(Action.CREATE),
    ("GET", f"{_JOBS}/{{id}}"): READERS,
    ("PUT", f"{_JOBS}/{{id}}"): roles_for(Action.REPLACE),
    ("DELETE", f"{_JOBS}/{{id}}"): roles_for(Action.DELETE),
    ("POST", f"{_JOBS}/{{id}}/send-for-approval"): roles_for(Action.SEND_FOR_APPROVAL),
    ("POST", f"{_JOBS}/{{id}}/approve"): roles_for(Action.APPROVE),
    ("POST", f"{_JOBS}/{{id}}/deploy"): roles_for(Action.DEPLOY) | roles_for(Action.SCHEDULE),
    ("POST", f"{_JOBS}/{{id}}/cancel"): roles_for(Action.CANCEL),
    ("POST", f"{_JOBS}/{{id}}/resume"): roles_for(Action.RESUME),
    ("GET", f"{_JOBS}/{{id}}/status"): READERS,
    ("POST", f"{_JOBS}/{{id}}/status"): READERS,
    ("GET", f"{_JOBS}/{{id}}/events"): READERS,
    ("GET", f"{_JOBS}/{{id}}/reasons"): READERS,
    ("GET", _SERVERS): READERS,
    ("POST", _SERVERS): OPERATORS,
    ("GET", f"{_SERVERS}/{{id}}"): READERS,
    ("PUT", f"{_SERVERS}/{{id}}"): OPERATORS,
    ("DELETE", f"{_SERVERS}/{{id}}"): OPERATORS,
    ("GET", _IMAGES): READERS,
    ("POST", _IMAGES): OPERATORS,
    ("GET", f"{_IMAGES}/{{id}}"): READERS,
    ("PUT", f"{_IMAGES}/{{id}}"): OPERATORS,
    ("DELETE", f"{_IMAGES}/{{id}}"): OPERATORS,
    ("GET", "/lcm/switches"): READERS,
    ("GET", "/lcm/switches/{id}"): READERS,
    ("GET", "/lcm/switch-groups"): READERS,
    ("GET", "/lcm/switch-groups/{id}"): READERS,
    ("GET", "/lcm/messages"): READERS,
    ("GET", "/users"): ADMINS,
    ("POST", "/users"): ADMINS,
    ("PUT", "/users/{name}"): ADMINS,
    ("GET", "/audit"): ADMINS,
    ("GET", "/metrics"): READERS,
    ("GET", "/healthz"): ANYBODY,
    ("GET", "/readyz"): ANYBODY,
    ("GET", "/openapi.json"): READERS,
}
"""Method and path of a route, as FastAPI writes it, to the roles of which one is needed.

In which state of a job, is `jobs.lifecycle`'s."""


@dataclass(frozen=True, slots=True)
class Found:
    """The row of a request.

    Attributes:
        path: Of the route, with its parameters' names.
        roles: Of which one is needed; None if none is.
        params: Values of the path's parameters.
    """

    path: str
    roles: frozenset[Role] | None
    params: Mapping[str, str]


class Permissions:
    """A table of permissions, ready to be asked.

    Args:
        table: As `PERMISSIONS`.

    Raises:
        ValueError: A path matches two rows of one method.
    """

    def __init__(self, table: Mapping[tuple[str, str], frozenset[Role] | None] = PERMISSIONS) -> None:
        self.table = dict(table)
        self._rows = [(method, path, compile_path(path)[0], roles) for (method, path), roles in self.table.items()]
        for method, path, *_ in self._rows:
            if len([*self._matching(method, path)]) != 1:
                raise ValueError(f"{method} {path} matches several rows")

    def find(self, method: str, path: str) -> Found | None:
        """Give the row of a request; None if there is none."""
        return next(self._matching(method, path), None)

    def methods(self, path: str) -> frozenset[str]:
        """Give the methods that a path takes; empty if there is no such path."""
        return frozenset(method for method, _, pattern, _ in self._rows if pattern.fullmatch(path))

    def _matching(self, method: str, path: str) -> Iterator[Found]:
        for of, template, pattern, roles in self._rows:
            if of == method and (match := pattern.fullmatch(path)):
                yield Found(template, roles, match.groupdict())


def missing(routes: Iterable[tuple[str, str]], table: Mapping[tuple[str, str], object] = PERMISSIONS) -> list[str]:
    """Give the routes, method and path of each, that have no row: nobody can take them."""
    return sorted(f"{method} {path}" for method, path in routes if (method, path) not in table)
