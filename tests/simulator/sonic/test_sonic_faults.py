"""Each fault that a SONiC switch can have shows itself to whoever is logged in."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import paramiko
import pytest

from lcm_nornir.simulator import SimulatorError, SwitchSpec
from tests.simulator.console import plain
from tests.simulator.fault_fleet import fault_fleet

from .bash import NEW, OLD, OLDER, PLATFORM, Bash, back, boot_id, reboot, sonic

pytestmark = pytest.mark.slow  # by hand what the matrices of the platforms go through with the driver

if TYPE_CHECKING:
    from lcm_nornir.simulator import Fleet, SimulatedImage
    from tests.simulator.conftest import StartsFleets

MORE = (
    "hang:show boot",
    "late-return:3",
)


@pytest.fixture(scope="module")
def fleet(start: StartsFleets) -> Fleet:
    return start(*fault_fleet(PLATFORM, *MORE), speed=600.0)


def test_a_fault_of_another_platform_is_an_error_at_the_start(start: StartsFleets) -> None:
    with pytest.raises(SimulatorError, match="the fault mute is of cisco_xe, dell_os10 only, not of edgecore_sonic"):
        start(sonic("leaf1", "mute"))
    with pytest.raises(SimulatorError, match="the fault sudo-password is of edgecore_sonic only, not of dell_os10"):
        start(SwitchSpec("leaf1", faults=("sudo-password",)))
    with pytest.raises(SimulatorError, match="unknown platform 'acme'"):
        start(SwitchSpec("leaf1", platform="acme"))


def test_F04_another_identity(fleet: Fleet) -> None:
    for case in ("wrong-serial", "wrong-serial:model", "no-serial"):
        switch = fleet.switch(case)
        with Bash(switch) as bash:
            shown = bash.run("show platform summary")
            assert f"Serial Number: {switch.serial}\n" not in shown
            assert (f"Model Number: {switch.model}\n" in shown) == (case != "wrong-serial:model")


def test_F05_F06_F07_versions(fleet: Fleet) -> None:
    for case, running, other in (
        ("already-target", NEW, OLDER),
        ("newer-than-target", "209911.9-0a1b2c3d4", OLDER),
        ("target-in-standby", OLD, NEW),
    ):
        with Bash(fleet.switch(case)) as bash:
            menu = f"Current: SONiC-OS-{running}\nNext: SONiC-OS-{running}\nAvailable: \n"
            assert bash.run("show boot") == f"{menu}SONiC-OS-{running}\nSONiC-OS-{other}"


def test_F10_somebody_elses_work(fleet: Fleet) -> None:
    for case, pattern in (
        ("busy-installer", "sonic-installer install"),
        ("busy-installer:download", "curl .*-o /host"),
    ):
        with Bash(fleet.switch(case)) as bash:
            assert re.search(pattern, bash.run(f'pgrep -af "{pattern}"'))


def test_F11_garbled_hanging_and_slow(fleet: Fleet) -> None:
    with Bash(fleet.switch("garbled")) as bash:
        assert bash.status("show version")[1] == 139
        assert bash.status("show boot")[1] == 0
    with Bash(fleet.switch("garbled:show-boot")) as bash:
        assert bash.status("show boot")[1] == 139
    with Bash(fleet.switch("hang:show-boot")) as bash:
        bash.type("show boot\n")
        assert bash.until("show boot\n$")
        bash.channel.settimeout(0.3)
        with pytest.raises(TimeoutError):
            bash.until(r"\$ $")
    with Bash(fleet.switch("slow-answers")) as bash:
        began = time.monotonic()
        assert bash.run("echo yes") == "yes"
        assert time.monotonic() - began >= 20 / 600


def test_F12_F13_F16_no_way_in(fleet: Fleet) -> None:
    with pytest.raises(ConnectionRefusedError):
        Bash(fleet.switch("refused"))
    for _ in range(4):  # and no lock-out
        with pytest.raises(paramiko.AuthenticationException):
            Bash(fleet.switch("wrong-password"))
    limited = fleet.switch("session-limit")
    with Bash(limited), Bash(limited), pytest.raises((paramiko.SSHException, OSError, EOFError)):
        Bash(limited)


def test_F17_noise(fleet: Fleet) -> None:
    with Bash(fleet.switch("noisy")) as bash:
        assert len(bash.banner) > 65_536
        said = bash.run("echo one; echo two; echo three").split("\n")
        assert len(said) == 4
        assert len([line for line in said if "WARNING pmon#xcvrd" in line]) == 1


NO_DOWNLOAD = {
    "dns": 6,
    "connection-refused": 7,
    "no-route": 7,
    "tls": 35,
    "http-401": 22,
    "http-403": 22,
    "http-404": 22,
    "reset": 56,
    "disk-fills": 23,
}


@pytest.mark.parametrize(("case", "status"), NO_DOWNLOAD.items())
def test_F20_F22_F24_downloads_that_fail(fleet: Fleet, image: SimulatedImage, case: str, status: int) -> None:
    with Bash(fleet.switch(case)) as bash:
        text, found = bash.status(f"sudo curl -fsS -o /host/F {image.url}")
        assert found == status, text
        present = bash.status("test -s /host/F")[1] == 0
        assert present == (case in {"reset", "disk-fills"})
        text, found = bash.status(f"sudo sonic-installer install -y {image.url}")
        assert found == 1
        probed = case not in {"reset", "disk-fills"}
        assert ("Did not receive a response from remote machine. Aborting...\nAborted!" in text) == probed or not probed
        assert NEW not in bash.run("show boot")
    assert fleet.effects(case, "install_started") == []


def test_F21_F23_downloads_that_stand_still_or_are_slow(fleet: Fleet, image: SimulatedImage) -> None:
    for case, percent in (("server-hang", 0), ("stall", 40)):
        with Bash(fleet.switch(case)) as bash:
            assert bash.status(f"sudo curl -fsS --max-time 0.8 -o /host/F {image.url}")[1] == 28
            assert bash.run("stat -c %s /host/F") == str(image.size * percent // 100)
    with Bash(fleet.switch("slow:3")) as bash:
        bash.run(f"sudo curl -fsS -o /host/F {image.url} &")
        seen = [int(bash.run("stat -c %s /host/F 2>/dev/null || echo 0")) for _ in range(5)]
        bash.run("wait")
        assert seen == sorted(seen)
        assert bash.run("stat -c %s /host/F") == str(image.size)


@pytest.mark.parametrize("case", ["truncated", "bit-flip", "html-page", "other-file"])
def test_F25_damaged_files(fleet: Fleet, image: SimulatedImage, case: str) -> None:
    with Bash(fleet.switch(case)) as bash:
        assert bash.status(f"sudo curl -fsS -o /host/F {image.url}")[1] == 0
        assert not bash.run("sha256sum /host/F").startswith(image.sha256)
        text, status = bash.status("sudo sonic-installer install -y /host/F")
        assert status == 1
        said = "archive checksum" if case in {"truncated", "bit-flip"} else "not a valid SONiC image file"
        assert said in text
        assert NEW not in bash.run("show boot")


def installed(bash: Bash, image: SimulatedImage) -> tuple[str, int]:
    text, status = bash.status(f"sudo sonic-installer install -y {image.url}")
    return plain(text), status


def test_F26_F28_F29_F30_installs_that_fail(fleet: Fleet, image: SimulatedImage) -> None:
    partial = f"Delete partial installed image: SONiC-OS-{NEW}"
    for case, said, status in (
        (
            "wrong-platform",
            f"Image file '{image.url}' is of a different platform ASIC type than running platform's.",
            1,
        ),
        ("bad-signature", "Error: Failed verify image signature\nAborted!", 1),
        ("extract-failed", f"Image install failed with exception: 2\n{partial}", 2),
        ("install-failed", f"Image install failed with exception: 1\n{partial}", 1),
        ("install-false-success", "Done", 0),
    ):
        with Bash(fleet.switch(case)) as bash:
            text, found = installed(bash, image)
            assert (said in text, found) == (True, status), text
            assert f"Next: SONiC-OS-{OLD}\n" in bash.run("show boot")
            assert bash.status(f"ls -d /host/image-{NEW}")[1] == 2


def test_F28_a_full_disk_and_a_success_that_is_none(fleet: Fleet, image: SimulatedImage) -> None:
    switch = fleet.switch("disk-full-unpacking")
    with Bash(switch) as bash:
        text, status = installed(bash, image)
        assert re.search(r"(?m)^tar: \S+: Cannot mkdir: No space left on device$", text)
        assert ("successfully" in text, status) == (True, 0)
        assert f"Next: SONiC-OS-{NEW}\n" in bash.run("show boot")
        assert bash.run("df -BM --output=avail /host").split() == ["Avail", "0M"]
        sizes = bash.run(f"stat -c %s /host/image-{NEW}/boot/initrd* /host/image-{OLD}/boot/initrd*").split("\n")
        assert int(sizes[0]) < int(sizes[1])
        assert bash.status("sudo sonic-installer verify-next-image")[1] == 0
        reboot(bash)
    time.sleep(1.0)  # far longer than a reboot takes
    with pytest.raises(OSError, match="refused"):
        Bash(switch)


def test_F36_F65_the_next_boot(fleet: Fleet, image: SimulatedImage) -> None:
    with Bash(fleet.switch("set-boot-ignored")) as bash:
        installed(bash, image)
        assert bash.status(f"sudo sonic-installer set-default SONiC-OS-{NEW}")[1] == 0
        assert f"Next: SONiC-OS-{OLD}\n" in bash.run("show boot")
    with Bash(fleet.switch("set-boot-refused")) as bash:
        refused = ("Error: Failed to set image as default\nAborted!", 1)
        assert bash.status(f"sudo sonic-installer set-default SONiC-OS-{OLDER}") == refused
    for case, status in (("set-boot-ignored:active", 0), ("set-boot-refused:active", 1)):
        with Bash(fleet.switch(case)) as bash:
            assert bash.status(f"sudo sonic-installer set-default SONiC-OS-{OLDER}")[1] == 0
            assert bash.status(f"sudo sonic-installer set-default SONiC-OS-{OLD}")[1] == status
            assert f"Next: SONiC-OS-{OLDER}\n" in bash.run("show boot")


def test_F65_F37_saving_and_what_somebody_else_changes(fleet: Fleet, image: SimulatedImage) -> None:
    with Bash(fleet.switch("save-refused")) as bash:
        assert bash.status("sudo config save -y")[1] != 0
    with Bash(fleet.switch("changed-after-install")) as bash:
        assert installed(bash, image)[1] == 0
        running = json.loads(bash.run("sonic-cfggen -d --print-data"))
        saved = json.loads(bash.run("cat /etc/sonic/config_db.json"))
        assert {key for key in running if running[key] != saved.get(key)} == {"NTP_SERVER"}


def test_F43_the_next_image_is_bad(fleet: Fleet) -> None:
    with Bash(fleet.switch("next-image-bad")) as bash:
        assert bash.status("sudo sonic-installer verify-next-image") == ("Image verification failed", 1)
        text, status = bash.status("sudo reboot")
        assert text.endswith("Failed to verify next image: Image verification failed")
        assert status == 21
    assert fleet.effects("next-image-bad", "reload") == []


def reloaded(fleet: Fleet, case: str, target: str = OLDER) -> Bash:
    switch = fleet.switch(case)
    with Bash(switch) as bash:
        before = boot_id(bash)
        bash.run(f"sudo sonic-installer set-default SONiC-OS-{target}")
        reboot(bash)
    return back(switch, before)


def test_F41_F43_F48_F49_coming_back(fleet: Fleet) -> None:
    for case, following in (("old-version", OLD), ("old-version:next-stays", OLDER)):
        with reloaded(fleet, case) as bash:
            assert bash.run("show boot").startswith(f"Current: SONiC-OS-{OLD}\nNext: SONiC-OS-{following}\n")
    with reloaded(fleet, "new-host-key") as bash:
        assert bash.host_key == fleet.switch("new-host-key").next_host_key
    for case in ("fast-reboot", "fast-reboot:open", "late-return:3", "not-ready", "wrong-clock"):
        with reloaded(fleet, case) as bash:
            assert bash.run("show boot").startswith(f"Current: SONiC-OS-{OLDER}\n")
    with reloaded(fleet, "lost-configuration") as bash:
        assert "SYSLOG_SERVER" not in json.loads(bash.run("sonic-cfggen -d --print-data"))
    with reloaded(fleet, "lost-links") as bash:
        assert bash.run("show lldp table").endswith("Total entries displayed:  2")
        assert bash.run("show interfaces status | grep -c ' up  *up '") == "2"
        assert bash.run("show ip bgp summary").count("Active") == 2


def test_F40_F39_a_reload_that_is_late_or_never(fleet: Fleet) -> None:
    for case in ("reload-never", "slow-down"):
        with Bash(fleet.switch(case)) as bash:
            before = boot_id(bash)
            assert bash.status("sudo reboot")[1] == 0
            time.sleep(0.3)
            assert boot_id(bash) == before


def test_F44_not_ready_yet(start: StartsFleets) -> None:
    fleet = start(sonic("leaf1", "not-ready:30"), images=None, speed=600.0)
    switch = fleet.switches[0]
    with Bash(switch) as bash:
        reboot(bash)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            with Bash(switch) as bash:
                said = bash.run("show system-health sysready-status brief")
                assert said == "System is not ready - one or more services are not up"
                assert bash.status("sonic-cfggen -d --print-data")[1] == 1
                return
        except (OSError, EOFError, paramiko.SSHException):
            time.sleep(0.05)
    pytest.fail("nobody was let in before the switch was ready")


def test_F56_an_install_that_never_ends(fleet: Fleet, image: SimulatedImage) -> None:
    with Bash(fleet.switch("stuck")) as bash:
        bash.run(f"sudo curl -fsS -o /host/F {image.url}")
        bash.run("sudo sh -c 'setsid sonic-installer install -y /host/F > /tmp/log 2>&1 < /dev/null' &")
        bash.wait_for("cat /tmp/log", "Command: bash /host/F")
        time.sleep(0.3)
        assert bash.status('pgrep -f "sonic-installer instal[l]"')[1] == 0
