"""An IOS-XE switch is upgraded by hand, as sections 5.2 and 5.3 of the behaviour document have it, and back."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from .ios import CONFIRM, NEW, OLD, PROCEED, Ios, back, reload, restarted, xe

pytestmark = pytest.mark.slow  # long ways; what the driver goes of them the matrix goes, too

if TYPE_CHECKING:
    from lcm_nornir.simulator import Fleet
    from tests.simulator.conftest import StartsFleets

STATE = {"running", "standby", "next_boot", "mode", "packages", "images", "unsaved", "boot_id"}


def kinds(fleet: Fleet, name: str) -> list[str]:
    return [entry["kind"] for entry in fleet.effects(name)]


def states(fleet: Fleet, name: str) -> dict[str, object]:
    return dict(fleet.effects(name)[-1]["state"])


def test_three_steps_with_questions_and_back(start: StartsFleets) -> None:  # noqa: PLR0915 - it is a long way
    fleet = start(xe("leaf1", unsaved=True), xe("leaf2"), seed=7)
    switch, image = fleet.switches[0], fleet.image
    assert image is not None
    assert image.file_name == f"cat9k_iosxe.{NEW}.SPA.bin"
    file = f"flash:{image.file_name}"
    with Ios(switch) as console:
        assert console.host_key == switch.host_key
        before = restarted(console)
        shown = console.run("show version")
        assert re.search(rf"(?m)^System Serial Number +: {switch.serial}$", shown)
        assert "Version 17.6.5, RELEASE" in shown
        assert f"IMG   C    {OLD}.0." in console.run("show install summary")
        assert "bytes total (1036210176 bytes free)" in console.run("dir flash:")
        said = console.pull(image.url)
        assert re.search(
            rf"Loading {image.url} !{{50}}\n\[OK - {image.size} bytes\]\n\n{image.size} bytes copied", said
        )
        assert re.search(rf"-rw- +{image.size} +\w+ \d+ .* {re.escape(image.file_name)}\n", console.run("dir flash:"))
        assert f"{1_036_210_176 - image.size} bytes free" in console.run("dir flash:")
        verified = console.run(f"verify /sha512 {file}")
        assert re.fullmatch(rf"\.+Done!\nverify /sha512 \({re.escape(file)}\) = {image.sha512}", verified)
        added = console.run(f"install add file {file}")
        assert f"Add: Passed on [1]\nImage added. Version: {NEW}.0." in added
        assert added.rstrip().rpartition("\n")[2].startswith(f"SUCCESS: install_add /flash/{image.file_name} ")
        assert f"IMG   I    {NEW}.0." in console.run("show install summary")
        assert "FAILED: System configuration has been modified. Please save" in console.run("install activate")
        assert console.run("write memory") == "Building configuration...\n[OK]"
        asked = console.ask("install activate", PROCEED)
        assert f"/flash/cat9k-rpbase.{NEW}.SPA.pkg\n" in asked
        done = console.ask("y")
        assert "Activate: Passed on [1]\nFinished Activate\n\nSUCCESS: install_activate " in done
    with back(switch, before) as console:
        shown = console.run("show version")
        assert "Version 17.9.4a, RELEASE" in shown
        assert re.search(rf"(?m)^\* +1 65 +C9300-48U +{NEW} +CAT9K_IOSXE +INSTALL", shown)
        summary = console.run("show install summary")
        assert f"IMG   U    {NEW}.0." in summary
        assert re.search(
            r"Auto abort timer: active on install_activate, time before rollback - 01:\d\d:\d\d\n", summary
        )
        committed = console.run("install commit")
        assert "Commit: Passed on [1]\nFinished Commit operation\n\nSUCCESS: install_commit " in committed
        summary = console.run("show install summary")
        assert f"IMG   C    {NEW}.0." in summary
        assert "Auto abort timer: inactive\n" in summary
        assert '"row 4, changed by hand"' in console.run("show running-config")
        second = restarted(console)
        time.sleep(1.0)  # a switch tells one boot from the next to the second
        console.ask("install rollback to id 1", PROCEED)
        assert "Rollback: Passed on [1]" in console.ask("y")
    with back(switch, second) as console:
        assert f"Version {OLD}\n" in console.run("show version")

    upgraded = ["download_started", "download_done", "install_started", "install_done", "saved", "set_boot", "reload"]
    assert kinds(fleet, "leaf1") == [*upgraded, "booted", "committed", "set_boot", "reload", "booted"]
    assert all(entry["state"].keys() == STATE for entry in fleet.effects("leaf1"))
    assert fleet.effects("leaf1", "install_started")[0]["state"]["standby"] == ""
    reloaded = fleet.effects("leaf1", "reload")[0]["state"]
    assert (reloaded["running"], reloaded["standby"], reloaded["next_boot"]) == (OLD, NEW, "standby")
    booted = fleet.effects("leaf1", "booted")[0]["state"]
    assert (booted["running"], booted["standby"], booted["next_boot"]) == (NEW, OLD, "active")
    assert fleet.effects("leaf2") == []


def test_one_shot_without_questions_on_a_stack(start: StartsFleets) -> None:
    fleet = start(xe("leaf1", members=2), seed=3)
    switch, image = fleet.switches[0], fleet.image
    assert image is not None
    with Ios(switch) as console:
        before = restarted(console)
        console.pull(image.url)
        done = console.run(f"install add file flash:{image.file_name} activate commit prompt-level none")
        assert "Add: Passed on [1 2]" in done
        assert "SUCCESS: install_add_activate_commit " in done
    with back(switch, before) as console:
        assert console.run("show version").count(f" {NEW} ") == 2
        summary = console.run("show install summary")
        assert summary.startswith("[ Switch 1 2 ] Installed Package(s) Information:\n")
        assert "Auto abort timer: inactive" in summary
        assert console.run("show switch").count(" Ready") == 2
        assert "STANDBY HOT" in console.run("show redundancy states")
        assert "[0|install_op_boot]: END SUCCESS  " in console.run("show install log").rpartition("\n")[2]
    effects = ["download_started", "download_done", "install_started", "install_done", "set_boot", "committed"]
    assert kinds(fleet, "leaf1") == [*effects, "reload", "booted"]


def test_bundle_mode(start: StartsFleets) -> None:
    fleet = start(xe("leaf1", "bundle-mode"))
    switch, image = fleet.switches[0], fleet.image
    assert image is not None
    file = f"flash:{image.file_name}"
    with Ios(switch) as console:
        assert re.search(r"(?m)^\* +1 65 .* BUNDLE *$", console.run("show version"))
        console.pull(image.url)
        assert "FAILED: Booted in bundle mode." in console.run(f"install add file {file}")
        console.configure("no boot system", f"boot system {file}")
        assert f"reload:\nBOOT variable = flash:cat9k_iosxe.{OLD}.SPA.bin;" in console.run("show boot")
        console.run("write memory")
        shown = console.run("show boot")
        assert f"Current Boot Variables:\nBOOT variable = flash:cat9k_iosxe.{OLD}.SPA.bin;" in shown
        assert f"Boot Variables on next reload:\nBOOT variable = {file};\nManual Boot = no" in shown
        before = reload(console)
    with back(switch, before) as console:
        assert f'System image file is "{file}"' in console.run("show version")
    assert kinds(fleet, "leaf1")[-4:] == ["saved", "set_boot", "reload", "booted"]
    assert states(fleet, "leaf1")["running"] == NEW


def test_from_bundle_to_install_mode_in_one_shot(start: StartsFleets) -> None:
    fleet = start(xe("leaf1", "bundle-mode"))
    switch, image = fleet.switches[0], fleet.image
    assert image is not None
    with Ios(switch) as console:
        before = restarted(console)
        console.pull(image.url)
        console.configure("no boot system", "boot system flash:packages.conf")
        console.run("write memory")
        one_shot = f"install add file flash:{image.file_name} activate commit"
        console.ask(one_shot, r"Please confirm you have changed boot config to flash:packages.conf \[y/n\]$")
        console.ask("y", PROCEED)
        console.ask("y")
    with back(switch, before) as console:
        assert 'System image file is "flash:packages.conf"' in console.run("show version")
        assert re.search(rf"(?m)^\* +1 65 .* {NEW} .* INSTALL *$", console.run("show version"))


def test_the_timer_takes_back_what_nobody_commits(start: StartsFleets) -> None:
    fleet = start(xe("leaf1", "auto-abort:300"), speed=200.0)
    switch, image = fleet.switches[0], fleet.image
    assert image is not None
    with Ios(switch) as console:
        before = restarted(console)
        console.pull(image.url)
        console.run(f"install add file flash:{image.file_name}")
        console.run("install activate prompt-level none")
    with back(switch, before) as console:
        assert f"Version {NEW}\n" in console.run("show version")
        tried = restarted(console)
    with back(switch, tried) as console:
        assert f"Version {OLD}\n" in console.run("show version")
        assert f"IMG   C    {OLD}.0." in console.run("show install summary")
        assert "FAILED: Super package already added" not in console.run("show install log")
    kinds_now = kinds(fleet, "leaf1")
    assert kinds_now[-6:] == ["set_boot", "reload", "booted", "set_boot", "reload", "booted"]
    assert fleet.effects("leaf1", "set_boot")[1]["which"] == "auto abort"


def test_an_install_goes_on_when_its_session_is_lost_and_a_copy_does_not(start: StartsFleets) -> None:
    fleet = start(xe("leaf1"), xe("leaf2"), speed=100.0)
    image = fleet.image
    assert image is not None
    one_shot = f"install add file flash:{image.file_name} activate commit"
    for name, line in (("leaf1", f"{one_shot} prompt-level none"), ("leaf2", one_shot)):
        with Ios(fleet.switch(name)) as console:
            before = restarted(console)
            console.pull(image.url)
            console.ask(line, r"Performing Add on all members\n$")
        if name == "leaf1":
            with back(fleet.switch(name), before) as console:
                assert f"Version {NEW}\n" in console.run("show version")
        else:  # nobody was there to answer the question: what was added stays added
            with Ios(fleet.switch(name)) as console:
                console.wait_for("show install summary", rf"IMG   I    {NEW}")
                time.sleep(0.3)
                assert console.run("install activate prompt-level none") != ""
    with Ios(fleet.switch("leaf1")) as console:
        console.ask(f"copy {image.url} flash:other.bin", r"\? $")
        console.ask("", "Loading .*!")
    with Ios(fleet.switch("leaf1")) as console:
        for _ in range(100):
            if fleet.effects("leaf1")[-1]["kind"] == "download_failed":
                break
            time.sleep(0.02)
        assert "other.bin" in console.run("dir flash:")
    assert fleet.effects("leaf1")[-1]["cause"] == "ended"


def test_one_operation_at_a_time(start: StartsFleets) -> None:
    fleet = start(xe("leaf1"), speed=100.0)
    image = fleet.image
    assert image is not None
    with Ios(fleet.switches[0]) as console, Ios(fleet.switches[0]) as other:
        console.pull(image.url)
        console.ask(f"install add file flash:{image.file_name}", r"Performing Add on all members\n$")
        refused = other.run("install remove inactive")
        assert "FAILED: " in refused
        assert "[0|install_add]: START " in other.run("show install log").rpartition("\n")[2]
        console.until(rf"SUCCESS: install_add .*\n\n{console.prompt}")
        console.ask("install activate", PROCEED)
        assert "FAILED: " in other.run("install commit")
        console.ask("n")
        assert "install_commit" in other.run("install commit")
    assert fleet.effects("leaf1", "reload") == []


def test_reload_asks_about_the_configuration(start: StartsFleets) -> None:
    fleet = start(xe("leaf1", unsaved=True, members=2), images=None)
    with Ios(fleet.switches[0]) as console:
        before = restarted(console)
        console.ask("reload", r"System configuration has been modified\. Save\? \[yes/no\]: $")
        asked = console.ask("yes", CONFIRM)
        assert "Reload command is being issued on Active unit, this will reload the whole stack\nProceed with" in asked
        assert console.key("n").endswith("leaf1#")
        assert "!No changes were found" in console.run(
            "show archive config differences nvram:startup-config system:running-config"
        )
        console.ask("reload", CONFIRM)
        console.type("\n")
        console.until("Chassis 1 reloading, reason - Reload command")
    back(fleet.switches[0], before).transport.close()
    assert kinds(fleet, "leaf1") == ["saved", "reload", "booted"]
