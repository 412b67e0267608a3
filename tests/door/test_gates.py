"""So many at once and no more; a pair is never down together; one word stops everybody who waits."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Event, Thread

import pytest

from lcm_nornir.door.gates import Gate, PeerClaims, ServerGates, Stop
from lcm_nornir.errors import Stopped

SOON = 5.0  # seconds in which a thread that is free to go on has ended
LONG = 3600.0


class Later(Thread):
    """Does something in a thread of its own."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self.error: Stopped | None = None
        self._work = work
        self.start()

    def run(self) -> None:
        try:
            self._work()
        except Stopped as error:
            self.error = error

    def ended(self) -> bool:
        self.join(SOON)
        return not self.is_alive()


class Looks(Stop):
    """A stop that tells when somebody looks at it: a gate does so once for each wait, with the gate's lock held."""

    def __init__(self) -> None:
        super().__init__()
        self.looked = Event()

    def check(self) -> None:
        self.looked.set()
        super().check()


@pytest.fixture
def stopped() -> Stop:
    """Give a stop that is set: who has to wait is refused at once, who need not is let in."""
    stop = Stop()
    stop.set("no waiting here")
    return stop


def never() -> None:
    pytest.fail("it waited")


def may_go_down(claims: PeerClaims, host: str, peer: str, stopped: Stop) -> bool:
    try:
        claims.take(host, peer, stopped, lambda: None)
    except Stopped:
        return False
    return True


def test_the_first_reason_to_stop_stays() -> None:
    stop = Stop()
    stop.check()
    assert not stop.is_set
    stop.set("Ctrl-C")
    stop.set("budget")
    assert (stop.is_set, stop.reason) == (True, "Ctrl-C")
    with pytest.raises(Stopped, match=r"^Ctrl-C$"):
        stop.check()


def test_a_stop_wakes_everybody_who_pauses() -> None:
    stop, everybody = Stop(), Barrier(9)

    def pause() -> None:
        everybody.wait(SOON)
        stop.pause(LONG, heed=True)

    threads = [Later(pause) for _ in range(8)]
    everybody.wait(SOON)
    stop.set("Ctrl-C")
    assert all(thread.ended() for thread in threads)
    assert [str(thread.error) for thread in threads] == ["Ctrl-C"] * 8


@pytest.mark.parametrize("seconds", [0, -1, 0.01])
def test_a_pause_ends_by_itself_and_one_that_does_not_heed_sleeps_on(stopped: Stop, seconds: float) -> None:
    Stop().pause(seconds, heed=True)
    stopped.pause(seconds, heed=False)
    with pytest.raises(Stopped):
        stopped.pause(LONG, heed=True)


@pytest.mark.parametrize("places", [1, 2, 5])
def test_a_gate_lets_in_as_many_as_it_has_places(places: int, stopped: Stop) -> None:
    gate = Gate(places)
    for _ in range(places):
        assert not gate.full
        gate.enter(stopped)
    assert gate.full
    with pytest.raises(Stopped):
        gate.enter(stopped)
    gate.leave()
    gate.enter(stopped)
    assert gate.full


def test_a_place_is_given_back_at_the_end_of_its_block(stopped: Stop) -> None:
    gate = Gate(1)
    with pytest.raises(Stopped), gate.place(), gate.place(stopped):
        never()
    assert not gate.full


def test_who_waits_at_a_gate_is_let_in_when_somebody_leaves() -> None:
    gate = Gate(1)
    gate.enter()

    def pass_through() -> None:
        with gate.place():
            pass

    waiting = [Later(pass_through) for _ in range(8)]
    gate.leave()
    assert all(thread.ended() for thread in waiting)
    assert not gate.full


def test_who_waits_at_a_gate_goes_before_who_comes_later() -> None:
    gate, order, looks = Gate(1), list[str](), Looks()

    def come(name: str) -> None:
        with gate.place(looks):
            order.append(name)

    gate.enter()
    first = Later(lambda: come("first"))
    assert looks.looked.wait(SOON)
    gate.leave()
    come("second")
    assert first.ended()
    assert order == ["first", "second"]


def test_two_switches_of_no_pair_do_not_wait_for_each_other() -> None:
    claims = PeerClaims()
    claims.take("leaf1", "leaf2", Stop(), never)
    claims.take("leaf3", "leaf4", Stop(), never)


def test_taking_a_claim_twice_changes_nothing(stopped: Stop) -> None:
    claims = PeerClaims()
    claims.take("leaf1", "leaf2", Stop(), never)
    claims.take("leaf1", "leaf2", Stop(), never)
    assert not may_go_down(claims, "leaf2", "leaf1", stopped)
    claims.free("leaf1", "leaf2")
    assert may_go_down(claims, "leaf2", "leaf1", stopped)


def second_of_a_pair(claims: PeerClaims) -> Later:
    """Let leaf1 be down, and give leaf2's wait for it."""
    waits = Event()
    claims.take("leaf1", "leaf2", Stop(), never)
    second = Later(lambda: claims.take("leaf2", "leaf1", Stop(), waits.set))
    assert waits.wait(SOON)
    return second


def test_the_second_of_a_pair_waits_and_is_let_in_when_the_first_is_proven(stopped: Stop) -> None:
    claims = PeerClaims()
    second = second_of_a_pair(claims)
    assert second.is_alive()
    claims.free("leaf1", "leaf2")
    assert second.ended()
    assert second.error is None
    assert not may_go_down(claims, "leaf1", "leaf2", stopped)


def test_nobody_joins_a_peer_in_doubt() -> None:
    claims = PeerClaims()
    second = second_of_a_pair(claims)
    claims.doubt("leaf1", "leaf2")
    assert second.ended()
    assert second.error is not None
    assert second.error.message == "its peer leaf1 was rebooted and is not proven"
    assert "leaf1" in second.error.remedy


def test_a_stop_ends_the_wait_for_a_peer(stopped: Stop) -> None:
    claims, told = PeerClaims(), Event()
    claims.take("leaf1", "leaf2", Stop(), never)
    with pytest.raises(Stopped, match="no waiting here"):
        claims.take("leaf2", "leaf1", stopped, told.set)
    assert told.is_set()


def test_a_doubt_ends_when_the_switch_is_proven_later(stopped: Stop) -> None:
    claims = PeerClaims()
    claims.take("leaf1", "leaf2", Stop(), never)
    claims.doubt("leaf1", "leaf2")
    claims.take("leaf1", "leaf2", Stop(), never)
    claims.free("leaf1", "leaf2")
    assert may_go_down(claims, "leaf2", "leaf1", stopped)


@pytest.mark.parametrize("end", [PeerClaims.free, PeerClaims.doubt])
def test_who_holds_no_claim_ends_none(end: Callable[[PeerClaims, str, str], None], stopped: Stop) -> None:
    claims = PeerClaims()
    end(claims, "leaf1", "leaf2")
    claims.take("leaf1", "leaf2", Stop(), never)
    end(claims, "leaf2", "leaf1")
    with pytest.raises(Stopped, match="no waiting here"):
        claims.take("leaf2", "leaf1", stopped, lambda: None)
    claims.free("leaf1", "leaf2")
    assert may_go_down(claims, "leaf2", "leaf1", stopped)


def test_each_image_server_has_one_gate_of_its_own() -> None:
    gates = ServerGates(1)
    gates.of("192.0.2.10:80").enter()
    assert gates.of("192.0.2.10:80").full
    assert not gates.of("192.0.2.11:80").full
    assert gates.of("192.0.2.10:80") is gates.of("192.0.2.10:80")


def test_many_who_name_a_server_first_get_the_same_gate() -> None:
    gates, found, everybody = ServerGates(3), list[Gate](), Barrier(8)

    def name_it() -> None:
        everybody.wait(SOON)
        found.append(gates.of("192.0.2.10"))

    threads = [Later(name_it) for _ in range(8)]
    assert all(thread.ended() for thread in threads)
    assert (len(found), len(set(map(id, found))), found[0].places) == (8, 1, 3)
