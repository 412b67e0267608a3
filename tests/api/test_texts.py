"""The texts of answers: every key that is said is in the catalogue, and with nothing there that nobody says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import lcm_nornir
from lcm_nornir.schema.messages import Message, catalogue, say, say_of

PACKAGE = Path(lcm_nornir.__file__).parent
SOURCE = "\n".join(file.read_text() for part in ("api", "jobs", "journal") for file in (PACKAGE / part).rglob("*.py"))
SAID = set(re.findall(r'\b(?:say|too_many|message)\(\s*"([a-z_.]+)"', SOURCE))


def test_every_key_that_is_said_is_in_the_catalogue() -> None:
    assert len(SAID) > 20
    assert set(catalogue()) >= SAID


def test_every_key_of_the_catalogue_is_somewhere_said() -> None:
    everything = SOURCE + (PACKAGE / "schema" / "messages.py").read_text()
    assert [key for key in catalogue() if f'"{key}"' not in everything] == []


def test_a_value_too_many_or_too_few_is_an_error_of_ours() -> None:
    for values in ((), (1, 2)):
        with pytest.raises(ValueError, match="argument 2"):
            say("limit.body", *values)


def test_the_text_is_what_the_key_and_the_values_make() -> None:
    told = say("limit.body", 1000, new_object_id="7", messages=[say_of("a.b", "field.invalid", "{0}")])
    assert told.messageParams == ("1000",)
    assert "1000" in told.message
    assert told.messages[0].message == "{0}"
    assert Message.model_validate_json(told.model_dump_json()) == told


def test_half_a_character_and_a_long_value_can_be_sent() -> None:
    told = say("request.refused", "\ud800" + "x" * 1000)
    assert told.messageParams[0].startswith("\\ud800x")
    assert len(told.message) < 600
