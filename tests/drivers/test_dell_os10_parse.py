"""Every literal layout is read; cut at any byte it is the same value, or refused, never another value."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lcm_nornir.drivers.base import Activity
from lcm_nornir.drivers.dell_os10 import parse
from lcm_nornir.errors import UnexpectedOutput

LITERAL = Path(__file__).parents[1] / "literal" / "dell_os10"
READERS: dict[str, Callable[[str], Any]] = {
    "show_version": parse.version_text,
    "show_boot": parse.boot,
    "show_image_status_download": parse.installer,
    "show_inventory": parse.inventory_text,
}


def literal(name: str) -> str:
    return (LITERAL / f"{name}.txt").read_text()


def test_show_version() -> None:
    assert parse.version_text(literal("show_version")) == ("10.6.0.1", 86400 + 11 * 60 + 14)


def test_show_boot() -> None:
    active, standby = parse.boot(literal("show_boot"))
    assert (active.name, active.version, active.running, active.next_boot) == ("A", "10.5.0.4", True, True)
    assert (standby.name, standby.version, standby.running, standby.next_boot) == ("B", "10.5.1.0", False, False)


def test_show_image_status_while_it_downloads() -> None:
    state = parse.installer(literal("show_image_status_download"))
    assert state.busy
    assert state.copy.activity is Activity.RUNNING
    assert (state.copy.transferred, state.copy.size, state.copy.rate) == (40949640, 604119040, 869000)
    assert state.install.activity is Activity.IDLE


def test_show_inventory() -> None:
    assert parse.inventory_text(literal("show_inventory")) == ("S5248F-ON", "5M44SR3")


@pytest.mark.parametrize("name", READERS)
def test_an_answer_that_was_cut_is_the_same_or_refused(name: str) -> None:
    text, read = literal(name), READERS[name]
    whole = read(text)
    for length in range(len(text)):
        try:
            found = read(text[:length])
        except UnexpectedOutput:
            continue
        assert found == whole, text[:length]
