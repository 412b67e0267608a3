"""The message object, the body of every action's answer and of every error; and its texts, by localization key."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from lcm_nornir.errors import Refused, RequestError
from lcm_nornir.schema.status import Document

R = TypeVar("R", bound=Refused)

_FILE = "messages.json"
_UNKNOWN = "lcm.request.refused"
_LONGEST = 500  # characters of a value in a text


class FieldMessage(Document):
    """What is wrong with one field."""

    id: str = ""
    message: str = ""
    field_name: str = ""
    messageParams: tuple[str, ...] = ()  # noqa: N815 - the contract's name


class Message(Document):
    """What became of a request.

    Attributes:
        new_object_id: Id of what a POST created, else empty.
        id: Localization key, one of the catalogue.
        message: Its English text, the values in place.
        messageParams: Those values, in the order in which the catalogue names them.
        messages: One for each field that is at fault.
    """

    new_object_id: str = ""
    id: str = ""
    message: str = ""
    messageParams: tuple[str, ...] = ()  # noqa: N815 - the contract's name
    messages: tuple[FieldMessage, ...] = ()


class Entry(BaseModel):
    """A text of the catalogue: English, with a ``{name}`` for each of its parameters, in that order.

    Attributes:
        cure: What to do next, for errors; empty else.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    text: str
    parameters: tuple[str, ...] = ()
    cure: str = ""


@cache
def catalogue() -> Mapping[str, Entry]:
    """Give the localization catalogue, by key."""
    found = json.loads(files(__package__ or "").joinpath(_FILE).read_text(encoding="utf-8"))
    return {key: Entry.model_validate_json(json.dumps(entry)) for key, entry in found.items()}


def message(key: str, *, new_object_id: str = "", messages: Iterable[FieldMessage] = (), **params: object) -> Message:
    """Make the message object of an entry of the catalogue.

    Args:
        key: Its localization key.
        new_object_id: Id of what was created.
        messages: One for each field that is at fault.
        **params: A value for each parameter of the entry.

    Raises:
        KeyError: There is no such entry, or a parameter is missing.
    """
    text, values = _rendered(key, params)
    return Message(new_object_id=new_object_id, id=key, message=text, messageParams=values, messages=tuple(messages))


def refused(kind: type[R], key: str, *, field: str = "", **params: object) -> R:
    """Make a refusal of an entry of the catalogue, to be raised.

    Args:
        kind: Which.
        key: Its localization key.
        field: The field of the request that is at fault, if it is one.
        **params: As for `message`.
    """
    text, values = _rendered(key, params)
    return kind(text, field=field, cure=catalogue()[key].cure, key=key, params=json.dumps(values))


def message_of(error: RequestError) -> Message:
    """Give the message object of an error; of one that has no localization key, its text."""
    text = f"{error.message}; {error.cure}" if error.cure else error.message
    key: str = _UNKNOWN
    params: tuple[str, ...] = (text,)
    if isinstance(error, Refused) and error.key:
        key, params = error.key, error.values
    one = FieldMessage(id=key, message=text, field_name=error.field, messageParams=params)
    return Message(id=key, message=text, messageParams=params, messages=(one,) if error.field else ())


def field_message(field: str, key: str, **params: object) -> FieldMessage:
    """Make the message of one field of an entry of the catalogue.

    Args:
        field: The field that is at fault.
        key: Its localization key.
        **params: As for `message`.
    """
    text, values = _rendered(key, params)
    return FieldMessage(id=key, message=text, field_name=_clean(field), messageParams=values)


def _rendered(key: str, params: Mapping[str, object]) -> tuple[str, tuple[str, ...]]:
    entry = catalogue()[key]
    values = {name: _clean(params[name]) for name in entry.parameters}
    return entry.text.format(**values), tuple(values.values())


def _clean(value: object) -> str:
    """Give a value as text that can be sent: JSON can carry halves of characters, which cannot."""
    return str(value)[:_LONGEST].encode(errors="backslashreplace").decode()
