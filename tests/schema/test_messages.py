"""The message object, and the catalogue of its texts: complete, and with nothing that nobody says."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import lcm_nornir
from lcm_nornir.schema.messages import Message, catalogue, say, say_of

PACKAGE = Path(lcm_nornir.__file__).parent
SOURCE = "\n".join(file.read_text() for part in ("api", "jobs", "schema") for file in (PACKAGE / part).rglob("*.py"))
SAID = set(re.findall(r'\b(?:say|too_many)\(\s*"([^"]+)"', SOURCE))


def test_the_document_has_exactly_the_fields_of_the_contract() -> None:
    assert list(say("request.not_found").model_dump()) == [
        "new_object_id", "id", "message", "messageParams", "messages",
    ]  # fmt: skip
    assert list(say_of("name", "field.invalid", "x").model_dump()) == [
        "id", "message", "field_name", "messageParams",
    ]  # fmt: skip


def test_every_key_that_is_said_is_in_the_catalogue() -> None:
    assert len(SAID) > 10
    assert set(catalogue()) >= SAID


def test_every_key_of_the_catalogue_is_somewhere_said() -> None:
    assert [key for key in catalogue() if f'"{key}"' not in SOURCE] == []


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_a_text_numbers_its_values_from_the_first(key: str) -> None:
    names = [name for _, name, _, _ in string.Formatter().parse(catalogue()[key]) if name is not None]
    assert sorted(set(names)) == [str(number) for number in range(len(set(names)))]


def test_the_text_is_what_the_key_and_the_values_make() -> None:
    told = say("limit.body", 1000, new_object_id="7", messages=[say_of("a.b", "field.invalid", "{0}")])
    assert told.message == catalogue()[told.id].format(*told.messageParams)
    assert told.messages[0].message == "{0}"
    assert Message.model_validate_json(told.model_dump_json()) == told


def test_half_a_character_and_a_long_value_can_be_sent() -> None:
    told = say("request.refused", "\ud800" + "x" * 1000)
    assert told.messageParams[0].startswith("\\ud800x")
    assert len(told.message) < 600
