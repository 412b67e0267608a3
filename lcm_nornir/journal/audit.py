"""Whether what happened stands in the store as it was written: each line's digest is of the line before, too."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Float, Integer, LargeBinary, Select, Text, cast, select

from lcm_nornir.journal.tables import LINE, configurations, digest, history, jobs, switches

JOB, CONFIGURATION = "job", "configuration"
"""Kinds of the lines that bind what stands in other tables."""
_OF_JOB = ("id", "created", "created_by", "task", "definition")
_OF_SWITCH = ("name", "position", "id", "address")
_CHECK = "PRAGMA integrity_check(3)"
"""Also of the indices, by which lines are found, and which opening a store does not compare: it would take too long."""
_TOLD = {JOB: "what was asked for", CONFIGURATION: "what was kept of its configuration"}


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found.

    Attributes:
        lines: How many lines of history there are.
        jobs: How many jobs.
        configurations: How many kept configurations.
        head: Digest of the last line, which is of all before it; empty if there is none.
        altered: What is not as it was written, each in a sentence.
    """

    lines: int
    jobs: int
    configurations: int
    head: str
    altered: tuple[str, ...]


class _Bound(NamedTuple):
    """What one line binds: a job, or a configuration that was kept of a switch in it."""

    kind: str
    job: str
    switch: str


_Bodies = Mapping[_Bound, Counter[str]]


def job_digest(job: Mapping[str, Any], members: Sequence[Mapping[str, Any]]) -> str:
    """Give the digest of a job's row, and of those of its switches in their order."""
    return digest((*(job[name] for name in _OF_JOB), [[one[name] for name in _OF_SWITCH] for one in members]))


def configuration_digest(row: Mapping[str, Any]) -> str:
    """Give the digest of a kept configuration's row."""
    kept = [hashlib.sha256(row[name]).hexdigest() for name in ("running", "startup")]
    return digest((row["job"], row["switch"], row["time"], *kept))


def binding(bound: str) -> str:
    """Give the body of a line that binds what has a digest."""
    return json.dumps({"digest": bound})


def bindings(connection: Connection) -> Iterator[dict[str, str]]:
    """Give a line, without its time, for everything in other tables that has to be bound."""
    for bound, bodies in _bodies(connection).items():
        for body in bodies.elements():
            yield {**bound._asdict(), "body": body}


def audit(connection: Connection, noted: str = "") -> Audit:
    """Compare a store with its digests; reads all of it.

    Args:
        connection: In one transaction, so that nobody adds anything meanwhile.
        noted: A head that was noted some time ago: what was written until then is still there, if it is in the chain.
    """
    told: dict[_Bound, Counter[str]] = defaultdict(Counter)
    altered = [f"SQLite finds: {said}" for (said,) in connection.exec_driver_sql(_CHECK) if said != "ok"]
    before, lines, known = "", 0, not noted
    for row in _plain(connection, select(history).order_by(history.c.seq)):
        if row["digest"] != digest((before, *(row[name] for name in LINE))):
            altered.append(f"{_name(row)} is not what was written there, or a line before it is missing")
        if row["kind"] in _TOLD:
            told[_Bound(row["kind"], row["job"], row["switch"])][row["body"]] += 1
        before = row["digest"]
        known |= before == noted
        lines += 1
    found = _bodies(connection)
    altered += _unlike(told, found)
    if not known:
        altered.append(f"no line has the digest {noted}: the end is missing, or all was written anew")
    totals = Counter[str]()
    for bound, bodies in found.items():
        totals[bound.kind] += bodies.total()
    return Audit(lines, totals[JOB], totals[CONFIGURATION], before, tuple(altered))


def _bodies(connection: Connection) -> _Bodies:
    """Give what should be bound: the body of each line that does."""
    found: dict[_Bound, Counter[str]] = defaultdict(Counter)
    members = defaultdict(list)
    for row in _plain(connection, select(switches).order_by(switches.c.position)):
        members[row["job"]].append(row)
    for row in _plain(connection, select(jobs)):
        found[_Bound(JOB, row["id"], "")][binding(job_digest(row, members.pop(row["id"], ())))] += 1
    for job in members:
        found[_Bound(JOB, job, "")]["switches without a job"] += 1
    for row in _plain(connection, select(configurations)):
        found[_Bound(CONFIGURATION, row["job"], row["switch"])][binding(configuration_digest(row))] += 1
    return found


def _unlike(told: _Bodies, found: _Bodies) -> Iterator[str]:
    for bound in sorted({*told, *found}):
        if told.get(bound) != found.get(bound):
            of = f" of {bound.switch}" if bound.switch else ""
            yield f"job {bound.job}{of}: {_TOLD[bound.kind]} is not what was written"


def _name(row: Mapping[str, Any]) -> str:
    of = f", {row['switch']}" if row["switch"] else ""
    return f"line {row['seq']} (job {row['job']}{of}, {row['kind']})"


def _plain(connection: Connection, wanted: Select[Any]) -> Iterator[dict[str, Any]]:
    """Give rows, text as it stands in the file: what was altered need not be UTF-8."""
    columns = list(wanted.selected_columns)
    stored = (one if isinstance(one.type, Float | Integer) else cast(one, LargeBinary) for one in columns)
    for values in connection.execute(wanted.with_only_columns(*stored)):
        yield {
            one.name: value.decode(errors="surrogateescape") if isinstance(one.type, Text) else value
            for one, value in zip(columns, values, strict=True)
        }
