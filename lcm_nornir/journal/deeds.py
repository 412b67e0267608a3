"""Who did what, by whichever door: lines of the store's chained history that belong to no job."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from lcm_nornir.journal.codec import text

DEED = "deed"
"""Kind of these lines."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did, or was not allowed to do. No secret is in it.

    Attributes:
        who: User of the API, or ``user@machine, process N`` at the command line.
        what: ``METHOD /path/{of}/the/route``, or the command, for example ``users add``.
        target: What it was done to, for example an id; empty if that is not to be told.
        address: Where the request came from; empty at the command line.
        outcome: HTTP status, or ``done``.
        detail: What else is to be known, for example the roles given.
    """

    who: str
    what: str
    target: str = ""
    address: str = ""
    outcome: str = "done"
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ToldDeed:
    """A deed as it stands in the store.

    Attributes:
        seq: Number of its line.
        time: Epoch seconds.
        deed: The deed.
    """

    seq: int
    time: float
    deed: Deed


def deed_line(deed: Deed, at: float) -> dict[str, Any]:
    """Give the line of history of a deed."""
    return {"job": "", "switch": "", "time": at, "kind": DEED, "body": text(asdict(deed))}


def load_deed(seq: int, at: float, body: str) -> ToldDeed:
    """Give back a deed."""
    return ToldDeed(seq, at, Deed(**json.loads(body)))
