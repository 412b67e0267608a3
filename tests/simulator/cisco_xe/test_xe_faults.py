"""Each fault that an IOS-XE switch can have shows itself to whoever is logged in."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import paramiko
import pytest

from lcm_nornir.simulator import SimulatorError, SwitchSpec
from tests.simulator.fault_fleet import fault_fleet

from .ios import CONFIRM, NEW, OLD, PLATFORM, PROCEED, Ios, back, reload, restarted, xe

pytestmark = pytest.mark.slow  # by hand what the matrices of the platforms go through with the driver

if TYPE_CHECKING:
    from lcm_nornir.simulator import Fleet, SimulatedImage
    from tests.simulator.conftest import StartsFleets

MORE = (
    "hang:show boot",
    "late-return:3",
    "stuck:download",
    "bad-signature:refused",
    "disk-full-unpacking:claimed",
    "disk-full-unpacking:incomplete",
    "download-false-success:0",
    "members-differ:after",
    "unexpected-question:install activate",
)


@pytest.fixture(scope="module")
def fleet(start: StartsFleets) -> Fleet:
    return start(*fault_fleet(PLATFORM, *MORE), xe("bundle-ignored", "bundle-mode", "set-boot-ignored"), speed=600.0)


def added(console: Ios, image: SimulatedImage) -> str:
    console.pull(image.url)
    return console.run(f"install add file flash:{image.file_name}")


def one_shot(console: Ios, image: SimulatedImage) -> str:
    console.pull(image.url)
    return console.run(f"install add file flash:{image.file_name} activate commit prompt-level none")


def test_a_fault_of_another_platform_is_an_error_at_the_start(start: StartsFleets) -> None:
    with pytest.raises(SimulatorError, match="the fault no-system is of dell_os10 only, not of cisco_xe"):
        start(xe("leaf1", "no-system"))
    with pytest.raises(SimulatorError, match="the fault manual-boot is of cisco_xe only, not of dell_os10"):
        start(SwitchSpec("leaf1", faults=("manual-boot",)))


def test_F04_another_identity(fleet: Fleet) -> None:
    for case in ("wrong-serial", "wrong-serial:model", "no-serial"):
        switch = fleet.switch(case)
        with Ios(switch) as console:
            shown = console.run("show inventory")
            assert f"SN: {switch.serial}\n" not in shown
            assert (f"PID: {switch.model} " in shown) == (case != "wrong-serial:model")


def test_F05_F06_F07_F10_versions(fleet: Fleet) -> None:
    for case, rows in (
        ("already-target", f"IMG   C    {NEW}"),
        ("newer-than-target", "IMG   C    99.01.01"),
        ("target-in-standby", rf"IMG   I    {NEW}\.0\.\d+\nIMG   C    {OLD}"),
        ("package-added", rf"IMG   I    17.03.07\.0\.\d+\nIMG   C    {OLD}"),
    ):
        with Ios(fleet.switch(case)) as console:
            assert re.search(rows, console.run("show install summary"))


def test_F10_packages_that_somebody_added_are_in_the_way(fleet: Fleet, image: SimulatedImage) -> None:
    with Ios(fleet.switch("package-added")) as console:
        assert " [1] Switch 1 FAILED: Super package already added. Add operation not allowed." in added(console, image)
        asked = console.ask("install remove inactive", r"Do you want to remove the above files\? \[y/n\]$")
        assert "/flash/cat9k-rpbase.17.03.07.SPA.pkg\n" in asked
        assert f"/flash/{image.file_name}\n" in asked
        assert "SUCCESS: install_remove " in console.ask("y")
        assert "IMG   I" not in console.run("show install summary")
        assert "SUCCESS: install_add " in added(console, image)
    with Ios(fleet.switch("busy-installer")) as console:
        assert "FAILED: " in added(console, image)
        assert "install_add]: START" in console.run("show install log").rpartition("\n")[2]
    with Ios(fleet.switch("busy-installer:download")) as console:
        assert "somebodys.bin" in console.run("dir flash:")
    assert fleet.effects("busy-installer", "install_started") == []


def test_F11_garbled_hanging_mute_and_slow(fleet: Fleet) -> None:
    for case, line in (("garbled", "show version"), ("garbled:show-boot", "show boot")):
        with Ios(fleet.switch(case)) as console:
            assert OLD not in console.run(line)
            assert "Installed Package(s)" in console.run("show install summary")
    for case, line in (("hang:show-boot", "show boot"), ("mute", "show version")):
        with Ios(fleet.switch(case)) as console:
            console.type(f"{line}\n")
            console.until(f"{line}\n$")
            console.channel.settimeout(0.3)
            with pytest.raises(TimeoutError):
                console.until(console.prompt)
    with Ios(fleet.switch("slow-answers")) as console:
        began = time.monotonic()
        console.run("show clock")
        assert time.monotonic() - began >= 20 / 600


def test_F12_F13_F16_no_way_in(fleet: Fleet) -> None:
    with pytest.raises(ConnectionRefusedError):
        Ios(fleet.switch("refused"))
    with pytest.raises(paramiko.AuthenticationException):
        Ios(fleet.switch("wrong-password"))
    limited = fleet.switch("session-limit")
    with Ios(limited), Ios(limited), pytest.raises((paramiko.SSHException, OSError, EOFError)):
        Ios(limited)


def test_F16_a_login_without_privileges(fleet: Fleet) -> None:
    switch = fleet.switch("user-exec")
    with Ios(switch) as console:
        assert "Invalid input" in console.run("show running-config")
        console.ask("enable", "Password: $")
        assert "% Access denied" in console.ask("wrong")
        console.ask("enable", "Password: $")
        assert console.ask(switch.password).endswith("user-exec#")
        assert "hostname user-exec" in console.run("show running-config")
        console.run("disable")
        assert console.run("reload").endswith("marker.\n")


def test_F17_S09_noise_and_hostile_words(fleet: Fleet, image: SimulatedImage) -> None:
    with Ios(fleet.switch("noisy")) as console:
        assert len(console.banner) > 65_536
        assert "%LINK-3-UPDOWN" in console.run("show version")
        assert "SUCCESS: install_add " in added(console, image)
        asked = console.ask("install activate", f"{PROCEED}\n\\S+ .*install_mgr: Started install activate NONE$")
        assert "packages shall be activated" in asked
        console.ask("n")
    with Ios(fleet.switch("hostile")) as console:
        assert "<script>" in console.banner
        assert "=cmd|" in console.run("dir flash:")
        assert fleet.switch("hostile").password in console.run("delete /force flash:nothing")
    with Ios(fleet.switch("alarming-words")) as console:
        assert "Error 5" in console.banner
        assert "Failed-install-Error-5.log" in console.run("dir flash:")
        assert console.run("write memory").startswith("%Warning: Failed")


NO_DOWNLOAD = {
    "dns": 0,
    "connection-refused": 0,
    "no-route": 0,
    "tls": 0,
    "http-401": 0,
    "http-403": 0,
    "http-404": 0,
    "reset": 50,
    "disk-fills": 60,
}


@pytest.mark.parametrize(("case", "percent"), NO_DOWNLOAD.items())
def test_F20_F22_F24_copies_that_fail(fleet: Fleet, image: SimulatedImage, case: str, percent: int) -> None:
    with Ios(fleet.switch(case)) as console:
        said = console.pull(image.url)
        verb = "writing flash:" if case == "disk-fills" else "reading http:" if percent else "opening http:"
        assert re.search(rf"(?m)^%Error {verb}\S+ \(.+\)$", said), said
        assert "bytes copied" not in said
        listed = console.run("dir flash:")
        size = image.size * percent // 100
        assert re.search(rf" {size} .* {re.escape(image.file_name)}\n", listed) or not percent
        assert (image.file_name in listed) == (percent > 0)
        assert ("(0 bytes free)" in listed) == (case == "disk-fills")
    assert fleet.effects(case, "download_failed")


def test_F08_F19_F21_F23_F34_other_copies(fleet: Fleet, image: SimulatedImage) -> None:
    with Ios(fleet.switch("disk-full-before")) as console:
        assert "(65536 bytes free)" in console.run("dir flash:")
        assert "%Error writing flash:" in console.pull(image.url)
    with Ios(fleet.switch("url-illegal")) as console:
        assert "%" in console.run(f"copy {image.url} flash:")
    for case in ("server-hang", "stall"):
        with Ios(fleet.switch(case)) as console:
            assert "(Timed out)" in console.pull(image.url)
    with Ios(fleet.switch("slow:3")) as console, Ios(fleet.switch("slow:3")) as other:
        console.ask(f"copy {image.url} flash:", r"\? $")
        console.type("\n")
        other.wait_for("dir flash:", re.escape(image.file_name))
        assert f"{image.size} bytes copied" in console.until(rf"bytes/sec\)\n{console.prompt}")
    for case, found in (("download-false-success", [image.size * 60 // 100]), ("download-false-success:0", [])):
        with Ios(fleet.switch(case)) as console:
            assert f"\n{image.size} bytes copied" in console.pull(image.url)
            listed = console.run(f"dir flash: | include {image.file_name}")
            assert [int(row.split()[2]) for row in listed.split("\n") if row] == found
    with Ios(fleet.switch("stuck:download")) as console:
        console.ask(f"copy {image.url} flash:", r"\? $")
        console.ask("", "!{50}")
        console.type("\x1e")
        console.until(console.prompt)
    assert fleet.effects("stuck:download")[-1]["cause"] == "ended"


@pytest.mark.parametrize("case", ["truncated", "bit-flip", "html-page", "other-file"])
def test_F25_damaged_files(fleet: Fleet, image: SimulatedImage, case: str) -> None:
    with Ios(fleet.switch(case)) as console:
        assert "bytes copied" in console.pull(image.url)
        assert image.sha512 not in console.run(f"verify /sha512 flash:{image.file_name}")
        mismatch = console.run(f"verify /sha512 flash:{image.file_name} {image.sha512}")
        assert f"%Error verifying flash:{image.file_name}" in mismatch
        said = console.run(f"install add file flash:{image.file_name}")
        assert re.search(r"(?m)^ \[1\] Switch 1 FAILED: ", said)
        assert "Add: Passed on []. Failed on [1]" in said
        assert "SUCCESS" not in said
    assert fleet.effects(case)[-1]["kind"] == "install_failed"


def test_F26_F28_F29_adds_that_fail(fleet: Fleet, image: SimulatedImage) -> None:
    for case, started in (
        ("wrong-platform", 1),
        ("bad-signature", 1),
        ("bad-signature:refused", 0),
        ("extract-failed", 1),
        ("install-failed", 1),
        ("disk-full-unpacking", 1),
    ):
        with Ios(fleet.switch(case)) as console:
            said = one_shot(console, image)
            assert re.search(r"(?m)^ \[1\] Switch 1 FAILED: ", said), said
            assert re.search(r"FAILED: install_add_activate_commit\b", said)
            assert f"IMG   C    {OLD}" in console.run("show install summary")
        assert len(fleet.effects(case, "install_started")) == started
        assert fleet.effects(case, "reload") == []
    with Ios(fleet.switch("disk-full-unpacking")) as console:
        assert "(0 bytes free)" in console.run("dir flash:")


def test_F28_F30_a_success_that_is_none(fleet: Fleet, image: SimulatedImage) -> None:
    for case in ("install-false-success", "disk-full-unpacking:claimed"):
        with Ios(fleet.switch(case)) as console:
            assert "SUCCESS: install_add " in added(console, image)
            assert "IMG   I" not in console.run("show install summary")
            assert "FAILED: " in console.run("install activate prompt-level none")
    switch = fleet.switch("disk-full-unpacking:incomplete")
    with Ios(switch) as console:
        assert "SUCCESS: install_add_activate_commit " in one_shot(console, image)
    time.sleep(1.0)  # far longer than a reboot takes
    with pytest.raises(OSError, match="refused"):
        Ios(switch)


def test_F29_F36_activations_that_fail_or_do_nothing(fleet: Fleet, image: SimulatedImage) -> None:
    for case, said in (
        ("activate-fails", "[1]: FAILED: Activate failed in switch\n"),
        ("set-boot-refused", " [1] Switch 1 FAILED: "),
        ("set-boot-ignored", "SUCCESS: install_add_activate_commit "),
    ):
        with Ios(fleet.switch(case)) as console:
            assert said in one_shot(console, image)
            time.sleep(0.3)
            assert f"IMG   C    {OLD}" in console.run("show install summary")
        assert fleet.effects(case, "reload") == []
        assert fleet.effects(case)[-1]["state"]["next_boot"] == "active"


def test_F40_an_activation_that_does_not_reload(start: StartsFleets) -> None:
    fleet = start(xe("leaf1", "reload-never"), speed=600.0)
    assert fleet.image is not None
    with Ios(fleet.switches[0]) as console:
        assert "SUCCESS: install_add_activate_commit " in one_shot(console, fleet.image)
        time.sleep(0.3)
        assert f"Version {OLD}\n" in console.run("show version")
        assert f"IMG   C    {NEW}" in console.run("show install summary")
    assert fleet.effects("leaf1", "reload")[0]["state"]["next_boot"] == "standby"


def test_F28_a_disk_that_is_full_on_a_member_and_packages_that_are_gone(start: StartsFleets) -> None:
    fleet = start(xe("stack", "disk-full-unpacking", members=2), xe("gone"), speed=600.0)
    image = fleet.image
    assert image is not None
    with Ios(fleet.switch("stack")) as console:
        assert "FAILED: rsync: write failed" in one_shot(console, image)
    with Ios(fleet.switch("gone")) as console:
        console.run(f"delete /force flash:cat9k-rpbase.{OLD}.SPA.pkg")
        assert "FAILED: Install Operation failed as one or more package file(s)" in one_shot(console, image)


def test_F36_the_boot_variable_is_not_taken(fleet: Fleet, image: SimulatedImage) -> None:
    with Ios(fleet.switch("bundle-ignored")) as console:
        console.pull(image.url)
        console.configure("no boot system", f"boot system flash:{image.file_name}")
        console.run("write memory")
        assert f"next reload:\nBOOT variable = flash:cat9k_iosxe.{OLD}.SPA.bin;" in console.run("show boot")
    with Ios(fleet.switch("manual-boot")) as console:
        assert "Manual Boot = yes" in console.run("show boot")
        reload(console)
    time.sleep(1.0)
    with pytest.raises(OSError, match="refused"):
        Ios(fleet.switch("manual-boot"))


def test_F37_F65_saving_and_what_somebody_else_changes(fleet: Fleet, image: SimulatedImage) -> None:
    with Ios(fleet.switch("save-refused")) as console:
        assert "[OK]" not in console.run("write memory")
    with Ios(fleet.switch("changed-after-install")) as console:
        assert "SUCCESS: install_add" in added(console, image)
        assert "+ntp server 198.51.100.123" in console.run("show archive config differences")
        assert "System configuration has been modified. Please save" in console.run(
            "install activate prompt-level none"
        )


def activated(fleet: Fleet, case: str, image: SimulatedImage) -> Ios:
    with Ios(fleet.switch(case)) as console:
        before = restarted(console)
        assert "SUCCESS: install_add" in added(console, image)
        assert "SUCCESS: install_activate" in console.run("install activate prompt-level none")
    return back(fleet.switch(case), before)


def test_F43_commits_and_versions_that_do_not_stay(fleet: Fleet, image: SimulatedImage) -> None:
    with activated(fleet, "commit-refused", image) as console:
        assert "FAILED: install_commit" in console.run("install commit")
        assert "Auto abort timer: active" in console.run("show install summary")
        before = restarted(console)
        time.sleep(1.0)  # a switch tells one boot from the next to the second
        console.ask("install abort", PROCEED)
        console.ask("y", "SUCCESS: install_abort ")
    with back(fleet.switch("commit-refused"), before) as console:
        assert f"IMG   C    {OLD}" in console.run("show install summary")
    for case, active in (("old-version", f"C    {OLD}"), ("old-version:next-stays", f"U    {NEW}")):
        with activated(fleet, case, image) as console:
            assert f"Version {OLD}\n" in console.run("show version")
            assert f"IMG   {active}" in console.run("show install summary")


@pytest.mark.parametrize("how", ["ignored", "refused"])
def test_F36_the_way_back_does_not_work(fleet: Fleet, image: SimulatedImage, how: str) -> None:
    with activated(fleet, f"set-boot-{how}:active", image) as console:
        said = console.run("install rollback to committed prompt-level none")
        assert ("SUCCESS" in said) == (how == "ignored")
        time.sleep(0.2)
        assert f"IMG   U    {NEW}" in console.run("show install summary")


def test_F51_a_stack_with_two_versions(fleet: Fleet, image: SimulatedImage) -> None:
    with Ios(fleet.switch("members-differ")) as console:
        assert "V-Mismatch" in console.run("show switch")
        assert "DISABLED" in console.run("show redundancy")
        assert " 17.03.05 " in console.run("show version")
    with Ios(fleet.switch("members-differ:after")) as console:
        assert "V-Mismatch" not in console.run("show switch")
    with activated(fleet, "members-differ:after", image) as console:
        assert "V-Mismatch" in console.run("show switch")


def test_F33_a_question_that_nobody_knows(fleet: Fleet) -> None:
    for case, line in (("unexpected-question", "reload"), ("unexpected-question:install-activate", "install activate")):
        with Ios(fleet.switch(case)) as console:
            console.ask(line, r"(\? \[yes/no\]: |\[y/n\]|to go on: )$")
            assert console.ask("no").endswith("#")
        assert fleet.effects(case) == []


def test_F40_F39_a_reload_that_is_late_or_never(fleet: Fleet) -> None:
    for case in ("reload-never", "slow-down"):
        with Ios(fleet.switch(case)) as console:
            before = restarted(console)
            console.ask("reload", CONFIRM)
            console.key("\n")
            time.sleep(0.3)
            assert restarted(console) == before


@pytest.mark.parametrize("case", ["fast-reboot", "fast-reboot:open", "late-return:3", "not-ready", "wrong-clock"])
def test_F41_F42_F44_F47_coming_back(fleet: Fleet, case: str) -> None:
    with Ios(fleet.switch(case)) as console:
        before = reload(console)
    back(fleet.switch(case), before).transport.close()


def test_F48_F49_F50_coming_back_as_another(fleet: Fleet) -> None:
    consoles = {}
    for case in ("new-host-key", "lost-configuration", "lost-links", "ports-delayed"):
        with Ios(fleet.switch(case)) as console:
            before = reload(console)
        consoles[case] = back(fleet.switch(case), before)
    assert consoles["new-host-key"].host_key == fleet.switch("new-host-key").next_host_key
    running = consoles["lost-configuration"].run("show running-config")
    assert "description" not in running
    assert "snmp-server location" not in running
    lost = consoles["lost-links"]
    assert lost.run("show interfaces status").count(" connected ") == 2
    assert "Total entries displayed: 2" in lost.run("show lldp neighbors")
    assert lost.run("show ip bgp summary").count("Active") == 2
    for console in consoles.values():
        console.transport.close()


def test_F45_F46_switches_that_do_not_stay_or_return(fleet: Fleet) -> None:
    with Ios(fleet.switch("never-returns")) as console:
        reload(console)
    with Ios(fleet.switch("second-reboot")) as console:
        before = reload(console)
    back(fleet.switch("second-reboot"), before).transport.close()
    time.sleep(0.5)
    assert len(fleet.effects("second-reboot", "booted")) == 2
    assert len(fleet.effects("second-reboot", "reload")) == 1
    with pytest.raises(OSError, match="refused"):
        Ios(fleet.switch("never-returns"))


def test_F56_an_install_that_never_ends(fleet: Fleet, image: SimulatedImage) -> None:
    with Ios(fleet.switch("stuck")) as console:
        console.pull(image.url)
        console.ask(f"install add file flash:{image.file_name}", r"Performing Add on all members\n$")
        console.channel.settimeout(0.5)
        with pytest.raises(TimeoutError):
            console.until(console.prompt)
    with Ios(fleet.switch("stuck")) as console:
        assert "FAILED: " in console.run("install commit")
