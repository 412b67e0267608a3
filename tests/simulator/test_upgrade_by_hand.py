"""One switch is upgraded by hand, from the first look to the last; its own log tells the same story."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from lcm_nornir.simulator import ImageServerSpec, SwitchSpec

from .console import Console, install, login, reload

if TYPE_CHECKING:
    from .conftest import StartsFleets

STATE = {"running", "standby", "active_slot", "next_boot", "images", "unsaved", "boot_id"}


def boot_identity(console: Console) -> tuple[str, str]:
    boot_id = console.run('system "cat /proc/sys/kernel/random/boot_id"')
    return boot_id, console.run('system "uptime -s"')


def test_smooth_upgrade(start: StartsFleets) -> None:
    fleet = start(SwitchSpec("leaf1", unsaved=True), SwitchSpec("leaf2"), seed=7)
    switch, image = fleet.switches[0], fleet.image
    assert image is not None
    assert re.fullmatch(r"PKGS_OS10-Enterprise-10\.5\.6\.5\.\d+buster-installer-x86_64\.bin", image.file_name)
    with Console(switch) as console:
        assert console.host_key == switch.host_key
        before = boot_identity(console)
        status = install(console, image.url)
        assert f"Transfer Bytes:        {image.size} bytes" in status
        path = f"/var/os10-image/{image.file_name}"
        assert console.run(f'system "sha256sum {path}"') == f"{image.sha256}  {path}"
        assert console.run(f'system "sha512sum {path}"') == f"{image.sha512}  {path}"
        assert console.run(f"image verify image://{image.file_name} sha256 signature http://192.0.2.1/F.sha256") == (
            "Image verified successfully."
        )
        assert re.search(rf"(?m)^\S+Z +{image.size} +{re.escape(image.file_name)}$", console.run("dir image"))
        assert console.run("boot system standby") == ""
        assert console.run("write memory") == ""
        reload(console)
    with login(switch) as console:
        assert "OS Version: 10.5.6.5" in console.run("show version")
        assert "Up Time: 00:00:0" in console.run("show version")
        assert "Installation State:      idle" in console.run("show image status")
        after = boot_identity(console)
        assert before[0] != after[0]
        assert before[1] < after[1]
        assert "row 4, changed by hand" in console.run("show running-configuration")

    log = fleet.log("leaf1")
    kinds = [entry["kind"] for entry in fleet.effects("leaf1")]
    assert kinds == [
        "download_started",
        "download_done",
        "install_started",
        "install_done",
        "set_boot",
        "saved",
        "reload",
        "booted",
    ]
    assert all(entry["state"].keys() == STATE for entry in fleet.effects("leaf1"))
    booted = fleet.effects("leaf1", "booted")[0]["state"]
    assert booted == {
        "running": "10.5.6.5",
        "standby": "10.5.4.1",
        "active_slot": "B",
        "next_boot": "active",
        "images": [image.file_name],
        "unsaved": False,
        "boot_id": after[0],
    }
    assert [entry["t"] for entry in log] == sorted(entry["t"] for entry in log)
    assert [entry["event"] for entry in log][:3] == ["listening", "connection", "session_opened"]
    assert {"refusing", "session_closed"} <= {entry["event"] for entry in log}
    assert commands(log, 1)[-2:] == [{"line": "reload"}, {"line": "yes", "prompt": True}]
    assert fleet.effects("leaf2") == []


def commands(log: list[dict[str, Any]], session: int) -> list[dict[str, Any]]:
    chosen = [entry for entry in log if entry["event"] == "command" and entry["session"] == session]
    return [{key: entry[key] for key in ("line", "prompt") if key in entry} for entry in chosen]


def test_progress_goes_with_time_not_with_polls(start: StartsFleets) -> None:
    fleet = start(SwitchSpec("leaf1"), speed=120.0)
    assert fleet.image is not None
    seen: list[int] = []
    with Console(fleet.switches[0]) as console:
        console.run(f"image download {fleet.image.url}")
        while "In progress" in (status := console.run("show image status")):
            seen += map(int, re.findall(r"Transfer Bytes: +(\d+)", status))
    assert seen == sorted(seen)
    assert len(set(seen)) > 10
    assert max(seen) <= fleet.image.size


def test_a_download_is_really_fetched_from_the_switchs_own_address(start: StartsFleets) -> None:
    fleet = start(SwitchSpec("leaf1"), images=ImageServerSpec(version="10.6.0.5", size=300_000))
    assert fleet.image is not None
    with Console(fleet.switches[0]) as console:
        install(console, fleet.image.url)
        counts = console.run(f'system "ls -l /var/os10-image/{fleet.image.file_name}"')
        assert " 300000 " in counts
        assert "[B] 10.6.0.5" in console.run("show boot")
        served = fleet.image.url.rpartition("/")[0] + "/requests"
        console.run(f"image download {served}")
        console.wait_for("show image status", "transfer-success")
        expected = hashlib.sha256(f'{{"{fleet.switches[0].host}": 1}}'.encode()).hexdigest()
        assert console.run('system "sha256sum /var/os10-image/requests"').startswith(expected)


def test_a_download_can_be_cancelled_and_an_install_cannot(start: StartsFleets) -> None:
    fleet = start(SwitchSpec("leaf1"), speed=20.0)
    assert fleet.image is not None
    with Console(fleet.switches[0]) as console:
        console.run(f"image download {fleet.image.url}")
        console.run("image cancel")
        status = console.run("show image status")
        assert "Image Upgrade State:     idle" in status
        assert "Failed" in status
        assert fleet.effects("leaf1")[-1]["kind"] == "cancelled"
        assert console.run("image cancel") != ""
    assert fleet.effects("leaf1", "download_done") == []


def test_unknown_files_and_bad_addresses_are_refused_at_once(start: StartsFleets) -> None:
    fleet = start(SwitchSpec("leaf1"), images=None)
    with Console(fleet.switches[0]) as console:
        for url in ("http://", "gopher://h/f", "http://host/", "http://h:99999999/f", "http:/h/f", "nothing"):
            assert console.run(f"image download {url}") == "% Error: Illegal parameter.", url
        assert console.run("image install image://nothing.bin") != ""
    assert fleet.effects("leaf1") == []
