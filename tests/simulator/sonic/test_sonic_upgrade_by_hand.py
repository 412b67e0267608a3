"""A SONiC switch is upgraded by hand, step by step as section 3.2 of the behaviour document has them, and back."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from .bash import NEW, OLD, OLDER, Bash, back, boot_id, reboot, sonic

if TYPE_CHECKING:
    from tests.simulator.conftest import StartsFleets

STATE = {"running", "standby", "images", "default", "once", "next_boot", "unsaved", "boot_id"}


def test_the_whole_way_and_back(start: StartsFleets) -> None:  # noqa: PLR0915 - it is a long way
    fleet = start(sonic("leaf1", unsaved=True), sonic("leaf2"), seed=7)
    switch, image = fleet.switches[0], fleet.image
    assert image is not None
    assert image.version == NEW
    file = f"/host/{image.file_name}"
    with Bash(switch) as bash:
        assert bash.host_key == switch.host_key
        before = boot_id(bash)
        shown = bash.run("show version")
        assert f"SONiC Software Version: SONiC.{OLD}\n" in shown
        assert f"Serial Number: {switch.serial}\n" in shown
        assert bash.run("show boot") == bash.run("sudo sonic-installer list")
        assert re.fullmatch(r"Avail\n\d+M", bash.run("df -BM --output=avail /host"))
        assert bash.status(f"sudo curl -fsSL -o {file} {image.url}") == ("", 0)
        assert bash.run(f"sha256sum {file}") == f"{image.sha256}  {file}"
        assert bash.run(f"sudo sonic-installer binary-version {file}") == f"SONiC-OS-{NEW}"
        installed, status = bash.status(f"sudo sonic-installer install -y {file}")
        assert status == 0
        assert installed.endswith("\nDone")
        assert f"Removing old SONiC installation /host/image-{OLDER}\n" in installed
        menu = bash.run("sudo sonic-installer list")
        assert f"Current: SONiC-OS-{OLD}\nNext: SONiC-OS-{NEW}\n" in menu
        assert f"SONiC-OS-{OLDER}" not in menu
        assert bash.status("sudo sonic-installer verify-next-image") == ("Image successfully verified", 0)
        sizes = bash.run(f"stat -c %s /host/image-{NEW}/boot/* /host/image-{OLD}/boot/*").split("\n")
        assert sizes[:2] == sizes[2:]
        running = json.loads(bash.run("sonic-cfggen -d --print-data"))
        assert running != json.loads(bash.run("cat /etc/sonic/config_db.json"))
        assert bash.status("sudo config save -y")[1] == 0
        assert running == json.loads(bash.run("cat /etc/sonic/config_db.json"))
        reboot(bash)
    with back(switch, before) as bash:
        assert f"SONiC Software Version: SONiC.{NEW}\n" in bash.run("show version")
        assert f"Current: SONiC-OS-{NEW}\nNext: SONiC-OS-{NEW}\n" in bash.run("show boot")
        assert bash.run("show reboot-cause").startswith("User issued 'reboot' command [User: admin, Time: ")
        after = json.loads(bash.run("show runningconfiguration all"))
        assert after.pop("bgpraw").startswith("frr version")
        assert {key for key in running if after[key] != running[key]} == {"VERSIONS"}
        assert bash.run("ls /tmp /run") == "/run:\n\n/tmp:"
        second = boot_id(bash)
        assert bash.status(f"sudo sonic-installer set-default SONiC-OS-{OLD}")[1] == 0
        reboot(bash)
    with back(switch, second) as bash:
        assert f"SONiC.{OLD}\n" in bash.run("show version")

    kinds = [entry["kind"] for entry in fleet.effects("leaf1")]
    upgraded = ["download_started", "download_done", "install_started", "deleted", "set_default", "set_boot"]
    upgraded += ["install_done", "saved", "reload", "booted"]
    assert kinds == [*upgraded, "set_default", "set_boot", "reload", "booted"]
    assert all(entry["state"].keys() == STATE for entry in fleet.effects("leaf1"))
    assert fleet.effects("leaf1", "set_boot")[0]["which"] == "default"
    lines = [entry["line"] for entry in fleet.log("leaf1") if entry["event"] == "command" and entry["session"] == 1]
    assert lines[0] == "cat /proc/sys/kernel/random/boot_id"
    assert lines[-1] == "sudo reboot"
    assert fleet.effects("leaf2") == []


def test_a_boot_that_is_chosen_for_once(start: StartsFleets) -> None:
    fleet = start(sonic("leaf1"), images=None)
    switch = fleet.switches[0]
    with Bash(switch) as bash:
        before = boot_id(bash)
        assert bash.status(f"sudo sonic-installer set-next-boot SONiC-OS-{OLDER}")[1] == 0
        assert f"Next: SONiC-OS-{OLDER}\n" in bash.run("show boot")
        assert bash.status(f"sudo sonic-installer set-default SONiC-OS-{OLD}")[1] == 0
        assert f"Next: SONiC-OS-{OLDER}\n" in bash.run("show boot")
        reboot(bash)
    with back(switch, before) as bash:
        assert f"Current: SONiC-OS-{OLDER}\nNext: SONiC-OS-{OLD}\n" in bash.run("show boot")
    assert [effect["which"] for effect in fleet.effects("leaf1", "set_boot")] == ["next_boot", "default"]
