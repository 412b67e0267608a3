"""The digests of what was written. That of each line of history is of the line before it, too; so none can be changed.

They are the same for all releases: what is hashed, and how, never changes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

LINE = ("job", "switch", "time", "kind", "body")
"""Columns of a line of history of which its digest is."""
JOB, CONFIGURATION, USER, TOKEN = "job", "configuration", "user", "token"
"""Kinds of the lines that bind what stands in other tables; of a user or token, which may change, the last one does."""
CHANGED = "changed"
"""Kind of the line that tells of a change of a document of the API, and binds it until the next change."""
_OF_JOB = ("id", "created", "created_by", "task", "definition")
_OF_SWITCH = ("name", "position", "id", "address")
_OF_USER = ("name", "password", "roles", "disabled", "created")
_OF_TOKEN = ("digest", "user", "scopes", "begun", "issued", "expires", "revoked")
_ENCODER = json.JSONEncoder(default=repr)  # what was altered may be anything


def chained(last: str, lines: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Give lines of history with their digests.

    Args:
        last: Digest of the line before; empty if there is none.
        lines: In their order.
    """
    for line in lines:
        last = line_digest(last, line)
        yield {**line, "digest": last}


def line_digest(last: str, line: Mapping[str, Any]) -> str:
    """Give the digest of a line of history.

    Args:
        last: Digest of the line before; empty if there is none.
        line: The line.
    """
    return _digest((last, *(line[name] for name in LINE)))


def job_digest(job: Mapping[str, Any], members: Sequence[Mapping[str, Any]]) -> str:
    """Give the digest of a job's row, and of those of its switches in their order."""
    return _digest((*(job[name] for name in _OF_JOB), [[one[name] for name in _OF_SWITCH] for one in members]))


def configuration_digest(row: Mapping[str, Any]) -> str:
    """Give the digest of a kept configuration's row."""
    kept = [hashlib.sha256(row[name]).hexdigest() for name in ("running", "startup")]
    return _digest((row["job"], row["switch"], row["time"], *kept))


def user_digest(row: Mapping[str, Any]) -> str:
    """Give the digest of a user's row."""
    return _digest(row[name] for name in _OF_USER)


def token_digest(row: Mapping[str, Any]) -> str:
    """Give the digest of a token's row."""
    return _digest(row[name] for name in _OF_TOKEN)


def document_digest(document: str) -> str:
    """Give the digest of a document of the API as it is kept; empty if there is none any more."""
    return hashlib.sha256(document.encode(errors="surrogateescape")).hexdigest() if document else ""


def binding(digest: str) -> str:
    """Give the body of the line that binds what has this digest."""
    return json.dumps({"digest": digest})


def _digest(values: Iterable[Any]) -> str:
    """Give the SHA-256, in hex, of plain values as a JSON array."""
    return hashlib.sha256(_ENCODER.encode(list(values)).encode()).hexdigest()
