"""The typed client: a method for each route, and no route without one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from lcm_nornir.access import Role
from lcm_nornir.api import Client, Rejected
from lcm_nornir.api.permissions import PERMISSIONS, Permissions
from lcm_nornir.api.users import ChangedUser, NewUser
from lcm_nornir.schema.jobs import (
    DeployBody,
    ImageBody,
    ImageServerBody,
    JobType,
    Protocol,
    Reference,
    UpdateJobBody,
)
from lcm_nornir.schema.messages import message
from tests.access.users import PASSWORD
from tests.api.services import NOBODYS, Served, served
from tests.jobs.services import write_inventory

X = Reference(id="x")
JOB = UpdateJobBody(name="x", os_image_version="1", image_file_name="x", switch_group=X, image_server=X)
SERVER = ImageServerBody(name="x", protocol=Protocol.HTTP, host="192.0.2.1")
IMAGE = ImageBody(image_server=X, image_file_name="x", os_image_version="1", sha256="0" * 64)
ADA = NewUser(name="ada", password=SecretStr(PASSWORD), roles=[Role.VIEWER])
CALLS: dict[str, Callable[[Client], object]] = {
    "login": lambda client: client.login("x", "x"),
    "extend": Client.extend,
    "logout": Client.logout,
    "jobs": Client.jobs,
    "job": lambda client: client.job("x"),
    "job_seen": lambda client: client.job_seen("x"),
    "create_job": lambda client: client.create_job(JOB),
    "replace_job": lambda client: client.replace_job("x", JOB),
    "delete_job": lambda client: client.delete_job("x"),
    "send_for_approval": lambda client: client.send_for_approval("x"),
    "approve": lambda client: client.approve("x"),
    "deploy": lambda client: client.deploy("x", DeployBody(job_type=JobType.NOW)),
    "cancel": lambda client: client.cancel("x"),
    "resume": lambda client: client.resume("x"),
    "status": lambda client: client.status("x"),
    "reasons": lambda client: client.reasons("x"),
    "events": lambda client: list(client.events("x")),
    "image_servers": Client.image_servers,
    "image_server": lambda client: client.image_server("x"),
    "create_image_server": lambda client: client.create_image_server(SERVER),
    "replace_image_server": lambda client: client.replace_image_server("x", SERVER),
    "delete_image_server": lambda client: client.delete_image_server("x"),
    "os_images": Client.os_images,
    "os_image": lambda client: client.os_image("x"),
    "create_os_image": lambda client: client.create_os_image(IMAGE),
    "replace_os_image": lambda client: client.replace_os_image("x", IMAGE),
    "delete_os_image": lambda client: client.delete_os_image("x"),
    "switches": Client.switches,
    "switch": lambda client: client.switch("x"),
    "switch_groups": Client.switch_groups,
    "switch_group": lambda client: client.switch_group("x"),
    "messages": Client.messages,
    "users": Client.users,
    "add_user": lambda client: client.add_user(ADA),
    "change_user": lambda client: client.change_user("x", ChangedUser(roles=[Role.VIEWER], disabled=False)),
    "audit": Client.audit,
    "metrics": Client.metrics,
    "openapi": Client.openapi,
    "alive": Client.alive,
    "ready": Client.ready,
}
SAME = {("GET", "/lcm/update-jobs/{id}/status")}
"""Answered as its POST is, which the client takes."""


def test_the_calls_are_those_of_the_client() -> None:
    assert set(CALLS) == {name for name in vars(Client) if not name.startswith("_")} - {"close"}


def test_every_route_has_a_method_and_every_method_a_route_and_tells_its_refusal() -> None:
    table, asked = Permissions(), list[tuple[str, str]]()

    def refuse(request: httpx.Request) -> httpx.Response:
        found = table.find(request.method, request.url.path)
        assert found, request.url
        asked.append((request.method, found.path))
        return httpx.Response(409, json=message("lcm.service.ends").model_dump(mode="json"))

    with Client("http://lcm.example", transport=httpx.MockTransport(refuse)) as client:
        for call in CALLS.values():
            with pytest.raises(Rejected, match="409: the service is being stopped"):
                call(client)
    assert len(asked) == len(CALLS)
    assert set(asked) == set(PERMISSIONS) - SAME


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    place = tmp_path_factory.mktemp("client")
    write_inventory(place, {"a": dict(NOBODYS)}, {"one": ["a"]})
    with served(place) as found:
        yield found


def test_an_admin_adds_a_user_who_logs_in_and_has_other_roles_later(api: Served) -> None:
    admin = api.clients["admin"]
    assert admin.add_user(ADA).new_object_id == "ada"
    with Client(api.url) as ada:
        assert ada.login("ada", PASSWORD, ("viewer",)).scopes == ("viewer",)
        assert ada.jobs() == ()
        admin.change_user("ada", ChangedUser(roles=[Role.OPERATOR, Role.VIEWER], disabled=True))
        for again in (ada.jobs, lambda: ada.login("ada", PASSWORD)):
            with pytest.raises(Rejected, match="401"):
                again()
    (found,) = [user for user in admin.users() if user.name == "ada"]
    assert (found.roles, found.disabled) == (("operator", "viewer"), True)
    with pytest.raises(Rejected, match="403"):
        api.operator.users()


def test_the_record_is_read_a_page_at_a_time(api: Served) -> None:
    admin = api.clients["admin"]
    begun = len(told_by(admin, 1000))
    pages = told_by(admin, 3)
    assert [deed.seq for deed in pages] == sorted({deed.seq for deed in pages})
    assert pages[0].what == "users add"
    assert len(pages) > begun  # that it is read is recorded, too


def told_by(admin: Client, page: int) -> list[Any]:
    found = list(admin.audit(limit=page))
    while more := admin.audit(after=found[-1].seq, limit=page):
        found += more
        if len(more) < page:  # each look adds a line: it would not end
            break
    return found


def test_a_password_is_in_the_request_and_in_no_text_of_its_document() -> None:
    sent = list[Any]()

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(200, json=message("lcm.user.added", name="ada").model_dump(mode="json"))

    with Client("http://lcm.example", transport=httpx.MockTransport(answer)) as client:
        client.add_user(ADA)
    assert sent == [{"name": "ada", "password": PASSWORD, "roles": ["viewer"]}]
    assert PASSWORD not in f"{ADA!r} {ADA.model_dump_json()}"


def test_health_is_told_to_whoever_asks(api: Served) -> None:
    with Client(api.url) as anybody:
        assert [anybody.alive().id, anybody.ready().id] == ["lcm.service.alive", "lcm.service.ready"]
