"""Each line of history gets a digest, which is of the line before, too; some lines bind what is in other tables."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from lcm_nornir.journal.chain import CONFIGURATION, JOB, binding, chained, configuration_digest, job_digest
from lcm_nornir.journal.migrations import only_grows

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_JOBS = "SELECT id, created, created_by, task, definition FROM jobs ORDER BY rowid"
_SWITCHES = "SELECT name, position, id, address FROM switches WHERE job = :job ORDER BY position"
_KEPT = "SELECT job, switch, time, running, startup FROM configurations ORDER BY number"
_BIND = "INSERT INTO history (job, switch, time, kind, body) VALUES (:job, :switch, :time, :kind, :body)"
_LINES = "SELECT seq, job, switch, time, kind, body FROM history ORDER BY seq"
_CHAIN = "UPDATE history SET digest = :digest WHERE seq = :seq"


def upgrade() -> None:
    """Bind and chain what stands there: from now on it cannot be changed unseen."""
    op.add_column("history", sa.Column("digest", sa.Text(), nullable=False, server_default=""))
    connection = op.get_bind()
    for line in [*_bindings(connection)]:
        connection.execute(sa.text(_BIND), {**line, "time": time.time()})
    only_grows.lift("history")
    for line in chained("", [*_rows(connection, _LINES)]):
        connection.execute(sa.text(_CHAIN), line)
    only_grows.restore("history")


def _bindings(connection: sa.Connection) -> Iterator[dict[str, str]]:
    for job in _rows(connection, _JOBS):
        body = binding(job_digest(job, [*_rows(connection, _SWITCHES, job=job["id"])]))
        yield {"job": job["id"], "switch": "", "kind": JOB, "body": body}
    for row in _rows(connection, _KEPT):
        body = binding(configuration_digest(row))
        yield {"job": row["job"], "switch": row["switch"], "kind": CONFIGURATION, "body": body}


def _rows(connection: sa.Connection, question: str, **values: str) -> Iterator[dict[str, Any]]:
    yield from (dict(row) for row in connection.execute(sa.text(question), values).mappings())
