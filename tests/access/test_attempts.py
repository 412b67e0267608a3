"""How often somebody may try to log in."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from lcm_nornir.access import Attempts
from tests.api.guarded import Clock


def waits(attempts: Attempts, clock: Clock, number: int, user: str = "ada", address: str = "192.0.2.1") -> list[float]:
    """Fail so often, each time as soon as that is allowed; gives the waits before."""
    found = []
    for _ in range(number):
        wait = attempts.begin(user, address)
        found.append(wait)
        if wait:
            clock.time += wait
            assert attempts.begin(user, address) == 0
    return found


def test_S16_each_further_failure_waits_twice_as_long_up_to_a_quarter_of_an_hour() -> None:
    clock = Clock()
    assert waits(Attempts(clock), clock, 14) == [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]


def test_S16_a_quarter_of_an_hour_without_a_failure_is_a_new_begin() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    waits(attempts, clock, 8)
    clock.time += 900
    assert attempts.begin("ada", "192.0.2.1") == 0
    assert attempts.begin("ada", "192.0.2.1") == 0


def test_S16_one_address_cannot_try_many_users() -> None:
    attempts = Attempts(Clock())
    refused = [attempts.begin(f"user{number}", "192.0.2.1") > 0 for number in range(30)]
    assert refused == [False] * 20 + [True] * 10
    assert attempts.begin("user1", "192.0.2.2") == 0


def test_S16_one_network_of_IPv6_is_one_address() -> None:
    attempts = Attempts(Clock())
    refused = [attempts.begin("ada", f"2001:db8::{number:x}") > 0 for number in range(5)]
    assert refused == [False] * 3 + [True] * 2
    assert attempts.begin("ada", "2001:db8:0:1::") == 0


def test_S16_many_addresses_cannot_try_one_user_and_cannot_lock_him_out_for_long() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    assert [attempts.begin("ada", f"192.0.2.{number}") > 0 for number in range(52)] == [False] * 50 + [True] * 2
    clock.time += 60
    assert attempts.begin("ada", "203.0.113.1") == 0


def test_S16_tries_at_the_same_time_are_each_counted() -> None:
    attempts, gate = Attempts(Clock()), threading.Barrier(16)

    def one(_: int) -> bool:
        gate.wait()
        return attempts.begin("ada", "192.0.2.1") == 0

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(one, range(16))) == 3


def test_S16_a_login_that_is_right_is_no_failure_of_its_address_or_user() -> None:
    attempts = Attempts(Clock())
    for _ in range(200):
        assert attempts.begin("ada", "192.0.2.1") == 0
        attempts.succeeded("ada", "192.0.2.1")


def test_S16_what_is_remembered_is_not_without_number() -> None:
    attempts = Attempts(Clock())
    for number in range(8_000):
        attempts.begin(f"user{number}", f"198.51.{number // 250}.{number % 250}")
    assert len(attempts) == 10_000


@given(st.lists(st.tuples(st.sampled_from(["ada", "bob"]), st.floats(0, 2000), st.booleans()), max_size=60))
def test_S16_a_wait_that_was_waited_is_enough(tries: list[tuple[str, float, bool]]) -> None:
    clock = Clock()
    attempts = Attempts(clock)
    for user, pause, right in tries:
        clock.time += pause
        if wait := attempts.begin(user, "192.0.2.1"):
            clock.time += wait
            assert attempts.begin(user, "192.0.2.1") < 1e-6
        elif right:
            attempts.succeeded(user, "192.0.2.1")
