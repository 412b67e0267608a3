"""Dialogues, held commands and lost sessions: what a person meets who does not only follow the smooth path."""

from __future__ import annotations

import io
import re
import time
from typing import TYPE_CHECKING

import paramiko
import pytest
from scp import SCPClient, SCPException

from tests.simulator.console import plain
from tests.typed import file_of_install, form_of, only_reads

from .nexus import CONFIRM, NEW, NEW_FILE, OLD_FILE, OLDER_FILE, Nexus, back, nexus

if TYPE_CHECKING:
    from lcm_nornir.simulator import Fleet, SimulatedImage
    from tests.simulator.conftest import StartsFleets

BUSY = "Another install procedure may be in progress. (0x401E0007)"


@pytest.fixture(scope="module")
def fleet(start: StartsFleets) -> Fleet:
    names = ("scp", "sftp", "vrf", "ctrl-c", "gone", "no", "twice", "follow", "lost", "keys", "push", "files", "noask")
    return start(*map(nexus, names), nexus("two-blanks", variant=2), speed=100.0)


@pytest.fixture(scope="module")
def image(fleet: Fleet) -> SimulatedImage:
    return fleet.images["cisco_nxos"]


def kinds(fleet: Fleet, name: str) -> list[str]:
    return [entry["kind"] for entry in fleet.effects(name)]


def test_scp_asks_for_vrf_host_key_and_password_and_exchanges_keys_in_the_middle(
    fleet: Fleet, image: SimulatedImage
) -> None:
    url = image.url.replace("http://", "scp://admin@")
    with Nexus(fleet.switch("scp")) as console:
        console.ask(f"copy {url} bootflash:F.bin", r"Enter vrf \(If no input, current vrf 'default' is considered\): $")
        console.ask("management", r"\(yes/no\S*\)\? $")
        assert console.ask("yes", "Password:$").startswith("yes\nOutbound-ReKey for 127.")
        console.type("secret\n")
        shown = console.until(r"\nscp# $")
        assert "secret" not in shown
        assert re.search(r"\rF\.bin +\d+% +\d+KB +[\d.]+MB/s   \d\d:\d\d ETAOutbound-ReKey for \S+:22\nInbound", shown)
        assert re.search(r"\nF\.bin +100% .*\nCopy complete, now", plain(shown)), shown
        assert console.run("show file bootflash:F.bin sha256sum") == image.sha256
        console.run("terminal dont-ask")
        console.ask(f"copy {url} bootflash:F.bin vrf management", "Password:$")  # the host is known, nobody asks
        console.type("secret\n")
        console.until(r"\nCopy complete\.\nscp# $")


def test_sftp_shows_its_own_prompts(fleet: Fleet, image: SimulatedImage) -> None:
    url = image.url.replace("http://", "sftp://")
    with Nexus(fleet.switch("sftp")) as console:
        console.ask(f"copy {url} bootflash: vrf management", r"\(yes/no\S*\)\? $")
        console.ask("yes", "Enter username: $")
        console.ask("root", r"root@\S+'s password:$")
        console.type("secret\n")
        shown = console.until(r"\nsftp# $")
        assert f"sftp> get   /{NEW_FILE}  /bootflash/{NEW_FILE}\nFetching /{NEW_FILE} to " in shown
        assert shown.endswith("Copy complete.\nsftp# ")


def test_the_wrong_vrf_has_no_way_to_the_server(fleet: Fleet, image: SimulatedImage) -> None:
    with Nexus(fleet.switch("vrf")) as console:
        console.ask(f"copy {image.url} bootflash:", "considered\\): $")
        assert "Copy complete" not in console.ask("", r"\nvrf# $")
        assert NEW_FILE not in console.run("dir bootflash:")


def test_ctrl_c_ends_a_copy_whose_partial_file_stays(fleet: Fleet, image: SimulatedImage) -> None:
    with Nexus(fleet.switch("ctrl-c")) as console, Nexus(fleet.switch("ctrl-c")) as other:
        console.ask(f"copy {image.url} bootflash: vrf management", r"\r +[1-9]\d* .*$")
        assert re.search(rf"(?m)^ +\d+ .* {NEW_FILE}$", other.run("dir bootflash:"))  # it grows meanwhile
        console.type("\x03")
        console.until(r"\^C\nctrl-c# $")
        size = int(console.run(f"dir bootflash:{NEW_FILE}").split()[0])
        assert 0 < size < image.size
        assert kinds(fleet, "ctrl-c") == ["download_started", "download_failed"]
        assert console.ask(f"copy {image.url} bootflash: vrf management", r"\[n\] $")
        console.ask("n", r"\nctrl-c# $")


def test_a_copy_ends_with_its_session(fleet: Fleet, image: SimulatedImage) -> None:
    with Nexus(fleet.switch("gone")) as console:
        console.ask(f"copy {image.url} bootflash: vrf management", r"\r +[1-9]\d* .*$")
    with Nexus(fleet.switch("gone")) as console:
        deadline = time.monotonic() + 5
        while "download_failed" not in kinds(fleet, "gone"):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert NEW_FILE in console.run("dir bootflash:")


def test_an_install_that_is_declined_changes_nothing(fleet: Fleet) -> None:
    with Nexus(fleet.switch("no")) as console:
        console.ask(f"install all nxos bootflash:{OLDER_FILE}", CONFIRM)
        assert console.ask("n", r"\nno# $") == "n\nno# "
        assert console.next_boot == OLD_FILE
        time.sleep(0.15)  # the next one is refused for a while
        console.ask(f"install all nxos bootflash:{OLDER_FILE}", "Verifying image")
        console.type("\x03")
        console.until(r"\^C\nno# $")
    assert [entry["cause"] for entry in fleet.effects("no", "install_failed")] == ["declined", "declined"]


def test_a_second_install_is_refused_while_one_runs_and_just_after(fleet: Fleet) -> None:
    line = f"install all nxos bootflash:{OLDER_FILE}"
    with Nexus(fleet.switch("twice")) as console, Nexus(fleet.switch("twice")) as other:
        console.ask(line, CONFIRM)
        assert other.run(line) == BUSY
        assert other.run(f"show install all impact nxos bootflash:{OLDER_FILE}") == BUSY
        console.ask("n", r"\ntwice# $")
        assert other.run(line) == BUSY
    with Nexus(fleet.switch("two-blanks")) as console, Nexus(fleet.switch("two-blanks")) as other:
        console.ask(line, CONFIRM)
        assert other.run(line) == BUSY.replace("may be", "may  be")


def test_the_status_of_a_running_install_stays_until_ctrl_c(fleet: Fleet) -> None:
    with Nexus(fleet.switch("follow")) as console, Nexus(fleet.switch("follow")) as other:
        console.ask(f"install all nxos bootflash:{OLDER_FILE}", CONFIRM)
        shown = other.ask("show install all status", "Notifying services about system upgrade.\n -- SUCCESS <.*>\n\n$")
        assert "There is an on-going installation...\nEnter Ctrl-C to go back to the prompt.\n" in shown
        name = re.escape(OLDER_FILE)
        verified = (
            rf' Verifying image bootflash:/{name} for boot variable "nxos"\.\n -- SUCCESS <\w+ \w+ +\d+ [\d:]+>\n'
        )
        assert re.search(rf"<\w+ \w+ +\d+ [\d:]+>\n{verified}", shown)
        other.type("\x03")
        other.until(r"\^C\nfollow# $")
        assert "Device name" in other.run("show version")


def test_an_install_goes_on_without_the_session_that_confirmed_it(fleet: Fleet) -> None:
    switch = fleet.switch("lost")
    with Nexus(switch) as console:
        reset = console.reset
        console.ask(f"install all nxos bootflash:{OLDER_FILE}", CONFIRM)
        console.ask("y", "Install is in progress")
        console.type("\x03")  # too late
    with back(switch, reset) as console:
        assert "NXOS: version 10.2(4)" in console.run("show version")
    assert kinds(fleet, "lost").count("install_started") == kinds(fleet, "lost").count("install_done") == 1


def test_dont_ask_is_of_one_session(fleet: Fleet) -> None:
    switch = fleet.switch("noask")
    with Nexus(switch) as console, Nexus(switch) as other:
        reset = console.reset
        console.run("terminal dont-ask")
        assert console.run(f"delete bootflash:{OLDER_FILE}") == ""
        other.ask("reload", r"This command will reboot the system\. \(y/n\)\?  \[n\] $")
        other.ask("", r"\nnoask# $")
        console.type("reload\n")
        back(switch, reset).transport.close()


def test_question_marks_paging_marks_and_contexts(fleet: Fleet) -> None:
    with Nexus(fleet.switch("keys"), rows=10) as console:
        console.type("show ?")
        assert console.until("keys# show $").count("show ") == 2
        console.type("cl?ock\n")
        assert re.search(
            r"keys# show clock\n\d\d:\d\d:\d\d\.\d{3} UTC \w+ \w+ \d\d \d{4}\n", console.until(r"\nkeys# $")
        )
        assert "--More--" in console.ask("show version", "--More--$")
        console.type("q")
        console.until("keys# $")
        console.run("terminal length 0")
        console.run("terminal width 511")
        for wrong in ("show nothing", "show version | include (", "show version | exclude [", "show version | include"):
            assert re.search(r"(?m)^ +\^\n% Invalid command at '\^' marker\.$", console.run(wrong)), wrong
        assert console.ask("configure terminal", r"\(config\)# $")
        assert console.ask("interface Ethernet1/5", r"\nkeys\(config-if\)# $")
        console.ask("description five", r"\(config-if\)# $")
        assert "Device name: keys" in console.run("show version")  # exec commands work here too
        assert console.ask("end", r"\nkeys# $")
        assert "\n+ interface Ethernet1/5\n+   description five\n" in console.run("show running-config diff")
        console.save()
        assert console.run("show running-config diff") == ""


def test_no_boot_variable_no_way_back(fleet: Fleet) -> None:
    with Nexus(fleet.switch("files")) as console:
        assert "on next reload" in console.run("show boot")
        assert console.run("delete bootflash:nothing no-prompt") != ""
        assert console.run("show file bootflash:nothing sha256sum") != ""
        console.ask(f"delete bootflash:{OLDER_FILE}", r"\[y\] $")
        console.ask("n", r"\nfiles# $")
        assert OLDER_FILE in console.run("dir bootflash:")
        assert console.run(f"delete bootflash:{OLDER_FILE} no-prompt") == ""
        assert OLDER_FILE not in console.run("dir bootflash:")
        before = console.run("dir bootflash: | include free").split()[0]
        assert int(before) > 13 * 10**9
        console.run("configure terminal")
        console.run("no boot nxos")
        console.run("end")
        assert "NXOS variable not set" in console.run("show boot")


def test_scp_into_the_bootflash_needs_the_feature(fleet: Fleet) -> None:
    content = io.BytesIO(b"x" * 1000)
    with Nexus(fleet.switch("push")) as console:
        with SCPClient(console.transport) as client, pytest.raises((SCPException, paramiko.SSHException)):
            client.putfo(content, "bootflash:pushed.bin")
        console.run("configure terminal")
        console.run("feature scp-server")
        console.run("end")
        content.seek(0)
        with SCPClient(console.transport) as client:
            client.putfo(content, "bootflash:pushed.bin", size=1000)
        assert console.run("dir bootflash:pushed.bin").split()[0] == "1000"
    assert kinds(fleet, "push") == ["configured", "pushed"]


def test_the_checker_knows_what_is_typed() -> None:
    changing = {
        f"copy http://192.0.2.1/{NEW_FILE} bootflash:{NEW_FILE} vrf management": "copy",
        f"install all nxos bootflash:{NEW_FILE}": "activate",
        f"boot nxos bootflash:/{NEW_FILE}": "set_next_boot",
        "copy running-config startup-config": "save_config",
        "reload": "reload",
        f"delete bootflash:{NEW_FILE} no-prompt": "delete",
    }
    for line, command in changing.items():
        form = form_of(line)
        assert form is not None
        assert command in form.commands
    assert file_of_install(f"install all nxos bootflash:{NEW_FILE}") == NEW_FILE
    assert only_reads("terminal dont-ask")
    assert only_reads("show install all status")


def test_another_file_name_is_no_way_to_another_version(fleet: Fleet, image: SimulatedImage) -> None:
    with Nexus(fleet.switch("files")) as console:
        console.run(f"copy {image.url} bootflash:any.name vrf management")
        said = plain(console.run("show install all impact nxos bootflash:any.name"))
        assert f"{NEW:>20}   yes" in said
