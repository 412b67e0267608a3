"""Whether what happened stands in the store as it was written: each line's digest is of the line before, too."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Float, Integer, LargeBinary, Select, Text, cast, func, literal_column, select
from sqlalchemy.types import TypeEngine

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
from lcm_nornir.journal.tables import TRIGGERS, configurations, documents, history, jobs, switches, tokens, users

_CHECK = "PRAGMA integrity_check(3)"
"""Also of the indices, by which lines are found, and which opening a store does not compare: it would take too long."""
_ACTS = "SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')"
_KINDS: dict[type[TypeEngine[Any]], str] = {Text: "text", LargeBinary: "blob", Float: "real", Integer: "integer"}
_AS_IT_IS = "surrogateescape"
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


def audit(connection: Connection, noted: str = "") -> Audit:
    """Compare a store with its digests; reads all of it.

    Args:
        connection: In one transaction, so that nobody adds anything meanwhile.
        noted: A head that was noted some time ago: what was written until then is still there, if it is in the chain.
    """
    altered = [f"SQLite finds: {said}" for (said,) in connection.exec_driver_sql(_CHECK) if said != "ok"]
    if {one.name: one.sql for one in connection.exec_driver_sql(_ACTS)} != TRIGGERS:
        altered.append("the database no longer refuses to change what happened, or does more than that (its triggers)")
    told: dict[_Bound, list[str]] = defaultdict(list)
    changed: dict[str, str] = {}  # of a document of the API, the digest that was told last
    before, lines, known = "", 0, not noted
    for row in _plain(connection, select(history).order_by(history.c.seq)):
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
    found, strays = _bodies(connection)
    altered += _unlike(told, found)
    altered += (f"job {job}: its switches are there, and it is not" for job in strays)
    altered += _unlike_documents(connection, changed)
    if not known:
        altered.append(f"no line has the digest {noted}: the end is missing, or all was written anew")
    totals = Counter(bound.kind for bound, bodies in found.items() for _ in bodies)
    return Audit(lines, totals[JOB], totals[CONFIGURATION], _shown(before), tuple(map(_shown, altered)))


def _bodies(connection: Connection) -> tuple[_Bodies, list[str]]:
    """Give what should be bound, in the order in which it was written: the body of each line that does.

    Also gives the jobs that only their switches tell of.
    """
    found: dict[_Bound, list[str]] = defaultdict(list)
    members = defaultdict(list)
    for row in _plain(connection, select(switches).order_by(switches.c.position)):
        members[row["job"]].append(row)
    for row in _plain(connection, select(jobs).order_by(literal_column("jobs.rowid"))):
        found[_Bound(JOB, row["id"], "")].append(binding(job_digest(row, members.pop(row["id"], ()))))
    for row in _plain(connection, select(configurations).order_by(configurations.c.number)):
        found[_Bound(CONFIGURATION, row["job"], row["switch"])].append(binding(configuration_digest(row)))
    for row in _plain(connection, select(users)):
        found[_Bound(USER, "", row["name"])].append(binding(user_digest(row)))
    for row in _plain(connection, select(tokens)):
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


def _unlike_documents(connection: Connection, told: Mapping[str, str]) -> Iterator[str]:
    rows = _plain(connection, select(documents).order_by(documents.c.number))
    found = {row["id"]: (row["kind"], document_digest(str(row["document"]))) for row in rows}
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


def _plain(connection: Connection, wanted: Select[Any]) -> Iterator[dict[str, Any]]:
    """Give rows as they stand in the file: what was altered need be neither UTF-8 nor of its column's kind."""
    columns = list(wanted.selected_columns)
    stored = (one if isinstance(one.type, Float | Integer) else cast(one, LargeBinary) for one in columns)
    kinds = (func.typeof(one) for one in columns)
    for values in connection.execute(wanted.with_only_columns(*stored, *kinds)):
        yield {
            one.name: _value(one.type, value, kind)
            for one, value, kind in zip(columns, values, values[len(columns) :], strict=False)
        }


def _value(type_: TypeEngine[Any], value: Any, kind: str) -> Any:
    """Give a value; one of a foreign kind, which may be found by no question, as one that is like no other."""
    if kind != next(kind for of, kind in _KINDS.items() if isinstance(type_, of)):
        value = f"{kind} {value!r}".encode()
    return value if isinstance(type_, LargeBinary) or not isinstance(value, bytes) else value.decode(errors=_AS_IT_IS)
