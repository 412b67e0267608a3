"""What is printed has the switch's folder taken out, wherever the pieces in which it comes end."""

from __future__ import annotations

import pytest

from lcm_nornir.simulator.sonic.paths import Inward, Outward

ROOT = "/tmp/sonic-ab12"  # noqa: S108 - the name of no file
SHOWN = "cat /run/x/y /host > /etc/sonic/z; ls /\n"
PRINTED = f"cat {ROOT}/run/x/y {ROOT}/host > {ROOT}/etc/sonic/z; ls /\n"


@pytest.mark.parametrize("size", range(1, len(PRINTED) + 1))
def test_however_it_is_cut(size: int) -> None:
    outward, data = Outward(ROOT), PRINTED.encode()
    pieces = [outward.feed(data[begin : begin + size]) for begin in range(0, len(data), size)]
    assert (b"".join(pieces) + outward.rest()).decode() == SHOWN


@pytest.mark.parametrize("size", range(1, len(SHOWN) + 1))
def test_what_is_typed_however_it_comes(size: int) -> None:
    inward, data = Inward(ROOT), SHOWN.encode()
    assert b"".join(inward.feed(data[begin : begin + size]) for begin in range(0, len(data), size)).decode() == PRINTED
