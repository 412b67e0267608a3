"""Secrets are fetched where a reference says, and taken out of text in each form in which they travel."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import keyring
import keyring.backends.fail
import pytest
from keyring.backend import KeyringBackend

from lcm_nornir.errors import RequestError
from lcm_nornir.secrets import Redaction, SecretRef

SECRET = 'p@ss w"rd+ö/\\$'


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\nanother line\n", encoding="utf-8")
    file.chmod(0o600)
    return file


@pytest.mark.parametrize(
    ("kind", "name"), [("env", "A:B"), ("file", "~/a b"), ("keyring", "service/user"), ("env", "env:X")]
)
def test_a_reference_reads_as_it_is_written(kind: Literal["env", "file", "keyring"], name: str) -> None:
    assert SecretRef.parse(f"{kind}:{name}") == SecretRef(kind, name)
    assert str(SecretRef(kind, name)) == f"{kind}:{name}"


@pytest.mark.parametrize("text", ["hunter22", "user:hunter22", "env", "env:", "ENV:hunter22", " env:hunter22", ""])
def test_a_text_that_is_no_reference_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(RequestError, match=r"^secret: not a secret reference; write env:NAME") as caught:
        SecretRef.parse(text)
    assert "hunter22" not in str(caught.value)


def test_a_variable_is_read_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = SecretRef.parse("env:LCM_TEST_SECRET")
    for value in (SECRET, "another"):
        monkeypatch.setenv("LCM_TEST_SECRET", value)
        assert reference.resolve() == value
    assert SECRET not in repr(reference)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\nmore\n", ""])
def test_a_file_gives_its_first_line(kept: Path, ending: str) -> None:
    kept.write_bytes(SECRET.encode() + ending.encode())
    assert SecretRef("file", str(kept)).resolve() == SECRET


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o777])
def test_a_file_that_is_open_to_others_is_refused(kept: Path, mode: int) -> None:
    kept.chmod(mode)
    with pytest.raises(RequestError) as caught:
        SecretRef("file", str(kept)).resolve()
    assert (caught.value.field, caught.value.cure) == (f"file:{kept}", f"run: chmod 600 {kept}")


@pytest.mark.parametrize("text", ["", "\nsecret"])
def test_an_empty_first_line_is_no_secret(kept: Path, text: str) -> None:
    kept.write_text(text)
    with pytest.raises(RequestError) as caught:
        SecretRef("file", str(kept)).resolve()
    assert caught.value == RequestError("there is no secret", field=f"file:{kept}", cure="set it")


@pytest.mark.parametrize("text", ["env:LCM_TEST_NO_SUCH", "file:/nonexistent/secret"])
def test_a_secret_that_is_missing_is_refused_by_its_reference(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        SecretRef.parse(text).resolve()
    assert caught.value.field == text
    assert caught.value.cure


def test_a_file_that_is_no_text_is_refused(kept: Path) -> None:
    kept.write_bytes(b"\xff\xfe\n")
    with pytest.raises(RequestError):
        SecretRef("file", str(kept)).resolve()


FORMS = {
    "raw": SECRET,
    "url-encoded": quote(SECRET, safe=""),
    "regex-escaped": re.escape(SECRET),
    "json": json.dumps(SECRET)[1:-1],
    "base64": base64.b64encode(SECRET.encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_S10_a_known_secret_is_taken_out_in_every_form(form: str) -> None:
    redact = Redaction()
    redact.add(SECRET)
    assert redact(f"<{FORMS[form]}> and {FORMS[form]}.") == "<***> and ***."


@pytest.mark.parametrize(
    "form", [quote(SECRET), json.dumps(SECRET, ensure_ascii=False)[1:-1]], ids=["urllib's default", "pydantic's JSON"]
)
def test_S10_a_known_secret_is_taken_out_as_common_libraries_write_it(form: str) -> None:
    redact = Redaction()
    redact.add(SECRET)
    assert redact(f"<{form}>") == "<***>"


def test_S10_the_longer_of_two_secrets_goes_whole() -> None:
    redact = Redaction()
    for secret in ("hunter", "hunter22", "hunter"):
        redact.add(secret)
    assert redact("hunter22 hunter hunt") == "*** *** hunt"


@pytest.mark.parametrize("short", [None, "", "abc"])
def test_a_short_secret_blackens_no_words(short: str | None) -> None:
    redact = Redaction()
    redact.add(short)
    assert redact("abc abcd") == "abc abcd"
    redact.add("abcd")
    assert redact("abc abcd") == "abc ***"


class Ring(KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # it has no types
        self._kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self._kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self._kept[service, username]


@pytest.fixture
def _ring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(Ring())
    yield
    keyring.set_keyring(before)


@pytest.mark.usefixtures("_ring")
def test_a_password_comes_from_the_keyring() -> None:
    keyring.set_password("switches", "admin", SECRET)
    assert SecretRef.parse("keyring:switches/admin").resolve() == SECRET
    with pytest.raises(RequestError):
        SecretRef.parse("keyring:switches/nobody").resolve()


@pytest.mark.usefixtures("_ring")
def test_a_keyring_that_does_not_answer_is_told() -> None:
    keyring.set_keyring(keyring.backends.fail.Keyring())  # type: ignore[no-untyped-call]  # it has no types
    with pytest.raises(RequestError, match="the keyring does not answer: NoKeyringError") as caught:
        SecretRef.parse("keyring:switches/admin").resolve()
    assert caught.value.field == "keyring:switches/admin"
