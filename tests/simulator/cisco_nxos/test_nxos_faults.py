"""Each fault that a Nexus switch can have shows itself to whoever is logged in."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import paramiko
import pytest

from lcm_nornir.simulator import faults
from tests.simulator.console import PATIENCE, plain
from tests.simulator.fault_fleet import fault_fleet

from .nexus import CONFIRM, NEW, NEW_FILE, OLD, OLD_FILE, OLDER, OLDER_FILE, PLATFORM, Nexus, back, nexus

pytestmark = pytest.mark.slow  # by hand what the matrices of the platforms go through with the driver

if TYPE_CHECKING:
    from lcm_nornir.simulator import Fleet, SimulatedImage
    from tests.simulator.conftest import StartsFleets

MORE = (
    "bad-signature:refused",
    "disk-full-unpacking:claimed",
    "disk-full-unpacking:incomplete",
    "download-false-success:0",
    "hang:show boot",
    "hostile:refuse",
    "late-return:3",
    "stuck:download",
    "unexpected-question:install all",
)


@pytest.fixture(scope="module")
def fleet(start: StartsFleets) -> Fleet:
    return start(*fault_fleet(PLATFORM, *MORE), speed=600.0)


def causes(fleet: Fleet, case: str, kind: str = "install_failed") -> list[str]:
    return [entry["cause"] for entry in fleet.effects(case, kind)]


def test_a_fault_of_another_platform_is_an_error() -> None:
    with pytest.raises(faults.FaultError, match="the fault sudo-password is of edgecore_sonic only, not of cisco_nxos"):
        faults.parse("sudo-password", PLATFORM)
    with pytest.raises(faults.FaultError, match="the fault service-veto is of cisco_nxos only, not of dell_os10"):
        faults.parse("service-veto", "dell_os10")


def test_F04_another_identity(fleet: Fleet) -> None:
    for case in ("wrong-serial", "wrong-serial:model", "no-serial"):
        switch = fleet.switch(case)
        with Nexus(switch) as console:
            chassis = console.run("show inventory").split("\n\n")[0]
            assert f"SN: {switch.serial}" not in chassis
            assert (f"PID: {switch.model} " in chassis) == (case != "wrong-serial:model")
            assert f"Processor Board ID {switch.serial}\n" not in console.run("show version")


def test_F05_F06_F07_versions(fleet: Fleet, image: SimulatedImage) -> None:
    for case, running in (("already-target", NEW), ("newer-than-target", "99.1(1)"), ("target-in-standby", OLD)):
        with Nexus(fleet.switch(case)) as console:
            assert f"NXOS: version {running}\n" in console.run("show version")
            if case != "newer-than-target":
                assert console.run(f"show file bootflash:{NEW_FILE} sha256sum") == image.sha256
    with Nexus(fleet.switch("target-in-standby")) as console:
        assert console.next_boot == OLD_FILE


def test_F10_somebody_elses_work(fleet: Fleet) -> None:
    with Nexus(fleet.switch("busy-installer")) as console:
        assert "(0x401E0007)" in console.run(f"install all nxos bootflash:{OLDER_FILE}")
        assert "on-going installation" in console.ask("show install all status", "somebodys")
    with Nexus(fleet.switch("busy-installer:download")) as console:
        sizes = [int(console.run("dir bootflash:somebodys.bin").split()[0]) for _ in range(2)]
        assert sizes[0] < sizes[1]


def test_F11_F56_garbled_hanging_and_slow(fleet: Fleet) -> None:
    with Nexus(fleet.switch("garbled")) as console:
        assert "NXOS: version" not in console.run("show version")
    with Nexus(fleet.switch("garbled:show-boot")) as console:
        assert "sup-1" not in console.run("show boot")
    with Nexus(fleet.switch("hang:show-boot")) as console:
        console.type("show boot\n")
        console.channel.settimeout(0.3)
        with pytest.raises(TimeoutError):
            console.until(r"\n\S+# $")
    with Nexus(fleet.switch("slow-answers")) as console:
        began = time.monotonic()
        console.run("show clock")
        assert time.monotonic() - began >= 20 / 600


def test_F12_F13_F16_no_way_in(fleet: Fleet) -> None:
    with pytest.raises(ConnectionRefusedError):
        Nexus(fleet.switch("refused"))
    for _ in range(4):  # and no lock-out
        with pytest.raises(paramiko.AuthenticationException):
            Nexus(fleet.switch("wrong-password"))
    limited = fleet.switch("session-limit")
    with Nexus(limited), Nexus(limited), pytest.raises((paramiko.SSHException, OSError, EOFError)):
        Nexus(limited)


def test_F17_F34_noise_and_alarming_words(fleet: Fleet) -> None:
    with Nexus(fleet.switch("noisy")) as console:
        assert len(console.banner) > 65_536
        assert "%ETHPORT-5-IF_DOWN_LINK_FAILURE" in console.run("show version")
        said = console.run(f"show install all impact nxos bootflash:{OLDER_FILE}")
        assert re.search(r"\]   0%\n\d{4} \w{3} .*%ETHPORT-5-IF_DOWN_LINK_FAILURE.*\n\r\[#", said)
    with Nexus(fleet.switch("alarming-words")) as console:
        assert "Failed" in console.banner
        assert "10.2-Error.bin" in console.run("dir bootflash:")
        assert "\nWarning: Failed to read" in console.save()


def test_S09_hostile_words(fleet: Fleet, image: SimulatedImage) -> None:
    with Nexus(fleet.switch("hostile")) as console:
        assert "<script>" in console.banner
        assert "@SUM(1+1)" in console.run("dir bootflash:")
        assert fleet.switch("hostile").password in console.run("show nothing")
        assert "Copy complete." in console.copy(image.url)
    with Nexus(fleet.switch("hostile:refuse")) as console:
        said = console.run(f"copy {image.url} bootflash: vrf management")
        assert fleet.switch("hostile:refuse").password in said


def test_F19_every_url_is_illegal(fleet: Fleet, image: SimulatedImage) -> None:
    with Nexus(fleet.switch("url-illegal")) as console:
        assert console.copy(image.url).endswith("% Invalid command at '^' marker.")


NO_COPY = {
    "dns": "dns",
    "connection-refused": "refused",
    "no-route": "unreachable",
    "tls": "tls",
    "http-401": "401",
    "http-403": "403",
    "http-404": "404",
    "reset": "reset",
    "disk-fills": "space",
    "disk-full-before": "space",
}


@pytest.mark.parametrize(("case", "cause"), NO_COPY.items())
def test_F08_F20_F22_F24_copies_that_fail(fleet: Fleet, image: SimulatedImage, case: str, cause: str) -> None:
    with Nexus(fleet.switch(case)) as console:
        assert "Copy complete" not in console.copy(image.url)
        assert (NEW_FILE in console.run("dir bootflash:")) == (cause in {"reset", "space"})
        free = int(console.run("dir bootflash: | include 'bytes free'").split()[0])
        assert (free < 65_537) == (cause == "space")
    assert causes(fleet, case, "download_failed") == [cause]


def test_F21_F23_copies_that_stand_still_or_are_slow(fleet: Fleet, image: SimulatedImage) -> None:
    for case, percent in (("server-hang", 0), ("stall", 40)):
        with Nexus(fleet.switch(case)) as console, Nexus(fleet.switch(case)) as other:
            console.type(f"copy {image.url} bootflash: vrf management\n")
            other.wait_for(f"dir bootflash:{NEW_FILE}", rf"(?m)^ +{image.size * percent // 100} ")
            time.sleep(0.3)
            other.wait_for(f"dir bootflash:{NEW_FILE}", rf"(?m)^ +{image.size * percent // 100} ")
            console.type("\x03")
            console.until(rf"\n{case}# $")
    with Nexus(fleet.switch("slow:3")) as console:
        assert console.copy(image.url).endswith("Copy complete.")


@pytest.mark.parametrize("case", ["truncated", "bit-flip", "html-page", "other-file"])
def test_F25_damaged_files(fleet: Fleet, image: SimulatedImage, case: str) -> None:
    with Nexus(fleet.switch(case)) as console:
        assert console.copy(image.url).endswith("Copy complete.")
        assert console.run(f"show file bootflash:{NEW_FILE} sha256sum") != image.sha256
        said = plain(console.run(f"install all nxos bootflash:{NEW_FILE}"))
        assert re.search(
            r"\nVerifying image .*\n(.*-- SUCCESS\n\nVerifying image type\.\n)?\[ {20}\]   0% -- FAIL\.\n", said
        )
        assert re.search(r"\nReturn code 0x4\w+.*\.$", said)
        assert len(console.set_boot(NEW_FILE).split("\n")) == 2
        assert console.next_boot == OLD_FILE


def test_F34_a_copy_that_claims_success(fleet: Fleet, image: SimulatedImage) -> None:
    for case, size in (("download-false-success", image.size * 60 // 100), ("download-false-success:0", 0)):
        with Nexus(fleet.switch(case)) as console:
            assert console.copy(image.url).endswith("Copy complete.")
            found = console.run(f"dir bootflash:{NEW_FILE}")
            assert found.split()[0] == str(size) if size else NEW_FILE not in found


def installed(console: Nexus, image: SimulatedImage) -> str:
    """Copy and install without questions; gives what is left on the screen."""
    console.copy(image.url)
    return plain(console.run(f"install all nxos bootflash:{NEW_FILE}"))


VETO = (
    r"Notifying services about system upgrade\..* -- FAIL\.\nReturn code 0x437F0001 \(\(null\)\)\.\n"
    r'Service "icam" in vdc 1: iCAM service downgrade to the target version is not supported\.\n'
)
MODULE = (
    r"  0% -- FAIL\.\nReturn code 0x40710003 \(BIOS image not found\)\.\n\nCAUTION: The BIOS/loader/bootrom of above "
    r"module may be in corrupted state\.[\s\S]*\nResetting boot variables\. Please wait\.\nInstall has failed\. "
    r"Return code 0x40930015 \(Pre-upgrade of a module failed\)\.\nPlease identify the cause of the failure, and "
    r"try 'install all' again\.$"
)
FAILING = {
    "wrong-platform": ("platform", r"Verifying image type\.\n.* -- FAIL\.\nReturn code 0x4\w+.*\.$"),
    "bad-signature": ("signature", r'for boot variable "nxos"\.\n.* -- FAIL\.\nReturn code 0x4\w+.*\.$'),
    "extract-failed": ("extract", r'Preparing "nxos" version info .*\n.* -- FAIL\.\nReturn code 0x4\w+.*\.$'),
    "disk-full-unpacking": ("unpack", r'Preparing "nxos" version info .*\n.* -- FAIL\.\nReturn code 0x4\w+.*\.$'),
    "pre-check-failed": ("pre-check", r"Pre-upgrade check failed\. Return code 0x40930011$"),
    "service-veto": (
        "veto",
        VETO,
    ),
    "incompatible-config": (
        "incompatible",
        r"incompatible with the new image \(strict incompatibility\)\.\n Please run",
    ),
    "impact-refused": ("impact", r"(?m)^     1        no      disruptive         reset  Incompatible image$"),
    "install-failed": ("module", MODULE),
    "set-boot-refused": ("boot variables", r"Setting boot variables\.\n.* -- FAIL\.\n[\s\S]*\nInstall has failed\."),
    "save-refused": ("configuration", r"Performing configuration copy\.\n.* -- FAIL\.\n[\s\S]*\nInstall has failed\."),
}


@pytest.mark.parametrize("case", FAILING)
def test_F26_F28_F29_installs_that_fail(fleet: Fleet, image: SimulatedImage, case: str) -> None:
    cause, pattern = FAILING[case]
    with Nexus(fleet.switch(case)) as console:
        said = installed(console, image)
        assert re.search(pattern, said), said
        assert console.next_boot == OLD_FILE
        status = console.run("show install all status")
        assert "-- FAIL" in status or "Return code" in status
        full = "\n           0 bytes free" in console.run("dir bootflash:")
        assert full == (cause == "unpack")
    assert causes(fleet, case) == [cause]
    assert fleet.effects(case, "reload") == []


def test_F26_F29_what_is_known_before_the_install(fleet: Fleet, image: SimulatedImage) -> None:
    with Nexus(fleet.switch("incompatible-config")) as console:
        assert "CAP_FEATURE_ICAM" in console.run(f"show incompatibility-all nxos bootflash:{OLDER_FILE}")
    with Nexus(fleet.switch("save-refused")) as console:
        assert "No incompatible configurations" in console.run(f"show incompatibility-all nxos bootflash:{OLDER_FILE}")
        assert "Copy complete" not in console.save()
    with Nexus(fleet.switch("impact-refused")) as console:
        assert "  no  " in console.run(f"show install all impact nxos bootflash:{OLDER_FILE}")
    with Nexus(fleet.switch("bad-signature:refused")) as console:
        assert "--" not in installed(console, image)
    assert fleet.effects("bad-signature:refused", "install_started") == []


def test_F28_F30_success_that_is_none(fleet: Fleet, image: SimulatedImage) -> None:
    for case in ("install-false-success", "disk-full-unpacking:claimed"):
        with Nexus(fleet.switch(case)) as console:
            assert installed(console, image).endswith("\nInstall has been successful.")
            assert console.next_boot == OLD_FILE
        assert fleet.effects(case, "reload") == []
    switch = fleet.switch("disk-full-unpacking:incomplete")
    with Nexus(switch) as console:
        assert "Finishing the upgrade" in installed(console, image)
    time.sleep(0.8)  # far longer than a reboot takes
    with pytest.raises(OSError, match="refused"):
        Nexus(switch)


def test_F31_F32_F34_the_session_is_told_nothing_true(fleet: Fleet, image: SimulatedImage) -> None:
    for case in ("backend-error", "silent-install"):
        switch = fleet.switch(case)
        with Nexus(switch) as console:
            reset = console.reset
            console.copy(image.url)
            console.type(f"install all nxos bootflash:{NEW_FILE}\n")
            if case == "backend-error":
                assert console.until(r"\nBackend processing error\nbackend-error# $")
                assert "on-going" in console.ask("show install all status", "compact flash")
            else:
                console.channel.settimeout(1.0)
                with pytest.raises((EOFError, TimeoutError, OSError)):
                    console.until("Performing runtime|Finishing|silent-install# $")
        with back(switch, reset) as console:
            assert f"NXOS: version {NEW}" in console.run("show version")
        assert len(fleet.effects(case, "install_started")) == 1


def test_F33_unexpected_questions(fleet: Fleet) -> None:
    with Nexus(fleet.switch("unexpected-question")) as console:
        console.ask("reload", r"(\[n\]|\[yes/no\]:|go on:) $")
        console.type("\x03")
        console.until("# $")
    with Nexus(fleet.switch("unexpected-question:install-all")) as console:
        console.ask(f"install all nxos bootflash:{OLDER_FILE}", r"(\[n\]|\[yes/no\]:|go on:) $")
        console.ask("y", CONFIRM)


def test_F35_odd_progress(start: StartsFleets) -> None:
    fleet = start(nexus("leaf1", "odd-progress"), speed=60.0)
    assert fleet.image is not None
    with Nexus(fleet.switches[0]) as console:
        console.run("terminal dont-ask")
        shown = console.run(f"copy {fleet.image.url} bootflash: vrf management")
    seen = [int(number) for number in re.findall(r"\r *(\d+) ", shown)]
    assert seen != sorted(seen)
    assert max(seen) > 100


def test_F36_F65_the_next_boot(fleet: Fleet, image: SimulatedImage) -> None:
    with Nexus(fleet.switch("set-boot-refused")) as console:
        assert len(console.set_boot(OLDER_FILE).split("\n")) == 2
        console.save()
        assert console.next_boot == OLD_FILE
    with Nexus(fleet.switch("set-boot-ignored")) as console:
        console.copy(image.url)
        assert len(console.set_boot(NEW_FILE).split("\n")) == 1
        console.save()
        assert console.next_boot == OLD_FILE
    for case, said in (("set-boot-ignored:active", 1), ("set-boot-refused:active", 2)):
        with Nexus(fleet.switch(case)) as console:
            assert len(console.set_boot(OLDER_FILE).split("\n")) == 1
            console.save()
            assert len(console.set_boot(OLD_FILE).split("\n")) == said
            console.save()
            assert console.next_boot == OLDER_FILE


def test_F37_what_somebody_else_changes(fleet: Fleet) -> None:
    with Nexus(fleet.switch("changed-after-install")) as console:
        console.set_boot(OLDER_FILE)
        assert "198.51.100.123" in console.run("show running-config diff")
    state = fleet.effects("changed-after-install", "configured")[0]["state"]
    assert state["unsaved"]


def reloaded(fleet: Fleet, case: str) -> Nexus:
    switch = fleet.switch(case)
    with Nexus(switch) as console:
        reset = console.reset
        console.set_boot(OLDER_FILE)
        console.save()
        console.reload()
        return back(switch, reset)


def test_F41_F43_F48_F49_coming_back(fleet: Fleet) -> None:
    for case, following in (("old-version", OLD_FILE), ("old-version:next-stays", OLDER_FILE)):
        with reloaded(fleet, case) as console:
            assert f"NXOS: version {OLD}\n" in console.run("show version")
            assert console.next_boot == following
    with reloaded(fleet, "new-host-key") as console:
        assert console.host_key == fleet.switch("new-host-key").next_host_key
    for case in ("fast-reboot", "fast-reboot:open", "late-return:3", "not-ready", "wrong-clock", "boot-loop"):
        with reloaded(fleet, case) as console:
            assert f"NXOS: version {OLDER}\n" in console.run("show version")
    with reloaded(fleet, "lost-configuration") as console:
        assert "snmp-server" not in console.run("show running-config")
        assert console.run("show running-config diff") != ""
    with reloaded(fleet, "lost-links") as console:
        assert console.run("show lldp neighbors").endswith("Total entries displayed: 2")
        assert console.run("show interface status").count("connected") == 3
        assert console.run("show ip bgp summary vrf all").count("Idle") == 2
    with reloaded(fleet, "ports-delayed") as console:
        console.wait_for("show lldp neighbors", "Total entries displayed: 4")


def test_F39_F40_F46_a_reload_that_is_late_or_never(fleet: Fleet) -> None:
    for case in ("reload-never", "slow-down"):
        with Nexus(fleet.switch(case)) as console:
            reset = console.reset
            console.run("terminal dont-ask")
            console.run("reload")
            time.sleep(0.3)
            assert console.reset == reset
    with Nexus(fleet.switch("never-returns")) as console:
        console.reload()
    time.sleep(0.8)  # far longer than a reboot takes
    with pytest.raises(OSError, match="refused"):
        Nexus(fleet.switch("never-returns"))


def test_F44_not_ready_yet(start: StartsFleets) -> None:
    fleet = start(nexus("leaf1", "not-ready:30"), images=None, speed=600.0)
    switch = fleet.switches[0]
    with Nexus(switch) as console:
        reset = console.reset
        console.reload()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            with Nexus(switch) as console:
                if console.reset != reset:
                    assert "System is coming up" in console.run("configure terminal")
                    assert "powered-up" in console.run("show module")
                    assert "Replay Done" not in console.run("show logging logfile")
                    assert "Total entries displayed: 0" in console.run("show lldp neighbors")
                    return
        except (OSError, EOFError, paramiko.SSHException):
            time.sleep(0.05)
    pytest.fail("nobody was let in before the switch was ready")


def test_F56_what_never_ends(fleet: Fleet, image: SimulatedImage) -> None:
    with Nexus(fleet.switch("stuck")) as console:
        console.copy(image.url)
        console.ask(f"install all nxos bootflash:{NEW_FILE}", r"Notifying services about system upgrade\. .* 0%$")
        console.channel.settimeout(0.3)
        with pytest.raises(TimeoutError):
            console.until("SUCCESS")
    with Nexus(fleet.switch("stuck:download")) as console:
        console.ask(f"copy {image.url} bootflash: vrf management", r"saving to disk \(please wait\)\.\.\.\n$")
        console.channel.settimeout(0.3)
        with pytest.raises(TimeoutError):
            console.until(r"Copy complete\.")
