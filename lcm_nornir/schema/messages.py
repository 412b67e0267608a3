"""The message object: the body of every action's answer and of every error, `lcm-api.md` section 2."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from lcm_nornir.schema.status import Document

_LONGEST = 500  # characters of a value in a text


class FieldMessage(Document):
    """What is wrong with one field.

    Attributes:
        id: Localization key.
        message: Text in English.
        field_name: The field, dotted where it is within another.
        messageParams: Values to substitute in the text.
    """

    id: str = ""
    message: str = ""
    field_name: str = ""
    messageParams: tuple[str, ...] = ()  # noqa: N815 - the contract's spelling


class Message(Document):
    """What became of a request.

    Attributes:
        new_object_id: Id of what a POST created; empty if none was.
        id: Localization key.
        message: Text in English.
        messageParams: Values to substitute in the text.
        messages: One for each field at fault.
    """

    new_object_id: str = ""
    id: str = ""
    message: str = ""
    messageParams: tuple[str, ...] = ()  # noqa: N815 - the contract's spelling
    messages: tuple[FieldMessage, ...] = ()


@cache
def catalogue() -> Mapping[str, str]:
    """Give the English text of each localization key; ``{0}`` stands for the first of `messageParams`."""
    texts: dict[str, str] = json.loads((Path(__file__).parent / "messages.en.json").read_text(encoding="utf-8"))
    return texts


def say(key: str, *params: object, new_object_id: str = "", messages: Iterable[FieldMessage] = ()) -> Message:
    """Give a message object.

    Args:
        key: Localization key.
        params: Values to substitute in its text.
        new_object_id: Id of what was created.
        messages: One for each field at fault.

    Raises:
        KeyError: The catalogue has no such key.
    """
    texts = tuple(map(_clean, params))
    return Message(
        new_object_id=new_object_id,
        id=key,
        message=catalogue()[key].format(*texts),
        messageParams=texts,
        messages=tuple(messages),
    )


def say_of(field: str, key: str, *params: object) -> FieldMessage:
    """Give the message of one field, as `say`."""
    texts = tuple(map(_clean, params))
    return FieldMessage(id=key, message=catalogue()[key].format(*texts), field_name=_clean(field), messageParams=texts)


def _clean(value: object) -> str:
    """Give a value as text that can be sent: JSON can carry halves of characters, which cannot."""
    return str(value)[:_LONGEST].encode(errors="backslashreplace").decode()
