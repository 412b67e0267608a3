"""By which a database itself refuses to change what only grows; what these make stays as it is for all releases."""

from __future__ import annotations

from alembic import op

_REFUSES = "BEGIN RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END"


def on_postgresql() -> bool:
    """Tell whether the store is on PostgreSQL, and not in SQLite's file."""
    return op.get_bind().dialect.name == "postgresql"


def prepare() -> None:
    """Make what the triggers call; before the first of them."""
    if on_postgresql():
        op.execute(f"CREATE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql AS $${_REFUSES}$$")


def guard(table: str) -> None:
    """Let the database refuse to change or remove rows of a table."""
    if on_postgresql():  # a TRUNCATE, too, and whatever session_replication_role says
        op.execute(
            f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION only_grows()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_only_grows")
        return
    for verb in ("UPDATE", "DELETE"):
        _refuse(table, verb)


def lift(table: str) -> None:
    """Let rows of a table be changed, by a migration."""
    if on_postgresql():
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_only_grows")
    else:
        op.execute(f"DROP TRIGGER {table}_only_grows_update")


def restore(table: str) -> None:
    """Let the database refuse that again."""
    if on_postgresql():
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_only_grows")
    else:
        _refuse(table, "UPDATE")


def _refuse(table: str, verb: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_only_grows_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
    )
