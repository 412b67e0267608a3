"""One attempt at a job, in a process of its own that may be killed at any moment."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from nornir.core import Nornir

from lcm_nornir import Image, RequestError, Store, update_image
from lcm_nornir.jobs import resume_job, retry_job
from lcm_nornir.processors.journal import JournalProcessor
from tests.fleets import QUICK, opened, store_of

LEASE = 9.0  # seconds; a renewal falls into one upgrade
# Seconds before they are scaled: a reload that never comes, and a return that never comes, are told soon. A reply is
# not scaled: a session that hangs is left soon.
LIMITS = {**QUICK, "go_down": 150.0, "come_back": 350.0, "reply": 5.0}


@dataclass(frozen=True, slots=True)
class Told:
    """What an attempt tells at its end.

    Attributes:
        refusal: Why it was refused as a whole; empty if it was not.
        connects: How many connections it has asked for, to whatever.
    """

    refusal: str
    connects: int


def _attempt(nornir: Nornir, store: Store, place: Path, words: Sequence[str]) -> None:
    match words:
        case ["run"]:
            image = Image.restore(json.loads((place / "image.json").read_text()))
            nornir.with_processors([JournalProcessor(store)]).run(task=update_image, image=image, raise_on_error=False)
        case ["resume", job]:
            resume_job(nornir, store, job)
        case ["retry", job, *kinds]:
            retry_job(nornir, store, job, only=kinds)
        case _:
            raise SystemExit(f"what is {words!r}?")


def main(folder: str, *words: str) -> None:
    """Make the attempt, and print what became of it as a whole as one JSON object.

    Args:
        folder: Of the inventory, and of the store.
        *words: ``run``, ``resume JOB`` or ``retry JOB KIND…``.
    """
    place, connects = Path(folder), list[str]()

    def heard(event: str, _: object) -> None:
        if event == "socket.connect":
            connects.append(event)

    sys.addaudithook(heard)
    refusal = ""
    with Store(store_of(place), lease=LEASE) as store:
        try:
            _attempt(opened(place, journal=False, timeouts=LIMITS), store, place, words)
        except RequestError as error:
            refusal = str(error)
    json.dump(asdict(Told(refusal, len(connects))), sys.stdout)
