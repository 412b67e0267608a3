"""What an answer tells of a failure: a message object, and nothing of what lies behind it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse

from lcm_nornir import Reading, Store
from lcm_nornir.errors import JournalFailed, RequestError
from lcm_nornir.schema.messages import Message
from tests.api.guarded import Guarded, guarded

SECRET = "sesame-of-the-switches"
_PATHS = re.compile(r"/(?:tmp|home|usr|root|var)\b|\.py|line \d|Traceback")


def of_a_bug() -> None:
    try:
        {}[SECRET]  # type: ignore[index]
    except KeyError as error:
        raise RuntimeError(f"/home/lcm/{SECRET}.py") from error


def of_an_assertion() -> None:
    assert SECRET == "", SECRET


def of_a_store_that_is_none() -> None:
    Reading.at(Path("/home/nobody/lcm.db"))


def of_a_job_that_is_none() -> None:
    raise RequestError("there is no job 'x' in /home/lcm/lcm.db", field="JOB", cure="lcm-nornir status --all")


def of_a_journal_that_fails() -> None:
    raise JournalFailed("the journal cannot be written: /home/lcm/lcm.db: disk full")


def of_a_detail() -> None:
    raise HTTPException(418, f"/home/lcm/{SECRET}")


FAILING: dict[Callable[[], None], int] = {
    of_a_bug: 500,
    of_an_assertion: 500,
    of_a_store_that_is_none: 503,
    of_a_job_that_is_none: 503,
    of_a_journal_that_fails: 503,
    of_a_detail: 418,
}


@pytest.fixture
def failing() -> list[Callable[[], None]]:
    return []


@pytest.fixture
def api(tmp_path: Path, failing: list[Callable[[], None]]) -> Iterator[Guarded]:
    app = FastAPI(docs_url=None, redoc_url=None)

    @app.get("/lcm/update-jobs")
    def fail() -> None:
        failing[0]()

    @app.get("/lcm/os-images")
    async def break_off() -> StreamingResponse:
        async def half() -> Any:
            yield b"[1, 2"
            raise RuntimeError(SECRET)

        return StreamingResponse(half(), media_type="application/json")

    with guarded(tmp_path / "lcm.db", app) as found:
        yield found


@pytest.mark.parametrize("what", FAILING, ids=lambda one: one.__name__)
def test_S23_an_answer_tells_no_path_no_text_of_an_exception_and_no_secret(
    api: Guarded, failing: list[Callable[[], None]], what: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    failing.append(what)
    answer = api.ask("GET", "/lcm/update-jobs", api.tokens["viewer"])
    assert answer.status_code == FAILING[what]
    told = Message.model_validate_json(answer.text)
    assert not _PATHS.search(answer.text)
    assert SECRET not in answer.text
    assert SECRET not in caplog.text
    if answer.status_code >= 500:
        assert told.messageParams[0] in caplog.text  # whoever runs the service finds it by this
        assert what.__name__ in caplog.text  # and where it happened
        assert "GET /lcm/update-jobs" in caplog.text


def test_S23_the_log_names_what_led_to_it(
    api: Guarded, failing: list[Callable[[], None]], caplog: pytest.LogCaptureFixture
) -> None:
    failing.append(of_a_bug)
    api.ask("GET", "/lcm/update-jobs", api.tokens["viewer"])
    (line,) = (one for one in caplog.records if one.levelno == logging.ERROR)
    assert "RuntimeError, after KeyError" in line.getMessage()
    assert "Traceback" not in line.getMessage()  # on a terminal it is one line


def test_S23_half_an_answer_does_not_look_whole(api: Guarded) -> None:
    with pytest.raises(RuntimeError):
        api.ask("GET", "/lcm/os-images", api.tokens["viewer"])


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"{", [""]),
        (b"[]", [""]),
        (b"\xff\xfe", [""]),
        (b"", [""]),
        (b'{"user": 1, "password": ["%s"]}' % SECRET.encode(), ["user", "password"]),
        (b'{"user": "a", "password": "%s", "scopes": ["%s"]}' % (SECRET.encode(), SECRET.encode()), ["scopes.0"]),
        (b'{"user": "a", "password": "b", "admin": true}', ["admin"]),
        (b'{"user": "a", "password": "b", "\\ud800": 1}', [""]),
        (b'{"user": "a", "password": "%s"}' % (b"x" * 1025), ["password"]),
    ],
)
def test_S23_a_malformed_request_is_told_by_field_and_not_repeated(
    api: Guarded, body: bytes, fields: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    answer = api.ask("POST", "/auth/token", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    told = Message.model_validate_json(answer.text)
    assert [one.field_name for one in told.messages] == fields
    assert told.id == "lcm.request.malformed"
    assert SECRET not in answer.text + caplog.text


def test_S23_many_wrong_fields_do_not_make_a_long_answer(api: Guarded) -> None:
    body = {"user": "a", "password": "b", **{f"field{number}": 1 for number in range(5000)}}
    assert len(api.ask("POST", "/auth/token", json=body).json()["messages"]) == 50


def test_S23_a_text_is_no_template(api: Guarded) -> None:
    body = {"name": "{0.__class__}", "password": "x" * 12, "roles": ["viewer"]}
    answer = api.ask("POST", "/users", api.tokens["admin"], json=body)
    assert answer.status_code == 400
    assert "class" not in answer.text


def test_S23_a_request_that_is_cancelled_is_no_failure_of_ours(api: Guarded, caplog: pytest.LogCaptureFixture) -> None:
    async def ask() -> None:
        transport = httpx.ASGITransport(api.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://lcm.example") as client:
            with anyio.move_on_after(0.001):
                await client.post("/auth/token", json={"user": "viewer", "password": "x" * 20})

    anyio.run(ask)
    assert "reference" not in caplog.text


def test_S23_without_the_store_nothing_is_said_of_it(api: Guarded, tmp_path: Path) -> None:
    with Store(tmp_path / "other.db") as closed:
        api.access.accounts = closed.accounts()
    (tmp_path / "other.db").unlink()
    answer = api.ask("GET", "/users", api.tokens["admin"])
    assert answer.status_code == 503
    assert str(tmp_path) not in answer.text
