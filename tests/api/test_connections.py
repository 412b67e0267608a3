"""Connections that keep the service waiting: they end, and keep nobody else out. Over real sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from lcm_nornir import Image
from lcm_nornir.api import Client, Rejected
from lcm_nornir.api.limits import Limits
from lcm_nornir.api.listening import Listening
from tests.api.certificates import certificate
from tests.api.services import LOCAL, NOBODYS, Served, served
from tests.jobs.services import write_inventory

pytestmark = pytest.mark.slow  # waits for limits of seconds

IMAGE = Image(url="http://192.0.2.10:8080/images/os.bin", version="10.5.6.5", sha256="ab" * 32)
SLOW = 200
HEAD = b"GET /healthz HTTP/1.1\r\nHost: lcm.example\r\n\r\n"


@contextmanager
def serving(place: Path, limits: Limits, listening: Listening | None = None) -> Iterator[Served]:
    write_inventory(place, {"a": dict(NOBODYS)}, {"one": ["a"]})
    with served(place, replace(LOCAL, limits=limits), listening) as found:
        yield found


def connected(api: Served, *, window: int = 0) -> socket.socket:
    """Open a connection; with a window, one that takes in no more than about so many bytes unread."""
    connection = socket.socket()
    if window:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    connection.settimeout(30)
    connection.connect(("127.0.0.1", int(api.url.rpartition(":")[2])))
    return connection


def is_open(connection: socket.socket) -> bool:
    """Tell whether the other side has left a connection open; reads what there is."""
    connection.setblocking(False)
    try:
        while connection.recv(65536):
            pass
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def seconds_until(condition: Callable[[], bool], within: float = 20.0) -> float:
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < within
        time.sleep(0.05)
    return time.monotonic() - begun


@contextmanager
def dripping(connections: list[socket.socket], content: bytes) -> Iterator[None]:
    """Send to each connection, one byte of the content after another, as long as it takes it."""
    over = threading.Event()

    def drip() -> None:
        for number in range(len(content)):
            for connection in connections:
                try:
                    connection.send(content[number : number + 1])
                except OSError:
                    continue
            if over.wait(0.1):
                return

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(30)


def test_S20_slow_connections_keep_nobody_out_and_end(tmp_path: Path) -> None:
    limits = Limits(head_time=8.0)
    assert limits.connections == SLOW  # with theirs every place is taken
    with serving(tmp_path, limits) as api, ExitStack() as stack:
        slow = [stack.enter_context(connected(api)) for _ in range(SLOW)]
        with dripping(slow[: SLOW // 2], HEAD[:-1] * 20):
            begun = time.monotonic()
            for _ in range(10):
                with Client(api.url, api.tokens["viewer"]) as good:  # each opens a connection
                    assert good.jobs() == ()
            if time.monotonic() - begun < limits.head_time / 2:  # else this machine is busy
                assert sum(map(is_open, slow)) >= SLOW - 20
            assert seconds_until(lambda: not any(map(is_open, slow)), within=60) < 5 * limits.head_time


def test_S20_a_request_that_comes_slowly_and_in_time_is_answered(tmp_path: Path) -> None:
    with serving(tmp_path, Limits(head_time=10.0)) as api, connected(api) as connection:
        with dripping([connection], HEAD):
            assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
        connection.sendall(HEAD)  # and so is the next on this connection
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_S20_a_connection_without_a_request_is_not_kept(tmp_path: Path) -> None:
    with serving(tmp_path, Limits(idle_time=1)) as api, connected(api) as connection:
        connection.sendall(HEAD)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
        assert seconds_until(lambda: not is_open(connection)) < 5


def test_S20_a_head_that_does_not_end_after_one_that_did_is_not_waited_for(tmp_path: Path) -> None:
    with serving(tmp_path, Limits(head_time=1.0)) as api, connected(api) as connection:
        connection.sendall(HEAD)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
        with dripping([connection], HEAD * 10):  # uvicorn waits for as long as something comes
            assert seconds_until(lambda: not is_open(connection)) < 20


def test_S20_a_body_that_nobody_reads_is_not_waited_for(tmp_path: Path) -> None:
    head = b"POST /lcm/update-jobs HTTP/1.1\r\nHost: lcm.example\r\nContent-Length: 1000\r\n\r\n"
    with serving(tmp_path, Limits(body_time=0.5)) as api, connected(api) as connection:
        connection.sendall(head)
        assert connection.recv(1000).startswith(b"HTTP/1.1 401 ")
        with dripping([connection], b"x" * 900):
            assert seconds_until(lambda: not is_open(connection)) < 10


def test_S20_whoever_does_not_take_his_answers_is_not_waited_for(tmp_path: Path) -> None:
    limits = Limits(take_time=1.0, address_rate=10**6, token_rate=10**6)
    with serving(tmp_path, limits) as api, connected(api, window=2048) as connection:
        head = f"GET /lcm/messages HTTP/1.1\r\nHost: x\r\nAuthorization: SFD {api.tokens['viewer']}\r\n\r\n".encode()
        connection.setblocking(False)

        def is_ended() -> bool:
            try:
                connection.send(head * 10)  # its answers, each of many kilobytes, are not read
            except BlockingIOError:
                return False
            except OSError:
                return True
            return False

        seconds_until(is_ended, within=60)
        assert api.clients["viewer"].alive().id


def follow(api: Served, job: str) -> socket.socket:
    """Open a stream of a job of which nothing more is told."""
    connection = connected(api)
    head = f"GET /lcm/update-jobs/{job}/events HTTP/1.1\r\nHost: x\r\nAuthorization: SFD {api.tokens['viewer']}\r\n\r\n"
    connection.sendall(head.encode())
    assert connection.recv(10_000).startswith(b"HTTP/1.1 200 ")
    return connection


def test_S20_streams_are_not_cut_and_where_all_are_streams_one_more_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path, Limits(connections=3, head_time=0.5, body_time=0.1)) as api, ExitStack() as stack:
        job = api.approved(IMAGE, "one", api.add_image(IMAGE))
        for client in api.clients.values():
            client.close()
        streams = [stack.enter_context(follow(api, job)) for _ in range(2)]
        time.sleep(2.0)  # longer than a head, and than a body, may take
        stack.enter_context(connected(api))  # this one waits, and gives way
        with Client(api.url) as another:
            assert another.alive().id
        streams.append(stack.enter_context(follow(api, job)))
        with Client(api.url) as another, pytest.raises(Rejected) as refused:
            another.alive()
        assert (refused.value.status, refused.value.message.id) == (503, "lcm.limit.connections")
        assert all(map(is_open, streams))
        streams.pop().close()
        with Client(api.url) as another:
            assert seconds_until(lambda: answers(another)) < 5


def answers(client: Client) -> bool:
    try:
        return bool(client.alive().id)
    except Rejected:
        return False


def test_S20_a_TLS_handshake_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    listening = Listening("127.0.0.1", 0, *certificate(tmp_path))
    with serving(tmp_path / "api", Limits(head_time=1.0), listening) as api, connected(api) as silent:
        assert api.clients["viewer"].jobs() == ()
        assert seconds_until(lambda: not is_open(silent)) < 5
