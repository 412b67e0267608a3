"""Each line of history gets a digest, which is of the line before, too; some lines bind what is in other tables."""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

from lcm_nornir.journal.audit import bindings
from lcm_nornir.journal.tables import chained

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_STANDING = sa.text("SELECT seq, job, switch, time, kind, body FROM history ORDER BY seq")
_CHAIN = sa.text("UPDATE history SET digest = :digest WHERE seq = :seq")
_ADD = sa.text("INSERT INTO history (job, switch, time, kind, body) VALUES (:job, :switch, :time, :kind, :body)")
_TRIGGER = "history_only_grows_update"


def upgrade() -> None:
    """Bind and chain what stands there: from now on it cannot be changed unseen."""
    connection = op.get_bind()
    op.add_column("history", sa.Column("digest", sa.Text(), nullable=False, server_default=""))
    for line in bindings(connection):
        connection.execute(_ADD, {**line, "time": time.time()})
    op.execute(f"DROP TRIGGER {_TRIGGER}")
    for line in chained("", [dict(row) for row in connection.execute(_STANDING).mappings()]):
        connection.execute(_CHAIN, line)
    op.execute(
        f"CREATE TRIGGER {_TRIGGER} BEFORE UPDATE ON history BEGIN SELECT RAISE(ABORT, 'history only grows'); END"
    )
