"""Entity tags: which job somebody has seen when he decides on it (RFC 9110, sections 8.8.3 and 13.1.1)."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import Depends, Header, Request

from lcm_nornir.errors import Invalid
from lcm_nornir.schema.messages import Message, refused

IF_MATCH = "If-Match"
_ELEMENT = re.compile(r'[ \t]*(?:(?P<weak>W/)?"(?P<tag>[\x21\x23-\x7e\x80-\xff]*)"[ \t]*)?(?:,|$)')
"""One of a list, and what ends it; an empty one counts for nothing."""
_DESCRIPTION = (
    "The `ETag` that the job had when you read it, or a list of them: if it is another by now, nothing is done and the "
    "answer is 412. `*` is any."
)

TAGGED: dict[int | str, dict[str, Any]] = {
    200: {"headers": {"ETag": {"description": "What `If-Match` takes.", "schema": {"type": "string"}}}}
}
"""What the OpenAPI document tells of an answer with an entity tag."""
CONDITIONAL: dict[int | str, dict[str, Any]] = {
    412: {"model": Message, "description": "The job is not what `If-Match` names: nothing was done"}
}
"""What it tells of a route that takes `If-Match`."""


def entity_tag(tag: str) -> str:
    """Give the value of the header ``ETag`` for a tag of ours."""
    return f'"{tag}"'


def tags_in(value: str) -> frozenset[str] | None:
    """Read a value of the header ``If-Match``.

    Returns:
        The strong tags in it, without quotes: a weak one is never the same as a strong one. None if any will do.

    Raises:
        Invalid: It is malformed, or names nothing.
    """
    if value.strip(" \t") == "*":
        return None
    found, place = [], 0
    while place < len(value):
        element = _ELEMENT.match(value, place)
        if element is None:
            raise refused(Invalid, "lcm.request.etag", field=IF_MATCH)
        found.append(element)
        place = element.end()
    named = [element for element in found if element["tag"] is not None]
    if not named:
        raise refused(Invalid, "lcm.request.etag", field=IF_MATCH)
    return frozenset(element["tag"] for element in named if not element["weak"])


async def seen(
    request: Request,
    _: Annotated[str, Header(alias=IF_MATCH, max_length=1024, description=_DESCRIPTION)] = "",
) -> frozenset[str] | None:
    """Give the tags of which the job must have one; None if it may be whatever it is."""
    values = request.headers.getlist(IF_MATCH)
    return tags_in(",".join(values)) if values else None


SeenDep = Annotated[frozenset[str] | None, Depends(seen)]
