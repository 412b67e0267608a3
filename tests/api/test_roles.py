"""Which role may take which route: through the door, for every row of the table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from nornir.core import Nornir

from lcm_nornir import Store
from lcm_nornir.access import Role
from lcm_nornir.api import Settings, create_app
from lcm_nornir.api.permissions import PERMISSIONS, READERS, Permissions, missing
from lcm_nornir.jobs.lifecycle import Action, roles_for
from lcm_nornir.journal.deeds import Deed
from tests.api.guarded import Guarded, guarded, routes_of

ROWS = sorted(PERMISSIONS)
OPEN = {("POST", "/auth/token"), ("GET", "/healthz"), ("GET", "/readyz")}
OWN = {("POST", "/auth/token"), ("POST", "/auth/token/extend"), ("DELETE", "/auth/token")}


def may(role: Role, method: str, path: str) -> bool:
    """Tell what the design says of a role and a route, in other words than the table."""
    if (method, path) in OPEN | OWN:
        return True
    if path.startswith(("/users", "/audit")):
        return role is Role.ADMIN
    if path.endswith("/approve"):
        return role is Role.APPROVER
    if path.endswith("/cancel"):
        return role in (Role.OPERATOR, Role.APPROVER)
    if method == "GET" or path.endswith("/status"):
        return True
    return role is Role.OPERATOR


def everywhere() -> FastAPI:
    """Give an app in which every row of the table leads somewhere."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    def reached() -> dict[str, bool]:
        return {"reached": True}

    for method, path in ROWS:
        app.add_api_route(path, reached, methods=[method])
    app.add_api_route("/forgotten", reached, methods=["GET", "POST"])
    return app


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with guarded(tmp_path_factory.mktemp("roles") / "lcm.db", everywhere()) as found:
        yield found


@pytest.mark.parametrize(("method", "path"), ROWS)
def test_S17_each_role_takes_the_routes_that_are_its_and_no_other(api: Guarded, method: str, path: str) -> None:
    real = path.replace("{id}", "4711").replace("{name}", "ada")
    assert (api.ask(method, real).status_code == 200) is ((method, path) in OPEN)
    for role in Role:
        answer = api.ask(method, real, api.tokens[role])
        if may(role, method, path):
            assert answer.json() == {"reached": True}
        else:
            assert answer.status_code == 403
            assert answer.json()["message"] == "You are not authorized to perform this operation"


OF_THE_SERVICE = {Action.BEGIN, Action.MISS, Action.NOT_BEGUN, Action.SUCCEED, Action.SUCCEED_PARTLY, Action.FAIL}


def test_S17_what_the_service_alone_does_is_for_no_role() -> None:
    assert {action for action in Action if not roles_for(action)} == OF_THE_SERVICE


@pytest.mark.parametrize("action", [action for action in Action if action not in OF_THE_SERVICE])
def test_S17_who_may_do_something_to_a_job_may_take_its_route(action: Action) -> None:
    jobs = "/lcm/update-jobs"
    row = {
        Action.CREATE: ("POST", jobs),
        Action.REPLACE: ("PUT", f"{jobs}/{{id}}"),
        Action.DELETE: ("DELETE", f"{jobs}/{{id}}"),
        Action.SCHEDULE: ("POST", f"{jobs}/{{id}}/deploy"),
    }.get(action, ("POST", f"{jobs}/{{id}}/{action}"))
    assert PERMISSIONS[row] == roles_for(action)


def test_S17_a_route_that_is_for_no_role_is_for_nobody(tmp_path: Path) -> None:
    table = Permissions({**PERMISSIONS, ("GET", "/healthz"): frozenset()})
    with guarded(tmp_path / "lcm.db", everywhere(), permissions=table) as found:
        assert [found.ask("GET", "/healthz", token).status_code for token in found.tokens.values()] == [403] * len(Role)


def test_S17_every_route_without_a_token_is_refused_before_its_body_is_read(api: Guarded) -> None:
    guarded_rows = set(ROWS) - OPEN
    assert len(guarded_rows) == len(ROWS) - len(OPEN)
    for method, path in guarded_rows:
        real = path.replace("{id}", "4711").replace("{name}", "ada")
        assert api.ask(method, real, content=b"{ no json").status_code == 401


def test_S16_a_route_that_has_no_row_is_named_and_nobody_can_take_it(api: Guarded) -> None:
    assert missing(routes_of(api.app)) == ["GET /forgotten", "POST /forgotten"]
    for token in (None, *api.tokens.values()):
        assert api.ask("GET", "/forgotten", token).status_code == (404 if token else 401)


def test_S16_routes_of_included_routers_are_among_those_that_are_looked_at(api: Guarded) -> None:
    assert {("POST", "/auth/token/extend"), ("PUT", "/users/{name}")} <= set(routes_of(api.app))


def test_S16_what_is_beside_a_route_is_not_the_route(api: Guarded) -> None:
    token = api.tokens["admin"]
    for path in ("/users/", "//users", "/users/a/b", "/USERS", "/users%00", "/users;x", "/users/%2e%2e/audit"):
        assert api.ask("GET", path, token).status_code in (404, 405), path
    assert api.ask("PATCH", "/users", token).headers["allow"] == "GET, POST"
    assert api.ask("HEAD", "/users", token).status_code == 405


def test_S17_a_user_may_only_what_each_of_his_roles_may(api: Guarded) -> None:
    api.access.add("two", "a long enough password", ["operator", "approver"], by="the test")
    token = api.access.grant("two", [Role.OPERATOR, Role.APPROVER], 60, by="the test").token
    assert api.ask("POST", "/lcm/update-jobs", token).status_code == 200
    assert api.ask("POST", "/lcm/update-jobs/1/approve", token).status_code == 200
    assert api.ask("GET", "/users", token).status_code == 403


def test_a_table_in_which_two_rows_take_one_request_is_refused() -> None:
    with pytest.raises(ValueError, match="GET /users/me matches several rows"):
        Permissions({("GET", "/users/{name}"): READERS, ("GET", "/users/me"): READERS})


def test_S17_roles_that_are_taken_away_are_gone_at_once(tmp_path: Path) -> None:
    with guarded(tmp_path / "lcm.db", everywhere()) as api:
        api.access.change("operator", ["viewer"], "the test")
        assert api.ask("POST", "/lcm/update-jobs", api.tokens["operator"]).status_code == 401


def test_S17_a_token_gives_no_role_that_its_user_has_no_more(tmp_path: Path) -> None:
    with guarded(tmp_path / "lcm.db", everywhere()) as api:
        api.access.accounts.change("operator", Deed("the test", "x"), roles=["viewer"], keep_tokens=True)
        assert api.ask("POST", "/lcm/update-jobs", api.tokens["operator"]).status_code == 403


def test_S16_every_route_of_the_service_has_a_row_and_every_row_a_route(tmp_path: Path) -> None:
    def never() -> Nornir:
        raise AssertionError("nobody asks for the inventory")

    with Store(tmp_path / "lcm.db") as store:
        found = routes_of(create_app(store, never, Settings()))
    assert missing(found) == []
    assert sorted(found) == ROWS
