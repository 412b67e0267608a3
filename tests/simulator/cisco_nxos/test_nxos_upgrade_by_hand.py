"""One switch is upgraded by hand, in both ways that the OS has; its own log tells the same story."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.simulator.console import plain

from .nexus import CONFIRM, NEW, NEW_FILE, OLD, OLD_FILE, OLDER, OLDER_FILE, Nexus, back, nexus

if TYPE_CHECKING:
    from lcm_nornir.simulator import Fleet
    from tests.simulator.conftest import StartsFleets

STATE = {"running", "standby", "image", "next_image", "next_boot", "images", "unsaved", "boot_id"}


@pytest.fixture(scope="module")
def fleet(start: StartsFleets) -> Fleet:
    variants = [nexus(f"variant{number}", variant=number) for number in (0, 1)]
    return start(nexus("leaf1", unsaved=True), nexus("leaf2"), *variants, seed=7)


def test_install_all(fleet: Fleet) -> None:
    switch, image = fleet.switches[0], fleet.images["cisco_nxos"]
    assert (image.file_name, image.version) == (NEW_FILE, NEW)
    with Nexus(switch) as console:
        reset = console.reset
        assert console.run("show install all status") == "No install all data found"
        assert console.copy(image.url).endswith("Copy complete, now saving to disk (please wait)...\nCopy complete.")
        for name in ("sha256", "sha512"):
            assert console.run(f"show file bootflash:{NEW_FILE} {name}sum") == getattr(image, name)
        assert re.search(rf"(?m)^ +{image.size}    \w\w\w \d\d .* {NEW_FILE}$", console.run("dir bootflash:"))
        assert "+snmp-server location row 4" in console.run("show running-config diff unified")
        assert "  disruptive " in console.run(f"show install all impact nxos bootflash:{NEW_FILE}")
        console.run("terminal no dont-ask")
        asked = console.ask(f"install all nxos bootflash:{NEW_FILE}", CONFIRM)
        assert f"     1        nxos{OLD:>27}{NEW:>20}   yes\n" in asked
        said = plain(console.ask("y", r"\nleaf1# $"))
        assert said.endswith("\nFinishing the upgrade, switch will reboot in 10 seconds.\nleaf1# ")
        assert console.run("show running-config diff") == ""  # the prompt is back, the switch still up
    with back(switch, reset) as console:
        shown = console.run("show version")
        assert f"\n  NXOS: version {NEW}\n" in shown
        assert f"\n  NXOS image file is: bootflash:///{NEW_FILE}\n" in shown
        assert f"\n  Reason: Reset due to upgrade\n  System version: {OLD}\n" in shown
        assert "day(s), 0 hour(s), 0 minute(s), " in shown
        assert console.next_boot == NEW_FILE
        assert "Finishing the upgrade" in console.run("show install all status")
        assert "row 4, changed by hand" in console.run("show running-config")

    kinds = [entry["kind"] for entry in fleet.effects("leaf1")]
    assert kinds == [
        "download_started",
        "download_done",
        "install_started",
        "set_boot",
        "saved",
        "install_done",
        "reload",
        "booted",
    ]
    assert all(entry["state"].keys() == STATE for entry in fleet.effects("leaf1"))
    assert fleet.effects("leaf1", "install_started")[0]["state"]["standby"] == OLDER
    booted = fleet.effects("leaf1", "booted")[0]["state"]
    del booted["boot_id"]
    assert booted == {
        "running": NEW,
        "standby": OLD,
        "image": NEW_FILE,
        "next_image": NEW_FILE,
        "next_boot": "active",
        "images": sorted((NEW_FILE, OLD_FILE, OLDER_FILE)),
        "unsaved": False,
    }
    assert fleet.effects("leaf2") == []


@pytest.mark.parametrize("variant", [0, 1])
def test_boot_variable_save_and_reload(fleet: Fleet, variant: int) -> None:
    name = f"variant{variant}"
    switch, image = fleet.switch(name), fleet.images["cisco_nxos"]
    with Nexus(switch) as console:
        reset = console.reset
        console.copy(image.url)
        console.run("terminal no dont-ask")
        assert console.set_boot(NEW_FILE) == "Performing image verification and compatibility check, please wait...."
        assert console.next_boot == (NEW_FILE if variant == 1 else OLD_FILE)
        assert console.save().endswith("Copy complete.")
        assert console.next_boot == NEW_FILE
        console.reload()
    with back(switch, reset) as console:
        assert f"\n  NXOS: version {NEW}\n" in console.run("show version")
        assert "\n  Reason: Reset Requested by CLI command reload\n" in console.run("show version")
    kinds = [entry["kind"] for entry in fleet.effects(name)]
    assert kinds == ["download_started", "download_done", "set_boot", "saved", "reload", "booted"]
    states = {entry["kind"]: entry["state"] for entry in fleet.effects(name)}
    assert (states["saved"]["next_boot"], states["booted"]["next_boot"]) == ("standby", "active")
