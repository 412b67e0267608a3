"""The message object: the body of every action's answer and of every error, `lcm-api.md` section 2."""

from __future__ import annotations

from pydantic import Field

from lcm_nornir.schema.status import Document


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
    messageParams: tuple[str, ...] = Field(default=())  # noqa: N815 - the contract's spelling
    messages: tuple[FieldMessage, ...] = ()
