"""Every literal layout is read; cut at any byte it is the same value, or refused, never another value."""

from __future__ import annotations

import re
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


def test_a_copy_and_an_installation_tell_when_they_began() -> None:
    text = literal("show_image_status_download")
    (began,) = {time for time in re.findall(r"Task Start:\s+(\S+)", text) if not time.startswith(("0000", "-001"))}
    state = parse.installer(text)
    assert (state.copy.started, state.install.started) == (began, "")


@pytest.mark.parametrize(
    ("detail", "unpacking", "rejected"),
    [
        ("Failed: bad signature", False, True),
        ("Failed: image is for another platform", False, True),
        ("Failed: extracting the archive, its signature", True, False),
        ("Failed: step 7 of 9", False, False),
    ],
)
def test_an_installation_that_failed_tells_of_what(detail: str, unpacking: object, rejected: object) -> None:
    text = literal("show_image_status_download")
    head, install = text.split("Installation State")
    told = re.sub(r"(State Detail:\s+).*", rf"\g<1>{detail}", install, count=1)
    state = parse.installer(f"{head}Installation State{told}").install
    assert (state.detail, state.unpacking, state.rejected) == (detail, unpacking, rejected)


UNREADABLE: list[tuple[Callable[[str], Any], str, str, str]] = [
    (parse.version_xml, "show version | display-xml", "<data><x>1</x></data>", "has no sw-version or no uptime"),
    (parse.version_text, "show version", "OS Version: 10.5", "has no 'OS Version' or no 'Up Time'"),
    (parse.boot, "show boot", "no row", "has not exactly one row of three slots"),
    (parse.boot, "show boot", "[A] 10.5\n[B] 10.6  [A] active", "has not exactly one row of three slots"),
    (parse.boot, "show boot", "[A] 10.5  [A] 10.6  [A] active", "contradicts itself"),
    (parse.boot, "show boot", "[A] 10.5  [B] 10.6  [B] active", "contradicts itself"),
    (parse.inventory_text, "show inventory", "Product : x", "has no product or no whole row of the unit"),
    (
        parse.inventory_text,
        "show inventory",
        literal("show_inventory").replace("Product", "Produce"),
        "has no product or no whole row of the unit",
    ),
    (
        parse.inventory_xml,
        "show inventory | display-xml",
        "<data><x>1</x></data>",
        "has no service-tag or no product-name",
    ),
    (parse.inventory_xml, "show inventory | display-xml", "% Error: x", "is no XML"),
    (parse.installer, "show image status", "Image Upgrade State: idle", "has not the three states, whole"),
]


@pytest.mark.parametrize(("read", "command", "text", "what"), UNREADABLE)
def test_what_cannot_be_read_is_told_with_the_command_and_all_that_was_said(
    read: Callable[[str], Any], command: str, text: str, what: str
) -> None:
    with pytest.raises(UnexpectedOutput) as caught:
        read(text)
    assert (caught.value.command, caught.value.said) == (command, text)
    assert caught.value.message == f"the answer to '{command}' {what}"


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
