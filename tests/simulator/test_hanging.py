"""A switch that hangs for ever, or takes its time: whoever waits must have a limit of their own."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from lcm_nornir.simulator import SwitchSpec

from .console import Console, reload

if TYPE_CHECKING:
    import paramiko

    from lcm_nornir.simulator import Fleet, SimulatedSwitch

    from .conftest import StartsFleets

CASES = {
    "at-once": "hang",
    "after-two": "hang:2",
    "linux": 'hang:system "df',
    "config": "hang:hostname",
    "answer": "hang:yes",
    "reload": "hang:reload",
    "stuck": "stuck",
    "stuck-download": "stuck:download",
}


@pytest.fixture(scope="module")
def fleet(start: StartsFleets) -> Fleet:
    return start(*(SwitchSpec(name, faults=(fault,)) for name, fault in CASES.items()), speed=600.0)


def is_silent(channel: paramiko.Channel) -> bool:
    """Tell whether nothing comes for a while on a session that stays open."""
    channel.settimeout(0.2)
    try:
        return not channel.recv(4096) and not channel.closed
    except TimeoutError:
        return True


def hangs(console: Console, line: str) -> bool:
    """Type a line; True if its echo comes and nothing else."""
    console.type(line + "\n")
    console.until(f"{re.escape(line)}\n$")
    return is_silent(console.channel)


def new_session_is_silent(switch: SimulatedSwitch) -> bool:
    with pytest.raises(TimeoutError):
        Console(switch, patience=0.3)
    return True


def lines(fleet: Fleet, name: str) -> list[str]:
    return [entry["line"] for entry in fleet.log(name) if entry["event"] == "command"]


def test_F56_hangs_from_the_first_line_on(fleet: Fleet) -> None:
    switch = fleet.switch("at-once")
    with Console(switch) as console, Console(switch) as other:
        assert hangs(console, "terminal length 0")
        other.type("show version\n")
        assert is_silent(other.channel)
        assert new_session_is_silent(switch)
    assert lines(fleet, "at-once") == ["terminal length 0"]


def test_F56_hangs_after_so_many_lines_of_all_sessions(fleet: Fleet) -> None:
    switch = fleet.switch("after-two")
    with Console(switch) as console, Console(switch) as other:
        console.run("show clock")
        other.run("show clock")
        assert hangs(console, "show clock")
        assert new_session_is_silent(switch)


def test_F56_hangs_at_a_linux_command_and_in_configuration_mode(fleet: Fleet) -> None:
    with Console(fleet.switch("linux")) as console:
        console.run('system "uptime -s"')
        assert hangs(console, 'system "df -k /config"')
    with Console(fleet.switch("config")) as console:
        console.run("show running-configuration")
        console.ask("configure terminal", r"\(config\)# $")
        assert hangs(console, "hostname other")
    assert fleet.effects("config") == []


def test_F56_hangs_at_reload_and_at_the_answer_to_its_question(fleet: Fleet) -> None:
    with Console(fleet.switch("reload")) as console:
        assert hangs(console, "reload")
    with Console(fleet.switch("answer")) as console:
        reload(console)
        console.until("yes\n$")
        assert is_silent(console.channel)
    # The line has arrived, says the switch's log, and nothing came of it.
    assert lines(fleet, "reload") == ["reload"]
    assert lines(fleet, "answer") == ["reload", "yes"]
    assert fleet.effects("reload") == fleet.effects("answer") == []


def test_F56_an_install_that_never_ends(fleet: Fleet) -> None:
    assert fleet.image is not None
    with Console(fleet.switch("stuck")) as console:
        console.run(f"image install {fleet.image.url}")
        stuck = console.wait_for("show image status", r"\(9 of 9\)")
        time.sleep(0.3)
        assert console.run("show image status") == stuck
        assert re.search("Installation State: +install\n", stuck)
        assert "[B] 10.5.3.0" in console.run("show boot")


def test_F56_a_download_that_never_ends_and_cannot_be_cancelled(fleet: Fleet) -> None:
    assert fleet.image is not None
    with Console(fleet.switch("stuck-download")) as console:
        console.run(f"image download {fleet.image.url}")
        console.wait_for("show image status", f"Transfer Bytes: +{fleet.image.size} bytes")
        console.run("image cancel")
        time.sleep(0.3)
        status = console.run("show image status")
        assert re.search("File Transfer State: +download\n", status)
        assert "In progress" in status
        assert fleet.image.file_name not in console.run("dir image")


def test_F11_slow_answers_come_in_order(start: StartsFleets) -> None:
    fleet = start(SwitchSpec("leaf1", faults=("slow-answers:40",)), images=None)
    with Console(fleet.switches[0]) as console:
        began = time.monotonic()
        console.type("show clock\nfoo\n")
        text = console.until(r"Unrecognized command\.\nleaf1# $")
        assert time.monotonic() - began >= 0.4
        assert re.match(r"show clock\n\d{4}-\S+\nleaf1# foo\n% Error", text)
