"""The tables of the store. What happened only grows: the database itself refuses to change or remove it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from lcm_nornir.journal.chain import chained

metadata = MetaData()
Number = BigInteger().with_variant(Integer(), "sqlite")  # whose integers are that large, and count only by this name
_Insertion = tuple[str, str, list[str]]

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
    Column("seq", Number, primary_key=True, autoincrement=True),
    Column("job", Text, nullable=False),  # empty: of none, but of a user or token, or of what somebody did
    Column("switch", Text, nullable=False),  # empty: of the job itself; without a job: the user or token, see `chain`
    Column("time", Float, nullable=False),  # epoch seconds
    Column("kind", Text, nullable=False),  # of an event, or, in lower case, of what the journal tells itself
    Column("body", Text, nullable=False),  # JSON; of an Acting with its intent: one row, for one statement is quickest
    Column("digest", Text, nullable=False, server_default=""),  # of the line before and this one, see `chain`
    Index("history_of_a_job", "job"),  # by switch, too, each commit would change a page for every switch in it
)

configurations = Table(
    "configurations",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("job", Text, nullable=False),
    Column("switch", Text, nullable=False),
    Column("time", Float, nullable=False),
    Column("running", LargeBinary, nullable=False),  # zlib
    Column("startup", LargeBinary, nullable=False),  # zlib
    Index("configurations_of_a_switch", "job", "switch"),
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

documents = Table(
    "documents",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),  # "job", "image-server" or "image" of the API
    Column("id", Text, nullable=False),
    Column("key", Text, nullable=False),  # of which there is one of its kind
    Column("revision", Integer, nullable=False),  # grows with every change
    Column("document", Text, nullable=False),  # JSON; the line of history that tells of a change has its digest
    Index("documents_by_id", "kind", "id", unique=True),
    Index("documents_by_key", "kind", "key", unique=True),
)

requests = Table(
    "requests",
    metadata,
    Column("user", Text, primary_key=True),
    Column("key", Text, primary_key=True),  # that the client gave, so that asking again does nothing twice
    Column("time", Float, nullable=False),  # epoch seconds
    Column("request", Text, nullable=False),  # digest of what was asked
    Column("owner", Text, nullable=False),  # who answers it
    Column("answer", Text, nullable=False),  # JSON; empty until it is known
)

users = Table(
    "users",
    metadata,
    Column("name", Text, primary_key=True),
    Column("password", Text, nullable=False),  # its hash; empty: none, and no login
    Column("roles", Text, nullable=False),  # sorted, a blank between
    Column("disabled", Integer, nullable=False),
    Column("created", Float, nullable=False),  # epoch seconds
)

tokens = Table(
    "tokens",
    metadata,
    Column("digest", Text, primary_key=True),  # SHA-256; the token itself is nowhere
    Column("user", Text, ForeignKey("users.name"), nullable=False),
    Column("scopes", Text, nullable=False),  # sorted, a blank between
    Column("begun", Float, nullable=False),  # epoch seconds, like the rest: when its user logged in
    Column("issued", Float, nullable=False),
    Column("expires", Float, nullable=False),
    Column("revoked", Float, nullable=False),  # 0: it was not
    Index("tokens_of_a_user", "user"),
)


class member(FunctionElement[str]):  # noqa: N801 - called as a function of the database is
    """A member of the object that a column has as JSON, as a text: ``member(column, "name")``."""

    type = Text()
    inherit_cache = True
    name = "member"


@compiles(member)
def _member(element: member, compiler: SQLCompiler, **options: Any) -> str:
    column, name = element.clauses
    if compiler.dialect.name == "postgresql":
        return f"({compiler.process(column, **options)}::json ->> {compiler.process(name, **options)})"
    return f"json_extract({compiler.process(column, **options)}, '$.' || {compiler.process(name, **options)})"


_AT_ONCE = 64  # rows in one statement: the widest table stays below 999 values, the limit of old builds of SQLite


_LAST = "SELECT digest FROM history ORDER BY seq DESC LIMIT 1"


def add_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> str:
    """Add rows to a table, column to value; many by one statement: after each this thread has to wait for its turn.

    It is called within a transaction: what it adds to the history is chained to the last line there.

    Returns:
        The digest of the last line of history that it added; empty if it added none.
    """
    if table is history and rows:
        last = executed(connection, _LAST)
        rows = list(chained(last[0] if last else "", rows))
    insertion = _INSERT[connection.dialect.paramstyle][table]
    for begin in range(0, len(rows), _AT_ONCE):
        executed(connection, *_statement(insertion, rows[begin : begin + _AT_ONCE]))
    return str(rows[-1]["digest"]) if table is history and rows else ""


def is_in_history(connection: Connection, digest: str) -> bool:
    """Tell whether there is a line of history with this digest; reads all of it, for that is seldom asked."""
    return connection.scalar(select(history.c.seq).where(history.c.digest == digest).limit(1)) is not None


def executed(connection: Connection, statement: str, values: tuple[Any, ...] = ()) -> Any:
    """Execute a statement past what SQLAlchemy adds to it, which costs more than SQLite does; gives the first row."""
    driver = connection.dialect.loaded_dbapi
    used = connection.connection
    cursor = used.cursor()
    try:
        cursor.execute(statement, values)
        return cursor.fetchone() if cursor.description else None
    except driver.Error as error:
        lost = connection.dialect.is_disconnect(error, used.dbapi_connection, cursor)
        raise DBAPIError.instance(
            statement, None, error, driver.Error, hide_parameters=True, connection_invalidated=lost
        ) from error
    finally:
        cursor.close()


def _statement(insertion: _Insertion, rows: Sequence[Mapping[str, Any]]) -> tuple[str, tuple[Any, ...]]:
    head, row, columns = insertion
    return head + ", ".join([row] * len(rows)), tuple([one[name] for one in rows for name in columns])


def _insertion(table: Table, mark: str) -> _Insertion:
    columns = [column.name for column in table.columns if column.autoincrement is not True]
    names = ", ".join(f'"{name}"' for name in columns)  # one of them is a word of PostgreSQL's
    head = f"INSERT INTO {table.name} ({names}) VALUES "  # noqa: S608  # nosec B608 - the names are those above
    return head, f"({', '.join([mark] * len(columns))})", columns


_INSERT = {  # once: there are dozens of rows per switch
    style: {table: _insertion(table, mark) for table in metadata.sorted_tables}
    for style, mark in {"qmark": "?", "pyformat": "%s"}.items()
}

ONLY_GROW = ("jobs", "switches", "history", "configurations")
"""Tables of which no row is ever changed or removed: the database itself refuses it, by triggers."""
TRIGGERS = {
    name: f"CREATE TRIGGER {name} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
    for table in ONLY_GROW
    for verb in ("UPDATE", "DELETE")
    for name in (f"{table}_only_grows_{verb.lower()}",)
}
"""Those of SQLite: name, and how it was made."""
