"""The life cycle of a reload, as everybody outside sees it."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import paramiko

from lcm_nornir.simulator import SwitchSpec

from .console import Console, login, reload

if TYPE_CHECKING:
    from pathlib import Path

    from lcm_nornir.simulator import SimulatedSwitch

    from .conftest import StartsFleets


def look(switch: SimulatedSwitch) -> str:
    """Say what the switch does with somebody who connects now."""
    try:
        with socket.create_connection((switch.host, switch.port), timeout=0.2) as connection:
            if not connection.recv(64):
                return "refused"
    except TimeoutError:
        return "no banner"
    except OSError:
        return "refused"
    try:
        with Console(switch) as console:
            return "up" if "OS Version" in console.run("show version") else "not ready"
    except paramiko.AuthenticationException as error:
        # paramiko says so too when the connection drops during the login.
        return "refused" if "EOF" in str(error) else "login refused"
    except (OSError, EOFError, paramiko.SSHException):
        return "refused"


def test_both_prompts_and_their_answers(start: StartsFleets, literal: Path) -> None:
    fleet = start(SwitchSpec("yes", unsaved=True), SwitchSpec("no", unsaved=True), images=None)
    recorded = (literal / "reload_prompts.txt").read_text().rstrip("\n")
    with Console(fleet.switch("yes")) as console:
        console.type("reload\nyes\n")
        assert console.until(r"confirm yes/no\]:$") == "reload\n" + recorded
        assert console.ask("no", "# $").endswith("\nyes# ")
        assert fleet.effects("yes", "reload") == []
        assert fleet.effects("yes")[-1]["kind"] == "saved"
    with Console(fleet.switch("no")) as console:
        console.ask("reload", r"Save\? \[yes/no\]:$")
        console.ask("maybe", r"Save\? \[yes/no\]:$")
        assert console.ask("no", r"confirm yes/no\]:$").splitlines()[1] == (
            "Continuing without saving system configuration"
        )
        console.type("yes\n")
    with login(fleet.switch("no")) as console:
        assert "changed by hand" not in console.run("show running-configuration")
    answers = [entry["line"] for entry in fleet.log("no") if entry.get("prompt")]
    assert answers == ["maybe", "no", "yes"]


def test_port_answers_then_refuses_then_says_nothing_then_refuses_logins_then_is_not_ready(start: StartsFleets) -> None:
    # The last three stages are stretched: the first one is long enough to be seen.
    fleet = start(SwitchSpec("leaf1", faults=("not-ready:8",)), images=None, speed=60.0)
    switch = fleet.switches[0]
    seen: list[str] = []
    with Console(switch) as console:
        reload(console)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and (len(seen) < 2 or seen[-1] != "up"):
        now = look(switch)
        if seen[-1:] != [now]:
            seen.append(now)
    assert seen == ["up", "refused", "no banner", "login refused", "not ready", "up"]
    events = [entry["event"] for entry in fleet.log("leaf1")]
    assert events.index("refusing") < events.index("auth_failed")
    assert events.count("listening") == 2


def test_whoever_connects_before_the_banner_is_served_when_it_comes(start: StartsFleets) -> None:
    fleet = start(SwitchSpec("leaf1", faults=("not-ready:8",)), images=None)
    switch = fleet.switches[0]
    with Console(switch) as console:
        reload(console)
    deadline = time.monotonic() + 20
    while look(switch) != "no banner":
        assert time.monotonic() < deadline
    with socket.create_connection((switch.host, switch.port), timeout=5) as connection:
        assert connection.recv(64).startswith(b"SSH-2.0-")


def ending(console: Console) -> str:
    """Say how a session ended: with a goodbye, with a reset, or not at all."""
    console.channel.settimeout(0.05)
    try:
        while console.channel.recv(4096):
            pass
    except TimeoutError:
        return "silence"
    console.transport.join(5)
    return "reset" if isinstance(console.transport.get_exception(), OSError) else "goodbye"


def test_sessions_end_with_goodbye_or_reset_or_silence(start: StartsFleets) -> None:
    fleet = start(*(SwitchSpec(f"leaf{number}", faults=("never-returns",)) for number in range(9)), images=None)
    consoles = [Console(switch) for switch in fleet.switches]
    for console in consoles:
        reload(console)
    deadline = time.monotonic() + 20
    while any([entry["event"] for entry in fleet.log(switch.name)].count("refusing") == 0 for switch in fleet.switches):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.2)
    endings = [ending(console) for console in consoles]
    for console in consoles:
        console.transport.close()
    assert set(endings) == {"goodbye", "reset", "silence"}


def test_F39_answers_for_a_while_after_reload(start: StartsFleets) -> None:
    switch = start(SwitchSpec("leaf1", faults=("F39",)), images=None).switches[0]
    with Console(switch) as console:
        before = console.run('system "cat /proc/sys/kernel/random/boot_id"')
        reload(console)
        began = time.monotonic()
        console.until("# $")
        while time.monotonic() < began + 0.7:
            assert console.run('system "cat /proc/sys/kernel/random/boot_id"') == before
            assert look(switch) == "up"
            time.sleep(0.1)
    with login(switch) as console:
        assert console.run('system "cat /proc/sys/kernel/random/boot_id"') != before
    assert time.monotonic() > began + 1.0
