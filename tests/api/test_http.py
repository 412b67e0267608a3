"""The API over HTTP, before any switch is reached: shapes, errors, keys, limits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from lcm_nornir import Image
from lcm_nornir.api import Client, Rejected
from lcm_nornir.api.limits import Limits
from lcm_nornir.errors import DownloadFailed, LcmError, NotReady, RequestError, UnexpectedFailure
from lcm_nornir.events import Phase
from lcm_nornir.jobs.running import RunningJobs
from lcm_nornir.record import SwitchRecord
from lcm_nornir.schema.jobs import ImageServerBody, JobState, JobType, Protocol, Reference
from lcm_nornir.schema.messages import FieldMessage, Message, catalogue
from lcm_nornir.tasks.step import meaning
from tests.api.services import LOCAL, NOBODYS, NOW, Served, served
from tests.fleets import happens
from tests.jobs.services import at, write_inventory

IMAGE = Image(url="http://192.0.2.10:8080/images/os.bin", version="10.5.6.5", sha256="ab" * 32)
GROUPS = {"spines": ["spine1", "spine2"], "leaves": ["leaf1"], "empty": []}
SERVER = ImageServerBody(name="here", protocol=Protocol.HTTP, host="192.0.2.10")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("http")
    hosts: dict[str, Any] = {name: dict(NOBODYS) for name in ("spine1", "spine2", "leaf1")}
    hosts["leaf1"]["data"] = {"lcm": {"id": "SN-17"}}
    write_inventory(place, hosts, GROUPS)
    return place


@pytest.fixture(scope="module")
def api(place: Path) -> Iterator[Served]:
    with served(place) as found:
        yield found


@pytest.fixture(scope="module")
def server(api: Served) -> Reference:
    return api.add_image(IMAGE)


def asked(api: Served, method: str, path: str, role: str = "operator", **more: Any) -> httpx.Response:
    """Ask as somebody does who does not use our client."""
    headers = {"Authorization": f"SFD {api.tokens[role]}", **more.pop("headers", {})}
    return httpx.request(method, api.url + path, headers=headers, **more)


def told(response: httpx.Response) -> Message:
    """Give the message object of an answer, which has exactly its fields and a text of the catalogue."""
    assert set(response.json()) == {"new_object_id", "id", "message", "messageParams", "messages"}
    found = Message.model_validate_json(response.content)
    said: list[Message | FieldMessage] = [found, *found.messages]
    for one in said:
        assert one.id in catalogue()
        values = dict(zip(catalogue()[one.id].parameters, one.messageParams, strict=True))
        assert one.message.startswith(catalogue()[one.id].text.format(**values))
    return found


def test_a_job_has_its_fields_and_no_other(api: Served, server: Reference) -> None:
    body = api.body(IMAGE, "spines", server)
    answer = asked(api, "POST", "/lcm/update-jobs", json=body.model_dump(mode="json"))
    job = told(answer).new_object_id
    document = asked(api, "GET", f"/lcm/update-jobs/{job}", role="viewer").json()
    assert document["switch_group"] == {"id": "spines", "name": "spines"}
    assert document["switch_members"] == []
    api.operator.send_for_approval(job)
    api.approver.approve(job)
    approved = asked(api, "GET", f"/lcm/update-jobs/{job}").json()
    assert set(document) - set(approved) == {"switch_group"}
    assert approved["switch_members"] == [{"id": name, "name": name} for name in ("spine1", "spine2")]
    assert (approved["job_state"], approved["job_type"], approved["scheduled_at"]) == ("APPROVED", "NOT_SET", 0)
    assert approved in asked(api, "GET", "/lcm/update-jobs").json()["data"]


def test_status_is_the_same_by_POST_and_by_GET(api: Served, server: Reference) -> None:
    job = api.approved(IMAGE, "leaves", server)
    posted = asked(api, "POST", f"/lcm/update-jobs/{job}/status", role="viewer")
    assert posted.content == asked(api, "GET", f"/lcm/update-jobs/{job}/status", role="viewer").content
    assert posted.json()["status"] == "NOT_STARTED"
    assert posted.json()["data"][0]["switch_member"] == {"id": "SN-17", "name": "leaf1"}


def test_a_draft_is_replaced_and_deleted(api: Served, server: Reference) -> None:
    body = api.body(IMAGE, "spines", server)
    job = api.operator.create_job(body).new_object_id
    api.operator.replace_job(job, body.model_copy(update={"name": "another"}))
    assert api.operator.job(job).name == "another"
    assert api.operator.delete_job(job).id == "lcm.job.deleted"
    with pytest.raises(Rejected) as refused:
        api.operator.job(job)
    assert (refused.value.status, refused.value.message.message) == (404, "Requested entity does not exist")


def test_what_is_not_possible_in_a_state_is_409(api: Served, server: Reference) -> None:
    job = api.operator.create_job(api.body(IMAGE, "spines", server)).new_object_id
    for path in ("approve", "status", "resume", "deploy"):
        role = "approver" if path == "approve" else "operator"
        more = {"json": {"job_type": "NOW"}} if path == "deploy" else {}
        answer = asked(api, "POST", f"/lcm/update-jobs/{job}/{path}", role=role, **more)
        assert answer.status_code == 409, path
        assert told(answer).message
    api.operator.send_for_approval(job)
    assert api.operator.cancel(job).id == "lcm.job.taken_back"
    assert api.operator.job(job).job_state is JobState.DRAFT


def test_F61_a_request_that_is_sent_again_with_its_key_makes_one_job(api: Served, server: Reference) -> None:
    body = api.body(IMAGE, "spines", server)
    first = api.operator.create_job(body, key="once-1")
    before = len(api.operator.jobs())
    assert api.operator.create_job(body, key="once-1") == first
    assert len(api.operator.jobs()) == before
    with pytest.raises(Rejected) as refused:
        api.operator.create_job(body.model_copy(update={"name": "another"}), key="once-1")
    assert (refused.value.status, refused.value.message.id) == (400, "lcm.request.key")
    assert api.operator.create_job(body, key="once-2").new_object_id != first.new_object_id
    sent = [api.operator.send_for_approval(first.new_object_id, key="send") for _ in range(2)]
    assert sent[0] == sent[1]


@pytest.mark.parametrize(
    ("method", "path", "more", "status"),
    [
        ("GET", "/nowhere", {}, 404),
        ("GET", "/lcm/update-jobs/", {}, 404),
        ("PATCH", "/lcm/update-jobs", {}, 405),
        ("GET", "/lcm/update-jobs/none", {}, 404),
        ("GET", "/lcm/switches/none", {}, 404),
        ("GET", "/lcm/switch-groups/none", {}, 404),
        ("GET", "/lcm/os-images/none", {}, 404),
        ("DELETE", "/lcm/image-servers/none", {}, 404),
        ("POST", "/lcm/update-jobs", {"content": b"{"}, 400),
        ("POST", "/lcm/update-jobs", {"content": b"\xff"}, 400),
        ("POST", "/lcm/update-jobs", {"json": []}, 400),
        ("POST", "/lcm/update-jobs", {"content": b"x" * (2 << 20)}, 413),
        ("GET", "/lcm/update-jobs/none/events", {"headers": {"Last-Event-ID": "-1"}}, 400),
        ("POST", "/lcm/update-jobs", {"headers": {"Authorization": "SFD nobodys"}}, 401),
        ("POST", "/lcm/update-jobs/none/approve", {}, 403),
    ],
)
def test_S23_every_error_is_a_message_object(
    api: Served, method: str, path: str, more: dict[str, Any], status: int
) -> None:
    answer = asked(api, method, path, **more)
    assert answer.status_code == status, answer.text
    assert told(answer).message
    assert "Traceback" not in answer.text
    assert str(api.place) not in answer.text


def test_S19_a_malformed_request_names_each_field_and_what_was_sent_is_not_repeated(api: Served) -> None:
    wrong = {"name": 5, "os_image_version": "1", "image_file_name": "a", "switch_group": {}, "job_state": "s3cret"}
    answer = asked(api, "POST", "/lcm/update-jobs", json=wrong)
    assert answer.status_code == 400
    fields = {one.field_name for one in told(answer).messages}
    assert fields == {"name", "switch_group.id", "image_server", "job_state"}
    assert "s3cret" not in answer.text


def test_what_a_draft_refers_to_must_be_there(api: Served, server: Reference) -> None:
    good = api.body(IMAGE, "spines", server)
    for change, field in (
        ({"switch_group": Reference(id="none")}, "switch_group"),
        ({"image_file_name": "none.bin"}, "image_file_name"),
        ({"os_image_version": "10.5.9.9"}, "os_image_version"),
    ):
        with pytest.raises(Rejected) as refused:
            api.operator.create_job(good.model_copy(update=change))
        assert (refused.value.status, refused.value.message.messages[0].field_name) == (400, field)


def test_S21_an_image_server_lies_where_it_is_allowed_or_is_refused(api: Served) -> None:
    made = api.operator.create_image_server(SERVER.model_copy(update={"name": "allowed"})).new_object_id
    for host in ("169.254.169.254", "::ffff:127.0.0.1", "198.51.100.7", "0x7f000001", "localhost.invalid"):
        body = SERVER.model_copy(update={"name": host, "host": host})
        for send in (api.operator.create_image_server, lambda body: api.operator.replace_image_server(made, body)):
            with pytest.raises(Rejected) as refused:
                send(body)
            assert (refused.value.status, refused.value.message.messages[0].field_name) == (400, "host")
    assert api.operator.image_server(made).host == "192.0.2.10"
    assert api.operator.delete_image_server(made).id == "lcm.image_server.deleted"


def test_S21_a_host_is_asked_for_anew_when_a_job_is_deployed(tmp_path: Path) -> None:
    addresses = ["192.0.2.10"]
    settings = replace(LOCAL, resolver=lambda _: addresses, allowed=LOCAL.allowed.parse(["images.example"]))
    folder = tmp_path / "named"
    write_inventory(folder, {"spine1": dict(NOBODYS)}, {"spines": ["spine1"]})
    with served(folder, settings) as api:
        image = Image(url="http://images.example/os.bin", version="10.5.6.5", sha256="ab" * 32)
        job = api.approved(image, "spines", api.add_image(image))
        addresses[:] = ["127.0.0.1"]
        with pytest.raises(Rejected) as refused:
            api.operator.deploy(job, NOW)
        assert refused.value.status == 400
        assert api.operator.job(job).job_state is JobState.APPROVED


def test_S21_a_host_is_asked_for_anew_when_the_time_of_a_job_has_come(tmp_path: Path) -> None:
    addresses = ["192.0.2.10"]
    settings = replace(LOCAL, resolver=lambda _: addresses, allowed=LOCAL.allowed.parse(["images.example"]))
    folder = tmp_path / "named"
    write_inventory(folder, {"spine1": dict(NOBODYS)}, {"spines": ["spine1"]})
    with served(folder, settings) as api:
        image = Image(url="http://images.example/os.bin", version="10.5.6.5", sha256="ab" * 32)
        job = api.approved(image, "spines", api.add_image(image))
        api.operator.deploy(job, at(time.time() + 3))
        assert api.operator.job(job).job_state is JobState.SCHEDULED
        addresses[:] = ["127.0.0.1"]
        assert happens(lambda: api.operator.job(job).job_state is not JobState.SCHEDULED, within=30)
        found = api.operator.job(job)
        assert (found.job_state, found.job_type, found.start_time) == (JobState.APPROVED, JobType.NOT_SET, 0)


def test_images_of_the_catalogue_are_read_and_changed(api: Served, server: Reference) -> None:
    found = next(image for image in api.operator.os_images() if image.image_server.id == server.id)
    assert (found.os_image_version, found.image_file_name, found.sha256) == ("10.5.6.5", "os.bin", "ab" * 32)
    assert api.clients["viewer"].os_image(found.id) == found
    assert any(one.id == server.id for one in api.operator.image_servers())
    with pytest.raises(Rejected) as refused:
        api.operator.delete_image_server(server.id)
    assert refused.value.status == 409


def test_switches_and_groups_are_the_inventorys_and_no_secret_is_told(api: Served) -> None:
    viewer = api.clients["viewer"]
    assert [switch.id for switch in viewer.switches()] == ["spine1", "spine2", "SN-17"]
    assert viewer.switch("SN-17").switch_groups == (Reference(id="leaves", name="leaves"),)
    assert [(group.id, len(group.switch_members)) for group in viewer.switch_groups()] == [
        ("spines", 2),
        ("leaves", 1),
        ("empty", 0),
    ]
    assert viewer.switch_group("leaves").switch_members[0].id == "SN-17"
    assert "password" not in asked(api, "GET", "/lcm/switches").text


def test_S20_groups_and_open_jobs_have_a_limit(tmp_path: Path) -> None:
    write_inventory(tmp_path, {name: dict(NOBODYS) for name in ("a", "b")}, {"one": ["a"], "two": ["a", "b"]})
    with served(tmp_path, replace(LOCAL, limits=Limits(switches=1, open_jobs=1))) as api:
        server = api.add_image(IMAGE)
        with pytest.raises(Rejected) as refused:
            api.operator.create_job(api.body(IMAGE, "two", server))
        assert refused.value.message.id == "lcm.group.large"
        api.operator.create_job(api.body(IMAGE, "one", server))
        with pytest.raises(Rejected) as refused:
            api.operator.create_job(api.body(IMAGE, "one", server))
        assert (refused.value.status, refused.value.message.id) == (429, "lcm.limit.open_jobs")


def test_S20_a_group_that_grew_while_its_job_waited_is_refused_when_its_members_are_frozen(tmp_path: Path) -> None:
    hosts = {name: dict(NOBODYS) for name in ("a", "b")}
    write_inventory(tmp_path, hosts, {"one": ["a"]})
    with served(tmp_path, replace(LOCAL, limits=Limits(switches=1))) as api:
        server = api.add_image(IMAGE)
        frozen = api.approved(IMAGE, "one", server)
        waiting = api.operator.create_job(api.body(IMAGE, "one", server)).new_object_id
        api.operator.send_for_approval(waiting)
        assert len(api.operator.switch_group("one").switch_members) == 1  # who only looks is told so for some seconds
        write_inventory(tmp_path, hosts, {"one": ["a", "b"]})
        with pytest.raises(Rejected) as refused:
            api.approver.approve(waiting)
        assert (refused.value.status, refused.value.message.id) == (400, "lcm.group.large")
        assert refused.value.message.messageParams == ("one", "2", "1")
        assert api.operator.job(waiting).job_state is JobState.PENDING_APPROVAL
        api.operator.deploy(frozen, at(4_000_000_000))
        assert [one.name for one in api.operator.job(frozen).switch_members] == ["a"]


def test_health_is_told_to_everybody_and_numbers_to_users(api: Served) -> None:
    assert told(httpx.get(f"{api.url}/healthz")).id == "lcm.service.alive"
    assert told(httpx.get(f"{api.url}/readyz")).id == "lcm.service.ready"
    assert httpx.get(f"{api.url}/metrics").status_code == 401
    api.operator.jobs()
    text = api.clients["viewer"].metrics()
    assert 'lcm_jobs{state="DRAFT"}' in text
    assert 'lcm_switches{progress="REBOOT_IN_PROGRESS"} 0.0' in text
    assert 'lcm_requests_total{method="GET",route="/lcm/update-jobs",status="200"}' in text
    assert "none-such" not in text


def test_the_catalogue_of_messages_is_served(api: Served) -> None:
    found = {one.id: one for one in api.operator.messages().data}
    assert set(found) == set(catalogue())
    assert found["lcm.job.created"].parameters == ("job",)


def test_a_token_is_extended_and_ended(api: Served) -> None:
    with Client(api.url) as client:
        first = client.login("viewer", "correct horse battery")
        assert client.extend().token != first.token
        client.logout()
        with pytest.raises(Rejected) as refused:
            client.jobs()
    assert refused.value.status == 401
    assert refused.value.message.message == "You are not authorized to perform this operation"


def test_an_unforeseen_exception_is_500_without_its_text(tmp_path: Path) -> None:
    write_inventory(tmp_path, {"a": dict(NOBODYS)}, {"one": ["a"]})
    with served(tmp_path) as api:
        (tmp_path / "api_hosts.yaml").write_text("a: [secret-text")
        answer = asked(api, "GET", "/lcm/switches")
    assert answer.status_code == 500
    assert told(answer).id == "lcm.request.failed"
    assert "secret-text" not in answer.text
    assert str(tmp_path) not in answer.text


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            UnexpectedFailure("FileNotFoundError: [Errno 2] No such file or directory: '/srv/lcm/x y'; it boots A"),
            "FileNotFoundError; the log of the service tells more",
        ),
        (UnexpectedFailure("KeyError"), "KeyError; the log of the service tells more"),
        (
            meaning(RequestError("cannot be read", field="host_keys: /srv/lcm/keys"), Phase.READINESS),
            "host_keys: (a path of the service): cannot be read",
        ),
        (
            meaning(RequestError("no such secret 'file:/srv/lcm/key'", cure="see '/srv/a b/c'"), Phase.COPY),
            "no such secret 'file:(a path of the service)'; see '(a path of the service)'",
        ),
        (NotReady("http://192.0.2.1/os/x.bin has 1/2 of it"), "http://192.0.2.1/os/x.bin has 1/2 of it"),
        (DownloadFailed("no room on /mnt/flash"), "no room on /mnt/flash"),  # the switch's own
    ],
)
def test_S23_a_reason_tells_no_path_of_the_service_and_of_an_unforeseen_exception_only_its_kind(
    api: Served, monkeypatch: pytest.MonkeyPatch, error: LcmError, told: str
) -> None:
    record = SwitchRecord("SN-17", "leaf1", error=error)
    monkeypatch.setattr(RunningJobs, "records", lambda _, name: (record,) if name == "one" else ())
    (reason,) = asked(api, "GET", "/lcm/update-jobs/one/reasons", role="viewer").json()["data"]
    assert reason["reason"] == told
