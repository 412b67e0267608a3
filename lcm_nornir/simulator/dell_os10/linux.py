"""The Linux side: what ``system "COMMAND"`` runs as the logged-in user."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lcm_nornir.simulator import times
from lcm_nornir.simulator.dell_os10.disk import CAPACITY, Disk
from lcm_nornir.simulator.dialogue import Ask

if TYPE_CHECKING:
    from lcm_nornir.simulator.blobs import File
    from lcm_nornir.simulator.dell_os10.switch import Switch

IMAGE_FOLDER = "/var/os10-image"
_TRIES = 3  # sudo's own default
_MV_OPERANDS = 2


class ShellError(Exception):
    """A command failed; the text is what it wrote to standard error."""


@dataclass(slots=True)
class Shell:
    """Runs commands for one session.

    Attributes:
        switch: The switch.
        trusted: sudo has the password already, as it keeps it for a terminal.
    """

    switch: Switch
    trusted: bool = field(default=False)

    @property
    def home(self) -> str:
        """The user's home, where the disk has it."""
        return f"/config/home/{self.switch.username}"

    def run(self, line: str) -> Generator[Ask, str, str]:
        """Run a command line: commands joined by ``&&`` or ``;``."""
        output: list[str] = []
        for chain in line.split(";"):
            try:
                for command in chain.split("&&"):
                    output += [(yield from self._command(command))]
            except ShellError as error:
                output.append(str(error))
        return "\n".join(text for text in output if text)

    def _command(self, command: str) -> Generator[Ask, str, str]:
        try:
            words = [word for word in shlex.split(command) if word not in {"2>&1", "2>/dev/null"}]
        except ValueError:
            raise ShellError("bash: -c: line 0: unexpected EOF while looking for matching `\"'") from None
        if not words:
            return ""
        root = words[0] == "sudo"
        if root:
            yield from self._sudo()
            words = words[1:]
        program = PROGRAMS.get(words[0]) if words else None
        if program is None:
            raise ShellError(f"bash: {words[0] if words else 'sudo'}: command not found")
        return program(self, words[1:], root)

    def _sudo(self) -> Generator[Ask, str, None]:
        question = f"[sudo] password for {self.switch.username}: "
        for _ in range(0 if self.trusted else _TRIES):
            if (yield Ask(question, hidden=True)) == self.switch.password:
                self.trusted = True
                break
            question = f"Sorry, try again.\n[sudo] password for {self.switch.username}: "
        if not self.trusted:
            raise ShellError(f"sudo: {_TRIES} incorrect password attempts")

    def place(self, path: str) -> tuple[dict[str, File], str]:
        """Find the folder that a path lies in, and the name in it; the folder itself has the name ``""``.

        Raises:
            KeyError: The folder is not simulated.
        """
        whole = posixpath.normpath(posixpath.join(self.home, path))
        for root, files in (
            (IMAGE_FOLDER, self.switch.disk.images),
            (self.home, self.switch.disk.home),
            (f"/home/{self.switch.username}", self.switch.disk.home),
        ):
            folder, name = (whole, "") if whole == root else posixpath.split(whole)
            if folder == root:
                return files, name
        raise KeyError(path)

    def file(self, program: str, path: str) -> File:
        """Find a file that exists, or complain as ``program`` does."""
        try:
            folder, name = self.place(path)
            return folder[name]
        except KeyError:
            raise ShellError(f"{program}: {path}: No such file or directory") from None


Program = Callable[[Shell, list[str], bool], str]


def _df(shell: Shell, words: list[str], _root: bool) -> str:  # noqa: FBT001 - the one signature of all programs
    disk: Disk = shell.switch.disk
    free = disk.free // 1024
    total = CAPACITY // 1024
    where = next((word for word in words if word.startswith("/")), "/config")
    used = total - free
    row = f"{'/dev/sda9':<14} {total:>9} {used:>7} {free:>9} {used * 100 // total:>3}% {where}"
    return f"{'Filesystem':<14} {'1K-blocks':>9} {'Used':>7} {'Available':>9} Use% Mounted on\n{row}"


def _digest(algorithm: str) -> Program:
    def program(shell: Shell, words: list[str], _root: bool) -> str:  # noqa: FBT001 - as above
        name = f"{algorithm}sum"
        return "\n".join(f"{shell.file(name, path).content.digest(algorithm)}  {path}" for path in words)

    return program


def _cat(shell: Shell, words: list[str], _root: bool) -> str:  # noqa: FBT001 - as above
    switch = shell.switch
    special = {
        "/proc/sys/kernel/random/boot_id": switch.boot_id,
        "/proc/uptime": f"{switch.uptime:.2f} {switch.uptime * 3.6:.2f}",
        "/proc/version": "Linux version 4.19.0-27-amd64",
    }
    for path in words:
        if path not in special:
            shell.file("cat", path)
    return "\n".join(special.get(path, "") for path in words)


def _uptime(shell: Shell, words: list[str], _root: bool) -> str:  # noqa: FBT001 - as above
    switch = shell.switch
    if words == ["-s"]:
        return times.plain(switch.booted)
    days, rest = divmod(int(switch.uptime), 86_400)
    up = f"{days} days, {rest // 3600:2}:{rest % 3600 // 60:02}"
    return f" {times.plain(switch.now())[11:]} up {up},  1 user,  load average: 0.31, 0.28, 0.22"


def _ls(shell: Shell, words: list[str], _root: bool) -> str:  # noqa: FBT001 - as above
    paths = [word for word in words if not word.startswith("-")] or ["."]
    long = any(word.startswith("-") and "l" in word for word in words)
    lines = []
    for path in paths:
        try:
            folder, name = shell.place(path)
            files = {path: folder[name]} if name else folder
        except KeyError:
            raise ShellError(f"ls: cannot access '{path}': No such file or directory") from None
        if long and not name:
            lines.append(f"total {sum(file.content.size for file in files.values()) // 1024}")
        lines += [_entry(shell, key, file) if long else key for key, file in sorted(files.items())]
    return "\n".join(lines)


def _entry(shell: Shell, name: str, file: File) -> str:
    when = times.plain(file.modified)[:16]
    return f"-rw-r--r-- 1 {shell.switch.username} {shell.switch.username} {file.content.size} {when} {name}"


def _mv(shell: Shell, words: list[str], root: bool) -> str:  # noqa: FBT001 - as above
    paths = [word for word in words if not word.startswith("-")]
    if len(paths) != _MV_OPERANDS:
        raise ShellError("mv: missing file operand")
    source, target = paths
    file = shell.file("mv", source)
    from_folder, from_name = shell.place(source)
    try:
        to_folder, to_name = shell.place(target)
    except KeyError:
        raise ShellError(f"mv: cannot move '{source}' to '{target}': No such file or directory") from None
    images = shell.switch.disk.images
    if not root and images in (from_folder, to_folder):
        raise ShellError(f"mv: cannot move '{source}' to '{target}': Permission denied")
    del from_folder[from_name]
    to_folder[to_name or from_name] = file
    shell.switch.effect("moved", source=source, target=target)
    return ""


def _rm(shell: Shell, words: list[str], root: bool) -> str:  # noqa: FBT001 - as above
    force = "-f" in words
    for path in (word for word in words if not word.startswith("-")):
        try:
            folder, name = shell.place(path)
            if folder is shell.switch.disk.images and not root:
                raise ShellError(f"rm: cannot remove '{path}': Permission denied")
            del folder[name]
            shell.switch.effect("deleted", path=path)
        except KeyError:
            if not force:
                raise ShellError(f"rm: cannot remove '{path}': No such file or directory") from None
    return ""


PROGRAMS: dict[str, Program] = {
    "df": _df,
    "md5sum": _digest("md5"),
    "sha256sum": _digest("sha256"),
    "sha512sum": _digest("sha512"),
    "cat": _cat,
    "uptime": _uptime,
    "ls": _ls,
    "mv": _mv,
    "rm": _rm,
}
