"""Whether what happened stands in the store as it was written: each line's digest is of the line before, too."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, literal_column, select

from lcm_nornir.journal.chain import (
    CHANGED,
    CONFIGURATION,
    JOB,
    TOKEN,
    USER,
    binding,
    configuration_digest,
    document_digest,
    job_digest,
    line_digest,
    token_digest,
    user_digest,
)
from lcm_nornir.journal.database import Database
from lcm_nornir.journal.tables import configurations, documents, history, jobs, switches, tokens, users

_CHANGING = (USER, TOKEN)
"""Kinds of what may change: the last line that binds it tells how it has to be."""
_TOLD = {
    JOB: "what was asked for",
    CONFIGURATION: "what was kept of its configuration",
    USER: "what is known of this user",
    TOKEN: "what is known of this token",
}
_SHOWN_OF_TOKEN = 8  # digits: enough to tell it from others


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
    """What one line binds: a job, a configuration that was kept of a switch in it, or, of no job, a user or token."""

    kind: str
    job: str
    switch: str


_Bodies = Mapping[_Bound, Sequence[str]]
_Rows = Callable[[Select[Any]], Iterator[dict[str, Any]]]
"""Gives rows as they stand in the store."""


def audit(database: Database, connection: Connection, noted: str = "") -> Audit:
    """Compare a store with its digests; reads all of it.

    Args:
        database: In which it is.
        connection: In one transaction, so that nobody adds anything meanwhile.
        noted: A head that was noted some time ago: what was written until then is still there, if it is in the chain.
    """
    altered = [*database.findings(connection)]
    rows: _Rows = partial(database.as_stored, connection)
    told: dict[_Bound, list[str]] = defaultdict(list)
    changed: dict[str, str] = {}  # of a document of the API, the digest that was told last
    before, lines, known = "", 0, not noted
    for row in rows(select(history).order_by(history.c.seq)):
        if row["digest"] != line_digest(before, row):
            altered.append(f"{_name(row)} is not what was written there, or a line before it is missing")
        if row["kind"] in _TOLD:
            bodies = told[_Bound(row["kind"], row["job"], row["switch"])]
            if row["kind"] in _CHANGING:
                bodies.clear()
            bodies.append(row["body"])
        if row["kind"] == CHANGED:
            changed[row["job"]] = _told_digest(row["body"])
        before = row["digest"]
        known |= before == noted
        lines += 1
    found, strays = _bodies(rows)
    altered += _unlike(told, found)
    altered += (f"job {job}: its switches are there, and it is not" for job in strays)
    altered += _unlike_documents(rows, changed)
    if not known:
        altered.append(f"no line has the digest {noted}: the end is missing, or all was written anew")
    totals = Counter(bound.kind for bound, bodies in found.items() for _ in bodies)
    return Audit(lines, totals[JOB], totals[CONFIGURATION], _shown(before), tuple(map(_shown, altered)))


def _bodies(rows: _Rows) -> tuple[_Bodies, list[str]]:
    """Give what should be bound, in the order in which it was written: the body of each line that does.

    Also gives the jobs that only their switches tell of.
    """
    found: dict[_Bound, list[str]] = defaultdict(list)
    members = defaultdict(list)
    for row in rows(select(switches).order_by(switches.c.position)):
        members[row["job"]].append(row)
    for row in rows(select(jobs).order_by(literal_column("jobs.rowid"))):
        found[_Bound(JOB, row["id"], "")].append(binding(job_digest(row, members.pop(row["id"], ()))))
    for row in rows(select(configurations).order_by(configurations.c.number)):
        found[_Bound(CONFIGURATION, row["job"], row["switch"])].append(binding(configuration_digest(row)))
    for row in rows(select(users)):
        found[_Bound(USER, "", row["name"])].append(binding(user_digest(row)))
    for row in rows(select(tokens)):
        found[_Bound(TOKEN, "", row["digest"])].append(binding(token_digest(row)))
    return found, sorted(members)


def _unlike(told: _Bodies, found: _Bodies) -> Iterator[str]:
    for bound in sorted({*told, *found}):
        if told.get(bound) != found.get(bound):
            yield f"{_subject(bound)}: {_TOLD[bound.kind]} is not what was written"
    if _jobs_of(told) != _jobs_of(found):
        yield "the jobs do not stand in the order in which they were begun"


def _subject(bound: _Bound) -> str:
    if bound.kind in _CHANGING:
        return f"{bound.kind} {bound.switch[:_SHOWN_OF_TOKEN] if bound.kind == TOKEN else bound.switch}"
    return f"job {bound.job} of {bound.switch}" if bound.switch else f"job {bound.job}"


def _told_digest(body: str) -> str:
    try:
        return str(json.loads(body)["document"])
    except (ValueError, LookupError, TypeError):
        return body  # it was altered, and is no document's digest


def _unlike_documents(rows: _Rows, told: Mapping[str, str]) -> Iterator[str]:
    listed = rows(select(documents).order_by(documents.c.number))
    found = {row["id"]: (row["kind"], document_digest(str(row["document"]))) for row in listed}
    for name, (kind, digest) in found.items():
        if told.get(name) != digest:
            yield f"{kind} {name}: it is not what was written last"
    yield from (f"document {name}: it is missing" for name, digest in told.items() if digest and name not in found)


def _jobs_of(bodies: _Bodies) -> list[str]:
    return [bound.job for bound in bodies if bound.kind == JOB]


def _name(row: Mapping[str, Any]) -> str:
    of = [f"job {row['job']}" if row["job"] else "", row["switch"], row["kind"]]
    return f"line {row['seq']} ({', '.join(filter(None, of))})"


def _shown(text: str) -> str:
    """Give text that a terminal can show, and does not obey, whatever was put into the file."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
