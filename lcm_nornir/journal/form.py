"""The form of a store: which one a release reads, and how an older one becomes it."""

from __future__ import annotations

import threading
from collections.abc import Collection
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from lcm_nornir.journal.place import Place
from lcm_nornir.journal.refusals import damaged, refusal
from lcm_nornir.journal.tables import metadata

REVISION = "0004"
"""The store's form in this release; the last of the migrations."""
_ALEMBIC = threading.Lock()  # it keeps what it works on in globals


def check_form(place: Place, found: str, tables: Collection[str]) -> None:
    """Refuse a store of a form that this release does not know, or one of its own form that is not whole.

    Args:
        place: Of the store.
        found: Its form.
        tables: The names of its tables.

    Raises:
        RequestError: It is not to be used.
    """
    if found == REVISION and (missing := set(metadata.tables) - set(tables)):
        raise damaged(place, f"it has no table {min(missing)}")
    if found != REVISION and found not in _revisions():
        raise refusal(
            place, f"it is from a newer release (form {found}; this one knows {REVISION})", "use that release"
        )


def check_readable(place: Place, found: str) -> None:
    """Refuse to read a store of an older form: only who writes brings it to this release's.

    Raises:
        RequestError: It is from an older release.
    """
    if found != REVISION:
        cure = "the next run, resume, retry or cancel brings it to this release's form"
        raise refusal(place, f"it is from an older release (form {found}; this one reads {REVISION})", cure)


def migrate(connection: Connection) -> None:
    """Bring a store to this release's form, in the transaction of this connection."""
    from alembic import command  # noqa: PLC0415 - heavy, and needed once per store and release

    config = _alembic()
    with _ALEMBIC:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _alembic() -> Any:
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def _revisions() -> set[str]:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    return {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}
