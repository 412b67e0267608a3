"""The first form of the store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lcm_nornir.journal.migrations import only_grows

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ONLY_GROW = ("jobs", "switches", "history", "configurations")


def upgrade() -> None:
    """Make the tables, and let the database itself refuse to change what only grows."""
    op.create_table(
        "configurations",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("switch", sa.Text(), nullable=False),
        sa.Column("time", sa.Float(), nullable=False),
        sa.Column("running", sa.LargeBinary(), nullable=False),
        sa.Column("startup", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("configurations_of_a_switch", "configurations", ["job", "switch"], unique=False)
    op.create_table(
        "history",
        sa.Column("seq", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("switch", sa.Text(), nullable=False),
        sa.Column("time", sa.Float(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("history_of_a_job", "history", ["job"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        *_numbered(),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "leases",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("switch", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("expires", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("leases_of_an_owner", "leases", ["owner", "switch"], unique=False)
    op.create_table(
        "owners",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
        sa.Column("machine_boot", sa.Text(), nullable=False),
        *_numbered(),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "switches",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job"],
            ["jobs.id"],
        ),
        sa.PrimaryKeyConstraint("job", "name"),
    )
    only_grows.prepare()
    for table in _ONLY_GROW:
        only_grows.guard(table)


def _numbered() -> list[sa.Column[int]]:
    """Give the column that tells in which order rows were written; SQLite has one of this name in every table."""
    return [sa.Column("rowid", sa.BigInteger(), sa.Identity(always=True))] if only_grows.on_postgresql() else []
