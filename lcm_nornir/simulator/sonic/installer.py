"""``sonic-installer``: its texts and exit codes are those of chapter 3.3 and 3.4 of the behaviour document."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lcm_nornir.simulator.blobs import BlobWriter
from lcm_nornir.simulator.image import ImageError
from lcm_nornir.simulator.sonic import images, screens
from lcm_nornir.simulator.sonic.folder import SIZES
from lcm_nornir.simulator.sonic.transfer import Limits, Transfer, TransferError, probe

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lcm_nornir.simulator.image import ImageHeader
    from lcm_nornir.simulator.sonic.gate import Call
    from lcm_nornir.simulator.sonic.switch import Switch

_LONG_S = 36_000.0  # seconds that an install takes that is stuck
_NO_IMAGE = "Image file does not exist or is not a valid SONiC image file"
_NOT_ROOT = "Root privileges required for this operation"
_TRUNCATED = 0.2  # share of an image's files that fits on a disk that is full
_PARTIAL = 0.5  # likewise, of one whose install ended in the middle
_DOWNLOADED = "/tmp/sonic_image"  # nosec B108 - a file of the switch's own  # noqa: S108
_GRUB = "Command: grub-set-default --boot-directory=/host {}\n"
# Shares of an install's duration, and what is said before each.
_BEFORE, _WRITING, _AFTER = 0.1, 0.7, 0.05


class Abort(Exception):
    """The tool ends; the text goes to standard error.

    Attributes:
        status: Exit status.
        aborted: It says ``Aborted!``, too.
    """

    def __init__(self, text: str, status: int = 1, *, aborted: bool = True) -> None:
        super().__init__(text)
        self.status = status
        self.aborted = aborted


@dataclass(frozen=True, slots=True)
class Job:
    """One install.

    Attributes:
        switch: The switch.
        call: Who is told about it.
        given: The file or URL as it was given, as the switch knows it.
        file: Where the file is.
    """

    switch: Switch
    call: Call
    given: str
    file: str

    async def pause(self, share: float) -> None:
        """Let a share of an install's duration pass."""
        await asyncio.sleep(self.switch.pace.install * share)


async def run(switch: Switch, call: Call) -> int:
    """Run the tool under either of its names."""
    if call.name == "sonic_installer":
        call.complain(
            "Warning: 'sonic_installer' command is deprecated and will be removed in the future\n"
            "Please use 'sonic-installer' instead"
        )
    if not call.root:
        call.complain(_NOT_ROOT)
        return 1
    options = {word for word in call.words if word.startswith("-")}
    words = [word for word in call.words if not word.startswith("-")]
    command = COMMANDS.get(words[0]) if words else None
    if command is None:
        call.complain("Usage: sonic-installer [OPTIONS] COMMAND [ARGS]...\n\nError: No such command.")
        return 2
    try:
        await command(switch, call, options, words[1:])
    except Abort as error:
        if str(error):
            call.complain(str(error))
        if error.aborted:
            call.complain("Aborted!")
        return error.status
    return 0


async def _agree(call: Call, options: set[str], question: str) -> None:
    if not options & {"-y", "--yes"} and (await call.ask(f"{question} [y/N]: ")).strip().lower() not in {"y", "yes"}:
        raise Abort("")


async def _list(switch: Switch, call: Call, _options: set[str], _words: list[str]) -> None:
    call.say(screens.boot(switch))


async def _set_default(switch: Switch, call: Call, _options: set[str], words: list[str]) -> None:
    version = _chosen(switch, words)
    if not _obeys(switch, version, call):
        return
    switch.images.default = version
    switch.effect("set_default", image=images.name(version))
    switch.effect("set_boot", which="default")


async def _set_next_boot(switch: Switch, call: Call, _options: set[str], words: list[str]) -> None:
    version = _chosen(switch, words)
    if not _obeys(switch, version, call, tool="grub-reboot"):
        return
    switch.images.once = version
    switch.effect("set_next_boot", image=images.name(version))
    switch.effect("set_boot", which="next_boot")


def _chosen(switch: Switch, words: list[str]) -> str:
    version = switch.images.named(words[0]) if words else None
    if version is None:
        raise Abort("Error: Image does not exist")
    return version


def _obeys(switch: Switch, version: str, call: Call, tool: str = "grub-set-default") -> bool:
    """Say what is run to set the boot, and tell whether that has any effect."""
    roles = ("any", "active" if version == switch.images.current else "standby")
    if any(switch.faults.has(f"set-boot-refused:{role}") for role in roles):
        raise Abort("Error: Failed to set image as default")
    call.say(f"Command: {tool} --boot-directory=/host {switch.images.installed.index(version)}\n")
    return not any(switch.faults.has(f"set-boot-ignored:{role}") for role in roles)


async def _remove(switch: Switch, call: Call, options: set[str], words: list[str]) -> None:
    await _agree(call, options, "Image will be removed, continue?")
    version = switch.images.named(words[0]) if words else None
    if version is None:
        raise Abort("Image does not exist", aborted=False)
    if version == switch.images.current:
        raise Abort("Cannot remove current image", aborted=False)
    _take_out(switch, call, version)


def _take_out(switch: Switch, call: Call, version: str) -> None:
    call.say("Updating GRUB...\nDone\nRemoving image root filesystem...")
    switch.folder.remove_image(version)
    switch.images.remove(version)
    call.say(f"Done\n{_GRUB.format(0)}\nImage removed")
    switch.effect("deleted", image=images.name(version))


async def _cleanup(switch: Switch, call: Call, options: set[str], _words: list[str]) -> None:
    await _agree(call, options, "Remove images which are not current and next, continue?")
    kept = {switch.images.current, switch.images.next}
    unused = [version for version in switch.images.installed if version not in kept]
    for version in unused:
        call.say(f"Removing image {images.name(version)}")
        _take_out(switch, call, version)
    if not unused:
        call.say("No image(s) to remove")


async def _binary_version(switch: Switch, call: Call, _options: set[str], words: list[str]) -> None:
    header = _header(switch, str(Path(call.folder, words[0]))) if words else None
    if header is None:
        raise Abort(_NO_IMAGE)
    call.say(images.name(header[0]))


async def _verify_next(switch: Switch, call: Call, _options: set[str], _words: list[str]) -> None:
    if not next_is_good(switch):
        raise Abort("Image verification failed", aborted=False)
    call.say("Image successfully verified")


def next_is_good(switch: Switch) -> bool:
    """Tell what ``verify-next-image`` finds: the folder is there. It does not look into it."""
    there = switch.folder.at(f"host/image-{switch.images.next}").is_dir()
    return there and "next-image-bad" not in switch.faults


async def _install(switch: Switch, call: Call, options: set[str], words: list[str]) -> None:
    await _agree(call, options, "New image will be installed, continue?")
    if not words:
        raise Abort("Error: Missing argument 'URL'.", 2, aborted=False)
    url = words[0]
    if url.startswith(("http://", "https://")):
        job = Job(switch, call, url, str(switch.folder.at(_DOWNLOADED)))
        await _download(job, url)
    else:
        job = Job(switch, call, switch.shown(url), str(Path(call.folder, url)))
    header = _header(switch, job.file)
    if header is None:
        raise Abort(_NO_IMAGE)
    version = header[0]
    if version == switch.images.current:
        call.say(f"Not installing SONiC version {version}, as current running SONiC has the same version")
    elif version in switch.images.installed:
        call.say(f"Image {images.name(version)} is already installed. Setting it as default...")
        _make_default(switch, call, version)
        await _finish(job)
    else:
        await _new(job, version, good=header[1])


async def _download(job: Job, url: str) -> None:
    """Ask for the file twice, as the tool does: once to see whether it is there."""
    switch, call = job.switch, job.call
    call.say("Downloading image...")
    if not await probe(switch, url):
        raise Abort("Did not receive a response from remote machine. Aborting...")
    switch.effect("download_started", url=url)
    transfer = Transfer()
    try:
        await transfer.run(switch, url, Path(job.file), Limits(), lambda now: _progress(call, now))
    except TransferError as error:
        switch.effect("download_failed", cause=f"curl {error.code}")
        raise Abort(f"\nDownload error\n{error}") from error
    except asyncio.CancelledError:
        switch.effect("download_failed", cause="ended")
        raise
    call.say("")
    switch.effect("download_done")


def _progress(call: Call, now: Transfer) -> None:
    """Print the one line that is written again and again."""
    elapsed = time.monotonic() - now.began or 1e-6
    percent = min(99, now.written * 100 // now.size) if now.size else 0
    rate = now.written / 1024 / elapsed
    left = int((now.size - now.written) / 1024 / rate) if rate else 0
    megabytes = now.written // 2**20
    call.say(f"\r...{percent}%, {megabytes} MB, {int(rate)} KB/s, {left} seconds left...", end="")


def _header(switch: Switch, file: str) -> tuple[str, bool] | None:
    """Read the version of an image, and whether its checksum is right; None if it is no image of this OS."""
    header: ImageHeader | None = None
    writer = BlobWriter()
    try:
        writer.write(Path(file).read_bytes())
        header = writer.finish().image(switch.platform.word)
    except OSError:
        return None
    except ImageError as error:
        if str(error) not in {"size", "checksum"}:
            return None
        words = Path(file).read_bytes()[:128].decode("latin-1").split()
        named = dict(word.split("=", 1) for word in words if "=" in word)
        return (named["version"], False) if named.get("platform") == switch.platform.word else None
    return header.version, True


async def _new(job: Job, version: str, *, good: bool) -> None:
    """Install an image that is not there yet."""
    switch, call = job.switch, job.call
    if "wrong-platform" in switch.faults:
        raise Abort(
            f"Image file '{job.given}' is of a different platform ASIC type than running platform's.\n"
            "If you are sure you want to install this image, use --skip-platform-check.\nAborting..."
        )
    if "bad-signature" in switch.faults:
        call.say(f"Verifying image {images.name(version)} signature...")
        raise Abort("Error: Failed verify image signature")
    call.say(f"Installing image {images.name(version)} and setting it as default...")
    shown = switch.shown(job.file)
    call.say(f"Command: bash {shown}")
    switch.effect("install_started", image=images.name(version), path=shown)
    try:
        if "stuck" in switch.faults:
            await asyncio.sleep(_LONG_S)
        await _unpack(job, version, good=good)
    except Abort as error:
        switch.effect("install_failed", cause=str(error).partition("\n")[0])
        raise
    except asyncio.CancelledError:
        switch.effect("install_failed", cause="ended")
        raise
    _make_default(switch, call, version)
    await job.pause(_AFTER)
    call.say("Command: config-setup backup\nTaking backup of current configuration")
    await _finish(job)
    switch.effect("install_done")
    if "changed-after-install" in switch.faults:
        switch.configuration.put("NTP_SERVER", "198.51.100.123", {})
        switch.effect("configured", line="config ntp add 198.51.100.123")


async def _unpack(job: Job, version: str, *, good: bool) -> None:
    switch, call = job.switch, job.call
    await job.pause(_BEFORE)
    if not good:
        call.say("Verifying image checksum ...")
        raise Abort(_damaged(Path(job.file)), aborted=False)
    call.say("Verifying image checksum ... OK.\nPreparing image archive ... OK.\nInstalling SONiC in SONiC")
    call.say(f"ONIE Installer: platform: {switch.onie}")
    for old in [one for one in switch.images.installed if one != switch.images.current]:
        call.say(f"Removing old SONiC installation /host/image-{old}")
        switch.folder.remove_image(old)
        switch.images.remove(old)
        switch.effect("deleted", image=images.name(old))
    call.say(f"Installing SONiC to /host/image-{version}")
    switch.folder.image(version, share=_PARTIAL)
    await job.pause(_WRITING)
    _write(job, version)
    call.say("Installed SONiC base image SONiC-OS successfully\n")


def _damaged(file: Path) -> str:
    """Give what the self-extracting archive says of itself when it is damaged."""
    content = file.read_bytes()
    expected, found = (hashlib.sha1(part, usedforsecurity=False).hexdigest() for part in (content[:128], content))
    return f"ERROR: Unable to verify archive checksum\nExpected: {expected}\nFound   : {found}"


def _write(job: Job, version: str) -> None:
    """Write the files, as far as the disk and the faults let it."""
    switch, call = job.switch, job.call
    if "extract-failed" in switch.faults:
        _fail(job, version, 2, "gzip: stdin: unexpected end of file\ntar: Unexpected EOF in archive")
    if "install-failed" in switch.faults:
        _fail(job, version, 1, "")
    if "disk-full-unpacking" in switch.faults or switch.folder.free < _needed(switch, version):
        lines = ("usr/share/sonic/templates", "usr/lib/python3", "var/lib/dpkg")
        call.complain("\n".join(f"tar: {line}: Cannot mkdir: No space left on device" for line in lines))
        switch.folder.image(version, share=_TRUNCATED)
        switch.folder.fill(0)
        switch.images.add(version)
        return
    if "install-false-success" in switch.faults:
        switch.folder.remove_image(version)
        return
    switch.folder.image(version)
    switch.images.add(version)


def _needed(switch: Switch, version: str) -> int:
    """Give the bytes that are still to be written of an image."""
    place = switch.folder.at(f"host/image-{version}")
    there = 0
    for name in SIZES:
        with contextlib.suppress(FileNotFoundError):
            there += os.stat(place / name).st_size  # noqa: PTH116
    return sum(SIZES.values()) - there


def _fail(job: Job, version: str, status: int, said: str) -> None:
    if said:
        job.call.complain(said)
    job.switch.folder.remove_image(version)
    raise Abort(
        f"Image install failed with exception: {status}\nDelete partial installed image: {images.name(version)}",
        status,
        aborted=False,
    )


def _make_default(switch: Switch, call: Call, version: str) -> None:
    """Let the installer make the image the default by itself."""
    if version not in switch.images.installed:
        call.say(_GRUB.format(0))
        return
    call.say(_GRUB.format(switch.images.installed.index(version)))
    ignored = any(switch.faults.has(f"set-boot-{what}:{role}") for what in ("ignored", "refused") for role in _ROLES)
    if not ignored:
        switch.images.default = version
        switch.effect("set_default", image=images.name(version))
        switch.effect("set_boot", which="default")


_ROLES = ("any", "standby")


async def _finish(job: Job) -> None:
    """Write everything to the disk, and wait."""
    job.call.say("Command: sync\nCommand: sync\nCommand: sync\nCommand: sleep 3")
    await job.pause(_AFTER)
    job.call.say("Done")


COMMANDS: dict[str, Callable[[Switch, Call, set[str], list[str]], Awaitable[None]]] = {
    "list": _list,
    "install": _install,
    "set-default": _set_default,
    "set_default": _set_default,
    "set-next-boot": _set_next_boot,
    "set_next_boot": _set_next_boot,
    "remove": _remove,
    "cleanup": _cleanup,
    "binary-version": _binary_version,
    "binary_version": _binary_version,
    "verify-next-image": _verify_next,
}
