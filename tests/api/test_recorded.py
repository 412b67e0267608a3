"""Who did what stands in the chained history, and so does who may what: an altered byte is found."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi import FastAPI
from typer.testing import CliRunner

from lcm_nornir import Reading
from lcm_nornir.access import Role
from lcm_nornir.cli import app
from tests.access.users import PASSWORD
from tests.api.guarded import Guarded, guarded
from tests.journal.stores import Disk, asked

NEW = {"name": "ada", "password": PASSWORD, "roles": ["viewer", "operator"]}


def verified(path: Path, *, code: int) -> str:
    """Give what `audit verify` tells; in this process, since what is altered here is nobody's to check later."""
    done = CliRunner().invoke(app, ["audit", "verify", "--store", str(path)])
    assert done.exit_code == code, done.output
    return done.stdout


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Guarded]:
    app = FastAPI(docs_url=None, redoc_url=None)

    @app.delete("/lcm/update-jobs/{id}")
    def remove(id: str) -> str:  # noqa: A002 - the contract's name
        return id

    @app.get("/lcm/update-jobs")
    def read() -> int:
        return 1

    with guarded(tmp_path / "lcm.db", app) as found:
        yield found


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with users, tokens and deeds of each kind."""
    path = tmp_path_factory.mktemp("written") / "lcm.db"
    with guarded(path) as api:
        api.ask("POST", "/users", api.tokens["admin"], json=NEW)
        api.ask("PUT", "/users/ada", api.tokens["admin"], json={"roles": ["viewer"], "disabled": False})
        token = api.login("ada").json()["token"]
        api.ask("POST", "/auth/token/extend", token)
        api.ask("DELETE", "/auth/token", api.tokens["viewer"])
    return path


@pytest.fixture
def past(written: Path, tmp_path: Path) -> Path:
    """A copy of that store."""
    return Path(shutil.copytree(written.parent, tmp_path / "past")) / written.name


def altered(path: Path) -> tuple[str, ...]:
    with Reading.at(path) as store:
        return store.audit().altered


def forged(path: Path, statement: str) -> None:
    """Change a store past the package; what the database refuses stays the same."""
    with closing(sqlite3.connect(path)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        for _, sql in triggers:
            connection.execute(sql)
        connection.commit()


def test_S24_what_changes_something_is_recorded_with_its_outcome_and_what_only_reads_is_not(api: Guarded) -> None:
    begun = len(api.told())
    api.ask("GET", "/lcm/update-jobs", api.tokens["viewer"])
    api.ask("DELETE", "/lcm/update-jobs/4711", api.tokens["operator"])
    api.ask("DELETE", "/lcm/update-jobs/4711", api.tokens["viewer"])
    api.ask("DELETE", "/lcm/update-jobs/4711", "no token")
    api.ask("POST", "/users", api.tokens["admin"], json=NEW)
    assert api.told()[begun:] == [
        ("operator", "DELETE /lcm/update-jobs/{id}", "4711", "200"),
        ("viewer", "DELETE /lcm/update-jobs/{id}", "4711", "403"),
        ("admin", "users add", "ada", "done"),
        ("admin", "POST /users", "", "200"),
    ]
    deed = api.store.deeds(limit=1000)[-2].deed
    assert (deed.address, deed.detail) == ("192.0.2.77", "operator viewer")


def test_S24_logins_and_failed_logins_are_recorded_and_what_was_typed_is_not(api: Guarded) -> None:
    begun = len(api.told())
    token = api.login("viewer").json()["token"]
    api.login("viewer", "a wrong password")
    api.login("a password typed in the wrong field")
    api.ask("DELETE", "/auth/token", token)
    assert api.told()[begun:] == [
        ("viewer", "login", "viewer", "done"),
        ("", "login", "viewer", "refused"),
        ("", "login", "", "refused"),
        ("viewer", "logout", "viewer", "done"),
    ]
    everything = str(asked(api.store.place, "SELECT body FROM history"))
    assert "wrong" not in everything
    assert token not in everything


def test_S24_an_admin_reads_the_record_and_that_is_recorded(api: Guarded) -> None:
    told = api.ask("GET", "/audit?limit=200", api.tokens["admin"]).json()["data"]
    assert [one["what"] for one in told].count("users add") == 4
    assert api.told()[-1] == ("admin", "GET /audit", "", "200")


def test_S24_a_past_with_users_and_tokens_is_as_it_was_written(past: Path) -> None:
    assert altered(past) == ()
    assert "altered" not in verified(past, code=0)


CHANGES = [
    ("UPDATE users SET roles = 'admin viewer' WHERE name = 'ada'", "user ada: what is known of this user"),
    ("UPDATE users SET password = password || 'x' WHERE name = 'ada'", "user ada"),
    ("UPDATE users SET disabled = 1 - disabled WHERE name = 'ada'", "user ada"),
    ("UPDATE users SET created = created + 0.001 WHERE name = 'ada'", "user ada"),
    ("UPDATE users SET name = 'adb' WHERE name = 'ada'", "user adb"),
    ("INSERT INTO users SELECT 'eve', password, 'admin', 0, created FROM users LIMIT 1", "user eve"),
    ("DELETE FROM users WHERE name = 'ada'", "user ada"),
    ("UPDATE tokens SET scopes = 'admin' WHERE user = 'ada'", "what is known of this token"),
    ("UPDATE tokens SET user = 'admin' WHERE user = 'ada'", "what is known of this token"),
    ("UPDATE tokens SET expires = expires + 1e6 WHERE user = 'ada'", "what is known of this token"),
    ("UPDATE tokens SET issued = issued + 1 WHERE user = 'ada'", "what is known of this token"),
    ("UPDATE tokens SET begun = begun + 1 WHERE user = 'ada'", "what is known of this token"),
    ("UPDATE tokens SET revoked = 0 WHERE revoked > 0", "what is known of this token"),
    ("UPDATE tokens SET digest = 'f' || digest WHERE user = 'ada'", "what is known of this token"),
    ("DELETE FROM tokens WHERE user = 'ada'", "what is known of this token"),
    ("UPDATE history SET body = replace(body, 'admin', 'eve') WHERE kind = 'deed'", "deed) is not what was written"),
    (
        "DELETE FROM history WHERE kind = 'deed' AND seq = (SELECT min(seq) FROM history WHERE kind = 'deed')",
        "a line before it",
    ),
    ("UPDATE history SET switch = 'eve' WHERE kind = 'user' AND switch = 'ada'", "user eve"),
]


@pytest.mark.parametrize(("statement", "told"), CHANGES, ids=[f"{number}" for number in range(len(CHANGES))])
def test_S24_whatever_of_users_tokens_and_deeds_is_altered_is_found(past: Path, statement: str, told: str) -> None:
    forged(past, statement)
    found = altered(past)
    assert any(told in one for one in found), found
    assert told.partition(":")[0] in verified(past, code=1)


def test_S24_a_user_as_he_was_before_is_found(past: Path) -> None:
    forged(past, "UPDATE users SET roles = 'operator viewer' WHERE name = 'ada'")  # he was that, once
    assert altered(past) == ("user ada: what is known of this user is not what was written",)


def test_S24_what_the_store_does_not_take_is_told_as_done_and_recorded_later(api: Guarded) -> None:
    begun = len(api.told())
    disk = Disk(api.store.place)
    disk.fill()
    try:
        assert api.ask("DELETE", "/lcm/update-jobs/4711", api.tokens["operator"]).status_code == 200
        assert api.ask("POST", "/users", api.tokens["admin"], json=NEW).status_code == 503
    finally:
        disk.clear()
    api.access.grant("viewer", [Role.VIEWER], 60, by="the test")
    told = api.told()[begun:]
    assert ("operator", "DELETE /lcm/update-jobs/{id}", "4711", "200") in told
    assert ("admin", "POST /users", "", "503") in told
    assert api.access.accounts.user("ada") is None
