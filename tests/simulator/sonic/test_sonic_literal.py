"""What SONiC's tools print is what the behaviour document records, but for values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lcm_nornir.simulator import ImageServerSpec
from tests.simulator.console import plain

from .bash import NEW, OLD, OLDER, Bash, sonic

if TYPE_CHECKING:
    from lcm_nornir.simulator import Fleet
    from tests.simulator.conftest import StartsFleets

LITERAL = Path(__file__).parents[2] / "literal" / "edgecore_sonic"
NOT_ROOT = "Root privileges required for this operation"
NO_IMAGE = "Image file does not exist or is not a valid SONiC image file\nAborted!"
NO_ANSWER = "Downloading image...\nDid not receive a response from remote machine. Aborting...\nAborted!"


@pytest.fixture(scope="module")
def fleet(start: StartsFleets) -> Fleet:
    return start(
        sonic("leaf1"),
        sonic("listed", running=OLDER, standby="201911.0-2bec3004e"),
        sonic("not-found", "http-404"),
        sonic("html", "html-page"),
        sonic("cut", "truncated"),
        images=ImageServerSpec(),
    )


VALUES = {
    "SONiC-OS-xxxxx": r"SONiC-OS-\S+",
    "image-xxxx": r"image-\S+",
    "x86_64-vs-r0": r"x86_64-\S+",
    "...99%, 980 MB, 1017 KB/s, 0 seconds left...": r"\.\.\.\d+%, \d+ MB, \d+ KB/s, \d+ seconds left\.\.\.",
}


def form(line: str) -> str:
    """Make a pattern of a recorded line: values are open, and three dots stand for any lines."""
    if line == "...":
        return r"(?:.*\n)*?"
    for value, pattern in VALUES.items():
        if value in line:
            before, after = line.split(value)
            return re.escape(before) + pattern + re.escape(after) + "\n"
    return re.escape(line) + "\n"


def test_install_from_a_url(fleet: Fleet) -> None:
    assert fleet.image is not None
    recorded = (LITERAL / "install_from_url.txt").read_text()
    with Bash(fleet.switch("leaf1")) as bash:
        bash.run("sudo sonic-installer cleanup -y")
        bash.type(f"sudo sonic-installer install {fleet.image.url}\n")
        question = bash.until(r"continue\? \[y/N\]: $").partition("\n")[2]
        assert question + "y" == recorded.splitlines()[0]
        text = bash.ask("y")
    pattern = "".join(map(form, recorded.splitlines()[1:]))
    assert re.fullmatch(pattern + r"admin@leaf1:~\$ ", plain(text).removeprefix("y\n")), plain(text)
    assert re.search(r"\r\.\.\.\d+%, \d+ MB, \d+ KB/s, \d+ seconds left\.\.\.\r", text)


def test_list_and_remove(fleet: Fleet) -> None:
    recorded = (LITERAL / "list.txt").read_text()
    with Bash(fleet.switch("listed")) as bash:
        bash.run("sudo sonic-installer set-default SONiC-OS-201911.0-2bec3004e")
        assert bash.run("sudo sonic-installer list") + "\n" == recorded
        removed = bash.run("sudo sonic-installer remove -y SONiC-OS-201911.0-2bec3004e")
        assert removed + "\n" == (LITERAL / "remove.txt").read_text()
        assert bash.run("ls -d /host/image-*") == f"/host/image-{OLDER}"
        assert bash.status(f"sudo sonic-installer remove -y SONiC-OS-{OLDER}") == ("Cannot remove current image", 1)


def test_refusals(fleet: Fleet) -> None:
    nobodys = "sudo sonic-installer {} SONiC-OS-1.2"
    with Bash(fleet.switch("leaf1")) as bash:
        assert bash.status("sonic-installer list") == (NOT_ROOT, 1)
        assert bash.status("reboot") == ("This command must be run as root", 1)
        for command in ("set-default", "set-next-boot"):
            assert bash.status(nobodys.format(command)) == ("Error: Image does not exist\nAborted!", 1)
        assert bash.status("sudo sonic-installer install -y /host/nothing.bin") == (NO_IMAGE, 1)
        assert bash.status("sudo sonic-installer install -y http://127.0.0.1:1/f") == (NO_ANSWER, 1)
        text, status = bash.status("sudo sonic_installer list")
        assert (text.split("\n")[0].startswith("Warning: 'sonic_installer'"), status) == (True, 0)
    assert fleet.image is not None
    with Bash(fleet.switch("not-found")) as bash:
        assert bash.status(f"sudo sonic-installer install -y {fleet.image.url}") == (NO_ANSWER, 1)
    with Bash(fleet.switch("html")) as bash:
        text, status = bash.status(f"sudo sonic-installer install -y {fleet.image.url}")
        assert (text.endswith(NO_IMAGE), status) == (True, 1)
    with Bash(fleet.switch("cut")) as bash:
        text, status = bash.status(f"sudo sonic-installer install -y {fleet.image.url}")
        damaged = r"ERROR: Unable to verify archive checksum\nExpected: [0-9a-f]{40}\nFound   : [0-9a-f]{40}"
        assert (bool(re.search(damaged + "$", text)), status) == (True, 1)


def test_what_is_installed_already(fleet: Fleet) -> None:
    assert fleet.image is not None
    with Bash(fleet.switch("not-found")) as bash:
        bash.run(f"sudo curl -sS -o /tmp/f {fleet.image.url.rpartition('/')[0]}/requests")
        assert bash.run("cat /tmp/f; echo").startswith("{")
    with Bash(fleet.switch("leaf1")) as bash:
        if NEW not in bash.run("show boot"):
            bash.run(f"sudo sonic-installer install -y {fleet.image.url}")
        bash.run(f"sudo sonic-installer set-default SONiC-OS-{OLD}")
        text, status = bash.status(f"sudo sonic-installer install -y {fleet.image.url}")
        assert f"\nImage SONiC-OS-{NEW} is already installed. Setting it as default...\n" in plain(text)
        assert status == 0
        assert f"Next: SONiC-OS-{NEW}\n" in bash.run("show boot")


def test_the_running_version_is_not_installed_again(start: StartsFleets) -> None:
    fleet = start(sonic("leaf1", "already-target"))
    assert fleet.image is not None
    with Bash(fleet.switches[0]) as bash:
        text, status = bash.status(f"sudo sonic-installer install -y {fleet.image.url}")
    said = f"Not installing SONiC version {NEW}, as current running SONiC has the same version"
    assert (plain(text).endswith(said), status) == (True, 0)


def test_identity_and_readiness(fleet: Fleet) -> None:
    switch = fleet.switch("leaf1")
    with Bash(switch) as bash:
        assert re.search(
            rf"(?m)^Serial Number        0x23  +\d+  {switch.serial}$", bash.run("show platform syseeprom")
        )
        summary = bash.run("show platform summary").split("\n")
        assert [line.split(":")[0] for line in summary] == [
            "Platform",
            "HwSKU",
            "ASIC",
            "ASIC Count",
            "Serial Number",
            "Model Number",
            "Hardware Revision",
        ]
        assert bash.run("show system-health sysready-status brief") == "System is ready"
        assert bash.run("show lldp table").endswith("Total entries displayed:  4")
        assert bash.run("show interfaces status").split()[:4] == ["Interface", "Lanes", "Speed", "MTU"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", bash.run("uptime -s"))
        assert bash.run("uptime -p") == bash.run("show uptime")
