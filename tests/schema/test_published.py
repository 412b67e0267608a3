"""The schema that is published as a file is the schema of the models, and documents pass it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from lcm_nornir.schema import SwitchMember, SwitchUpdateStatus, UpdateJobStatus
from lcm_nornir.schema.status import published

FILE = Path(__file__).parents[2] / "docs" / "schema" / "update-job-status.json"


def test_the_file_is_what_the_models_say() -> None:
    assert json.loads(FILE.read_text()) == published(), (
        "run: python -m lcm_nornir.schema > docs/schema/update-job-status.json"
    )


def test_the_file_names_exactly_the_fields_and_words_of_the_contract() -> None:
    schema = json.loads(FILE.read_text())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert list(schema["properties"]) == ["start_time", "end_time", "status", "data"]
    definitions = schema["$defs"]
    assert definitions["JobStatus"]["enum"] == ["NOT_STARTED", "IN_PROGRESS", "PARTIAL_SUCCESS", "SUCCESS", "FAILED"]
    row = definitions["SwitchUpdateStatus"]
    assert row["required"] == list(row["properties"])  # the empty value is always written
    assert not row["additionalProperties"]
    assert {name: len(definitions[name]["enum"]) for name in ("UpdateProgress", "UpdateError")} == {
        "UpdateProgress": 9,
        "UpdateError": 11,
    }


def row(**fields: object) -> dict[str, object]:
    return SwitchUpdateStatus(switch_member=SwitchMember(id="1", name="leaf1")).model_dump(mode="json") | fields


@pytest.mark.parametrize(
    "fields",
    [
        *({"error": "OUT_OF_MEMORY"}, {"wave": 1}, {"switch_member": {"id": 1, "name": "leaf1"}}),
        *({"download_status": None}, {"install_status": {"start_time": "1"}}),
    ],
)
def test_another_word_field_or_type_is_no_document(fields: dict[str, object]) -> None:
    good = {"start_time": 1, "end_time": 0, "status": "IN_PROGRESS", "data": [row()]}
    UpdateJobStatus.model_validate_json(json.dumps(good))
    with pytest.raises(ValidationError):
        UpdateJobStatus.model_validate_json(json.dumps(good | {"data": [row(**fields)]}))


def test_a_document_that_was_made_does_not_change() -> None:
    member = SwitchMember(id="1", name="leaf1")
    with pytest.raises(ValidationError):
        setattr(member, "name", "leaf2")  # noqa: B010 - the types forbid it as well


def test_a_job_without_a_switch_is_no_document() -> None:
    with pytest.raises(ValidationError):
        UpdateJobStatus.model_validate_json('{"start_time":1,"end_time":0,"status":"IN_PROGRESS","data":[]}')
