"""The screens are the recorded ones, but for values; what the document leaves open differs from variant to variant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import paramiko
import pytest
from scp import SCPClient, SCPException

from .ios import CONFIRM, NEW, OLD, PROCEED, Ios, back, restarted, xe

if TYPE_CHECKING:
    from pathlib import Path

    from lcm_nornir.simulator import Fleet, SimulatedImage, SimulatedSwitch
    from tests.simulator.conftest import StartsFleets

SHOW_BOOT = """\
---------------------------
Switch 1
---------------------------
Current Boot Variables:
BOOT variable = flash:packages.conf;

Boot Variables on next reload:
BOOT variable = flash:packages.conf;
Manual Boot = no
Enable Break = yes
Boot Mode = DEVICE
iPXE Timeout = 0"""
SUMMARY = """\
[ R0 ] Installed Package(s) Information:
State (St): I - Inactive, U - Activated & Uncommitted,
            C - Activated & Committed, D - Deactivated & Uncommitted
--------------------------------------------------------------------------------
Type  St   Filename/Version
--------------------------------------------------------------------------------
IMG   C    17.06.05.0.#

--------------------------------------------------------------------------------
Auto abort timer: inactive
--------------------------------------------------------------------------------"""
ONE_SHOT = """\
install_add_activate_commit: START <date>
install_add: START <date>
install_add: Adding IMG
--- Starting initial file syncing ---
Copying bootflash:<file> from  R0 to  R0
Info: Finished copying to the selected\x20
Finished initial file syncing

--- Starting Add ---
Performing Add on all members
Checking status of Add on [R0]
Add: Passed on [R0]
Image added. Version: 17.09.04a.0.#

Finished Add

install_activate: START <date>
install_activate: Activating IMG
Following packages shall be activated:
<packages>

This operation may require a reload of the system. Do you want to proceed? [y/n]y

--- Starting Activate ---
Performing Activate on all members
 [1] Activate package(s) on  R0
 [1] Finished Activate on  R0
Checking status of Activate on [R0]
Activate: Passed on [R0]
Finished Activate

--- Starting Commit ---
Performing Commit on all members
 [1] Commit package(s) on  R0
 [1] Finished Commit on  R0
Checking status of Commit on [R0]
Commit: Passed on [R0]
Finished Commit operation

SUCCESS: install_add_activate_commit <date>

"""


def shape(text: str, image: SimulatedImage) -> str:
    """Take the values out: dates, the file's name, the packages, the build."""
    text = re.sub(r"\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4}", "<date>", text.replace(image.file_name, "<file>"))
    text = re.sub(r"(?m)^/flash/cat9k.*\.pkg\n(/flash/cat9k.*\.pkg\n)*", "<packages>\n", text)
    return re.sub(r"(17\.\d\d\.\w+\.0\.)\d+", r"\1#", text)


@pytest.fixture(scope="module")
def fleet(start: StartsFleets) -> Fleet:
    variants = (xe(f"variant{number}", variant=number) for number in range(5))
    return start(
        *variants,
        xe("one-shot", variant=1),
        xe("drops", variant=2),
        xe("asks", variant=4, unsaved=True),
        xe("stack", members=3, serial="FCW2233G0AB"),
        xe("plain"),
        xe("push"),
        xe("low", "user-exec"),
    )


def test_show_boot_and_summary(fleet: Fleet) -> None:
    assert fleet.image is not None
    with Ios(fleet.switch("variant0")) as console:
        assert console.run("show boot") == SHOW_BOOT
    with Ios(fleet.switch("variant1")) as console:
        assert shape(console.run("show install summary"), fleet.image).rstrip("\n") == SUMMARY


def test_one_shot_with_its_question(fleet: Fleet) -> None:
    image = fleet.image
    assert image is not None
    with Ios(fleet.switch("one-shot")) as console:
        before = restarted(console)
        console.pull(image.url)
        line = f"install add file flash:{image.file_name} activate commit"
        said = console.ask(line, PROCEED) + console.ask("y")
        assert shape(said.removeprefix(line + "\n").rpartition("\n")[0] + "\n", image) == ONE_SHOT
    back(fleet.switch("one-shot"), before).transport.close()


def test_a_session_that_ends_without_a_prompt(fleet: Fleet) -> None:
    image = fleet.image
    assert image is not None
    switch = fleet.switch("drops")
    with Ios(switch) as console:
        before = restarted(console)
        console.pull(image.url)
        console.run(f"install add file flash:{image.file_name}")
        console.ask("install activate prompt-level none", "SUCCESS: install_activate .*\n\n$")
        with pytest.raises((EOFError, TimeoutError, OSError)):
            console.until(console.prompt)
    with back(switch, before) as console:
        left = re.search(r"time before rollback - (\d\d):", console.run("show install summary"))
        assert left is not None
        assert left[1] == "05"


def test_an_install_that_asks_about_the_configuration(fleet: Fleet) -> None:
    image = fleet.image
    assert image is not None
    line = f"install add file flash:{image.file_name} activate commit"
    with Ios(fleet.switch("asks")) as console:
        console.pull(image.url)
        console.ask(line, r"re-enter the command\. \[y/n/q\]$")
        assert "SUCCESS" not in console.ask("q")
        assert "FAILED: System configuration has been modified." in console.run(f"{line} prompt-level none")
        console.ask(line, r"\[y/n/q\]$")
        console.ask("y", PROCEED)
        console.ask("n")
        assert "!No changes were found" in console.run("show archive config differences")
    assert fleet.effects("asks", "reload") == []


def test_identity_of_boxes_and_of_stacks(fleet: Fleet) -> None:
    with Ios(fleet.switch("variant1")) as console:
        assert console.run("show inventory").startswith(
            'NAME: "Chassis", DESCR: "C9300-48U"\nPID: C9300-48U         , VID'
        )
    with Ios(fleet.switch("stack")) as console:
        rows = re.findall(
            r'NAME: "(.*?)", DESCR: .*\nPID: C9300-48U +, VID: V02  , SN: (\S+)', console.run("show inventory")
        )
        names = [name for name, _serial in rows]
        assert names == ["c93xx Stack", "Switch 1", "Switch 2", "Switch 3"]
        assert rows[0][1] == rows[1][1] == "FCW2233G0AB"
        assert len({serial for _name, serial in rows}) == 3
        assert f"System Serial Number               : {rows[3][1]}" in console.run("show version")
        assert console.run("show boot").count("Manual Boot = no") == 3


def test_configurations_and_their_volatile_lines(fleet: Fleet) -> None:
    with Ios(fleet.switch("plain")) as console:
        assert console.run("show archive config differences nvram:startup-config system:running-config") == (
            "!Contextual Config Diffs:\n!No changes were found"
        )
        console.configure("snmp-server location row 5", "interface TenGigabitEthernet1/0/5", "description new")
        assert "description new" in console.run("show running-config | section TenGigabitEthernet1/0/5")
        assert "+snmp-server location row 5" in console.run("show archive config differences")
        assert "row 5" not in console.run("show startup-config")
        console.ask("copy running-config startup-config", r"Destination filename \[startup-config\]\? $")
        assert "[OK]" in console.ask("")
        assert re.match(r"Using \d+ out of \d+ bytes\n", console.run("show startup-config"))
        running = console.run("show running-config")
        head = r"Building configuration\.\.\.\n\nCurrent configuration : \d+ bytes\n!\n! Last configuration change at "
        assert re.match(head, running)
        assert f"version {'.'.join(str(int(part)) for part in OLD.split('.')[:2])}\n" in running


def test_pages_short_forms_and_errors(fleet: Fleet) -> None:
    with Ios(fleet.switch("plain"), rows=10) as console:
        first = console.ask("show running-config", " --More-- $")
        assert len(first.split("\n")) == 11
        console.type("q")
        assert console.until(console.prompt).startswith("\b")
        assert console.run("term len 0") == ""
        assert "uptime is" in console.run("sh ver | i uptime")
        assert console.run("wr mem") == "Building configuration...\n[OK]"
        assert "% Ambiguous command" in console.run("e")
        assert "% Invalid input detected at '^' marker." in console.run("show nothing")


def test_deletion(fleet: Fleet) -> None:
    image = fleet.image
    assert image is not None
    with Ios(fleet.switch("variant3")) as console:
        for name in ("a.bin", "b.bin"):
            console.pull(image.url, name)
        console.ask(f"copy {image.url} flash:a.bin", r"\? $")
        asked = console.ask("", CONFIRM)
        assert "%Warning:There is a file already existing with this name\nDo you want to over write? [confirm]" in asked
        console.key("n")
        console.ask("delete flash:a.bin", r"Delete filename \[a\.bin\]\? $")
        console.ask("", r"Delete flash:/a\.bin\? \[confirm\]$")
        console.key("\n")
        assert console.run("delete /force flash:b.bin") == ""
        assert "(No such file or directory)" in console.run("delete /force flash:b.bin")
        assert ".bin" not in console.run("dir flash:")
        assert "(No such file or directory)" in console.run("verify /md5 flash:b.bin")
        console.ask("copy scp://admin@192.0.2.9/F.bin flash:", r"\[F\.bin\]\? $")
        console.ask("", "Password: $")
        assert "%Error opening scp://192.0.2.9/F.bin (" in console.ask("secret")
    assert "secret" not in str(fleet.log("variant3"))


def push(switch: SimulatedSwitch, file: Path) -> None:
    transport = paramiko.Transport((switch.host, switch.port))
    try:
        transport.connect(username=switch.username, password=switch.password)
        with SCPClient(transport) as client:
            client.put(str(file), "flash:pushed.bin")
    finally:
        transport.close()


def test_files_are_pushed_where_that_is_allowed(fleet: Fleet, tmp_path: Path) -> None:
    file = tmp_path / "pushed.bin"
    file.write_bytes(b"x" * 70_000)
    with pytest.raises(SCPException, match="Administratively disabled"):
        push(fleet.switch("push"), file)
    with Ios(fleet.switch("push")) as console:
        console.configure("ip scp server enable")
        push(fleet.switch("push"), file)
        assert re.search(r" 70000 .* pushed\.bin", console.run("dir flash:"))
    with pytest.raises(SCPException, match="Privilege denied"):
        push(fleet.switch("low"), file)


def test_the_words_of_a_failure_differ_between_switches(start: StartsFleets) -> None:
    fleet = start(*(xe(f"leaf{number}", "wrong-platform") for number in range(8)), speed=600.0)
    image = fleet.image
    assert image is not None
    said = set()
    for switch in fleet.switches:
        with Ios(switch) as console:
            console.pull(image.url)
            found = re.search(r"FAILED: (.*)\n", console.run(f"install add file flash:{image.file_name}"))
            assert found is not None
            said.add(found[1])
    assert len(said) > 1


def test_the_same_image_again_is_no_error(fleet: Fleet) -> None:
    image = fleet.image
    assert image is not None
    with Ios(fleet.switch("variant4")) as console:
        console.pull(image.url)
        line = f"install add file flash:{image.file_name}"
        assert "install_add: Adding PACKAGE\n" in console.run(line)
        again = console.run(line)
        assert "Add succeed with reason: Same Image File-No Change\nSUCCESS: install_add " in again
        assert f"PKG   I    {NEW}" in console.run("show install summary")
        assert "FAILED: install_abort : Nothing to Abort" in console.run("install abort")
    assert len(fleet.effects("variant4", "install_started")) == 1
