"""The tables of the store. What happened only grows: the database itself refuses to change or remove it."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, insert
from sqlalchemy.dialects import sqlite

metadata = MetaData()

jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created", Float, nullable=False),  # epoch seconds
    Column("created_by", Text, nullable=False),
    Column("task", Text, nullable=False),
    Column("definition", Text, nullable=False),  # JSON: what the task was given, Nornir's configuration file
)

switches = Table(
    "switches",
    metadata,
    Column("job", Text, ForeignKey("jobs.id"), primary_key=True),
    Column("name", Text, primary_key=True),  # inventory name
    Column("position", Integer, nullable=False),
    Column("id", Text, nullable=False),  # in the API
    Column("address", Text, nullable=False),
)

history = Table(
    "history",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("job", Text, nullable=False),
    Column("switch", Text, nullable=False),  # empty: of the job itself
    Column("time", Float, nullable=False),  # epoch seconds
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),  # JSON
    Index("history_of_a_switch", "job", "switch"),
    sqlite_autoincrement=True,
)

intents = Table(
    "intents",
    metadata,
    Column("token", Text, primary_key=True),
    Column("job", Text, nullable=False),
    Column("switch", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("args", Text, nullable=False),  # JSON
    Column("facts", Text, nullable=False),  # JSON: on what it was decided
    Column("time", Float, nullable=False),  # epoch seconds
    Column("elapsed", Float, nullable=False),  # our own clock, seconds
    Column("machine_boot", Text, nullable=False),  # the boot of this machine from which it counts
    Column("owner", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Index("intents_of_a_switch", "job", "switch"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("token", Text, ForeignKey("intents.token"), primary_key=True),
    Column("time", Float, nullable=False),
    Column("error", Text, nullable=False),  # JSON; empty if there was none
)

configurations = Table(
    "configurations",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("job", Text, nullable=False),
    Column("switch", Text, nullable=False),
    Column("time", Float, nullable=False),
    Column("running", LargeBinary, nullable=False),  # zlib
    Column("startup", LargeBinary, nullable=False),  # zlib
    Index("configurations_of_a_switch", "job", "switch"),
    sqlite_autoincrement=True,
)

owners = Table(
    "owners",
    metadata,
    Column("id", Text, primary_key=True),
    Column("job", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("since", Float, nullable=False),  # epoch seconds
    Column("machine_boot", Text, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("key", Text, primary_key=True),  # "serial …", "address …" or "pair …"
    Column("job", Text, nullable=False),
    Column("switch", Text, nullable=False),
    Column("owner", Text, nullable=False),  # empty: given back
    Column("fence", Integer, nullable=False),  # grows with every change of owner
    Column("expires", Float, nullable=False),  # our own clock, seconds
    Index("leases_of_an_owner", "owner", "switch"),
)


def _insertion(table: Table) -> str:
    columns = [column.name for column in table.columns if column.autoincrement is not True]
    return str(insert(table).compile(dialect=sqlite.dialect(paramstyle="named"), column_keys=columns))


INSERT = {table: _insertion(table) for table in metadata.sorted_tables}
"""How a row is added, as SQL: compiled once, for there are dozens of rows for each switch."""

ONLY_GROW = ("jobs", "switches", "history", "intents", "outcomes", "configurations")
"""Tables of which no row is ever changed or removed."""
