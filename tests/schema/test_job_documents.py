"""The documents of jobs, image servers and images: the contract's fields and words, strict in what they take."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from lcm_nornir.schema.jobs import (
    CataloguedImageList,
    DeployBody,
    ImageBody,
    ImageServerBody,
    ImageServerList,
    JobState,
    JobType,
    Protocol,
    ResumeBody,
    UpdateJob,
    UpdateJobBody,
    UpdateJobList,
)

JOB = {
    "name": "n",
    "os_image_version": "1",
    "image_file_name": "f",
    "switch_group": {"id": "g"},
    "image_server": {"id": "s"},
}
SERVER = {"name": "n", "protocol": "http", "host": "h"}
IMAGE = {"image_server": {"id": "s"}, "image_file_name": "f", "os_image_version": "1"}
GOOD: list[tuple[type[BaseModel], dict[str, Any]]] = [
    (UpdateJobBody, JOB),
    (ImageServerBody, SERVER),
    (ImageBody, IMAGE),
    (DeployBody, {"job_type": "NOW"}),
    (DeployBody, {"job_type": "SCHEDULED", "scheduled_at": 5}),
    (ResumeBody, {}),
    (ResumeBody, {"decisions": {"leaf1": "give-up"}}),
]


def test_words_and_fields_are_those_of_the_contract() -> None:
    assert [*JobType] == ["SCHEDULED", "NOW", "NOT_SET"]
    assert {*JobState} == {
        "DRAFT", "PENDING_APPROVAL", "APPROVED", "SCHEDULED", "IN_PROGRESS", "DONE", "FAILED", "NOT_SET",
        "PARTIAL_SUCCESS",
    }  # fmt: skip
    assert {*Protocol} == {"http", "https", "ftp", "tftp", "scp", "sftp"}
    schema = UpdateJob.model_json_schema(mode="serialization")
    assert list(schema["properties"]) == [
        "id", "name", "description", "job_type", "scheduled_at", "os_image_version", "image_file_name", "job_state",
        "start_time", "end_time", "switch_group", "switch_members", "image_server", "user_info",
    ]  # fmt: skip
    assert set(schema["properties"]) - set(schema["required"]) == {"switch_group"}
    assert not schema["additionalProperties"]


@pytest.mark.parametrize("group", [None, {"id": "g", "name": ""}])
def test_a_job_without_a_group_does_not_tell_of_one(group: dict[str, str] | None) -> None:
    texts = dict.fromkeys(("id", "name", "description", "os_image_version", "image_file_name"), "x")
    job = UpdateJob.model_validate_json(
        json.dumps(
            {
                **texts,
                **dict.fromkeys(("scheduled_at", "start_time", "end_time"), 0),
                "job_type": "NOT_SET",
                "job_state": "DRAFT",
                "switch_group": group,
                "switch_members": [],
                "image_server": {"id": "s"},
                "user_info": {"created_by": "a", "updated_by": "a", "created_at": 1, "updated_at": 1},
            }
        )
    )
    assert job.model_dump(mode="json").get("switch_group", "left out") == (group or "left out")


@pytest.mark.parametrize("model", [UpdateJobList, ImageServerList, CataloguedImageList])
def test_a_list_is_wrapped_in_data(model: type[BaseModel]) -> None:
    assert json.loads(model(data=()).model_dump_json()) == {"data": []}


@pytest.mark.parametrize(("model", "body"), GOOD)
def test_a_body_is_taken_as_json_and_as_what_was_read_of_json(model: type[BaseModel], body: dict[str, Any]) -> None:
    assert model.model_validate_json(json.dumps(body)) == model.model_validate(body)


@pytest.mark.parametrize(("model", "body"), GOOD)
def test_S19_nothing_may_be_sent_that_is_not_asked_for(model: type[BaseModel], body: dict[str, Any]) -> None:
    for name in ("id", "job_state", "switch_members", "user_info", "approved_by", "plan"):
        with pytest.raises(ValidationError):
            model.model_validate({**body, name: "x"})


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (UpdateJobBody, {**JOB, "name": ""}),
        (UpdateJobBody, {**JOB, "name": "x" * 129}),
        (UpdateJobBody, {**JOB, "name": 5}),
        (UpdateJobBody, {**JOB, "name": "a\nb"}),
        (UpdateJobBody, {**JOB, "description": "\x1b[2J"}),
        (UpdateJobBody, {**JOB, "switch_group": "g"}),
        (UpdateJobBody, {**JOB, "switch_group": {"id": ""}}),
        (UpdateJobBody, {**JOB, "switch_group": None}),
        (ImageServerBody, {**SERVER, "port": "80"}),
        (ImageServerBody, {**SERVER, "port": 65536}),
        (ImageServerBody, {**SERVER, "port": True}),
        (ImageServerBody, {**SERVER, "protocol": "file"}),
        (ImageBody, {**IMAGE, "sha256": "A" * 64}),
        (ImageBody, {**IMAGE, "sha256": "a" * 63}),
        (ImageBody, {**IMAGE, "size": -1}),
        (DeployBody, {"job_type": "NOW", "scheduled_at": 1.5}),
        (DeployBody, {"job_type": "SCHEDULED", "scheduled_at": 10**12}),
        (DeployBody, {"job_type": 1}),
        (ResumeBody, {"decisions": {"leaf1": "reboot"}}),
        (ResumeBody, {"decisions": {"": "done"}}),
    ],
)
def test_S19_a_value_of_another_kind_is_refused(model: type[BaseModel], body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate_json(json.dumps(body))
