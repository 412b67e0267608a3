"""The proxy does to a connection what a test asks for, at the moment that it names, and nothing before."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Thread

import pytest

from lcm_nornir.simulator import FleetSpec, SimulatedSwitch, SwitchSpec, start_fleet
from tests.fleets import happens
from tests.proxy import Chunk, Fate, Proxy, at_byte, at_pattern
from tests.simulator.console import Console

MOMENT = 0.2  # seconds in which nothing comes


class Echo:
    """A server that sends back what it gets, in capitals, and keeps what it got of each connection.

    Attributes:
        got: Bytes of each connection, in the order in which they were opened.
        ended: How each connection ended, likewise; empty while it is open.
    """

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.ended: list[str] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self.listener.getsockname()
        Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                one, _ = self.listener.accept()
                self.got.append(b"")
                self.ended.append("")
                Thread(target=self._serve, args=(one, len(self.got) - 1), daemon=True).start()

    def _serve(self, one: socket.socket, number: int) -> None:
        with one:
            try:
                while data := one.recv(4096):
                    self.got[number] += data
                    one.sendall(data.upper())
                self.ended[number] = "goodbye"
            except OSError:
                self.ended[number] = "reset"


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.listener.close()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    with Proxy(echo.host, echo.port) as between:
        yield between


def connected(proxy: Proxy) -> socket.socket:
    return socket.create_connection((proxy.host, proxy.port), timeout=5)


def asked(one: socket.socket, text: bytes, patience: float = 5.0) -> bytes | str:
    """Send something; gives the answer, or how the connection ended, or ``silence``."""
    one.settimeout(patience)
    try:
        one.sendall(text)
        return one.recv(4096) or "goodbye"
    except TimeoutError:
        return "silence"
    except OSError:
        return "reset"


def test_bytes_and_ends_pass_in_both_directions(echo: Echo, proxy: Proxy) -> None:
    with connected(proxy) as one:
        assert asked(one, b"abc") == b"ABC"
        one.shutdown(socket.SHUT_WR)
        assert one.recv(10) == b""
    assert happens(lambda: echo.ended == ["goodbye"])


def test_a_cut_resets_what_is_open_and_nothing_else(echo: Echo, proxy: Proxy) -> None:
    with connected(proxy) as one, connected(proxy) as two:
        assert [asked(one, b"a"), asked(two, b"b")] == [b"A", b"B"]
        assert proxy.cut() == 2
        assert [asked(one, b"c"), asked(two, b"d")] == ["reset", "reset"]
    assert happens(lambda: echo.ended == ["reset", "reset"])
    with connected(proxy) as one:
        assert asked(one, b"e") == b"E"


def test_a_stall_keeps_open_and_passes_nothing(echo: Echo, proxy: Proxy) -> None:
    with connected(proxy) as one:
        assert asked(one, b"a") == b"A"
        assert proxy.stall() == 1
        assert [asked(one, b"b", MOMENT), asked(one, b"c", MOMENT)] == ["silence", "silence"]
        assert (echo.got, echo.ended) == ([b"a"], [""])
        with connected(proxy) as two:
            assert asked(two, b"d") == b"D"
        assert proxy.cut()
        assert asked(one, b"e") == "reset"


def test_a_black_hole_accepts_and_never_connects_through(echo: Echo, proxy: Proxy) -> None:
    proxy.is_black_hole = True
    with connected(proxy) as one:
        assert asked(one, b"a", MOMENT) == "silence"
        proxy.is_black_hole = False
        with connected(proxy) as two:
            assert asked(two, b"b") == b"B"
        assert asked(one, b"c", MOMENT) == "silence"
    assert echo.got == [b"b"]


def test_whoever_cannot_be_connected_through_is_reset(echo: Echo) -> None:
    with Proxy(echo.host, 1) as proxy:
        try:
            with connected(proxy) as one:
                assert asked(one, b"a") == "reset"
        except ConnectionResetError:
            return  # before it was even told that it is connected


FATES = {
    Fate.CUT: ("reset", b"one", "reset"),
    Fate.PASS_AND_CUT: ("reset", b"onetwo", ""),
    Fate.STALL: ("silence", b"one", ""),
    Fate.PASS_AND_STALL: ("silence", b"onetwo", ""),
}


@pytest.mark.parametrize("way", ["arm", "byte", "pattern"])
@pytest.mark.parametrize("fate", FATES)
def test_what_comes_next_is_lost_or_passed_on_and_no_answer_comes(
    echo: Echo, proxy: Proxy, fate: Fate, way: str
) -> None:
    answer, got, ended = FATES[fate]
    if way != "arm":
        proxy.judge = at_byte(5, fate) if way == "byte" else at_pattern(b"et", fate)
    with connected(proxy) as one:
        assert asked(one, b"one") == b"ONE"
        if way == "arm":
            proxy.arm(fate)
        assert asked(one, b"two", MOMENT if answer == "silence" else 5.0) == answer
        assert happens(lambda: (echo.got, echo.ended) == ([got], [ended]))
        time.sleep(MOMENT)  # what is lost does not come late, and a switch that has the chunk is told nothing
        assert (echo.got, echo.ended) == ([got], [ended])


def test_an_armed_proxy_strikes_once(proxy: Proxy) -> None:
    proxy.arm(Fate.CUT)
    with connected(proxy) as one, connected(proxy) as two:
        assert asked(one, b"a") == "reset"
        assert asked(two, b"b") == b"B"


def test_the_judge_is_told_direction_and_place(proxy: Proxy) -> None:
    seen: list[Chunk] = []

    def judge(chunk: Chunk) -> Fate:
        seen.append(chunk)
        return Fate.PASS

    proxy.judge = judge
    for text in (b"ab", b"cd"):
        with connected(proxy) as one:
            assert [asked(one, text), asked(one, b"xyz")] == [text.upper(), b"XYZ"]
    places = [(chunk.link, chunk.from_client, chunk.before, chunk.data) for chunk in seen]
    assert places[:4] == [(1, True, 0, b"ab"), (1, False, 0, b"AB"), (1, True, 2, b"xyz"), (1, False, 2, b"XYZ")]
    assert [place[0] for place in places] == [1, 1, 1, 1, 2, 2, 2, 2]


def test_an_answer_can_be_lost_too(echo: Echo, proxy: Proxy) -> None:
    proxy.judge = lambda chunk: Fate.PASS if chunk.from_client else Fate.CUT
    with connected(proxy) as one:
        assert asked(one, b"a") == "reset"
    assert echo.got == [b"a"]


@pytest.fixture(scope="module")
def switch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SimulatedSwitch, Callable[[], list[str]]]]:
    """A simulated switch, and the lines that have arrived there."""
    place = tmp_path_factory.mktemp("logs")
    with start_fleet(FleetSpec((SwitchSpec("leaf1"),), log_dir=str(place), speed=200.0)) as fleet:
        yield fleet.switches[0], lambda: [one["line"] for one in fleet.log("leaf1") if one["event"] == "command"]


@pytest.mark.parametrize("fate", [Fate.CUT, Fate.PASS_AND_CUT])
def test_F38_the_link_drops_before_the_echo_of_a_line_that_arrived_or_did_not(
    switch: tuple[SimulatedSwitch, Callable[[], list[str]]], fate: Fate
) -> None:
    there, lines = switch
    before = lines()
    with Proxy(there.host, there.port) as proxy, Console(there, address=(proxy.host, proxy.port)) as console:
        console.run("show clock")
        proxy.arm(fate)
        with pytest.raises((EOFError, OSError)):
            console.run("reload")
        arrived = before + ["show clock"] + ["reload"] * (fate is Fate.PASS_AND_CUT)
        assert happens(lambda: lines() == arrived)
        time.sleep(MOMENT)
        assert lines() == arrived


def test_F38_the_echo_of_a_line_is_told_by_the_switchs_own_log(
    switch: tuple[SimulatedSwitch, Callable[[], list[str]]],
) -> None:
    there, lines = switch
    with Proxy(there.host, there.port) as proxy, Console(there, address=(proxy.host, proxy.port)) as console:
        proxy.judge = lambda chunk: Fate.PASS if chunk.from_client or lines()[-1] != "show boot" else Fate.CUT
        console.run("show clock")
        with pytest.raises((EOFError, OSError)):
            console.run("show boot")
