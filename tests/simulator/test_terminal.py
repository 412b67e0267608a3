"""The terminal behaves like a terminal: echo, type-ahead, paging, editing, several sessions at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from lcm_nornir.simulator import SwitchSpec

from .console import Console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lcm_nornir.simulator import Fleet

    from .conftest import StartsFleets


@pytest.fixture(scope="module")
def fleet(start: StartsFleets) -> Fleet:
    return start(
        SwitchSpec("leaf1"),
        SwitchSpec("leaf2"),
        SwitchSpec("leaf3"),
        SwitchSpec("noisy", faults=("noisy",)),
        images=None,
    )


@pytest.fixture
def console(fleet: Fleet) -> Iterator[Console]:
    with Console(fleet.switch("leaf1")) as console:
        yield console


def test_echo_and_line_ends_are_those_of_a_terminal(console: Console) -> None:
    console.type("show clock\n")
    raw = ""
    while not raw.endswith("# "):
        raw += console.channel.recv(4096).decode()
    assert raw.startswith("show clock\r\n")
    assert "\n" not in raw.replace("\r\n", "")


def test_type_ahead_is_echoed_line_by_line_as_it_is_read(console: Console) -> None:
    console.type("show clock\nfoo\nshow boot\n")
    text = console.until(r"Next-Boot\n[^#]*# $")
    parts = [text.index(part) for part in ("show clock\n", "leaf1# foo\n% Error: Unrecognized", "leaf1# show boot\n")]
    assert parts == sorted(parts)


def test_a_line_may_come_in_pieces_and_end_in_any_way(console: Console) -> None:
    for end in ("\n", "\r", "\r\n"):
        console.type("show cl")
        assert console.until("cl$") == "show cl"
        assert re.match(r"ock\n\d{4}-", console.ask("ock" + end.rstrip("\n") if end != "\n" else "ock", r"# $"))


def test_backspace_and_ctrl_u_and_ctrl_c(console: Console) -> None:
    console.type("show versiom\x7fn\x15foo\n")
    assert "% Error: Unrecognized command." in console.until(r"\nleaf1# $")
    console.type("half a comm\x03")
    assert console.until(r"\nleaf1# $").endswith("^C\nleaf1# ")
    console.ask("reload", r"\]:$")
    console.type("\x03")
    console.until(r"\nleaf1# $")
    assert "OS Version" in console.run("show version")


def test_paging_stops_at_each_screen_and_knows_space_enter_and_q(fleet: Fleet) -> None:
    with Console(fleet.switch("leaf1"), rows=10, columns=200) as console:
        whole = console.run("show running-configuration | no-more").splitlines()
        first = console.ask("show running-configuration", "--more--$")
        assert first.splitlines()[1:-1] == whole[:9]
        console.type(" ")
        second = console.until("--more--$")
        assert second.startswith("\r        \r")
        assert second.removeprefix("\r        \r").split("\n")[:-1] == whole[9:18]
        console.type("\n")
        assert whole[18] in console.until("--more--$")
        console.type("q")
        assert console.until("# $") == "\r        \rleaf1# "
        console.run("terminal length 0")
        assert console.run("show running-configuration").splitlines() == whole


def test_the_screen_is_24_lines_when_the_client_does_not_say(fleet: Fleet) -> None:
    with Console(fleet.switch("leaf1"), rows=0, columns=0) as console:
        assert len(console.ask("show running-configuration", "--more--$").splitlines()) == 25


def test_grep_keeps_matching_lines(console: Console) -> None:
    assert console.run('show version | grep "OS Version"') == "OS Version: 10.5.4.1"
    assert console.run("show version | grep Nothing") == ""
    assert console.run("show running-configuration vlt | grep vlt-domain") == ""


def test_unknown_commands_and_bad_arguments(console: Console) -> None:
    assert console.run("sing a song") == "% Error: Unrecognized command."
    assert console.run("show version now") == "% Error: Illegal parameter."
    assert console.run("show boot | display-xml") == "% Error: Illegal parameter."
    assert console.run("boot system somewhere") == "% Error: Illegal parameter."
    assert console.run('system "make coffee"') == "bash: make: command not found"


def test_sessions_share_the_switch_and_keep_their_own_terminal(fleet: Fleet) -> None:
    with Console(fleet.switch("leaf2")) as one, Console(fleet.switch("leaf2")) as two:
        one.run("terminal length 5")
        two.run("boot system standby")
        one.run("terminal length 0")
        assert "[B] standby" in one.run("show boot")
        two.run("boot system active")
    sessions = [entry["session"] for entry in fleet.log("leaf2") if entry["event"] == "session_opened"]
    assert sessions == [1, 2]


def test_configuration_mode_changes_prompt_text_and_unsaved(fleet: Fleet) -> None:
    with Console(fleet.switch("leaf3")) as console:
        assert console.ask("configure terminal", r"\(config\)# $").endswith("leaf3(config)# ")
        console.ask("interface ethernet1/1/1", r"\(conf-if-ethernet1/1/1\)# $")
        console.ask("exit", r"\(config\)# $")
        console.ask("hostname renamed", r"renamed\(config\)# $")
        for line in ("do", "do dance"):
            assert "\n% Error: Unrecognized command.\n" in console.ask(line, r"renamed\(config\)# $")
        console.ask("end", r"\nrenamed# $")
        assert "hostname renamed" in console.run("show running-configuration")
        assert "hostname leaf3" in console.run("show startup-configuration")
        console.ask("reload", r"System configuration has been modified\. Save\? \[yes/no\]:$")
        console.type("\x03")
        console.until("# $")
        assert fleet.effects("leaf3")[-1]["state"]["unsaved"] is True
        console.run("copy running-configuration startup-configuration")
        assert fleet.effects("leaf3", "saved")[-1]["state"]["unsaved"] is False


def test_exit_ends_the_session(fleet: Fleet) -> None:
    with Console(fleet.switch("leaf1")) as console:
        console.type("exit\n")
        assert console.channel.recv_exit_status() == 0


def test_F17_banner_with_traps_and_log_lines_between_output(fleet: Fleet) -> None:
    with Console(fleet.switch("noisy")) as console:
        assert len(console.banner) > 65_536
        assert "\x1b[2J" in console.banner
        assert "OS10# this is not a prompt" in console.banner
        outputs = [console.run(f"show {what}") for what in ("version", "boot", "inventory", "clock")]
    assert all(len(re.findall(r"(?m)^<165>1 .*%IFM_OSTATE_DN", text)) == 1 for text in outputs)
