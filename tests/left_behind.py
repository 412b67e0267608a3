"""What a run left behind, and how it is broken on purpose: what the tests of the checker are made of."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lcm_nornir.journal.intent import Intent
from lcm_nornir.journal.reading import Note, StoredJob
from tests.checker import violations
from tests.fleets import Lab

Log = list[dict[str, Any]]


@dataclass(frozen=True)
class Run:
    """What one run left behind: everything that the checker is given."""

    job: StoredJob
    notes: tuple[Note, ...]
    intents: tuple[Intent, ...]
    logs: dict[str, Log]
    peers: dict[str, str]

    def found(self) -> list[str]:
        return violations(self.job, self.notes, self.intents, self.logs, self.peers)

    def with_notes(self, change: Callable[[Note], Note | None]) -> Run:
        """Give the same with each note changed, or left out."""
        return replace(self, notes=tuple(new for note in self.notes if (new := change(note)) is not None))

    def with_intents(self, change: Callable[[Intent], Intent | None]) -> Run:
        """Give the same with each intent changed, or left out."""
        return replace(self, intents=tuple(new for one in self.intents if (new := change(one)) is not None))

    def with_log(self, name: str, log: Sequence[dict[str, Any]]) -> Run:
        return replace(self, logs={**self.logs, name: list(log)})

    def at(self, name: str, kind: str) -> dict[str, Any]:
        """Give an effect of a switch."""
        return next(entry for entry in self.logs[name] if entry.get("kind") == kind)

    def intent(self, name: str, command: str) -> Intent:
        return next(one for one in self.intents if (one.switch, one.command) == (name, command))

    def stopped(self, kind: str, time: float) -> Run:
        """Give the same with a note that it was stopped, or cancelled, at some time."""
        *notes, ended = self.notes
        note = replace(ended, time=time, kind=kind, body=json.dumps({"reason": "enough", "time": time}))
        return replace(self, notes=(*notes, note, replace(ended, seq=ended.seq + 1)))


def run_of(fleet: Lab) -> Run:
    """Give what the one job with a fleet left behind."""
    (job,) = fleet.store.jobs()
    logs = {switch.name: fleet.fleet.log(switch.name) for switch in fleet.fleet.switches}
    return Run(job, fleet.store.notes(job), fleet.store.intents(job), logs, dict(fleet.peers))


def body_of(note: Note, **values: Any) -> Note:
    return replace(note, body=json.dumps({**json.loads(note.body), **values}))


def is_evidence(note: Note, switch: str, name: str) -> bool:
    return (note.switch, note.kind) == (switch, "Evidence") and json.loads(note.body)["name"] == name


def is_verdict(note: Note, switch: str) -> bool:
    return (note.switch, note.kind) == (switch, "Verdict")


def complains(broken: Run, *beginnings: str) -> bool:
    """Tell whether the checker reports these, and nothing else."""
    found = broken.found()
    assert {text.partition(":")[0] for text in found} == set(beginnings), found
    return True


def inserted(log: Log, after: str, *entries: dict[str, Any]) -> Log:
    place = next(n for n, entry in enumerate(log) if entry.get("kind") == after) + 1
    return [*log[:place], *entries, *log[place:]]
