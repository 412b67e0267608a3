"""Each fault of the table can be observed from outside, and its neighbours do not notice."""

from __future__ import annotations

import re
import socket
import time
from typing import TYPE_CHECKING

import paramiko
import pytest

from lcm_nornir.simulator import SwitchSpec, faults

from .console import PATIENCE, Console, install, login, reload
from .fault_fleet import fault_fleet

if TYPE_CHECKING:
    from lcm_nornir.simulator import Fleet, SimulatedImage

    from .conftest import StartsFleets


MORE = (
    "late-return:4",
    "stall:30",
    "reset:70",
    "mute:1",
    "download-false-success:0",
    "bad-signature:refused",
    "disk-full-unpacking:claimed",
    "disk-full-unpacking:incomplete",
    "unexpected-question:boot system",
    "wrong-clock:restless",
    "boot-loop:3",
    "ports-delayed:900",
)


@pytest.fixture(scope="module")
def fleet(start: StartsFleets) -> Fleet:
    return start(*fault_fleet("dell_os10", *MORE, serial="5M44SR3"), SwitchSpec("healthy"), speed=600.0)


def boot_id(console: Console) -> str:
    return console.run('system "cat /proc/sys/kernel/random/boot_id"')


def kinds(fleet: Fleet, name: str) -> list[str]:
    return [entry["kind"] for entry in fleet.effects(name)]


def test_every_row_is_found_by_name_and_by_number() -> None:
    assert faults.parse("stall:40")[1] == "40"
    assert faults.parse("F21")[0].name == "server-hang"
    assert faults.parse("f22:99")[0].name == "reset"
    with pytest.raises(faults.FaultError, match="unknown fault 'stahl'"):
        faults.parse("stahl")
    with pytest.raises(faults.FaultError, match="takes no argument"):
        faults.parse("tls:1")
    table = faults.table()
    assert all(f"\n{fault.name} " in table for fault in faults.FAULTS)


def test_healthy_neighbour(fleet: Fleet, image: SimulatedImage) -> None:
    with Console(fleet.switch("healthy")) as console:
        install(console, image.url)


@pytest.mark.parametrize("case", ["wrong-serial", "wrong-serial:model", "no-serial"])
def test_F04_another_identity(fleet: Fleet, case: str) -> None:
    switch = fleet.switch(case)
    with Console(switch) as console:
        row = console.run("show inventory").splitlines()[8]
    assert switch.serial not in row
    assert (switch.model in row) == (case != "wrong-serial:model")
    assert re.search(r" [0-9A-Z]{7}  ", row) is not None or case == "no-serial"


def test_F05_F06_F07_versions(fleet: Fleet, image: SimulatedImage) -> None:
    for name, row in (
        ("already-target", f"[A] {image.version}   [B] 10.5.3.0   [A] active"),
        ("newer-than-target", "[A] 99.1.0.0   [B] 10.5.3.0   [A] active"),
        ("target-in-standby", f"[A] 10.5.4.1   [B] {image.version}   [A] active"),
    ):
        with Console(fleet.switch(name)) as console:
            assert console.run("show boot").endswith(row), name


def test_F08_disk_full_before(fleet: Fleet, image: SimulatedImage) -> None:
    with Console(fleet.switch("disk-full-before")) as console:
        assert console.run('system "df -k /var/os10-image"').splitlines()[1].split()[-3] == "64"
        console.run(f"image download {image.url}")
        assert "Transfer Bytes:        65536 bytes" in console.wait_for("show image status", "Failed")


def test_F10_busy_installer(fleet: Fleet) -> None:
    for name, section in (("busy-installer", "Installation State"), ("busy-installer:download", "File Transfer State")):
        with Console(fleet.switch(name)) as console:
            status = console.run("show image status")
            assert re.search(rf"(?m)^{section}: +(install|download)$", status)
            assert "In progress" in status


def test_F11_garbled_mute_and_without_system(fleet: Fleet) -> None:
    with Console(fleet.switch("garbled")) as console:
        assert "OS Version:" not in console.run("show version")
    with Console(fleet.switch("garbled:show-boot")) as console:
        assert "OS Version:" in console.run("show version")
        assert "Next-Boot" not in console.run("show boot")
    with Console(fleet.switch("no-system")) as console:
        assert "% Error" in console.run('system "uptime -s"')
    with Console(fleet.switch("mute:1")) as console:
        assert "OS Version" in console.run("show version")
        console.type("show version\n")
        console.channel.settimeout(0.2)
        with pytest.raises(TimeoutError):
            console.until("# $")


def test_F12_refused_and_black_hole(fleet: Fleet) -> None:
    with pytest.raises(ConnectionRefusedError):
        Console(fleet.switch("refused"))
    hole = fleet.switch("black-hole")
    with socket.create_connection((hole.host, hole.port), timeout=0.2) as connection, pytest.raises(TimeoutError):
        connection.recv(1)


def test_F13_wrong_password(fleet: Fleet) -> None:
    with pytest.raises(paramiko.AuthenticationException):
        Console(fleet.switch("wrong-password"))
    assert [entry["event"] for entry in fleet.log("wrong-password")].count("auth_failed") == 1


def test_three_wrong_passwords_lock_a_healthy_switch(start: StartsFleets) -> None:
    switch = start(SwitchSpec("leaf1"), images=None, speed=400.0).switches[0]
    for _ in range(3):
        with pytest.raises(paramiko.AuthenticationException):
            Console(switch, password="guess")
    with pytest.raises(paramiko.AuthenticationException):
        Console(switch)
    time.sleep(0.8)
    Console(switch).transport.close()


def test_F16_session_limit_and_slow_login(fleet: Fleet) -> None:
    limited = fleet.switch("session-limit")
    with Console(limited), Console(limited), pytest.raises((paramiko.SSHException, OSError, EOFError)):
        Console(limited)
    began = time.monotonic()
    Console(fleet.switch("slow-login")).transport.close()
    assert time.monotonic() - began > 20 / 600


def test_F19_url_illegal(fleet: Fleet, image: SimulatedImage) -> None:
    with Console(fleet.switch("url-illegal")) as console:
        assert console.run(f"image download {image.url}") == "% Error: Illegal parameter."


FAILED_DOWNLOADS = {
    "dns": 0,
    "connection-refused": 0,
    "no-route": 0,
    "tls": 0,
    "http-401": 0,
    "http-403": 0,
    "http-404": 0,
    "reset": 50,
    "reset:70": 70,
    "disk-fills": 60,
}


@pytest.mark.parametrize(("case", "percent"), FAILED_DOWNLOADS.items())
def test_F20_F22_F24_failed_downloads(fleet: Fleet, image: SimulatedImage, case: str, percent: int) -> None:
    with Console(fleet.switch(case)) as console:
        console.run(f"image download {image.url}")
        status = console.wait_for("show image status", r"State Detail: .*Failed")
        assert not re.search(r"File Transfer State: +(idle|download|transfer-success)\n", status)
        assert f"Transfer Bytes:        {image.size * percent // 100} bytes" in status
        assert "Image Upgrade State:     idle" in status
        assert (image.file_name in console.run("dir image")) == (percent > 0)
        free = console.run('system "df -k /var/os10-image"').splitlines()[1].split()[-3]
        assert (free == "0") == (case == "disk-fills")
    assert kinds(fleet, case) == ["download_started", "download_failed"]


def test_F20_causes_are_told_apart(fleet: Fleet) -> None:
    causes = {case: fleet.effects(case, "download_failed") for case in list(FAILED_DOWNLOADS)[:7]}
    told = {case: effects[0]["cause"] for case, effects in causes.items() if effects}
    assert (
        told.items()
        <= {
            "dns": "dns",
            "connection-refused": "refused",
            "no-route": "unreachable",
            "tls": "tls",
            "http-401": "401",
            "http-403": "403",
            "http-404": "404",
        }.items()
    )


@pytest.mark.parametrize(("case", "percent"), [("server-hang", 0), ("stall", 40), ("stall:30", 30)])
def test_F21_downloads_that_stand_still(fleet: Fleet, image: SimulatedImage, case: str, percent: int) -> None:
    with Console(fleet.switch(case)) as console:
        console.run(f"image download {image.url}")
        expected = f"Transfer Bytes:        {image.size * percent // 100} bytes"
        console.wait_for("show image status", expected)
        time.sleep(0.1)
        status = console.run("show image status")
        assert expected in status
        assert "In progress" in status


def test_F23_slow_downloads_arrive(fleet: Fleet, image: SimulatedImage) -> None:
    began = time.monotonic()
    with Console(fleet.switch("slow:3")) as console:
        console.run(f"image download {image.url}")
        console.wait_for("show image status", "transfer-success")
        assert console.run(f'system "sha256sum /var/os10-image/{image.file_name}"').startswith(image.sha256)
    assert time.monotonic() - began > 0.25


@pytest.mark.parametrize("case", ["truncated", "bit-flip", "html-page", "other-file"])
def test_F25_damaged_images_arrive_and_cannot_be_installed(fleet: Fleet, image: SimulatedImage, case: str) -> None:
    with Console(fleet.switch(case)) as console:
        console.run(f"image download {image.url}")
        console.wait_for("show image status", "transfer-success")
        assert not console.run(f'system "sha256sum /var/os10-image/{image.file_name}"').startswith(image.sha256)
        verified = console.run(f"image verify image://{image.file_name} sha256 signature http://192.0.2.1/F")
        assert verified != "Image verified successfully."
        console.run(f"image install image://{image.file_name}")
        console.wait_for("show image status", r"(?s)Installation State.*State Detail: .*Failed")
        assert "[B] 10.5.3.0" in console.run("show boot")


@pytest.mark.parametrize(("case", "is_verified"), [("wrong-platform", True), ("bad-signature", False)])
def test_F26_the_installers_own_verdict_on_a_file_that_is_as_served(
    fleet: Fleet, image: SimulatedImage, case: str, *, is_verified: bool
) -> None:
    with Console(fleet.switch(case)) as console:
        console.run(f"image download {image.url}")
        console.wait_for("show image status", "transfer-success")
        assert console.run(f'system "sha256sum /var/os10-image/{image.file_name}"').startswith(image.sha256)
        verified = console.run(f"image verify image://{image.file_name} sha256 signature http://192.0.2.1/F")
        assert (verified == "Image verified successfully.") == is_verified
        console.run(f"image install image://{image.file_name}")
        status = console.wait_for("show image status", r"(?s)Installation State.*State Detail: .*Failed")
        assert re.search("platform" if case == "wrong-platform" else "sign", status)
        assert "[B] 10.5.3.0" in console.run("show boot")
    assert fleet.effects(case)[-1]["cause"] == case.split("-")[1]


def test_F26_a_bad_signature_refused_at_once(fleet: Fleet, image: SimulatedImage) -> None:
    with Console(fleet.switch("bad-signature:refused")) as console:
        console.run(f"image download {image.url}")
        console.wait_for("show image status", "transfer-success")
        assert "% Error" in console.run(f"image install image://{image.file_name}")
    assert kinds(fleet, "bad-signature:refused") == ["download_started", "download_done"]


def test_F28_disk_full_while_unpacking(fleet: Fleet, image: SimulatedImage) -> None:
    for case, ending, standby in (
        ("disk-full-unpacking", "Failed", "10.5.3.0"),
        ("disk-full-unpacking:claimed", "Completed: Success", "10.5.3.0"),
        ("disk-full-unpacking:incomplete", "Completed: Success", image.version),
    ):
        with Console(fleet.switch(case)) as console:
            console.run(f"image install {image.url}")
            console.wait_for("show image status", rf"(?s)Installation State.*State Detail: .*{ending}")
            assert f"[B] {standby}" in console.run("show boot"), case
            assert console.run('system "df -k /var/os10-image"').splitlines()[1].split()[-3] == "0"


def test_F28_an_incomplete_partition_does_not_boot(fleet: Fleet, image: SimulatedImage) -> None:
    switch = fleet.switch("disk-full-unpacking:incomplete")
    with Console(switch) as console:
        console.run("boot system standby")
        reload(console)
    with login(switch) as console:
        assert console.run("show boot").endswith(f"[A] 10.5.4.1   [B] {image.version}   [A] active")


@pytest.mark.parametrize(("case", "percent"), [("download-false-success", 60), ("download-false-success:0", 0)])
def test_F34_a_download_that_claims_success(fleet: Fleet, image: SimulatedImage, case: str, percent: int) -> None:
    with Console(fleet.switch(case)) as console:
        console.run(f"image download {image.url}")
        status = console.wait_for("show image status", "transfer-success")
        assert f"Transfer Bytes:        {image.size} bytes" in status
        assert "Completed: No error" in status
        listed = console.run("dir image")
        assert (f"Z   {image.size * percent // 100:<12}  {image.file_name}" in listed) == (percent > 0)
        assert (image.file_name in listed) == (percent > 0)


@pytest.mark.parametrize("case", ["extract-failed", "install-failed"])
def test_F28_F29_failed_installs(fleet: Fleet, image: SimulatedImage, case: str) -> None:
    with Console(fleet.switch(case)) as console:
        console.run(f"image install {image.url}")
        status = console.wait_for("show image status", r"(?s)Installation State.*State Detail: .*Failed")
        assert not re.search(r"Installation State: +(install|idle|install-success)\n", status)
        assert console.run("show boot").endswith("[A] 10.5.4.1   [B] 10.5.3.0   [A] active")
    assert kinds(fleet, case) == ["download_started", "download_done", "install_started", "install_failed"]


def test_F26_F28_details_name_what_is_wrong(fleet: Fleet) -> None:
    from lcm_nornir.simulator.dell_os10 import invented  # noqa: PLC0415 - the one test of the invented words

    named = {"extract": "filesystem|unpack|extract", "platform": "platform", "signature": "sign"}
    named["unpack"] = f"({named['extract']}).*(space|full)|(space|full).*({named['extract']})"
    for cause, words in named.items():
        assert all(re.search(words, text) for text in invented.DETAILS[cause]), cause
    assert all("Failed" in text for texts in invented.DETAILS.values() for text in texts)
    assert fleet.complaints() == ""


def test_F30_false_success(fleet: Fleet, image: SimulatedImage) -> None:
    with Console(fleet.switch("install-false-success")) as console:
        install(console, image.url)
        assert "[B] 10.5.3.0" in console.run("show boot")


def test_F32_silent_install(fleet: Fleet, image: SimulatedImage) -> None:
    with Console(fleet.switch("silent-install")) as console, Console(fleet.switch("silent-install")) as second:
        console.type(f"image install {image.url}\n")
        second.wait_for("show image status", "Completed: Success")
        console.channel.settimeout(0.1)
        with pytest.raises(TimeoutError):
            console.until("# $")


def test_F35_odd_progress(start: StartsFleets) -> None:
    fleet = start(SwitchSpec("leaf1", faults=("odd-progress",)), speed=120.0)
    assert fleet.image is not None
    seen: list[str] = []
    with Console(fleet.switches[0]) as console:
        console.run(f"image download {fleet.image.url}")
        while "In progress" in (status := console.run("show image status")):
            seen += re.findall(r"Transfer Progress: *(.*)", status)
        assert "Transfer Progress:     100 %" in status
    assert "" in seen
    assert "-1 %" in seen
    assert any(int(text.split()[0]) > 100 for text in seen if text)


def test_F35_late_status(fleet: Fleet, image: SimulatedImage) -> None:
    with Console(fleet.switch("late-status")) as console:
        before = console.run("show image status")
        console.run(f"image download {image.url}")
        assert console.run("show image status") == before
        assert console.run("show image status") != before


def test_F36_the_install_moves_the_next_boot(fleet: Fleet, image: SimulatedImage) -> None:
    with Console(fleet.switch("install-moves-next-boot")) as console:
        install(console, image.url)
        assert console.run("show boot").endswith("[B] standby")


def test_F36_set_boot(fleet: Fleet) -> None:
    with Console(fleet.switch("set-boot-ignored")) as console:
        assert console.run("boot system standby") == ""
        assert console.run("show boot").endswith("[A] active")
    with Console(fleet.switch("set-boot-refused")) as console:
        assert "% Error" in console.run("boot system standby")
        assert console.run("show boot").endswith("[A] active")


@pytest.mark.parametrize("case", ["set-boot-ignored:active", "set-boot-refused:active"])
def test_F65_the_former_next_boot_cannot_be_restored(fleet: Fleet, case: str) -> None:
    with Console(fleet.switch(case)) as console:
        assert console.run("boot system standby") == ""
        assert ("% Error" in console.run("boot system active")) == ("refused" in case)
        assert console.run("show boot").endswith("[B] standby")


def test_F65_save_refused(fleet: Fleet) -> None:
    with Console(fleet.switch("save-refused")) as console:
        assert "% Error" in console.run("write memory")
        assert "% Error" in console.run("copy running-configuration startup-configuration")
    assert kinds(fleet, "save-refused") == []


def test_F37_changed_after_install(fleet: Fleet, image: SimulatedImage) -> None:
    with Console(fleet.switch("changed-after-install")) as console:
        install(console, image.url)
        assert "ntp server" in console.run("show running-configuration")
        assert "ntp server" not in console.run("show startup-configuration")


def test_F33_unexpected_question(fleet: Fleet) -> None:
    with Console(fleet.switch("unexpected-question")) as console:
        question = console.ask("reload", r"[:]$")
        assert "Proceed to reboot" not in question
        assert "# " in console.ask("no", "# $")
        assert kinds(fleet, "unexpected-question") == []


def test_F33_unexpected_question_at_another_command(fleet: Fleet) -> None:
    name = "unexpected-question:boot-system"
    with Console(fleet.switch(name)) as console:
        console.ask("boot system standby", ":$")
        console.ask("no", "# $")
        assert console.run("show boot").endswith("[A] active")
        console.ask("boot system standby", ":$")
        console.ask("yes", "# $")
        console.ask("reload", r"Proceed to reboot the system\? \[confirm yes/no\]:$")
    assert kinds(fleet, name) == ["set_boot"]


def test_F40_reload_never(fleet: Fleet) -> None:
    with Console(fleet.switch("reload-never")) as console:
        before = boot_id(console)
        reload(console)
        console.until("# $")
        time.sleep(0.3)
        assert boot_id(console) == before


@pytest.mark.parametrize("case", ["fast-reboot", "fast-reboot:open"])
def test_F41_fast_reboot(fleet: Fleet, case: str) -> None:
    switch = fleet.switch(case)
    with Console(switch) as console:
        before = boot_id(console)
        reload(console)
        with pytest.raises((EOFError, OSError)):
            console.until("never")
    ended = time.monotonic()
    with login(switch) as console:
        assert boot_id(console) != before
    assert time.monotonic() - ended < 2
    assert ("refusing" in [entry["event"] for entry in fleet.log(case)]) == (case == "fast-reboot")


def test_F42_wrong_clock(fleet: Fleet) -> None:
    with Console(fleet.switch("wrong-clock")) as console:
        assert console.run('system "uptime -s"').startswith("1970-")
        assert console.run("show clock") < "1972"
        reload(console)
    with login(fleet.switch("wrong-clock")) as console:
        assert console.run("show clock") < "1972"


def test_F42_a_clock_that_jumps_at_whatever_happens(fleet: Fleet) -> None:
    with Console(fleet.switch("wrong-clock:restless")) as console:
        clocks = []
        for role in ("standby", "active") * 3:
            console.run(f"boot system {role}")
            clocks.append(console.run("show clock")[:13])
    assert len(set(clocks)) == 6
    assert clocks not in (sorted(clocks), sorted(clocks, reverse=True))


@pytest.mark.parametrize(
    ("case", "next_boot"), [("old-version", "[A] active"), ("old-version:next-stays", "[B] standby")]
)
def test_F43_old_version(fleet: Fleet, case: str, next_boot: str) -> None:
    with Console(fleet.switch(case)) as console:
        console.run("boot system standby")
        reload(console)
    with login(fleet.switch(case)) as console:
        assert "OS Version: 10.5.4.1" in console.run("show version")
        assert console.run("show boot").endswith(next_boot)


def test_F44_not_ready(start: StartsFleets) -> None:
    switch = start(SwitchSpec("leaf1", faults=("not-ready:40",)), images=None, speed=600.0).switches[0]
    with Console(switch) as console:
        reload(console)
    seen = set()
    deadline = time.monotonic() + PATIENCE
    while "ready" not in seen and time.monotonic() < deadline:
        try:
            with Console(switch) as console:
                answer = console.run("show version")
                seen.add("ready" if "Up Time: 00:0" in answer else answer)
        except paramiko.AuthenticationException:
            seen.add("login refused")
        except (OSError, EOFError, paramiko.SSHException):
            pass
    assert "login refused" in seen
    assert any(text.startswith("% Error") for text in seen)


def test_F45_second_reboot(fleet: Fleet) -> None:
    switch = fleet.switch("second-reboot")
    with Console(switch) as console:
        reload(console)
    login(switch).transport.close()
    deadline = time.monotonic() + PATIENCE
    while len(fleet.effects("second-reboot", "booted")) < 2:
        assert time.monotonic() < deadline
        login(switch).transport.close()  # the login before may have slipped in before the switch was ready
        time.sleep(0.02)
    login(switch).transport.close()
    time.sleep(0.2)
    assert kinds(fleet, "second-reboot") == ["reload", "booted", "booted"]


def test_F45_boot_loop_though_nobody_logs_in(fleet: Fleet) -> None:
    with Console(fleet.switch("boot-loop")) as console:
        reload(console)
    deadline = time.monotonic() + PATIENCE
    while len(fleet.effects("boot-loop", "booted")) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert kinds(fleet, "boot-loop")[:4] == ["reload", "booted", "booted", "booted"]


def test_F45_whoever_gets_in_between_two_boots_is_thrown_out(fleet: Fleet) -> None:
    switch = fleet.switch("boot-loop:3")
    with Console(switch) as console:
        reload(console)
    with login(switch) as console, pytest.raises((EOFError, OSError)):
        console.until("never")


def test_F46_never_returns(fleet: Fleet) -> None:
    switch = fleet.switch("never-returns")
    with Console(switch) as console:
        reload(console)
    time.sleep(0.5)
    with pytest.raises(ConnectionRefusedError):
        Console(switch)
    assert kinds(fleet, "never-returns") == ["reload"]


def test_F47_late_return(fleet: Fleet) -> None:
    with Console(fleet.switch("late-return:4")) as console:
        reload(console)
    began = time.monotonic()
    login(fleet.switch("late-return:4")).transport.close()
    assert time.monotonic() - began > 0.5


def test_F48_new_host_key(fleet: Fleet) -> None:
    switch, healthy = fleet.switch("new-host-key"), fleet.switch("healthy")
    assert switch.next_host_key != switch.host_key
    assert healthy.next_host_key == healthy.host_key
    with Console(switch) as console:
        assert console.host_key == switch.host_key
        reload(console)
    with login(switch) as console:
        assert console.host_key == switch.next_host_key


def up(console: Console) -> tuple[int, int, int]:
    """Count the ports that are up, the LLDP neighbours and the established BGP neighbours."""
    texts = [console.run(f"show {what}") for what in ("interface status", "lldp neighbors", "ip bgp summary")]
    patterns = (r"(?m)^Eth 1/1/\d .* up  ", r"(?m)^ethernet1/1/", r"(?m) \d+$")
    ports, lldp, bgp = (len(re.findall(pattern, text)) for pattern, text in zip(patterns, texts, strict=True))
    return ports, lldp, bgp


def test_F49_lost_links_and_the_neighbours_on_them(fleet: Fleet) -> None:
    switch = fleet.switch("lost-links")
    with Console(switch) as console:
        assert up(console) == (4, 4, 4)
        reload(console)
    with login(switch) as console:
        assert up(console) == (2, 2, 2)


def test_F44_F50_ports_stay_down_for_a_while(fleet: Fleet) -> None:
    switch = fleet.switch("ports-delayed:900")
    with Console(switch) as console:
        assert up(console) == (4, 4, 4)
        reload(console)
    with login(switch) as console:
        assert up(console) == (0, 0, 0)
        console.wait_for("show interface status", " up  ")
        assert up(console) == (4, 4, 4)


def test_F49_lost_configuration(fleet: Fleet) -> None:
    switch = fleet.switch("lost-configuration")
    with Console(switch) as console:
        assert "description uplink-1" in console.run("show running-configuration")
        reload(console)
    with login(switch) as console:
        assert "description uplink-1" not in console.run("show running-configuration")
        assert "description uplink-1" in console.run("show startup-configuration")
