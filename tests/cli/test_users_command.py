"""The API's users at the command line: no password in an argument, an answer or the store."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from lcm_nornir import Store
from lcm_nornir.access import Access, Role
from tests.access.users import add_user
from tests.cli.commands import COMMAND, ROOT, lcm, named_stores

PASSWORD = "a pass phrase of some length"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    monkeypatch.setenv("LCM_TEST_PASSWORD", PASSWORD)
    return "--store", str(tmp_path / "lcm.db")


def add(kept: tuple[str, str], name: str = "ada", *roles: str) -> None:
    options = [word for role in roles or ("operator",) for word in ("--role", role)]
    lcm("users", "add", name, *options, "--password", "env:LCM_TEST_PASSWORD", *kept)


def users(kept: tuple[str, str]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(lcm("users", "list", "--output", "json", *kept).stdout)
    return found


@pytest.mark.slow
def test_a_user_is_added_listed_changed_and_disabled(kept: tuple[str, str]) -> None:
    add(kept)
    assert [(one["name"], one["roles"], one["disabled"]) for one in users(kept)] == [("ada", ["operator"], False)]
    lcm("users", "roles", "ada", "--role", "viewer", "--role", "approver", *kept)
    assert users(kept)[0]["roles"] == ["approver", "viewer"]
    lcm("users", "disable", "ada", *kept)
    assert users(kept)[0]["disabled"] is True
    lcm("users", "enable", "ada", *kept)
    assert users(kept)[0]["disabled"] is False
    assert "approver viewer" in lcm("users", "list", *kept).stdout


def test_S16_neither_password_nor_token_stands_in_the_store(kept: tuple[str, str]) -> None:
    add(kept)
    token = lcm("users", "token", "ada", "--role", "operator", *kept).stdout.strip()
    path = Path(kept[1])
    files = [file for file in path.parent.rglob("*") if file.is_file()]
    assert path in files
    for file in files:
        content = file.read_bytes()
        assert PASSWORD.encode() not in content
        assert token.encode() not in content
    with Store(kept[1]) as store:
        caller = Access(store.accounts()).caller(token, "")
        assert caller is not None
        assert (caller.user, caller.roles) == ("ada", frozenset({Role.OPERATOR}))


@pytest.mark.slow
def test_another_password_is_taken_from_then_on_and_ends_the_tokens(kept: tuple[str, str], tmp_path: Path) -> None:
    add(kept)
    token = lcm("users", "token", "ada", "--role", "operator", *kept).stdout.strip()
    file = tmp_path / "password"
    file.write_text("quite another pass phrase\n")
    file.chmod(0o600)
    lcm("users", "password", "ada", "--password", f"file:{file}", *kept)
    with Store(kept[1]) as store:
        access = Access(store.accounts())
        assert access.caller(token, "") is None
        assert access.login("ada", "quite another pass phrase", "192.0.2.1").user == "ada"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "ada", "--role", "king", "--password", "env:LCM_TEST_PASSWORD"), "there is no role 'king'"),
        (("add", "Ada L", "--role", "viewer", "--password", "env:LCM_TEST_PASSWORD"), "no user's name"),
        (("add", "ada", "--role", "viewer", "--password", PASSWORD), "not a secret reference"),
        (("add", "ada", "--role", "viewer", "--password", "env:LCM_TEST_SHORT"), "it has 5 characters"),
        (("add", "ada", "--role", "viewer"), "there is no terminal to ask at"),
        (("add", "bob", "--role", "viewer", "--password", "env:LCM_TEST_PASSWORD"), "there is a user 'bob' already"),
        (("roles", "ada", "--role", "viewer"), "there is no user 'ada'"),
        (("token", "ada", "--role", "viewer"), "there is no user 'ada'"),
        (("token", "bob", "--role", "admin"), "these are not all roles of this user; ask for some of: viewer"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line_without_the_password(
    kept: tuple[str, str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], told: str
) -> None:
    monkeypatch.setenv("LCM_TEST_SHORT", "12345")
    with Store(kept[1]) as store:
        add_user(store, "bob", Role.VIEWER)
    named_stores(kept)
    done = subprocess.run(
        [*COMMAND, "users", *words, *kept],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 2
    assert told in done.stderr
    assert PASSWORD not in done.stderr + done.stdout
    with Store(kept[1]) as store:
        assert [one.name for one in store.accounts().users()] == ["bob"]


def test_a_password_is_asked_for_twice_at_a_terminal_and_not_shown(kept: tuple[str, str]) -> None:
    ours, theirs = pty.openpty()
    words = [*COMMAND, "users", "add", "ada", "--role", "viewer", *kept]
    named_stores(kept)
    with subprocess.Popen(
        words, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, cwd=ROOT, start_new_session=True
    ) as process:
        os.close(theirs)
        shown = b""
        for question in (b"Password: ", b"Repeat for confirmation: "):
            while not shown.endswith(question):
                shown += os.read(ours, 1024)
            os.write(ours, PASSWORD.encode() + b"\n")
        while b"may log in" not in shown:
            shown += os.read(ours, 1024)
        assert process.wait(30) == 0
    os.close(ours)
    assert PASSWORD.encode() not in shown
    with Store(kept[1]) as store:
        assert Access(store.accounts()).login("ada", PASSWORD, "192.0.2.1").user == "ada"
