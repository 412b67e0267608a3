"""The shell of a SONiC switch is a real one: quotes, redirections, jobs and exit codes are bash's own."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import asyncssh
import paramiko
import pytest
from scp import SCPClient

from .bash import Bash, sonic

if TYPE_CHECKING:
    from pathlib import Path

    from lcm_nornir.simulator import Fleet, SimulatedSwitch
    from tests.simulator.conftest import StartsFleets


@pytest.fixture(scope="module")
def fleet(start: StartsFleets) -> Fleet:
    return start(sonic("leaf1"), sonic("asks", "sudo-password"), sonic("small", "disk-full-before"))


@pytest.mark.parametrize(
    ("line", "output", "status"),
    [
        ("true && echo yes || echo no", "yes", 0),
        ("false", "", 1),
        ("nothing-like-it", "bash: nothing-like-it: command not found", 127),
        ("""sh -c 'echo "$1"; exit 7' x '/host  and "quotes"'""", '/host  and "quotes"', 7),
        ("echo one > /tmp/a; echo two >> /tmp/a; cat < /tmp/a | tr a-z A-Z", "ONE\nTWO", 0),
        ("""sh -c 'sh -c '"'"'ls -d /host/reboot-cause; exit 3'"'"''""", "/host/reboot-cause", 3),
        ("ls /host/nothing", "ls: cannot access '/host/nothing': No such file or directory", 2),
        ("cd /host && pwd; cd /etc/sonic; pwd; cd", "/host\n/etc/sonic", 0),
        ("F=/host/x; touch $F; [ -e \"$F\" ] && rm /host/x; ls '/host/x' 2>/dev/null", "", 2),
        ("echo http://host/tmp/f a/host /hostile", "http://host/tmp/f a/host /hostile", 0),
        ("(exit 5); echo $?", "5", 0),
        ("sudo sh -c 'exit 9'", "", 9),
        ("sudo nothing-like-it", "sudo: nothing-like-it: command not found", 1),
        ("id -un; sudo id -un; hostname", "admin\nroot\nleaf1", 0),
        ("for f in a b; do echo $f; done | wc -l", "2", 0),
    ],
)
def test_lines(fleet: Fleet, line: str, output: str, status: int) -> None:
    with Bash(fleet.switch("leaf1")) as bash:
        assert bash.status(line) == (output, status)


def test_nothing_but_the_switchs_own_programs_is_found(fleet: Fleet) -> None:
    with Bash(fleet.switch("leaf1")) as bash:
        assert bash.status("python3 -V")[1] == 127
        assert bash.status("/usr/bin/python3 -V")[1] == 127
        assert bash.status("/bin/sh -c 'exit 4'")[1] == 4
        assert "sonic-" not in bash.run("env; pwd; set -x; ls /tmp; set +x").replace("sonic-installer", "")


def test_typed_key_by_key_and_erased(fleet: Fleet) -> None:
    with Bash(fleet.switch("leaf1")) as bash:
        for key in "ls -d /hox\x7fst/reboot-cause":
            bash.type(key)
            time.sleep(0.005)
        assert bash.ask("").rstrip().split("\n")[-2] == "/host/reboot-cause"
        bash.type("ls /host/nothing\x15")
        assert bash.ask("echo other").endswith("other\nadmin@leaf1:~$ ")
    entered = [entry["line"] for entry in fleet.log("leaf1") if entry["event"] == "command"]
    assert entered[-2:] == ["ls -d /host/reboot-cause", "echo other"]


def test_jobs_and_interrupts(fleet: Fleet) -> None:
    with Bash(fleet.switch("leaf1")) as bash:
        bash.type("sleep 30\n")
        time.sleep(0.2)
        bash.type("\x03")
        bash.until(r"\^C\nadmin@leaf1:~\$ $")
        assert bash.run("echo $?") == "130"
        assert re.match(r"\[1\] \d+", bash.run("sleep 30 &"))
        assert re.fullmatch(r"\d+ sleep 30", bash.run("pgrep -af 'sleep 3[0]'"))
        assert "Running" in bash.run("jobs")
        bash.run("kill %1")
        assert bash.status("pgrep -f 'sleep 3[0]'")[1] == 1


def test_a_switch_sees_its_own_processes_only(fleet: Fleet) -> None:
    with Bash(fleet.switch("leaf1")) as bash, Bash(fleet.switch("small")) as other:
        bash.run("sleep 31 &")
        assert bash.run("pgrep -c sleep") == "1"
        assert other.status("pgrep -f 'sleep 3[1]'") == ("", 1)
        bash.run("kill %1")


def test_the_size_of_the_terminal(fleet: Fleet) -> None:
    with Bash(fleet.switch("leaf1"), rows=33, columns=77) as bash:
        assert bash.run("stty size") == "33 77"
        bash.channel.resize_pty(width=99, height=44)
        assert bash.run("sleep 0.1; stty size") == "44 99"


def test_F33_sudo_asks_once_in_a_session(fleet: Fleet) -> None:
    switch = fleet.switch("asks")
    with Bash(switch) as bash:
        assert bash.status("sudo -n true") == ("sudo: a password is required", 1)
        assert bash.ask("sudo id -un", ": $").endswith("[sudo] password for admin: ")
        assert "Sorry, try again." in bash.ask("guess", "password for admin: $")
        assert bash.ask(switch.password).split("\n")[1] == "root"
        assert bash.status("sudo -n id -un") == ("root", 0)
    with Bash(switch) as bash:
        assert bash.status("sudo -n true")[1] == 1
    shown = [entry["line"] for entry in fleet.log("asks") if entry.get("prompt")]
    assert shown == ["<password>", "<password>"]
    assert switch.password not in str(fleet.log("asks"))


def connect(switch: SimulatedSwitch) -> paramiko.SSHClient:
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())  # noqa: S507 - a switch that does not exist
    client.connect(switch.host, switch.port, switch.username, switch.password, look_for_keys=False, allow_agent=False)
    return client


def test_a_command_without_a_terminal(fleet: Fleet) -> None:
    with connect(fleet.switch("leaf1")) as client:
        given, told, _ = client.exec_command("cat - /proc/uptime; ls -d /host/r*; exit 6")
        given.write("typed\n")
        given.channel.shutdown_write()
        assert re.fullmatch(r"typed\n\d+\.\d\d \d+\.\d\d\n/host/reboot-cause\n", told.read().decode())
        assert told.channel.recv_exit_status() == 6
    assert "cat - /proc/uptime; ls -d /host/r*; exit 6" in [entry.get("line") for entry in fleet.log("leaf1")]


def test_a_command_by_another_client(fleet: Fleet) -> None:
    async def ask(switch: SimulatedSwitch) -> tuple[str, int | None]:
        known = {"username": switch.username, "password": switch.password, "known_hosts": None}
        async with asyncssh.connect(switch.host, switch.port, **known) as connection:
            done = await connection.run("sudo sonic-installer list; show nothing")
            return str(done.stdout), done.exit_status

    text, status = asyncssh_run(ask(fleet.switch("leaf1")))
    assert text.startswith("Current: SONiC-OS-")
    assert status == 2


def asyncssh_run(work: object) -> tuple[str, int | None]:
    import asyncio  # noqa: PLC0415 - the one test that needs it

    return asyncio.run(work)  # type: ignore[arg-type]


def test_files_are_pushed_to_where_the_client_says(fleet: Fleet, tmp_path: Path) -> None:
    source = tmp_path / "pushed.bin"
    source.write_bytes(bytes(range(256)) * 400)
    places = {"/host/": "/host/pushed.bin", "named": "/home/admin/named", "/home/admin": "/home/admin/pushed.bin"}
    with connect(fleet.switch("leaf1")) as client, Bash(fleet.switch("leaf1")) as bash:
        for target, place in places.items():
            with SCPClient(client.get_transport()) as scp:
                scp.put(str(source), target)
            assert bash.run(f"stat -c %s {place}") == "102400"
    assert [effect["path"] for effect in fleet.effects("leaf1", "pushed")] == list(places.values())


def test_the_disk_has_an_end(fleet: Fleet) -> None:
    assert fleet.image is not None
    with Bash(fleet.switch("small")) as bash:
        free = bash.run("df -k /host | tail -n 1").split()[3]
        assert free == "64"
        text, status = bash.status(f"sudo curl -sSfo /host/F {fleet.image.url}")
        assert (text, status) == ("curl: (23) Failure writing output to destination", 23)
        assert bash.run("stat -c %s /host/F") == "65536"
        assert bash.run("df -k /host | tail -n 1").split()[3] == "0"
        assert bash.status("sudo rm /host/F; df -k /tmp | tail -n 1 | cut -d' ' -f1") == ("tmpfs", 0)
    assert [effect["kind"] for effect in fleet.effects("small")] == ["download_started", "download_failed"]


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("curl -sS http://nothing.invalid/f", 6),
        ("curl -sS http://127.0.0.1:1/f", 7),
        ("curl -sSf {place}/nothing", 22),
        ("curl -s {place}/nothing", 0),
        ("curl -sSf --max-time 0.3 {place}/faults/server-hang/{file}", 28),
        ("curl -sSf -o /tmp/f --max-time 0.3 {place}/faults/stall:40/{file}", 28),
        ("curl -sSf -o /tmp/f {place}/faults/reset:50/{file}", 56),
        ("curl -sSf -o /nowhere/f {place}/{file}", 23),
        ("curl -sSf -o /host/f {place}/{file}", 23),
        ("curl -sS ftp://127.0.0.1/f", 1),
        ("curl -sS --proto =https {place}/f", 1),
        ("curl -sS --no-such-option", 2),
        ("curl -q --interface eth0 --connect-timeout 3 -fsSL -D /tmp/head -o /tmp/f {place}/{file}", 0),
    ],
)
def test_curl_ends_as_the_real_one(fleet: Fleet, line: str, status: int) -> None:
    assert fleet.image is not None
    place, _, file = fleet.image.url.rpartition("/")
    with Bash(fleet.switch("leaf1")) as bash:
        text, found = bash.status(line.format(place=place, file=file))
        assert found == status, text
        if status > 2:
            assert f"curl: ({status}) " in text


def test_curl_tells_what_it_got(fleet: Fleet) -> None:
    assert fleet.image is not None
    form = r"'%{http_code} %{size_download}\n'"
    with Bash(fleet.switch("leaf1")) as bash:
        assert bash.run(f"curl -so /tmp/f -w {form} {fleet.image.url}") == f"200 {fleet.image.size}"
        assert bash.run(f"curl -so /dev/null -w {form} {fleet.image.url}x").startswith("404 ")
        assert bash.run("sha256sum /tmp/f").startswith(fleet.image.sha256)
        bash.run(f"curl -s -D /tmp/head -o /tmp/f {fleet.image.url}")
        assert f"Content-Length: {fleet.image.size}" in bash.run("cat /tmp/head")
