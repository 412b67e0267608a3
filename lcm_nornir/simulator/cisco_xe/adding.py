"""The Add: an image is looked at, and its packages are unpacked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lcm_nornir.simulator.cisco_xe import invented, wording
from lcm_nornir.simulator.image import ImageError, ImageHeader

if TYPE_CHECKING:
    from collections.abc import Callable

    from lcm_nornir.simulator.cisco_xe.switch import Switch

# Faults with which an Add fails, and what is called the cause; an argument has it end in another way.
_CAUSES = {
    "wrong-platform": "platform",
    "bad-signature": "signature",
    "disk-full-unpacking": "space",
    "extract-failed": "extract",
    "install-failed": "install",
}
# How far an Add gets before it fails, as a share of its duration.
_FAILS_AT = {"image": 0.2, "platform": 0.2, "signature": 0.2, "space": 0.5, "extract": 0.5, "install": 1.0}
_SYNCING, _ADDING = 0.1, 0.5  # shares of an install's duration
_LONG_S = 36_000.0
_SUPER = (
    "Super package already added. Add operation not allowed. install remove inactive can be used to discard added "
    "packages"
)
_MISSING = "Install Operation failed as one or more package file(s) for running image is not present in the device"
_BUNDLE = (
    "Booted in bundle mode. For Bundle-to-Install mode conversion, please use one-shot CLI - install add file <> "
    "activate commit"
)


def refusal(switch: Switch, name: str, file: str, *, one_shot: bool) -> str:
    """Say why an image will not even be looked at; empty if it will."""
    if switch.bundle and not one_shot:
        text = _BUNDLE
    elif file not in switch.flash.files:
        text = invented.text(invented.ADD["missing"], switch.draws, file=file)
    elif switch.faults.has("bad-signature:refused"):
        text = invented.text(invented.ADD["signature"], switch.draws, file=file)
    elif any(version != _version_of(switch, file) for version in switch.packages.inactive):
        text = _SUPER
    elif not (switch.bundle or switch.is_whole(switch.running)):
        text = _MISSING
    else:
        return ""
    return wording.refused(switch, name, text, file)


def _version_of(switch: Switch, name: str) -> str:
    """Give the version of an image; empty if the file is none."""
    content = switch.flash.files[name].content
    try:
        return content.image(switch.platform.word).version if content else ""
    except ImageError:
        return ""


def _is_known(switch: Switch, file: str) -> bool:
    """The image of this file runs already in install mode, or is added."""
    version = _version_of(switch, file)
    runs = version == switch.running and not switch.bundle
    return bool(version) and (runs or version in switch.packages.inactive)


async def add(switch: Switch, say: Callable[[str], None], name: str, file: str) -> str:
    """Add an image.

    Args:
        switch: The switch.
        say: Prints what is said meanwhile.
        name: Name of the whole operation.
        file: Name of the image on the flash.

    Returns:
        What is said of a failure; empty if there was none.
    """
    begin = "" if name == "install_add" else f"{wording.began(switch, name)}\n"
    say(f"{begin}{wording.began(switch, 'install_add')}\ninstall_add: Adding {switch.layout.word}\n")
    if _is_known(switch, file):
        say("Add succeed with reason: Same Image File-No Change\n")
        return ""
    switch.installer.unpacking = True
    switch.effect("install_started", file=file)
    say(f"--- Starting initial file syncing ---\n{_synced(switch, file)}\nFinished initial file syncing\n\n")
    await asyncio.sleep(switch.pace.install * _SYNCING)
    say(wording.starting(switch, "Add"))
    if switch.faults.has("stuck:install"):
        await asyncio.sleep(_LONG_S)
    header, cause = _examined(switch, file)
    await asyncio.sleep(switch.pace.install * _ADDING * (_FAILS_AT[cause] if cause else 1.0))
    switch.installer.unpacking = False
    if header is None or cause:
        return _not_added(switch, name, file, cause)
    _unpack(switch, header)
    passed = wording.checked(switch, "Add")
    say(f"{passed}\nImage added. Version: {header.version}.0.{header.build}\n\nFinished Add\n\n")
    return ""


def _synced(switch: Switch, file: str) -> str:
    places = wording.places(switch)
    if places == "R0":
        return f"Copying bootflash:{file} from  R0 to  R0\nInfo: Finished copying to the selected "
    return f"[1]: Copying flash:{file} from switch 1 to switch {places}\n[1]: Finished copying to switch {places}"


def _examined(switch: Switch, file: str) -> tuple[ImageHeader | None, str]:
    """Give what the image says of itself, and the cause for which it cannot be added."""
    content = switch.flash.files[file].content
    try:
        header = content.image(switch.platform.word) if content else None
    except ImageError as error:
        return None, "platform" if str(error) == "platform" else "image"
    if header is None:
        return None, "image"
    cause = next((cause for fault, cause in _CAUSES.items() if switch.faults.has(fault)), "")
    if not cause and "disk-full-unpacking" not in switch.faults and header.size > switch.flash.free:
        cause = "space"
    return header, cause


def _not_added(switch: Switch, name: str, file: str, cause: str) -> str:
    if cause == "space":
        needed = switch.flash.files[file].size // 1024
        if "disk-full-unpacking" in switch.faults:
            switch.flash.fill(0)
        text = f"flash: requires {needed} KB of free space, but only {switch.flash.free // 1024} KB is available"
        if len(switch.members) > 1:
            text = f'rsync: write failed on "/flash/{file}": No space left on device (28)'
    else:
        text = invented.text(invented.ADD[cause], switch.draws, file=file)
    switch.effect("install_failed", cause=cause)
    checked = wording.checked(switch, "Add", failed=True)
    return f"{wording.failed(switch, text)}\n{checked}\nFinished Add\n\n{wording.ended(switch, name, file)}"


def _unpack(switch: Switch, header: ImageHeader) -> None:
    """Write the packages, as far as the faults let it."""
    faults = switch.faults
    if "install-false-success" not in faults and not faults.has("disk-full-unpacking:claimed"):
        switch.packages.inactive.append(header.version)
        switch.packages.broken.discard(header.version)
        switch.unpack(header.version, header.size)
        if faults.has("disk-full-unpacking:incomplete"):
            switch.packages.broken.add(header.version)
    if "disk-full-unpacking" in faults:
        switch.flash.fill(0)
    switch.effect("install_done")
    if "changed-after-install" in faults:
        switch.configure("ntp server 198.51.100.123")
