"""Every limit can be set by name to seconds above 0, and to nothing else."""

from __future__ import annotations

import math
from dataclasses import asdict, fields

import pytest

from lcm_nornir.errors import RequestError
from lcm_nornir.timeouts import Timeouts

NAMES = [field.name for field in fields(Timeouts)]
OF_THE_NETWORK = {"connect", "login", "reply", "digest"}


def test_an_override_replaces_its_field_and_no_other() -> None:
    for name in NAMES:
        assert asdict(Timeouts().with_overrides({name: 7}, "here")) == asdict(Timeouts()) | {name: 7}
    assert Timeouts().with_overrides({}, "here") == Timeouts()


def test_the_later_override_wins_and_the_earlier_stays_beside_it() -> None:
    limits = Timeouts().with_overrides({"poll": 1, "probe": 2}, "job").with_overrides({"poll": 3}, "host")
    assert (limits.poll, limits.probe) == (3, 2)


@pytest.mark.parametrize("name", ["pol", "POLL", "", 5])
def test_an_unknown_name_is_refused_where_it_stands(name: str) -> None:
    with pytest.raises(RequestError) as caught:
        Timeouts().with_overrides({"poll": 1, name: 1}, "data.lcm.timeouts of leaf1")
    assert caught.value.field == "data.lcm.timeouts of leaf1"
    assert caught.value.message == f"no such time-out: {name}"
    assert caught.value.cure == f"one of: {', '.join(NAMES)}"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [True, False, 0, 0.0, -1, math.nan, -math.inf, "5", None, [5]])
def test_a_value_that_is_no_time_is_refused_by_its_name(name: str, value: object) -> None:
    with pytest.raises(RequestError) as caught:
        Timeouts().with_overrides({name: value}, "here")
    assert caught.value == RequestError(f"{value!r} is no time", field=f"timeouts.{name}", cure="write seconds above 0")


@pytest.mark.parametrize("value", [math.inf, 10**400], ids=["infinite", "huge"])
def test_a_time_that_cannot_be_waited_for_is_refused(value: float) -> None:
    with pytest.raises(RequestError):
        Timeouts().with_overrides({"poll": value}, "here")


@pytest.mark.parametrize("factor", [0.05, 1, 3])
def test_scaling_leaves_what_the_network_itself_needs(factor: float) -> None:
    before, after = asdict(Timeouts()), asdict(Timeouts().scaled(factor))
    assert after == {name: value * (1 if name in OF_THE_NETWORK else factor) for name, value in before.items()}


@pytest.mark.parametrize("factor", [0, -1, math.nan])
def test_a_factor_that_is_not_above_0_is_refused(factor: float) -> None:
    with pytest.raises(RequestError, match=r"^timeouts: .* is no factor; write a number above 0$"):
        Timeouts().scaled(factor)
