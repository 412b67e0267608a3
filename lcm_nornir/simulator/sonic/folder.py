"""The folder that stands for a switch's root: its tools, its images, and a disk of finite size."""

from __future__ import annotations

import functools
import os
import secrets
import shutil
import tempfile
from pathlib import Path

TOOLS = [
    "cat",
    "ls",
    "stat",
    "head",
    "tail",
    "cut",
    "grep",
    "sed",
    "tr",
    "date",
    "mkdir",
    "mv",
    "rm",
    "cp",
    "ln",
    "sleep",
    "sha256sum",
    "sha512sum",
    "sha1sum",
    "md5sum",
    "find",
    "test",
    "echo",
    "printf",
    "true",
    "false",
    "env",
    "sh",
    "bash",
    "setsid",
    "nohup",
    "kill",
    "wc",
    "sort",
    "uniq",
    "tee",
    "touch",
    "sync",
    "basename",
    "dirname",
    "mktemp",
    "readlink",
    "tty",
    "seq",
    "expr",
    "cmp",
    "diff",
    "awk",
    "chmod",
    "timeout",
    "xargs",
    "rmdir",
    "stty",
]
CAPACITY = 8 * 1024**3  # bytes
MEMORY = 2 * 1024**3  # bytes of the file system in memory that /tmp and /run are
_SYSTEM = 3 * 1024**3
_DISK = ("host", "home", "var", "etc")
_MEMORY = ("tmp", "run")
_BINS = ("sbin", "usr/bin", "usr/sbin", "usr/local/bin")
KERNEL = "vmlinuz-6.1.0-11-2-amd64"
INITRD = "initrd.img-6.1.0-11-2-amd64"
SQUASHFS = "fs.squashfs"
# Bytes of the files of an image; what they are in truth does not matter, that they are all there does.
SIZES = {f"boot/{KERNEL}": 81_920, f"boot/{INITRD}": 262_144, SQUASHFS: 655_360}

_SUDO = """\
#!/bin/bash
ask=yes
while [ $# -gt 0 ]; do
    case "$1" in
        -n|--non-interactive) ask=no; shift ;;
        -S|--stdin) ask=stdin; shift ;;
        -u|-g|-p|-h|-C|-T|-D) shift 2 ;;
        --) shift; break ;;
        -*) shift ;;
        [A-Za-z_]*=*) export "$1"; shift ;;
        *) break ;;
    esac
done
root='{root}'
if [ -e "$root/.sudo-asks" ] && [ ! -e "$root/run/sudo-$SONIC_SESSION" ]; then
    if [ $ask = no ]; then echo 'sudo: a password is required' >&2; exit 1; fi
    "$root/.programs/sudo-asks" $ask || exit 1
    : > "$root/run/sudo-$SONIC_SESSION"
fi
[ $# -gt 0 ] || exit 0
if ! type -P "$1" > /dev/null; then echo "sudo: $1: command not found" >&2; exit 1; fi
SONIC_ROOT=1 exec "$@"
"""


@functools.cache
def _tools() -> dict[str, str]:
    """Find the tools on this machine; what it does not have a switch does not have either."""
    return {tool: found for tool in TOOLS if (found := shutil.which(tool))}


class Folder:
    """The folder of one switch.

    Attributes:
        path: Where it is on this machine.
        token: What a program of the switch says to prove that it is one.
        foreign: Bytes of the disk that the system and everybody else occupy.
    """

    def __init__(self, username: str) -> None:
        self.path = tempfile.mkdtemp(prefix="sonic-")
        self.token = secrets.token_hex(8)
        self.foreign = _SYSTEM
        self._username = username
        for name in (*_DISK, *_MEMORY, "bin", "usr/local", "root", "boot", "proc/sys/kernel/random", ".programs"):
            self.at(name).mkdir(parents=True, exist_ok=True)
        for name in ("etc/sonic", "var/log", "host/reboot-cause", f"home/{username}"):
            self.at(name).mkdir(parents=True)
        for name in _BINS:
            self.at(name).symlink_to(self.at("bin"))
        for tool, found in _tools().items():
            self.at(f"bin/{tool}").symlink_to(found)
        self.write("proc/version", "Linux version 6.1.0-11-2-amd64 (debian-kernel@lists.debian.org)\n")
        self._script("bin/sudo", _SUDO.format(root=self.path))

    def at(self, name: str) -> Path:
        """Give the place of a file by its path on the switch, with or without the leading slash."""
        return Path(self.path) / name.lstrip("/")

    def write(self, name: str, text: str) -> None:
        """Write a small file so that whoever reads it sees the old or the new text, and nothing between."""
        beside = self.at(f".programs/{name.replace('/', '-')}")
        beside.write_text(text)
        beside.replace(self.at(name))

    def programs(self, script: str, names: list[str]) -> None:
        """Make programs of the switch, all of them one script."""
        self._script(".programs/gate", script)
        for name in names:
            self.at(f".programs/{name}").symlink_to(self.at(".programs/gate"))
            if name != "sudo-asks":
                self.at(f"bin/{name}").symlink_to(self.at(".programs/gate"))

    def image(self, version: str, *, share: float = 1.0) -> None:
        """Write the folder of an image, or so much of it."""
        place = self.at(f"host/image-{version}")
        (place / "boot").mkdir(parents=True, exist_ok=True)
        left = sum(SIZES.values()) * share
        for name, size in SIZES.items():
            with (place / name).open("wb") as file:
                file.write(f"{name} of {version}\n".encode()[: int(max(0, min(left, size)))])
                file.truncate(int(max(0, min(left, size))))
            left -= size

    def is_whole(self, version: str) -> bool:
        """Tell whether an image can be booted."""
        place = self.at(f"host/image-{version}")
        return all((place / name).exists() and (place / name).stat().st_size == size for name, size in SIZES.items())

    def remove_image(self, version: str) -> None:
        """Remove the folder of an image."""
        shutil.rmtree(self.at(f"host/image-{version}"), ignore_errors=True)

    @property
    def free(self) -> int:
        """Bytes of the disk that are free."""
        return max(0, CAPACITY - self.foreign - sum(map(self._size, _DISK)))

    @property
    def free_memory(self) -> int:
        """Bytes that are free in /tmp."""
        return max(0, MEMORY - sum(map(self._size, _MEMORY)))

    def room(self, path: str) -> int:
        """Give the bytes that are free where a path of this machine points to."""
        relative = os.path.relpath(os.path.realpath(path), os.path.realpath(self.path))
        return self.free_memory if relative.split("/")[0] in _MEMORY else self.free

    def fill(self, free: int) -> None:
        """Let somebody else occupy all of the disk but ``free`` bytes."""
        self.foreign += self.free - free

    def empty_memory(self) -> None:
        """Empty /tmp and /run, as a boot does."""
        for name in _MEMORY:
            shutil.rmtree(self.at(name), ignore_errors=True)
            self.at(name).mkdir(exist_ok=True)

    def remove(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _size(self, name: str) -> int:
        total = 0
        for place, _folders, files in os.walk(self.at(name)):
            for file in files:
                try:
                    total += os.lstat(os.path.join(place, file)).st_size  # noqa: PTH118 - walked often
                except FileNotFoundError:
                    continue
        return total

    def _script(self, name: str, text: str) -> None:
        self.at(name).write_text(text)
        self.at(name).chmod(0o755)
