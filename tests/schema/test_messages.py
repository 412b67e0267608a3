"""The message object and its catalogue: every key of the code is in it, and no other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

import lcm_nornir
from lcm_nornir.errors import Invalid, RequestError
from lcm_nornir.schema.messages import FieldMessage, Message, catalogue, field_message, message, message_of, refused

PACKAGE = Path(lcm_nornir.__file__).parent
SOURCE = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py"))
PLACES = {"message": 0, "refused": 1, "field_message": 1}
"""Who makes messages, and which of its arguments is the key."""
NO_PARAMETERS = {"new_object_id", "messages", "field"}


@pytest.fixture(scope="module")
def said() -> list[tuple[str, set[str]]]:
    """The keys that are written in the code, each with the parameters that are given to it there."""
    return list(_said())


def _said() -> Iterator[tuple[str, set[str]]]:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Name(id=name), args=args, keywords=given) if name in PLACES:
                    match args[PLACES[name]]:
                        case ast.Constant(value=str(key)):
                            yield key, {str(one.arg) for one in given} - NO_PARAMETERS


def test_every_key_that_is_said_is_in_the_catalogue_and_has_its_parameters(said: list[tuple[str, set[str]]]) -> None:
    assert len({key for key, _ in said}) > 40
    assert [(key, given) for key, given in said if given != set(catalogue()[key].parameters)] == []


def test_every_key_of_the_catalogue_is_somewhere_said() -> None:
    assert [key for key in catalogue() if f'"{key}"' not in SOURCE] == []


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_a_text_has_a_place_for_each_of_its_parameters_and_for_nothing_else(key: str) -> None:
    entry = catalogue()[key]
    named = {name for _, name, _, _ in Formatter().parse(entry.text) if name is not None}
    assert named <= set(entry.parameters)
    values: dict[str, Any] = {name: f"<{name}>" for name in entry.parameters}
    made = message(key, **values)
    assert made.messageParams == tuple(f"<{name}>" for name in entry.parameters)
    assert made.id == key
    assert "{" not in made.message


def test_a_value_is_text_and_never_a_pattern() -> None:
    assert message("lcm.request.refused", why="{0.__class__}").message == "{0.__class__}"


def test_half_a_character_and_a_long_value_can_be_sent() -> None:
    told = message("lcm.request.refused", why="\ud800" + "x" * 1000)
    assert told.messageParams[0].startswith("\\ud800x")
    assert len(told.message) < 600
    assert message("lcm.request.refused", why="x" * 1000).messageParams == ("x" * 500,)


def test_what_is_not_said_is_empty() -> None:
    nothing = {"id": "", "message": "", "messageParams": ()}
    assert FieldMessage().model_dump() == {**nothing, "field_name": ""}
    assert Message().model_dump() == {**nothing, "new_object_id": "", "messages": ()}


def test_the_message_object_has_the_fields_of_the_contract() -> None:
    error = refused(Invalid, "lcm.group.unknown", field="switch_group", group="leafs")
    assert message_of(error).model_dump(mode="json") == {
        "new_object_id": "",
        "id": "lcm.group.unknown",
        "message": "the inventory has no group leafs; name one of its groups",
        "messageParams": ["leafs"],
        "messages": [
            {
                "id": "lcm.group.unknown",
                "message": "the inventory has no group leafs; name one of its groups",
                "field_name": "switch_group",
                "messageParams": ["leafs"],
            }
        ],
    }


def test_an_error_without_a_key_is_told_by_its_text() -> None:
    told = message_of(RequestError("it is no version", cure="write 10.5.6.5"))
    assert told == Message(
        id="lcm.request.refused",
        message="it is no version; write 10.5.6.5",
        messageParams=("it is no version; write 10.5.6.5",),
    )


def test_a_message_of_a_field_is_of_its_key_and_values() -> None:
    told = field_message("a.b", "lcm.field.invalid", what="{0}")
    assert told == FieldMessage(id="lcm.field.invalid", message="{0}", field_name="a.b", messageParams=("{0}",))


def test_a_message_carries_what_was_made_and_the_fields_at_fault() -> None:
    one = field_message("a.b", "lcm.field.invalid", what="no")
    told = message("lcm.request.refused", new_object_id="7", messages=[one], why="no")
    assert (told.new_object_id, told.messages) == ("7", (one,))
    assert message("lcm.request.refused", why="no").new_object_id == ""


def test_an_error_of_no_field_and_without_a_cure_is_told_by_its_text_alone() -> None:
    told = message_of(refused(Invalid, "lcm.request.refused", why="no"))
    assert (told.message, told.messages) == ("no", ())
