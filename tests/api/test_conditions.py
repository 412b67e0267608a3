"""What is decided on a job is decided on the job that was seen, and on nothing that came after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcm_nornir import Image
from lcm_nornir.api import Client, Rejected
from lcm_nornir.api.conditions import tags_in
from lcm_nornir.errors import Invalid
from lcm_nornir.schema.jobs import ImageBody, ImageServerBody, JobState, Reference, UpdateJobBody
from tests.api.services import NOBODYS, Served, served
from tests.jobs.services import at, write_inventory

IMAGE = Image(url="http://192.0.2.10:8080/images/os.bin", version="10.5.6.5", sha256="ab" * 32)
LATER = at(4_000_000_000)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    place = tmp_path_factory.mktemp("conditions")
    write_inventory(place, {name: dict(NOBODYS) for name in ("a", "b")}, {"one": ["a"], "two": ["b"]})
    with served(place) as found:
        yield found


@pytest.fixture(scope="module")
def server(api: Served) -> Reference:
    return api.add_image(IMAGE)


@pytest.fixture
def pending(api: Served, server: Reference) -> str:
    """A job that waits for approval."""
    job = api.operator.create_job(api.body(IMAGE, "one", server)).new_object_id
    api.operator.send_for_approval(job)
    return job


def rewritten(api: Served, job: str, server: Reference) -> None:
    """Recall a job, write another group into it, and send it for approval again."""
    api.operator.cancel(job)
    api.operator.replace_job(job, api.body(IMAGE, "two", server))
    api.operator.send_for_approval(job)


def another_digest(api: Served, _: str, server: Reference) -> None:
    (one,) = [image for image in api.operator.os_images() if image.image_server.id == server.id]
    values = {name: getattr(one, name) for name in ImageBody.model_fields} | {"sha256": "cd" * 32}
    api.operator.replace_os_image(one.id, ImageBody(**values))


def another_folder(api: Served, _: str, server: Reference) -> None:
    one = api.operator.image_server(server.id)
    body = ImageServerBody(**one.model_dump(exclude={"id"}) | {"path": "/elsewhere"})
    api.operator.replace_image_server(one.id, body)


def taken_out_and_put_in_again(api: Served, _: str, server: Reference) -> None:
    (one,) = [image for image in api.operator.os_images() if image.image_server.id == server.id]
    api.operator.delete_os_image(one.id)
    api.operator.create_os_image(ImageBody(**{name: getattr(one, name) for name in ImageBody.model_fields}))


@pytest.mark.parametrize("change", [rewritten, another_digest, another_folder, taken_out_and_put_in_again])
def test_S18_what_was_changed_after_the_approver_saw_it_is_not_approved(
    api: Served, server: Reference, pending: str, change: Callable[[Served, str, Reference], None]
) -> None:
    seen = api.approver.job_seen(pending)
    change(api, pending, server)
    with pytest.raises(Rejected) as refused:
        api.approver.approve(pending, seen=seen.tag)
    assert (refused.value.status, refused.value.message.id) == (412, "lcm.job.not_as_seen")
    assert api.operator.job(pending).job_state is JobState.PENDING_APPROVAL
    api.approver.approve(pending, seen=api.approver.job_seen(pending).tag)
    assert api.operator.job(pending).job_state is JobState.APPROVED


def test_S18_a_job_that_is_a_draft_again_is_not_what_was_seen_either(api: Served, pending: str) -> None:
    seen = api.approver.job_seen(pending)
    api.operator.cancel(pending)
    with pytest.raises(Rejected) as refused:
        api.approver.approve(pending, seen=seen.tag)
    assert refused.value.status == 412
    assert api.operator.job(pending) == api.operator.job_seen(pending).job


def test_S18_an_image_that_is_changed_while_the_job_is_approved_is_not_approved(
    api: Served, server: Reference, pending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lcm_nornir.jobs.approval import Planner  # noqa: PLC0415 - only here

    seen, plan = api.approver.job_seen(pending), Planner.plan

    def slow(*args: Any) -> Any:
        another_folder(api, pending, server)
        return plan(*args)

    monkeypatch.setattr(Planner, "plan", slow)
    with pytest.raises(Rejected) as refused:
        api.approver.approve(pending, seen=seen.tag)
    assert refused.value.status == 412
    assert api.operator.job(pending).job_state is JobState.PENDING_APPROVAL


Decide = Callable[[Client, str, UpdateJobBody, str], object]
DECISIONS: dict[str, Decide] = {
    "replace": lambda client, job, body, seen: client.replace_job(job, body, seen=seen),
    "send": lambda client, job, _, seen: client.send_for_approval(job, seen=seen),
}


@pytest.mark.parametrize("what", DECISIONS)
def test_a_draft_that_somebody_else_wrote_anew_is_left_as_it_is(api: Served, server: Reference, what: str) -> None:
    body = api.body(IMAGE, "one", server)
    job = api.operator.create_job(body).new_object_id
    before = api.operator.job_seen(job).tag
    api.operator.replace_job(job, body.model_copy(update={"name": "another"}))
    now = api.operator.job_seen(job)
    with pytest.raises(Rejected) as refused:
        DECISIONS[what](api.operator, job, body, before)
    assert refused.value.status == 412
    assert api.operator.job_seen(job) == now
    DECISIONS[what](api.operator, job, body, now.tag)
    assert api.operator.job_seen(job) != now


def test_a_job_is_deployed_as_it_was_seen_and_an_approval_counts_as_a_change(api: Served, pending: str) -> None:
    seen = api.operator.job_seen(pending).tag
    api.approver.approve(pending, seen=seen)
    with pytest.raises(Rejected) as refused:
        api.operator.deploy(pending, LATER, seen=seen)
    assert refused.value.status == 412
    assert api.operator.job(pending).job_state is JobState.APPROVED
    api.operator.deploy(pending, LATER, seen=api.operator.job_seen(pending).tag)
    assert api.operator.job(pending).job_state is JobState.SCHEDULED
    api.operator.cancel(pending)


def asked(api: Served, method: str, job: str, action: str = "", **more: Any) -> httpx.Response:
    headers = [("Authorization", f"SFD {api.tokens['operator']}"), *more.pop("headers", [])]
    return httpx.request(method, f"{api.url}/lcm/update-jobs/{job}{action}", headers=headers, **more)


def test_the_tag_of_a_replacement_is_that_of_what_was_written(api: Served, server: Reference) -> None:
    body = api.body(IMAGE, "one", server)
    job = api.operator.create_job(body).new_object_id
    answer = asked(api, "PUT", job, json=body.model_dump(mode="json"))
    assert answer.headers["ETag"] == asked(api, "GET", job).headers["ETag"] == api.operator.job_seen(job).tag
    assert answer.headers["ETag"].startswith('"')
    api.operator.send_for_approval(job, seen=answer.headers["ETag"])


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (["*"], 200),
        (["{}"], 200),
        (['"other", {}'], 200),
        ([',"a,b" , {},'], 200),
        (['"other"', "{}"], 200),  # two fields are one list
        (['"other"'], 412),
        (["W/{}"], 412),  # a weak one is the same as none
        (['W/{}, "other"'], 412),
        (["{}x"], 400),
        (["x"], 400),
        ([""], 400),
        ([",,"], 400),
        (["*, {}"], 400),
        (["w/{}"], 400),
        (['{} "other"'], 400),
        (['"half'], 400),
        (['"' + "x" * 2000 + '"'], 400),
    ],
)
def test_conditions_are_read_as_RFC_9110_says(api: Served, server: Reference, sent: list[str], status: int) -> None:
    job = api.operator.create_job(api.body(IMAGE, "one", server)).new_object_id
    tag = api.operator.job_seen(job).tag
    headers = [("If-Match", one.replace("{}", tag)) for one in sent]
    answer = asked(api, "POST", job, "/send-for-approval", headers=headers)
    assert answer.status_code == status, answer.text
    state = JobState.PENDING_APPROVAL if status == 200 else JobState.DRAFT
    assert api.operator.job(job).job_state is state


def test_a_job_that_is_none_is_404_whatever_was_seen(api: Served) -> None:
    assert asked(api, "POST", "none", "/send-for-approval", headers=[("If-Match", "*")]).status_code == 404


def test_F61_a_request_that_is_sent_again_is_answered_again_though_its_job_is_another_by_now(
    api: Served, server: Reference
) -> None:
    job = api.operator.create_job(api.body(IMAGE, "one", server)).new_object_id
    seen = api.operator.job_seen(job).tag
    sent = [api.operator.send_for_approval(job, key=f"send-{job}", seen=seen) for _ in range(2)]
    assert sent[0] == sent[1]
    with pytest.raises(Rejected) as refused:  # with another condition it is another request
        api.operator.send_for_approval(job, key=f"send-{job}", seen="*")
    assert (refused.value.status, refused.value.message.id) == (400, "lcm.request.key")


TAGS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters='"\x7f', categories=["L", "P"]))


@given(st.lists(st.tuples(st.booleans(), TAGS), min_size=1))
def test_a_list_of_tags_has_its_strong_ones(listed: list[tuple[bool, str]]) -> None:
    value = ", ".join(f'{"W/" * weak}"{tag}"' for weak, tag in listed)
    assert tags_in(value) == frozenset(tag for weak, tag in listed if not weak)


@given(st.text(st.sampled_from('W/"*, \tx')))
def test_whatever_is_sent_it_is_a_list_of_whole_tags_or_a_star_or_is_refused(value: str) -> None:
    with suppress(Invalid):
        found = tags_in(value)
        assert value.count('"') % 2 == 0
        assert found is not None or value.strip() == "*"
