"""Files: pushed by SCP, moved with sudo, counted by df, deleted."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import paramiko
import pytest

from lcm_nornir.simulator import SwitchSpec

from .console import Console

if TYPE_CHECKING:
    from lcm_nornir.simulator import Fleet

    from .conftest import StartsFleets


@pytest.fixture(scope="module")
def fleet(start: StartsFleets) -> Fleet:
    return start(SwitchSpec("leaf1"), SwitchSpec("full", faults=("F08",)), images=None)


def push(console: Console, command: str, header: bytes, content: bytes) -> bytes:
    """Do what an SCP client does, and give the last answer."""
    channel = console.transport.open_session()
    channel.settimeout(5)
    channel.exec_command(command)
    assert channel.recv(1) == b"\0"
    channel.sendall(b"T1700000000 0 1700000000 0\n")
    assert channel.recv(1) == b"\0"
    channel.sendall(header)
    answer = channel.recv(200)
    if answer == b"\0":
        channel.sendall(content + b"\0")
        answer = channel.recv(200)
    channel.shutdown_write()
    channel.recv_exit_status()
    channel.close()
    return answer


def free_kilobytes(console: Console) -> int:
    output = console.run('system "df -k /var/os10-image"')
    return int(output.splitlines()[1].split()[-3])


def test_a_pushed_file_lands_in_the_home_and_sudo_moves_it(fleet: Fleet) -> None:
    content = bytes(range(256)) * 1000
    digest = hashlib.sha256(content).hexdigest()
    with Console(fleet.switch("leaf1")) as console:
        before = free_kilobytes(console)
        assert push(console, "scp -t ./new.bin", f"C0644 {len(content)} new.bin\n".encode(), content) == b"\0"
        assert free_kilobytes(console) == before - len(content) // 1024
        assert console.run('system "sha256sum /config/home/admin/new.bin"').startswith(digest)
        assert console.run('system "sha256sum /home/admin/new.bin"').startswith(digest)
        assert console.run('system "mv ./new.bin /var/os10-image"').endswith("Permission denied")

        move = 'system "sudo mv ./new.bin /var/os10-image"'
        assert console.ask(move, r": $").endswith("[sudo] password for admin: ")
        assert "Sorry, try again." in console.ask("wrong", r"password for admin: $")
        assert console.ask("admin-simulated", "# $") == "\nleaf1# "
        assert "new.bin" in console.run("dir image")
        assert console.run("dir home").count("\n") == 2
        # sudo keeps the password for this terminal.
        assert console.run('system "sudo rm /var/os10-image/new.bin"') == ""
        assert free_kilobytes(console) == before
        assert "No such file" in console.run('system "ls -l /var/os10-image/new.bin"')
    typed = [entry["line"] for entry in fleet.log("leaf1") if entry.get("prompt")]
    assert typed == ["<password>", "<password>"]
    assert [entry["kind"] for entry in fleet.effects("leaf1")] == ["pushed", "moved", "deleted"]


def test_three_wrong_passwords_are_enough_for_sudo(fleet: Fleet) -> None:
    with Console(fleet.switch("leaf1")) as console:
        console.ask('system "sudo df -k /config"', r": $")
        console.ask("a", r": $")
        console.ask("b", r": $")
        assert "sudo: 3 incorrect password attempts" in console.ask("c", "# $")


def test_sftp_is_refused(fleet: Fleet) -> None:
    with Console(fleet.switch("leaf1")) as console, pytest.raises(paramiko.SSHException):
        console.transport.open_session().invoke_subsystem("sftp")


def test_a_file_that_does_not_fit_is_refused(fleet: Fleet) -> None:
    with Console(fleet.switch("full")) as console:
        assert free_kilobytes(console) == 64
        assert b"No space left on device" in push(console, "scp -t .", b"C0644 1000000 big.bin\n", b"")


def test_delete_asks_first(fleet: Fleet) -> None:
    with Console(fleet.switch("leaf1")) as console:
        push(console, "scp -p -t /home/admin/", b"C0644 4 old.bin\n", b"1234")
        console.ask('system "sudo mv old.bin /var/os10-image/"', r": $")
        console.ask("admin-simulated", "# $")
        console.ask("delete image://old.bin", "Proceed to delete .*:$")
        console.ask("no", "# $")
        assert "old.bin" in console.run("dir image")
        console.ask("delete image://old.bin", "Proceed to delete .*:$")
        console.ask("yes", "# $")
        assert "old.bin" not in console.run("dir image")


def test_linux_programs(fleet: Fleet) -> None:
    with Console(fleet.switch("leaf1")) as console:
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", boot_id(console))
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", console.run('system "uptime -s"'))
        uptime = float(console.run('system "cat /proc/uptime"').split()[0])
        assert 5 * 86_400 <= uptime <= 60 * 86_400 + 60
        assert console.run('system "md5sum nothing"') == "md5sum: nothing: No such file or directory"
        assert console.run('system "cat /etc/shadow"').startswith("cat: /etc/shadow:")
        assert console.run('system "mv a"') == "mv: missing file operand"
        assert console.run('system "echo \'half"').startswith("bash: ")
        assert console.run('system "foo && uptime -s; bar"').splitlines() == [
            "bash: foo: command not found",
            "bash: bar: command not found",
        ]


def boot_id(console: Console) -> str:
    return console.run('system "cat /proc/sys/kernel/random/boot_id"')
