"""A switch that was given a recording says what was recorded, until something about it is changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lcm_nornir.simulator import SimulatorError, SwitchSpec
from tests.simulator.conftest import StartsFleets
from tests.simulator.console import Console, install, login, reload

RECORDING = Path(__file__).parents[1] / "recordings" / "dell_os10-simulated.json"
FACTS = {
    "serial": "0A0AAA7", "model": "S9999F-ON", "version": "10.9.1.1",
    "slots": {"A": "10.9.0.9", "B": "10.9.1.1"}, "running": "B", "next_boot": "B",
}  # fmt: skip


def document(**fields: Any) -> dict[str, Any]:
    return {"recording": 1, "platform": "dell_os10", "prompt": "host1", "facts": FACTS, "exchanges": []} | fields


def exchange(typed: str, *came: str, ended: str = "prompt", kind: str = "line") -> dict[str, Any]:
    return {"typed": typed, "came": [f"{typed}\r\n", *came, "host1# "], "ended": ended, "kind": kind}


def written(folder: Path, made: object) -> str:
    path = folder / "x.json"
    path.write_text(json.dumps(made))
    return str(path)


def test_it_says_what_was_recorded_until_it_is_changed(start: StartsFleets, tmp_path: Path) -> None:
    exchanges = [
        exchange("show version", "Dell \x1b[1mOS11\x1b[0m\r\n", "\r\n", "OS Version: 10.9.1.1\r\n"),
        exchange("show version", "later\r\n"),
        exchange("show colours", "blue\r\n"),
        exchange("show clock", ended="timeout"),
        exchange('system "cat /proc/uptime"', "17.0 3.0\r\n"),
        exchange("image download http://192.0.2.1/x.bin", "Download started.\r\n"),
        exchange("show boot", "after a change\r\n"),
    ]
    fleet = start(SwitchSpec("leaf1", recording=written(tmp_path, document(exchanges=exchanges))))
    (switch,) = fleet.switches
    assert (switch.serial, switch.model) == ("0A0AAA7", "S9999F-ON")
    assert fleet.image is not None
    with Console(switch) as console:
        assert console.run("show version") == "Dell \x1b[1mOS11\x1b[0m\n\nOS Version: 10.9.1.1"
        assert console.run("show colours") == "blue"
        assert console.run("show clock") not in ("", "blue")
        assert not console.run('system "cat /proc/uptime"').startswith("17.0")
        assert "[B] 10.9.1.1" in console.run("show boot")
        install(console, fleet.image.url)
        assert console.run("show colours").startswith("% Error")
        version = console.run("show version")
        assert "OS Version: 10.9.1.1" in version
        assert "System Type: S9999F-ON" in version
        assert "0A0AAA7" in console.run("show inventory")
        assert "[A] 10.5.6.5" in console.run("show boot")
        console.run("boot system standby")
        reload(console)
    with login(switch) as console:
        assert "OS Version: 10.5.6.5" in console.run("show version")
        assert console.run("show colours").startswith("% Error")


def test_a_switch_without_a_recording_is_not_concerned(start: StartsFleets) -> None:
    fleet = start(SwitchSpec("leaf1", recording=str(RECORDING)), SwitchSpec("leaf2"))
    recorded, plain = fleet.switches
    told = json.loads(RECORDING.read_text())["facts"]
    assert (recorded.serial, recorded.model) == (told["serial"], told["model"])
    assert plain.serial != recorded.serial
    with Console(recorded) as one, Console(plain) as other:
        assert "host1" in one.run("show version | display-xml")
        assert "host1" not in other.run("show version | display-xml")


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ([], "is no recording"),
        (document(recording=2), "is no recording: it is of another format than 1"),
        (document(exchanges=[{}]), "is no recording"),
        (document(platform="cisco_nxos"), "does not tell serial, model and versions of a dell_os10 switch"),
        (document(facts=None), "does not tell serial"),
        (document(facts=FACTS | {"slots": {"A": "1"}}), "does not tell serial"),
    ],
)
def test_what_cannot_stand_for_a_switch_starts_no_fleet(
    start: StartsFleets, tmp_path: Path, made: object, why: str
) -> None:
    with pytest.raises(SimulatorError, match=why):
        start(SwitchSpec("leaf1", recording=written(tmp_path, made)))
