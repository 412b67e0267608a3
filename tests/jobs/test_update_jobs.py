"""The API's jobs as documents: drafts, approval by another, the digest of what was approved, audit."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from lcm_nornir import Image
from lcm_nornir.access.roles import Role
from lcm_nornir.errors import Invalid, NotAllowed, NotFound, Refused, RequestError, WrongState
from lcm_nornir.jobs.images import Images
from lcm_nornir.jobs.lifecycle import Action, Actor
from lcm_nornir.jobs.repeats import Repeats
from lcm_nornir.jobs.running import RunningJobs
from lcm_nornir.jobs.updates import StoredUpdate, UpdateJobs
from lcm_nornir.record import SwitchRecord, report_of
from lcm_nornir.schema.jobs import DeployBody, ImageBody, ImageServerBody, JobState, JobType, Reference, UpdateJobBody
from lcm_nornir.schema.messages import Message, message
from tests.fleets import happens
from tests.jobs.services import ANN, BOB, EVE, NOW, Service, at, opened, write_inventory
from tests.journal.stores import asked

IMAGE = Image(url="http://192.0.2.10/images/os10.bin", version="10.5.6.5", sha256="a" * 64)
LATER = 4_000_000_000
HOSTS: dict[str, Any] = {
    f"leaf{number}": {
        "hostname": f"192.0.2.{number}",
        "port": 22,
        "platform": "dell_os10",
        "username": "admin",
        "password": "s3cret-of-the-switch",
        "data": {"lcm": {"id": f"id-{number}", "serial": f"TAG{number}"}},
    }
    for number in (1, 2, 3)
}
GROUPS = {"leafs": ["leaf1", "leaf2"], "all": ["leaf1", "leaf2", "leaf3"], "nobody": []}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    write_inventory(tmp_path, HOSTS, GROUPS)
    service = Service(tmp_path)
    yield service
    service.close()


def store_path(service: Service) -> Path:
    assert isinstance(service.store.place, Path)
    return service.store.place


def test_a_draft_is_made_read_replaced_and_deleted_and_its_history_stays(service: Service) -> None:
    job = service.drafted("leafs", IMAGE)
    assert json.loads(job.model_dump_json()) == {
        "id": job.id,
        "name": "update of leafs",
        "description": "",
        "job_type": "NOT_SET",
        "scheduled_at": 0,
        "os_image_version": "10.5.6.5",
        "image_file_name": "os10.bin",
        "job_state": "DRAFT",
        "start_time": 0,
        "end_time": 0,
        "switch_group": {"id": "leafs", "name": "leafs"},
        "switch_members": [],
        "image_server": {"id": service.images.servers()[0].id, "name": "images"},
        "user_info": json.loads(job.user_info.model_dump_json()),
    }
    assert (job.user_info.created_by, job.user_info.updated_by) == ("ann", "ann")
    values = {name: getattr(job, name) for name in UpdateJobBody.model_fields}
    body = UpdateJobBody(**{**values, "name": "another", "switch_group": Reference(id="all")})
    assert service.jobs.replace(ANN, job.id, body).job.switch_group == Reference(id="all", name="all")
    assert service.jobs.all() == (service.jobs.get(job.id),)
    service.jobs.delete(ANN, job.id)
    assert service.jobs.all() == ()
    with pytest.raises(NotFound, match="Requested entity does not exist"):
        service.jobs.get(job.id)
    told = [json.loads(note.body) for note in service.jobs.history(job.id)]
    assert [(one["by"], one["action"], one["from"], one["to"]) for one in told] == [
        ("ann", "create", "NOT_SET", "DRAFT"),
        ("ann", "replace", "DRAFT", "DRAFT"),
        ("ann", "delete", "DRAFT", "NOT_SET"),
    ]


def test_an_approved_job_tells_its_members_and_no_group(service: Service) -> None:
    told = json.loads(service.approved("leafs", IMAGE).model_dump_json())
    assert told["job_state"] == "APPROVED"
    assert "switch_group" not in told
    assert told["switch_members"] == [{"id": "id-1", "name": "leaf1"}, {"id": "id-2", "name": "leaf2"}]
    status = json.loads(service.running.status_json(told["id"]))
    expected = report_of((SwitchRecord("id-1", "leaf1"), SwitchRecord("id-2", "leaf2")), 0)
    assert status == json.loads(expected.model_dump_json())
    assert (status["status"], status["start_time"], len(status["data"])) == ("NOT_STARTED", 0, 2)


def test_who_joins_the_group_after_the_approval_is_not_in_the_job(service: Service) -> None:
    job = service.approved("leafs", IMAGE)
    write_inventory(service.place, HOSTS, {**GROUPS, "leafs": ["leaf1", "leaf2", "leaf3"]})
    service.jobs.checked(service.jobs.stored(job.id))
    assert [one.name for one in service.jobs.get(job.id).switch_members] == ["leaf1", "leaf2"]


@pytest.mark.parametrize(
    ("change", "key", "field"),
    [
        ({"switch_group": Reference(id="spines")}, "lcm.group.unknown", "switch_group"),
        ({"image_server": Reference(id="none")}, "lcm.document.unknown", ""),
        ({"image_file_name": "other.bin"}, "lcm.image.unknown", "image_file_name"),
        ({"os_image_version": "10.5.6.6"}, "lcm.image.version", "os_image_version"),
    ],
)
def test_a_draft_of_what_is_not_there_is_refused(
    service: Service, change: dict[str, Any], key: str, field: str
) -> None:
    job = service.drafted("leafs", IMAGE)
    values = {name: getattr(job, name) for name in UpdateJobBody.model_fields} | change
    with pytest.raises((Invalid, NotFound)) as caught:
        service.jobs.create(ANN, UpdateJobBody(**values))
    assert (caught.value.key, caught.value.field) == (key, field)
    assert len(service.jobs.all()) == 1


def test_S17_nobody_approves_what_he_has_written_himself(service: Service) -> None:
    mine = service.drafted("leafs", IMAGE, EVE)
    edited = service.drafted("leafs", IMAGE, ANN)
    values = {name: getattr(edited, name) for name in UpdateJobBody.model_fields}
    service.jobs.replace(EVE, edited.id, UpdateJobBody(**values))
    for job in (mine, edited):
        service.jobs.send_for_approval(ANN, job.id)
        with pytest.raises(NotAllowed) as caught:
            service.jobs.approve(EVE, job.id)
        assert caught.value.key == "lcm.job.own"
        assert service.jobs.get(job.id).job_state is JobState.PENDING_APPROVAL
        assert service.jobs.approve(BOB, job.id).job_state is JobState.APPROVED


@pytest.mark.parametrize("what", ["image", "server"])
def test_S17_nobody_approves_what_takes_an_image_or_a_server_that_he_has_written_himself(
    service: Service, what: str
) -> None:
    job = service.drafted("leafs", IMAGE)
    service.jobs.send_for_approval(ANN, job.id)
    (one,), (where,) = service.images.images(), service.images.servers()

    def write(actor: Actor) -> None:
        if what == "image":
            values = {name: getattr(one, name) for name in ImageBody.model_fields}
            service.images.replace_image(actor, one.id, ImageBody(**values))
        else:
            service.images.replace_server(actor, where.id, ImageServerBody(**where.model_dump(exclude={"id"})))

    write(EVE)
    with pytest.raises(NotAllowed) as caught:
        service.jobs.approve(EVE, job.id)
    assert caught.value.key == "lcm.job.own_image"
    assert service.jobs.get(job.id).job_state is JobState.PENDING_APPROVAL
    write(ANN)  # now it is what she has written
    assert service.jobs.approve(EVE, job.id).job_state is JobState.APPROVED


@pytest.mark.parametrize("role", Role)
def test_S17_only_an_approver_approves(service: Service, role: Role) -> None:
    job = service.drafted("leafs", IMAGE)
    service.jobs.send_for_approval(ANN, job.id)
    other = Actor("other", frozenset({role}))
    if role is Role.APPROVER:
        assert service.jobs.approve(other, job.id).job_state is JobState.APPROVED
        return
    with pytest.raises(NotAllowed):
        service.jobs.approve(other, job.id)


def test_a_group_without_a_switch_cannot_be_approved(service: Service) -> None:
    job = service.drafted("nobody", IMAGE)
    service.jobs.send_for_approval(ANN, job.id)
    with pytest.raises(Invalid) as caught:
        service.jobs.approve(BOB, job.id)
    assert caught.value.key == "lcm.group.empty"


def altered_host(field: str, value: Any) -> Callable[[Service], None]:
    def change(service: Service) -> None:
        write_inventory(service.place, {**HOSTS, "leaf2": {**HOSTS["leaf2"], field: value}}, GROUPS)

    return change


def server(**fields: Any) -> Callable[[Service], None]:
    def change(service: Service) -> None:
        (one,) = service.images.servers()
        body = one.model_dump(exclude={"id"}) | fields
        service.images.replace_server(ANN, one.id, ImageServerBody(**body))

    return change


def image(**fields: Any) -> Callable[[Service], None]:
    def change(service: Service) -> None:
        (one,) = service.images.images()
        values = {name: getattr(one, name) for name in ImageBody.model_fields} | fields
        service.images.replace_image(ANN, one.id, ImageBody(**values))

    return change


def without_leaf2(service: Service) -> None:
    write_inventory(service.place, {name: HOSTS[name] for name in ("leaf1", "leaf3")}, GROUPS)


def without_image(service: Service) -> None:
    (one,) = service.images.images()
    service.images.remove_image(ANN, one.id)


SOURCES: dict[str, tuple[Callable[[Service], None], str]] = {
    "a switch's address": (altered_host("hostname", "192.0.2.99"), "leaf2"),
    "a switch's port": (altered_host("port", 2222), "leaf2"),
    "a switch's platform": (altered_host("platform", "cisco_nxos"), "leaf2"),
    "a switch's id": (altered_host("data", {"lcm": {"id": "id-9", "serial": "TAG2"}}), "leaf2"),
    "a switch's serial": (altered_host("data", {"lcm": {"id": "id-2", "serial": "TAG9"}}), "leaf2"),
    "a switch's image server": (
        altered_host("data", {"lcm": {"id": "id-2", "serial": "TAG2", "image_server": "http://192.0.2.77/"}}),
        "leaf2",
    ),
    "a switch is gone": (without_leaf2, "leaf2"),
    "the server's host": (server(host="192.0.2.11"), "image_server"),
    "the server's port": (server(port=8080), "image_server"),
    "the server's path": (server(path="/other"), "image_server"),
    "the server's secret": (server(secret="env:OTHER"), "image_server"),
    "the server's name": (server(name="other"), "image_server"),
    "the image's digest": (image(sha256="b" * 64), "image"),
    "the image's other digest": (image(sha512="b" * 128), "image"),
    "the image's size": (image(size=5), "image"),
    "the image's version": (image(os_image_version="10.5.6.6"), "version 10.5.6.6"),
    "the image is gone": (
        lambda one: one.images.remove_image(ANN, one.images.images()[0].id),
        "catalogue has no image",
    ),
}


@pytest.mark.parametrize("name", SOURCES)
def test_S18_what_has_drifted_since_the_approval_is_named_and_not_deployed(service: Service, name: str) -> None:
    job = service.approved("leafs", IMAGE)
    change, named = SOURCES[name]
    change(service)
    for body in (NOW, at(LATER)):
        with pytest.raises(WrongState) as caught:
            service.running.deploy(ANN, job.id, body)
        assert caught.value.key == "lcm.job.drifted"
        assert named in caught.value.values[1]
    assert service.jobs.get(job.id).job_state is JobState.APPROVED
    assert service.store.jobs() == ()
    service.running.cancel(ANN, job.id)
    draft = service.jobs.get(job.id)
    assert (draft.job_state, draft.switch_group) == (JobState.DRAFT, Reference(id="leafs", name="leafs"))


def set_to(*path: str | int, value: Any = "other") -> Callable[[dict[str, Any]], None]:
    def change(document: Any) -> None:
        *way, last = path
        for key in way:
            document = document[key]
        assert document[last] != value
        document[last] = value

    return change


STORED: dict[str, Callable[[dict[str, Any]], None]] = {
    "version": set_to("os_image_version"),
    "file": set_to("image_file_name"),
    "server": set_to("image_server", "id"),
    "group": set_to("switch_group", "id"),
    "id": set_to("id"),
    "digest": set_to("digest", value="0" * 64),
    "no plan": set_to("plan", value=None),
    "plan's job": set_to("plan", "job"),
    "plan's group": set_to("plan", "switch_group"),
    "plan's version": set_to("plan", "os_image_version"),
    "plan's file": set_to("plan", "image_file_name"),
    "plan's server": set_to("plan", "image_server", "host"),
    "plan's image": set_to("plan", "image", "url", value="http://192.0.2.66/evil.bin"),
    "plan's image's digest": set_to("plan", "image", "sha256", value="c" * 64),
    "plan's image's version": set_to("plan", "image", "version"),
    "plan's policy": set_to("plan", "policy", "allow_downgrade", value=True),
    "plan's verification": set_to("plan", "policy", "allow_unverified", value=True),
    "plan's switch": set_to("plan", "switches", 0, "name", value="leaf3"),
    "plan's address": set_to("plan", "switches", 0, "address"),
    "plan's data": set_to("plan", "switches", 0, "data"),
    "a switch less": lambda document: document["plan"]["switches"].pop(),
}


@pytest.mark.parametrize("name", STORED)
def test_S18_a_job_whose_document_was_altered_in_the_store_is_not_deployed_and_the_audit_tells(
    service: Service, name: str
) -> None:
    job = service.approved("leafs", IMAGE)
    assert service.store.audit().altered == ()
    ((text,),) = asked(store_path(service), "SELECT document FROM documents WHERE id = ?", job.id)
    document = json.loads(text)
    STORED[name](document)
    asked_to_change(service, json.dumps(document), job.id)
    with pytest.raises(Refused):
        service.running.deploy(ANN, job.id, NOW)
    assert service.store.jobs() == ()
    assert service.store.audit().altered == (f"job {job.id}: it is not what was written last",)


def asked_to_change(service: Service, document: str, name: str) -> None:
    with closing(sqlite3.connect(store_path(service))) as connection:
        connection.execute("UPDATE documents SET document = ? WHERE id = ?", (document, name))
        connection.commit()


def test_S24_the_audit_misses_a_document_that_was_removed_past_us_and_none_that_was_deleted(service: Service) -> None:
    gone, stays = service.drafted("leafs", IMAGE), service.drafted("leafs", IMAGE)
    service.jobs.delete(ANN, stays.id)
    assert service.store.audit().altered == ()
    asked_to_change(service, "", gone.id)
    assert service.store.audit().altered == (f"job {gone.id}: it is not what was written last",)


def test_two_who_change_a_job_at_once_do_not_overwrite_each_other(service: Service) -> None:
    job = service.drafted("leafs", IMAGE)
    kept = service.jobs.stored(job.id)
    service.jobs.send_for_approval(ANN, job.id)
    with pytest.raises(WrongState) as caught:
        service.jobs.move(ANN, kept, Action.REPLACE, name="late")
    assert caught.value.key == "lcm.document.changed"
    assert service.jobs.get(job.id).name == job.name


def test_a_job_has_no_status_before_it_has_switches(service: Service) -> None:
    job = service.drafted("leafs", IMAGE)
    with pytest.raises(WrongState) as caught:
        service.running.status_json(job.id)
    assert caught.value.key == "lcm.job.no_switches"


def test_a_job_that_a_restart_would_begin_is_not_begun_where_images_may_not_lie_any_more(service: Service) -> None:
    job = service.approved("leafs", IMAGE)
    service.jobs.move(ANN, service.jobs.stored(job.id), Action.DEPLOY, start_time=1)  # and then the service was killed

    def not_allowed(host: str) -> None:
        raise RequestError(f"{host} is not allowed", field="host")

    jobs = UpdateJobs(service.store, Images(service.store, not_allowed), partial(opened, service.place))
    restarted = RunningJobs(service.store, jobs)
    restarted.start()
    assert restarted.stop(60)
    assert (jobs.get(job.id).job_state, jobs.get(job.id).start_time) == (JobState.APPROVED, 0)
    last = json.loads(jobs.history(job.id)[-1].body)
    assert (last["action"], last["why"]) == ("not-begun", "host: 192.0.2.10 is not allowed")


def test_an_image_server_in_use_and_a_name_that_is_taken_are_refused(service: Service) -> None:
    service.catalogue(IMAGE)
    (one,) = service.images.servers()
    with pytest.raises(WrongState) as caught:
        service.images.remove_server(ANN, one.id)
    assert caught.value.key == "lcm.image_server.used"
    with pytest.raises(WrongState) as caught:
        service.images.add_server(ANN, ImageServerBody(**one.model_dump(exclude={"id"})))
    assert caught.value.key == "lcm.document.taken"
    service.images.remove_image(ANN, service.images.images()[0].id)
    service.images.remove_server(ANN, one.id)
    assert service.images.servers() == ()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"host": "192.0.2.10;reload"}, "host"),
        ({"host": "user:password@192.0.2.10"}, "host"),
        ({"path": "/../etc"}, "host"),
        ({"path": "/a b"}, "host"),
        ({"secret": "hunter22"}, "secret"),
    ],
)
def test_S07_S11_a_server_of_which_no_url_may_be_typed_at_a_switch_is_refused(
    service: Service, fields: dict[str, Any], field: str
) -> None:
    good = {"name": "images", "protocol": "http", "host": "192.0.2.10"}
    with pytest.raises(Invalid) as caught:
        service.images.add_server(ANN, ImageServerBody(**{**good, **fields}))
    assert caught.value.field == field
    assert "hunter22" not in str(caught.value)
    assert service.images.servers() == ()


def test_S14_an_image_without_a_digest_is_not_taken_into_the_catalogue(service: Service) -> None:
    where = service.catalogue(IMAGE)
    body = ImageBody(image_server=where, image_file_name="x.bin", os_image_version="1")
    with pytest.raises(Invalid) as caught:
        service.images.add_image(ANN, body)
    assert caught.value.key == "lcm.image.digest"


def test_a_time_that_is_past_is_refused_and_a_job_that_waits_is_taken_back(service: Service) -> None:
    job = service.approved("leafs", IMAGE)
    with pytest.raises(Invalid) as caught:
        service.running.deploy(ANN, job.id, at(1_000))
    assert caught.value.key == "lcm.job.past"
    waiting = service.running.deploy(ANN, job.id, at(LATER))
    assert (waiting.job_state, waiting.job_type, waiting.scheduled_at) == (
        JobState.SCHEDULED,
        JobType.SCHEDULED,
        LATER,
    )
    back = service.running.cancel(ANN, job.id)
    assert (back.job_state, back.job_type, back.scheduled_at) == (JobState.APPROVED, JobType.NOT_SET, 0)


def test_a_job_that_is_scheduled_anew_while_its_time_is_taken_back_keeps_its_new_time(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = service.approved("leafs", IMAGE)
    service.running.deploy(ANN, job.id, at(LATER))
    move, tries = service.jobs.move, list[Thread]()

    def moved(actor: Actor, kept: Any, action: Action, **fields: Any) -> Any:
        done = move(actor, kept, action, **fields)
        if action is Action.CANCEL:
            tries.append(Thread(target=service.running.deploy, args=(ANN, job.id, at(LATER))))
            tries[0].start()
            tries[0].join(0.5)
        return done

    monkeypatch.setattr(service.jobs, "move", moved)
    service.running.cancel(ANN, job.id)
    tries[0].join(10)
    assert service.jobs.get(job.id).job_state is JobState.SCHEDULED
    without_leaf2(service)
    monkeypatch.setattr(service.running, "_now", lambda: LATER)
    monkeypatch.setattr(service.running._schedule, "_now", lambda: LATER)
    service.running._schedule.start()
    assert happens(lambda: service.jobs.get(job.id).job_state is JobState.APPROVED)  # its time was told: it has drifted


def test_a_job_for_which_there_is_no_thread_is_approved_again_and_does_not_run(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = service.approved("leafs", IMAGE)
    start = Thread.start

    def none(thread: Thread) -> None:
        if thread.name.startswith("lcm-job-"):
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(Thread, "start", none)
    with pytest.raises(WrongState) as caught:
        service.running.deploy(ANN, job.id, NOW)
    assert caught.value.key == "lcm.job.begin"
    assert service.running.running == ()
    assert service.jobs.get(job.id).job_state is JobState.APPROVED


@pytest.mark.parametrize(
    "body",
    [
        {"job_type": "NOT_SET"},
        {"job_type": "SCHEDULED"},
        {"job_type": "NOW", "scheduled_at": 5},
        {"job_type": "NOW", "x": 1},
        {"job_type": "SCHEDULED", "scheduled_at": "5"},
        {"job_type": "SCHEDULED", "scheduled_at": -5},
    ],
)
def test_S19_a_deploy_that_contradicts_itself_is_no_document(body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        DeployBody.model_validate(body)


def test_S23_an_inventory_that_cannot_be_used_is_told_without_its_place(service: Service) -> None:
    job = service.drafted("leafs", IMAGE)
    service.jobs.send_for_approval(ANN, job.id)
    (service.place / "api_hosts.yaml").chmod(0o644)  # everybody can read the passwords
    with pytest.raises(Invalid) as caught:
        service.jobs.approve(BOB, job.id)
    assert caught.value.values == ("leaf1",)
    assert str(service.place) not in str(caught.value)


def test_no_secret_of_the_inventory_is_kept(service: Service) -> None:
    service.approved("leafs", IMAGE)
    assert "s3cret-of-the-switch" not in str(asked(store_path(service), "SELECT document FROM documents"))


def test_F61_the_same_key_is_done_once_and_answered_again(service: Service) -> None:
    repeats, done = Repeats(service.store), list[int]()

    def do() -> Message:
        done.append(1)
        return message("lcm.request.refused", why=str(len(done)))

    first = repeats.once(ANN, "k", b"POST /a", do)
    assert repeats.once(ANN, "k", b"POST /a", do) == first
    assert Repeats(service.store).once(ANN, "k", b"POST /a", do) == first
    with pytest.raises(Invalid) as caught:
        repeats.once(ANN, "k", b"POST /b", do)
    assert caught.value.key == "lcm.request.key"
    assert len(done) == 1
    assert repeats.once(BOB, "k", b"POST /b", do) != first
    repeats.once(ANN, "", b"POST /a", do)
    repeats.once(ANN, "", b"POST /a", do)
    assert len(done) == 4


def test_F61_what_was_refused_may_be_asked_for_again_under_the_same_key(service: Service) -> None:
    repeats = Repeats(service.store)

    def refuse() -> Message:
        raise Invalid("no")

    with pytest.raises(Invalid):
        repeats.once(ANN, "k", b"x", refuse)
    assert repeats.once(ANN, "k", b"x", lambda: Message(id="done")).id == "done"


def test_F61_while_a_request_is_answered_its_key_is_refused_and_a_lost_answer_is_told(service: Service) -> None:
    repeats, both = Repeats(service.store), Barrier(2)

    def slow() -> Message:
        both.wait(10)
        both.wait(10)
        return Message(id="slow")

    thread = Thread(target=lambda: repeats.once(ANN, "k", b"x", slow))
    thread.start()
    both.wait(10)
    for other, key in ((repeats, "lcm.request.begun"), (Repeats(service.store), "lcm.request.left")):
        with pytest.raises(WrongState) as caught:
            other.once(ANN, "k", b"x", lambda: Message(id="never"))
        assert caught.value.key == key
    both.wait(10)
    thread.join(10)
    assert repeats.once(ANN, "k", b"x", lambda: Message(id="never")).id == "slow"


def test_an_answer_is_forgotten_after_its_time(service: Service) -> None:
    repeats = Repeats(service.store, keep=0.0)
    assert repeats.once(ANN, "k", b"x", lambda: Message(id="one")).id == "one"
    assert repeats.once(ANN, "k", b"x", lambda: Message(id="two")).id == "two"


def test_a_job_that_has_not_changed_is_not_read_again_and_one_that_has_is(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = service.approved("leafs", IMAGE)
    read, validate = list[str](), StoredUpdate.model_validate_json

    def noted(text: str) -> StoredUpdate:
        read.append(text)
        return validate(text)

    monkeypatch.setattr(StoredUpdate, "model_validate_json", noted)
    before = service.jobs.stored(job.id)
    assert len(read) <= 1  # whoever wrote it last may have read it
    read.clear()
    assert service.jobs.stored(job.id) is before
    assert read == []
    other = UpdateJobs(service.store, service.images, lambda: opened(service.place))
    other.move(BOB, other.stored(job.id), Action.CANCEL)
    assert service.jobs.stored(job.id).document.state is JobState.DRAFT
    assert service.jobs.stored(job.id).revision == before.revision + 1
    other.delete(ANN, job.id)
    for _ in range(2):
        with pytest.raises(NotFound):
            service.jobs.stored(job.id)
    assert service.jobs.states() == {}
