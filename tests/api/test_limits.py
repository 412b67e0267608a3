"""How much one may ask of the service: what is too much is told, and when to come again."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
import uvicorn
from fastapi import FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st

from lcm_nornir import clock
from lcm_nornir.access import Caller, Role
from lcm_nornir.api.answers import ApiError
from lcm_nornir.api.limits import Limits, Rates, Streams
from tests.api.guarded import Clock, Guarded, guarded

SMALL = Limits(body=1000, body_time=0.3, token_rate=30, address_rate=50, page=3, streams=3, streams_per_user=2)


def echo() -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None)

    @app.post("/lcm/update-jobs")
    async def length(request: Request) -> int:
        return len(await request.body())

    return app


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Guarded]:
    with guarded(tmp_path / "lcm.db", echo(), limits=SMALL) as found:
        yield found


def post(api: Guarded, content: Any) -> Any:
    return api.ask("POST", "/lcm/update-jobs", api.tokens["operator"], content=content)


async def in_pieces(number: int) -> AsyncIterator[bytes]:
    for _ in range(number):
        yield b"x" * 100


async def without_end() -> AsyncIterator[bytes]:
    yield b"x"
    await anyio.sleep(30)


def test_S20_a_body_of_just_the_size_that_is_allowed_arrives_whole(api: Guarded) -> None:
    assert post(api, b"x" * 1000).json() == 1000
    assert post(api, in_pieces(10)).json() == 1000


@pytest.mark.parametrize("kind", ["with its length", "in pieces", "with no length to be read"])
def test_S20_a_body_that_is_too_large_is_refused(api: Guarded, kind: str) -> None:
    if kind == "with no length to be read":
        headers = {"Content-Length": "-1"}
        answer = api.ask("POST", "/lcm/update-jobs", api.tokens["operator"], content=b"x", headers=headers)
    else:
        answer = post(api, b"x" * 1001 if kind == "with its length" else in_pieces(1_000_000))
    assert answer.status_code == 413
    assert answer.json()["messageParams"] == ["1000"]
    assert answer.headers["connection"] == "close"


def test_S20_a_body_that_does_not_end_is_not_waited_for(api: Guarded) -> None:
    begun = time.monotonic()
    assert post(api, without_end()).status_code == 408
    assert time.monotonic() - begun < 10


@contextmanager
def listening(app: FastAPI) -> Iterator[int]:
    """Serve an app at a port of 127.0.0.1, in a thread."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.mark.parametrize("length", [b"Content-Length: 1001", b"Transfer-Encoding: chunked"])
def test_S20_over_a_socket_too_large_a_body_is_answered_and_the_connection_ends(api: Guarded, length: bytes) -> None:
    head = b"POST /lcm/update-jobs HTTP/1.1\r\nHost: x\r\nAuthorization: SFD %s\r\n%s\r\n\r\n"
    with listening(api.app) as port, socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(head % (api.tokens["operator"].encode(), length))
        if b"chunked" in length:
            connection.sendall((b"c8\r\n" + b"x" * 200 + b"\r\n") * 6)  # and more could follow
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"lcm.limit.body"' in answer


def test_S20_a_login_with_a_large_body_is_refused_before_it_is_looked_at(api: Guarded) -> None:
    assert api.login("admin", "x" * 2000).status_code == 413


@pytest.fixture
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no time pass, however slow this machine is: with time one more request is allowed."""
    monkeypatch.setattr(clock, "elapsed", lambda: 1_000.0)


@pytest.mark.usefixtures("in_no_time")
def test_S20_one_token_gets_so_many_requests_a_minute_and_then_has_to_wait(api: Guarded) -> None:
    answers = [api.ask("GET", "/users", api.tokens["viewer"]) for _ in range(31)]
    assert [one.status_code for one in answers] == [403] * 30 + [429]
    assert answers[30].headers["retry-after"] == "2"
    assert answers[30].json()["message"] == "Too many requests: try again in 2 s"
    assert api.ask("GET", "/users", api.tokens["admin"]).status_code == 200


@pytest.mark.usefixtures("in_no_time")
def test_S20_one_address_gets_so_many_requests_whatever_it_sends(api: Guarded) -> None:
    statuses = [api.ask("GET", "/users", f"guess{number}").status_code for number in range(51)]
    assert statuses == [401] * 50 + [429]
    assert api.ask("GET", "/users", api.tokens["admin"]).status_code == 429
    assert api.ask("GET", "/users", api.tokens["admin"], peer=("192.0.2.78", 1)).status_code == 200


def test_S20_all_addresses_of_one_network_of_IPv6_are_one(api: Guarded) -> None:
    for number in range(50):
        api.ask("GET", "/users", peer=(f"2001:db8::{number:x}", 1))
    assert api.ask("GET", "/users", peer=("2001:db8::ffff:1", 1)).status_code == 429
    assert api.ask("GET", "/users", peer=("2001:db8:0:1::1", 1)).status_code == 401


def test_S20_a_page_has_no_more_than_is_allowed(api: Guarded) -> None:
    token = api.tokens["admin"]
    first = api.ask("GET", "/audit?limit=1000000", token).json()["data"]
    assert len(first) == 3
    second = api.ask("GET", f"/audit?after={first[-1]['seq']}", token).json()["data"]
    assert second[0]["seq"] > first[-1]["seq"]
    assert api.ask("GET", "/audit?limit=0", token).status_code == 400


def caller(user: str) -> Caller:
    return Caller(user, frozenset(Role), 0.0, "192.0.2.1", "0" * 64)


def test_S20_there_are_so_many_streams_and_no_more() -> None:
    streams = Streams(SMALL)
    with streams.open(caller("ada")), streams.open(caller("ada")):
        with pytest.raises(ApiError) as refused, streams.open(caller("ada")):
            pass
        assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "30"})
        with streams.open(caller("bob")), pytest.raises(ApiError), streams.open(caller("eve")):
            pass
        with streams.open(caller("eve")):  # bob has closed his
            pass
    with streams.open(caller("ada")), streams.open(caller("ada")):
        pass


def test_S20_there_are_so_many_open_jobs_and_no_more() -> None:
    Limits(open_jobs=2).check_open_jobs(1)
    with pytest.raises(ApiError) as refused:
        Limits(open_jobs=2).check_open_jobs(2)
    assert refused.value.status == 429
    assert int(refused.value.headers["Retry-After"]) > 0


@given(st.integers(1, 1000), st.lists(st.floats(0, 30), min_size=1, max_size=200))
def test_S20_in_no_minute_does_more_pass_than_twice_the_rate(rate: int, pauses: list[float]) -> None:
    clock = Clock()
    rates, passed = Rates(rate, clock), []
    for pause in pauses:
        clock.time += pause
        if not rates.take("somebody"):
            passed.append(clock.time)
    for begin in passed:
        assert sum(begin <= one <= begin + 60 for one in passed) <= 2 * rate + 1


@given(st.integers(1, 100), st.integers(1, 300))
def test_S20_after_the_wait_that_was_told_it_passes(rate: int, before: int) -> None:
    clock = Clock()
    rates = Rates(rate, clock)
    for _ in range(before):
        rates.take("somebody")
    wait = rates.take("somebody")
    clock.time += wait + 1e-6
    assert not wait or rates.take("somebody") == 0


def test_S20_those_who_are_remembered_are_not_without_number() -> None:
    rates = Rates(1, Clock())
    for number in range(10_050):
        rates.take(str(number))
    assert rates.take("10049") > 0
    assert rates.take("0") == 0  # forgotten


def test_S20_there_is_no_way_around_by_a_websocket(api: Guarded) -> None:
    sent: list[Any] = []

    async def connect() -> None:
        async def receive() -> dict[str, str]:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(message)

        await api.app({"type": "websocket", "path": "/users", "headers": []}, receive, send)

    anyio.run(connect)
    assert sent == [{"type": "websocket.close", "code": 1008}]
