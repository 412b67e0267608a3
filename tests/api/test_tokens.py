"""Who somebody is: passwords and tokens, asked for at the API's door."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lcm_nornir.access import Role
from lcm_nornir.access.passwords import matches
from tests.access.users import PASSWORD
from tests.api.guarded import Clock, Guarded, guarded
from tests.cli.commands import lcm
from tests.journal.stores import asked

REFUSED = {
    "new_object_id": "",
    "id": "lcm.auth.unauthorized",
    "message": "You are not authorized to perform this operation",
    "messageParams": [],
    "messages": [],
}


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Guarded]:
    with guarded(tmp_path / "lcm.db") as found:
        yield found


def is_known(api: Guarded, token: str, scheme: str = "SFD") -> bool:
    return api.ask("GET", "/users", token, scheme=scheme).status_code != 401


@pytest.mark.parametrize("scheme", ["SFD", "Bearer", "bearer"])
def test_S16_a_login_gives_a_token_that_is_taken_by_either_scheme(api: Guarded, scheme: str) -> None:
    given = api.login("admin")
    assert given.status_code == 200
    assert given.headers["cache-control"] == "no-store"
    told = given.json()
    assert (told["user"], told["scopes"]) == ("admin", ["admin"])
    assert told["expires_at"] - told["issued_at"] == 3600
    assert abs(told["issued_at"] - time.time()) < 60
    assert api.ask("GET", "/users", told["token"], scheme=scheme).status_code == 200


def test_S16_the_store_has_the_digest_of_a_token_of_256_bits_and_an_argon2_hash(api: Guarded) -> None:
    token = api.login("viewer").json()["token"]
    assert len(token) == 43  # 32 bytes in base64
    digests = [row[0] for row in asked(api.store.place, "SELECT digest FROM tokens")]
    assert hashlib.sha256(token.encode()).hexdigest() in digests
    for name in ("ada", "bob"):
        api.access.add(name, PASSWORD, ["viewer"], by="the test")
    hashes = [row[0] for row in asked(api.store.place, "SELECT password FROM users WHERE name IN ('ada', 'bob')")]
    assert len(set(hashes)) == 2  # of one password: each has its salt
    assert all(one.startswith("$argon2id$v=19$") for one in hashes)
    assert isinstance(api.store.place, Path)
    files = [file for file in api.store.place.parent.glob("lcm.db*") if file.is_file()]
    assert api.store.place in files
    for file in files:
        content = file.read_bytes()
        assert token.encode() not in content
        assert PASSWORD.encode() not in content


@pytest.mark.parametrize(
    "header",
    ["", "SFD", "SFD ", "SFD x", "Basic {}", "{}", "SFD{}", "SFD {}x", "SFD {} {}", "SFD x{}", "SFD " + "x" * 5000],
)
def test_S16_whatever_is_no_token_is_refused_in_the_same_words(api: Guarded, header: str) -> None:
    sent = header.replace("{}", api.tokens["admin"])
    answer = api.ask("GET", "/users", headers={"Authorization": sent})
    assert (answer.status_code, answer.json()) == (401, REFUSED)
    assert answer.headers["www-authenticate"] == "Bearer"


def test_S16_two_tokens_are_none(api: Guarded) -> None:
    token = f"SFD {api.tokens['admin']}"
    both = [("Authorization", token), ("Authorization", token)]
    assert api.ask("GET", "/users", headers=both[:1]).status_code == 200
    assert api.ask("GET", "/users", headers=both).status_code == 401


@pytest.mark.parametrize(("user", "password"), [("admin", "wrong"), ("nobody", PASSWORD), ("Admin\x00", ""), ("", "")])
def test_S16_which_of_user_and_password_is_wrong_is_not_told(api: Guarded, user: str, password: str) -> None:
    answer = api.login(user, password)
    assert (answer.status_code, answer.json()) == (401, REFUSED)


@pytest.mark.parametrize("what", ["user", "password"])
def test_S16_half_a_character_is_refused_like_any_other_wrong_word(api: Guarded, what: str) -> None:
    body = '{"user": "admin", "password": "x"}'.replace("admin" if what == "user" else "x", "\\ud800")
    answer = api.ask("POST", "/auth/token", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 401)
    assert answer.json()["message"]


@pytest.mark.slow
def test_S16_a_user_that_is_none_takes_as_long_as_a_wrong_password(api: Guarded) -> None:
    def seconds(user: str) -> float:
        best = 9.0
        for number in range(4):
            begun = time.perf_counter()
            with pytest.raises(Exception, match="do not fit"):
                api.access.login(user, "a wrong password", f"192.0.2.{number}")
            best = min(best, time.perf_counter() - begun)
        return best

    seconds("nobody")  # makes the hash against which nobody is compared
    known, unknown = seconds("admin"), seconds("nobody")
    assert known > 0.005  # argon2 was asked
    assert 0.5 < known / unknown < 2


def test_S16_what_another_process_changes_of_a_user_holds_at_the_next_request(api: Guarded) -> None:
    assert is_known(api, api.tokens["viewer"])
    lcm("users", "disable", "viewer", "--store", str(api.store.place))
    assert not is_known(api, api.tokens["viewer"])
    assert is_known(api, api.tokens["operator"])


def test_S16_a_token_is_valid_until_it_expires(api: Guarded) -> None:
    short = api.access.grant("viewer", [Role.VIEWER], 0.8, by="the test").token
    assert is_known(api, short)
    time.sleep(0.9)
    assert not is_known(api, short)


def test_S16_an_extended_token_has_its_scopes_and_ends_the_old_one(api: Guarded) -> None:
    old = api.tokens["operator"]
    given = api.ask("POST", "/auth/token/extend", old)
    assert given.status_code == 200
    assert given.json()["scopes"] == ["operator"]
    assert not is_known(api, old)
    assert is_known(api, given.json()["token"])
    assert api.ask("POST", "/auth/token/extend", old).json() == REFUSED


def test_S16_an_old_login_cannot_be_extended_for_ever(tmp_path: Path) -> None:
    with guarded(tmp_path / "lcm.db", lifetime=60, longest=60.5) as api:
        token = api.login("viewer").json()["token"]
        time.sleep(0.1)
        token = api.ask("POST", "/auth/token/extend", token).json()["token"]
        time.sleep(0.5)
        token = api.ask("POST", "/auth/token/extend", token).json()["token"]  # to the end of the 60.5 s
        assert api.ask("POST", "/auth/token/extend", token).json() == REFUSED
        assert is_known(api, token)  # until then it is valid


def test_S16_logging_out_ends_the_token_and_no_other(api: Guarded) -> None:
    one, other = (api.login("viewer").json()["token"] for _ in range(2))
    assert api.ask("DELETE", "/auth/token", one).json()["id"] == "lcm.auth.logged_out"
    assert not is_known(api, one)
    assert is_known(api, other)


def test_S16_a_disabled_user_has_no_token_and_gets_none(api: Guarded) -> None:
    body = {"roles": ["viewer"], "disabled": True}
    assert api.ask("PUT", "/users/viewer", api.tokens["admin"], json=body).status_code == 200
    assert not is_known(api, api.tokens["viewer"])
    assert api.login("viewer").json() == REFUSED
    api.ask("PUT", "/users/viewer", api.tokens["admin"], json={**body, "disabled": False})
    assert not is_known(api, api.tokens["viewer"])  # it has ended, for good
    assert api.login("viewer").status_code == 200


def test_S16_a_token_may_have_fewer_roles_than_its_user_and_never_more(api: Guarded) -> None:
    api.access.add("both", PASSWORD, ["viewer", "admin"], by="the test")
    body = {"user": "both", "password": PASSWORD, "scopes": ["viewer"]}
    token = api.ask("POST", "/auth/token", json=body).json()["token"]
    assert api.ask("GET", "/users", token).status_code == 403
    refused = api.ask("POST", "/auth/token", json={**body, "scopes": ["viewer", "operator"]})
    assert refused.status_code == 400
    assert refused.json()["messages"][0]["field_name"] == "scopes"


def test_S16_failed_logins_have_to_wait_ever_longer_and_nobody_else_has_to(tmp_path: Path) -> None:
    clock = Clock()
    with guarded(tmp_path / "lcm.db", clock=clock) as api:
        assert [api.login("viewer", "wrong").status_code for _ in range(3)] == [401] * 3
        refused = api.login("viewer")  # also the right one is not looked at
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert refused.json()["id"] == "lcm.auth.too_many_attempts"
        assert api.login("viewer", peer=("192.0.2.78", 1)).status_code == 200  # from elsewhere
        assert api.login("admin").status_code == 200  # somebody else
        clock.time += 1
        assert api.login("viewer", "wrong").status_code == 401
        assert api.login("viewer").headers["retry-after"] == "2"
        clock.time += 2
        assert api.login("viewer").status_code == 200
        assert [api.login("viewer", "wrong").status_code for _ in range(3)] == [401] * 3  # it begins anew


def test_S16_a_hash_with_weaker_parameters_is_renewed_at_the_next_login(api: Guarded) -> None:
    from argon2 import PasswordHasher  # noqa: PLC0415 - of an extra

    from lcm_nornir.journal.deeds import Deed  # noqa: PLC0415 - as above

    weak = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    api.access.accounts.change("viewer", Deed("the test", "weakened"), password=weak)
    token = api.login("viewer").json()["token"]
    user = api.access.accounts.user("viewer")
    assert user is not None
    assert user.password != weak
    assert is_known(api, token)
    assert api.login("viewer").status_code == 200


@pytest.mark.parametrize("weak", [False, True])
def test_S16_a_login_under_way_while_the_password_is_changed_gets_no_token(
    api: Guarded, monkeypatch: pytest.MonkeyPatch, *, weak: bool
) -> None:
    another = "another good horse"

    def slow(kept: str | None, password: str) -> bool:
        proven = matches(kept, password)
        api.access.set_password("viewer", another, "the test")
        return proven

    monkeypatch.setattr("lcm_nornir.access.access.matches", slow)
    if weak:
        monkeypatch.setattr("lcm_nornir.access.access.is_old", lambda _: True)
    before = asked(api.store.place, "SELECT count(*) FROM tokens")
    assert api.login("viewer").json() == REFUSED
    assert asked(api.store.place, "SELECT count(*) FROM tokens") == before
    user = api.access.accounts.user("viewer")
    assert user is not None
    assert matches(user.password, another)
