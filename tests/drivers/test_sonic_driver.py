"""What the driver types on SONiC, and what it makes of the answers: under a real shell, with programs of our own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lcm_nornir.drivers.base import Activity, Commitment, InstallerState, InstallState, Slot
from lcm_nornir.drivers.sonic import Sonic, parse
from lcm_nornir.errors import CommandRefused, ReplyTimeout, UnexpectedOutput
from lcm_nornir.image import Digest, Image
from lcm_nornir.timeouts import Timeouts

LITERAL = Path(__file__).parents[1] / "literal" / "sonic"
LIST, VERSION, PLATFORM = (
    (LITERAL / f"{name}.txt").read_text() for name in ("list", "show_version", "show_platform_summary")
)
OLD, NEW = "202012.0-fb89c28c9", "202311.1-3c1f0a2b7"
IMAGE = Image(url="http://192.0.2.10/sonic-broadcom.bin", version=NEW, sha256="a" * 64)
PROMPT = "admin@leaf1:~$ "
SONIC = Sonic()
INSTALLER = r"""#!/bin/sh
echo "$@" >> commands
case "$1" in
list) cat list ;;
set-default) sed -i "s/^Next: .*/Next: $2/" list ;;
set-next-boot) sed -i "s/^Next: .*/Next: $2/" list ;;
verify-next-image) if test -e bad; then echo "Image verification failed"; exit 1; fi ;;
remove) ;;
install) . ./install ;;
esac
"""


class Shell:
    """A session whose switch is a folder: absolute paths of a switch mean that folder."""

    prompt = r"(?:^|\n)admin@leaf1:~\$ ?$"
    limits, vrf = Timeouts(), ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asks = False
        (folder / "bin").mkdir()
        self.program("sonic-installer", INSTALLER)
        self.program("sudo", '#!/bin/sh\nexec "$@"\n')
        self.program("pgrep", "#!/bin/sh\ncat others 2>/dev/null\n")
        self.program("curl", '#!/bin/sh\necho "$@" >> commands; . ./curl\n')
        (folder / "list").write_text(LIST.replace("201911.0-2bec3004e", NEW))

    def program(self, name: str, text: str) -> None:
        path = self.folder / "bin" / name
        # started in whatever folder: its files are those of the switch
        path.write_text(text.replace("\n", f"\ncd {self.folder}\n", 1) if name != "sudo" else text)
        path.chmod(0o755)

    def commands(self) -> list[str]:
        return (self.folder / "commands").read_text().splitlines()

    def send(self, line: str, *, until: str = "", timeout: float | None = None) -> str:
        del timeout
        line = re.sub(r"(?<![\w.])/(host|run|etc)\b", rf"{self.folder}/\1", line)
        environment = {**os.environ, "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "LC_ALL": "C"}
        done = subprocess.run(
            ["/bin/bash", "-c", line],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.folder,
            env=environment,
            check=False,
        )
        reply = done.stdout.replace(str(self.folder), "") + PROMPT
        assert not until or re.search(until, reply)
        return reply

    def answer(self, text: str, *, until: str = "", timeout: float | None = None) -> str:
        raise AssertionError(text, until, timeout)

    def interrupt(self) -> None:
        raise AssertionError

    def password(self) -> str:
        return "secret"

    def hold(self, line: str, *, until: str, timeout: float) -> Iterator[str]:
        raise AssertionError(line, until, timeout)

    def push(self, image: Image, path: str = "") -> None:
        assert not path
        (self.folder / image.name).write_bytes(b"pushed")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def ended(shell: Shell, part: str) -> InstallerState:
    """Look until neither the copy nor the installation runs any more."""
    for _ in range(500):
        state = SONIC.installer(shell)
        if not state.busy and getattr(state, part).activity is not Activity.IDLE:
            return state
        time.sleep(0.01)
    raise AssertionError(SONIC.installer(shell))


def test_nothing_was_ever_copied_or_installed(shell: Shell) -> None:
    assert SONIC.installer(shell) == InstallerState()


def test_a_copy_goes_on_by_itself_and_has_its_name_only_when_it_is_whole(shell: Shell) -> None:
    begin = (
        'printf "HTTP/1.1 200 OK\\r\\nContent-Length: 10\\r\\n" > run/lcm-nornir/copy.head; printf 12345 > "{part}";'
    )
    part = "host/lcm-nornir/sonic-broadcom.bin.part"
    (shell.folder / "curl").write_text(
        begin.format(part=part) + f'while test ! -e go; do sleep 0.01; done; printf 67890 >> "{part}"'
    )
    (first,) = SONIC.copy(shell, IMAGE)
    assert first.busy
    while (now := SONIC.installer(shell).copy).transferred < 5:
        time.sleep(0.01)
    assert (now.activity, now.transferred, now.size, now.percent) == (Activity.RUNNING, 5, 10, 50)
    assert not (shell.folder / "host/lcm-nornir/sonic-broadcom.bin").exists()
    (shell.folder / "go").touch()
    state = ended(shell, "copy").copy
    assert (state.activity, state.transferred, state.percent) == (Activity.DONE, 10, 100)
    assert (shell.folder / "host/lcm-nornir/sonic-broadcom.bin").read_text() == "1234567890"
    assert SONIC._stored(shell) == {"sonic-broadcom.bin": 10}
    assert shell.commands()[-1].endswith("http://192.0.2.10/sonic-broadcom.bin")
    digest = "c775e7b757ede630cd0aa1113bd102661ab38829ca52a6422ab782862f268646"
    assert SONIC.digest(shell, IMAGE, 1.0) == Digest("sha256", digest)


@pytest.mark.parametrize(("part", "transferred"), [("printf 123 > host/lcm-nornir/*.part;", 3), ("", 0)])
def test_a_copy_that_fails_tells_why_and_leaves_no_file(shell: Shell, part: str, transferred: int) -> None:
    part = part.replace("*", IMAGE.name)
    (shell.folder / "curl").write_text(f'{part} echo "curl: (56) Recv failure: Connection reset" >&2; exit 56')
    list(SONIC.copy(shell, IMAGE))
    state = ended(shell, "copy").copy
    assert (state.activity, state.transferred) == (Activity.FAILED, transferred)
    assert state.detail == "curl: (56) Recv failure: Connection reset (exit code 56)"
    assert SONIC._stored(shell) == {}


def test_a_copy_that_is_cancelled_is_killed_as_a_whole(shell: Shell) -> None:
    (shell.folder / "curl").write_text("printf 123 > host/lcm-nornir/sonic-broadcom.bin.part; sleep 600")
    list(SONIC.copy(shell, IMAGE))
    while not SONIC.installer(shell).copy.transferred:
        time.sleep(0.01)
    SONIC.cancel(shell)
    state = ended(shell, "copy").copy
    assert (state.activity, state.detail) == (Activity.FAILED, " (it was killed)")
    assert SONIC._stored(shell) == {}


SUCCESS = InstallState(Activity.DONE, "Installed SONiC base image")
FULL = InstallState(Activity.FAILED, "No space left on device", unpacking=True)
DAMAGED = InstallState(Activity.FAILED, "ERROR: Unable to verify archive checksum (exit code 1)", rejected=True)
BROKEN = InstallState(Activity.FAILED, "Image install failed with exception: 2 (exit code 1)")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ('echo "Installed SONiC base image"; echo Done', SUCCESS),
        ('echo "tar: x: Cannot mkdir: No space left on device"; echo "Installed SONiC successfully"', FULL),
        ('echo "ERROR: Unable to verify archive checksum"; echo "Expected: 1"; echo "Aborted!"; exit 1', DAMAGED),
        ('echo "Image install failed with exception: 2"; echo "Aborted!"; exit 1', BROKEN),
    ],
    ids=["success", "full", "damaged", "broken"],
)
def test_an_installation_ends_by_its_exit_code_and_never_by_its_words_alone(
    shell: Shell, script: str, expected: InstallState
) -> None:
    (shell.folder / "install").write_text(f"while test ! -e go; do sleep 0.01; done; {script}")
    (first,) = SONIC.install(shell, IMAGE)
    assert first.busy
    assert first.install.activity is Activity.RUNNING
    (shell.folder / "go").touch()
    state = ended(shell, "install").install
    assert state == replace(expected, started=first.install.started)
    # one that is there already would only be made the default
    file = f"{shell.folder}/host/lcm-nornir/{IMAGE.name}"
    assert shell.commands()[1:] == [f"remove -y SONiC-OS-{NEW}", f"install -y {file}"]


def test_an_installer_that_is_not_ours_keeps_it_busy(shell: Shell) -> None:
    (shell.folder / "others").write_text("4711\n4712\n")
    state = SONIC.installer(shell)
    assert (state.busy, state.install.activity, state.install.started) == (True, Activity.UNKNOWN, "")


def test_the_images_are_told_with_what_runs_and_what_boots_next(shell: Shell) -> None:
    assert parse.images(LIST) == (
        Slot("SONiC-OS-202012.0-fb89c28c9", OLD, running=True, next_boot=False),
        Slot("SONiC-OS-201911.0-2bec3004e", "201911.0-2bec3004e", running=False, next_boot=True),
    )
    assert parse.version(VERSION) == OLD
    assert parse.platform(PLATFORM) == ("MSN2700-CS2FO", "MT1822K07815")
    assert parse.platform("HwSKU: ACS-MSN2700\nSerial Number: N/A\n") == ("ACS-MSN2700", "")
    old, new = SONIC.slots(shell)
    SONIC.set_next_boot(shell, old)
    assert [slot.next_boot for slot in SONIC.slots(shell)] == [True, False]
    SONIC.set_next_boot(shell, new)
    assert [slot.next_boot for slot in SONIC.slots(shell)] == [False, True]
    asked = [line for line in shell.commands() if line != "list"]
    assert asked == [f"set-default SONiC-OS-{OLD}", f"set-next-boot SONiC-OS-{NEW}"]  # to be tried once


def test_a_one_time_choice_that_outlives_the_default_is_set_too(shell: Shell) -> None:
    shell.program(
        "sonic-installer", INSTALLER.replace('set-default) sed -i "s/^Next: .*/Next: $2/" list ;;', "set-default) ;;")
    )
    SONIC.set_next_boot(shell, SONIC.slots(shell)[0])
    assert [slot.next_boot for slot in SONIC.slots(shell)] == [True, False]
    assert f"set-next-boot SONiC-OS-{OLD}" in shell.commands()


def test_a_running_image_is_committed_by_becoming_the_default(shell: Shell) -> None:
    assert SONIC.commitment(shell) == Commitment(done=False)
    SONIC.commit(shell)
    assert SONIC.commitment(shell) == Commitment(done=True)
    assert f"set-default SONiC-OS-{OLD}" in shell.commands()


@pytest.mark.parametrize(
    ("spoil", "flaws"),
    [
        ("", ()),
        (": > host/image-1/fs.squashfs", ("fs.squashfs is empty or missing",)),
        ("rm host/image-1/boot/vmlinuz-5", ("boot/vmlinuz-* is empty or missing",)),
        ("truncate -s 500 host/image-1/boot/initrd.img-5", ("boot/initrd.img-5 is cut short",)),
        ("truncate -s 90 host/image-1/fs.squashfs", ("fs.squashfs is cut short",)),
    ],
)
def test_what_a_full_disk_leaves_behind_is_found(shell: Shell, spoil: str, flaws: tuple[str, ...]) -> None:
    folder = shell.folder / "host" / "image-1" / "boot"
    folder.mkdir(parents=True)
    (folder / "vmlinuz-5").write_bytes(b"kernel")
    make = "head -c 2000 /dev/urandom | gzip > host/image-1/boot/initrd.img-5"
    subprocess.run(["/bin/sh", "-c", make], cwd=shell.folder, check=True)
    (folder.parent / "fs.squashfs").write_bytes(b"hsqs" + bytes(36) + (100).to_bytes(8, "little") + bytes(60))
    subprocess.run(["/bin/sh", "-c", spoil], cwd=shell.folder, check=True)
    assert SONIC.flaws(shell, Slot("SONiC-OS-1", "1", running=False, next_boot=False)) == flaws


def configured(shell: Shell, running: object, startup: object) -> None:
    (shell.folder / "etc" / "sonic").mkdir(parents=True)
    (shell.folder / "etc" / "sonic" / "config_db.json").write_text(json.dumps(startup, indent=4))
    shell.program("sonic-cfggen", f"#!/bin/sh\necho '{json.dumps(running)}'\n")


def test_configurations_are_compared_by_their_values(shell: Shell) -> None:
    configured(shell, {"A": {"x": "1"}, "B": {"y": "2"}}, {"B": {"y": "2"}, "A": {"x": "1"}})
    both = SONIC.configuration(shell)
    assert SONIC.differences(both.startup, both.running) == ()
    assert SONIC.differences('{"A": {"x": "1"}}', '{"A": {"x": "2"}}')[-2:] == ('-  "x": "1"', '+  "x": "2"')


def test_a_reboot_is_called_off_if_the_configuration_is_not_saved_or_the_next_image_is_bad(shell: Shell) -> None:
    shell.program("reboot", "#!/bin/sh\ntouch rebooted\n")
    configured(shell, {"A": 1}, {"A": 2})
    with pytest.raises(CommandRefused, match="not saved"):
        SONIC.reload(shell, "refuse")
    (shell.folder / "bad").touch()
    with pytest.raises(CommandRefused, match="exit code 1") as refused:
        SONIC.reload(shell, "save")
    assert "Image verification failed" in refused.value.said
    assert not (shell.folder / "rebooted").exists()
    (shell.folder / "bad").unlink()
    SONIC.reload(shell, "save")
    assert (shell.folder / "rebooted").exists()


def test_a_reboot_that_is_refused_tells_what_its_script_said(shell: Shell) -> None:
    shell.program("reboot", '#!/bin/sh\necho "Failed to verify next image: x"; exit 21\n')
    configured(shell, {}, {})
    with pytest.raises(CommandRefused, match="exit code 21") as refused:
        SONIC.reload(shell, "refuse")
    assert refused.value.said == "Failed to verify next image: x"


def test_a_pushed_image_is_moved_beside_the_others(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "pushed.bin"
    file.write_bytes(b"pushed")
    (state,) = SONIC.copy(shell, Image(file=file, version=NEW))
    assert state.copy.activity is Activity.UNKNOWN
    assert SONIC._stored(shell) == {"pushed.bin": 6}


@pytest.mark.parametrize(
    ("one", "other", "order"),
    [
        ("202311.1-abc", "202305.4-def", 1),
        ("202311.1-abc", "202311.2-abc", -1),
        ("202311.10", "202311.9", 1),
        ("202311.1-abc", "202311.1-def", 0),
        ("202012.0-fb89c28c9", "201911.0-2bec3004e", 1),
        ("master.100-abc", "202311.1", None),
        ("HEAD.32-21ea29a", "HEAD.33-21ea29a", None),
    ],
)
def test_versions_are_compared_by_branch_and_number(one: str, other: str, order: int | None) -> None:
    assert SONIC.order(one, other) == order


@pytest.mark.parametrize(
    ("read", "text"),
    [(SONIC.slots, LIST), (SONIC.installer, "copy.began=1.5\ncopy.exit=0\ninstallers=0\nnow=1795791411.27\n")],
    ids=["list", "status"],
)
def test_an_answer_that_is_cut_is_never_another_value(read: Callable[[Shell], object], text: str) -> None:
    reply = f"{text}rc=0;\n"
    whole = read(Cut(reply + PROMPT))
    for length in range(len(reply) - 1):
        try:
            found = read(Cut(f"{reply[:length]}\n{PROMPT}"))
        except UnexpectedOutput:
            continue
        assert found == whole


class Cut(Shell):
    """A session that gives one reply."""

    def __init__(self, reply: str) -> None:
        self.reply = reply

    def send(self, line: str, *, until: str = "", timeout: float | None = None) -> str:
        del line, timeout
        if not re.search(until, self.reply):
            raise ReplyTimeout("no prompt", said=self.reply)
        return self.reply


class Asking(Cut):
    """A session whose sudo asks for a password, and takes it at once or never."""

    def __init__(self, *, takes: bool) -> None:
        super().__init__("[sudo] password for admin: ")
        self.takes, self.typed = takes, []  # type: tuple[bool, list[str]]

    def answer(self, text: str, *, until: str = "", timeout: float | None = None) -> str:
        del until, timeout
        self.typed.append(text)
        return f"{LIST}rc=0;\n{PROMPT}" if self.takes else "Sorry, try again.\n[sudo] password for admin: "

    def interrupt(self) -> None:
        self.typed.append("^C")


def test_S12_the_password_of_sudo_is_answered_once_and_never_typed_in_a_line() -> None:
    good, bad = Asking(takes=True), Asking(takes=False)
    assert len(SONIC.slots(good)) == 2
    assert good.typed == ["secret"]
    with pytest.raises(CommandRefused, match="does not take the password"):
        SONIC.slots(bad)
    assert bad.typed == ["secret", "^C"]
