"""The screens are the recorded ones, character by character but for values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from lcm_nornir.simulator import SwitchSpec

from .console import Console, install, login, reload

if TYPE_CHECKING:
    from pathlib import Path

    from lcm_nornir.simulator import Fleet

    from .conftest import StartsFleets

MONTHS = r"Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"


def shape(text: str) -> str:
    """Take the values out: an uptime, a month's name, each run of digits."""
    text = re.sub(r"(?m)^(Up Time: ).*", r"\1#", text.rstrip("\n"))
    return re.sub(r"\d+", "#", re.sub(MONTHS, "Mon", text))


@pytest.fixture(scope="module")
def fleet(start: StartsFleets) -> Fleet:
    return start(
        SwitchSpec("OS10", running="10.5.0.4", standby="10.5.1.0"),
        SwitchSpec("same", running="10.6.0.5", serial="5M44SR3"),
        SwitchSpec("busy", faults=("busy-installer:download",)),
        *(SwitchSpec(f"variant{number}", variant=number) for number in range(6)),
    )


def test_show_version(fleet: Fleet, literal: Path) -> None:
    with Console(fleet.switch("OS10")) as console:
        assert shape(console.run("show version")) == shape((literal / "show_version.txt").read_text())


def test_show_boot_before_and_after_set_boot(fleet: Fleet, literal: Path) -> None:
    with Console(fleet.switch("OS10")) as console:
        assert console.run("show boot") + "\n" == (literal / "show_boot.txt").read_text()
        assert console.run("boot system standby") == ""
        assert console.run("show boot") + "\n" == (literal / "show_boot_after_set.txt").read_text()
        assert "\nNext-Boot:                     standby[B]" in console.run("show boot detail")
        console.run("boot system active")
        assert console.run("show boot") + "\n" == (literal / "show_boot.txt").read_text()


def test_show_boot_after_the_roles_swapped(start: StartsFleets, literal: Path) -> None:
    switch = start(SwitchSpec("OS10", running="10.5.0.4", standby="10.5.1.0"), images=None).switches[0]
    with Console(switch) as console:
        console.run("boot system standby")
        reload(console)
    with login(switch) as console:
        assert console.run("show boot") + "\n" == (literal / "show_boot_after_reload.txt").read_text()


def test_show_image_status_during_a_download(fleet: Fleet, literal: Path) -> None:
    with Console(fleet.switch("busy")) as console:
        recorded = (literal / "show_image_status_download.txt").read_text()
        assert shape(console.run("show image status")) == shape(recorded)


def test_image_download(fleet: Fleet, literal: Path) -> None:
    recorded = (literal / "image_download.txt").read_text()
    command = recorded.splitlines()[0].removeprefix("OS10# ")
    with Console(fleet.switch("OS10")) as console:
        assert "OS10# " + console.ask(command).rstrip(" ") + "\n" == recorded


def test_show_inventory(fleet: Fleet, literal: Path) -> None:
    with Console(fleet.switch("same")) as console:
        assert console.run("show inventory") + "\n" == (literal / "show_inventory.txt").read_text()


def test_a_narrow_terminal_cuts_the_last_column_of_the_inventory(fleet: Fleet) -> None:
    with Console(fleet.switch("same"), columns=80) as console:
        narrow = console.run("show inventory").splitlines()
        assert narrow[6].endswith("Svc Tag  E")
        assert narrow[8].endswith("5M44SR3  1")
        console.run("terminal width 200")
        assert console.run("show inventory").endswith("122 211 099 03")


def test_only_the_switch_itself_has_the_star_and_a_real_tag(fleet: Fleet) -> None:
    switch = fleet.switch("variant1")
    with Console(switch) as console:
        rows = console.run("show inventory").splitlines()[8:]
    assert [row[:2] for row in rows] == ["* ", "  ", "  ", "  "]
    assert [row[74:81] for row in rows] == [switch.serial, *["AEIOU##"] * 3]


def test_running_configuration_has_the_header_and_is_otherwise_the_startup_text(fleet: Fleet, literal: Path) -> None:
    with Console(fleet.switch("OS10")) as console:
        running, startup = console.run("show running-configuration"), console.run("show startup-configuration")
    header, body = running.splitlines()[:3], running.splitlines()[3:]
    assert shape("\n".join(header)) == shape((literal / "running_configuration_header.txt").read_text())
    assert body == startup.splitlines()


@pytest.mark.parametrize("variant", range(6))
def test_every_variant_can_be_read_by_key_and_by_bracket(fleet: Fleet, variant: int) -> None:
    with Console(fleet.switch(f"variant{variant}")) as console:
        version, boot, status = (console.run(f"show {what}") for what in ("version", "boot", "image status"))
    assert re.match(r"Dell (SmartFabric|EMC Networking) OS10[ -]Enterprise\n", version)
    assert re.search(r"\[[AB]\] 10\.5\.4\.1 +\[[AB]\] 10\.5\.3\.0 +\[[AB]\] active$", boot)
    assert len(re.findall(r"(?m)^\s*Task Start:\s+(?:0000-00-00T00:00:00Z|-001-11-30T00:00:00\+00:00)$", status)) == 2


def test_variants_differ_in_indentation_time_form_columns_and_banner(fleet: Fleet) -> None:
    texts = []
    for number in range(6):
        with Console(fleet.switch(f"variant{number}")) as console:
            texts.append((console.banner, console.run("show image status"), console.run("show boot")))
    assert {"%Warning : Default password for admin" in banner for banner, _, _ in texts} == {True, False}
    assert {"\n  State Detail" in status for _, status, _ in texts} == {True, False}
    assert {"0000-00-00" in status for _, status, _ in texts} == {True, False}
    assert len({boot.splitlines()[3] for _, _, boot in texts}) > 2


def tree(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - our own simulator wrote it


def test_xml_has_the_documented_paths(fleet: Fleet) -> None:
    with Console(fleet.switch("same")) as console:
        version = tree(console.run("show version | display-xml"))
        status = tree(console.run("show image status | display-xml"))
        inventory = tree(console.run("show inventory | display-xml"))
    assert version.findtext("./data/system-sw-state/sw-version/sw-version") == "10.6.0.5"
    assert int(version.findtext("./data/system-state/system-status/uptime") or 0) > 86_400
    boot = version.findtext("./data/system-state/system-status/boot-datetime") or ""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", boot)
    upgrade = "./data/system-sw-state/software-upgrade-status/"
    assert status.findtext(upgrade + "global-state") == "idle"
    assert status.findtext(upgrade + "file-transfer-status/file-progress") == "0"
    assert status.findtext(upgrade + "file-transfer-status/task-state") == "idle"
    detail = status.findtext(upgrade + "software-install-status/task-state-detail")
    assert detail == "No install information available"
    assert inventory.findtext("./data/system/node/mfg-info/service-tag") == "5M44SR3"
    assert inventory.findtext("./data/system/node/mfg-info/product-name") == "S5248F-ON"


def test_install_steps_are_worded_as_the_running_release_does(start: StartsFleets) -> None:
    fleet = start(SwitchSpec("new", variant=2), SwitchSpec("old", running="10.4.3.1"), install_s=240.0)
    assert fleet.image is not None
    for name, step in (("new", r"In progress: Configure filesystem \(3 of 9\)"), ("old", "Installing OS10 packages")):
        with Console(fleet.switch(name)) as console:
            console.run(f"image install {fleet.image.url}")
            console.wait_for("show image status", step)
    with Console(fleet.switch("new")) as console:
        console.wait_for("show image status", r"Installation State: +install-success")
        assert "Completed: Success" in install(console, fleet.image.url)
