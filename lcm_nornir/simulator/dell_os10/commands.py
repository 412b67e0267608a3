"""The commands that change something, and their dialogues."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lcm_nornir.simulator.dell_os10 import invented, noise
from lcm_nornir.simulator.dialogue import Dialogue, Hang, Outcome, Step, agreed, hang

if TYPE_CHECKING:
    from collections.abc import Generator

    from lcm_nornir.simulator.dell_os10.cli import Cli

ILLEGAL = "% Error: Illegal parameter."
_SCHEMES = {"ftp", "http", "https", "scp", "sftp", "tftp", "usb"}
_NEED_HOST = _SCHEMES - {"usb"}


def _legal(url: str) -> bool:
    try:
        parts = urlsplit(url)
        good = parts.scheme in _SCHEMES and bool(parts.path.rpartition("/")[2])
        return good and (parts.scheme not in _NEED_HOST or (bool(parts.hostname) and parts.port != 0))
    except ValueError:
        return False


def image_download(cli: Cli, words: list[str]) -> Outcome:
    """``image download URL [insecure]``: returns at once, goes on in the background."""
    if not words or not _legal(words[0]) or words[1:] not in ([], ["insecure"]) or "url-illegal" in cli.switch.faults:
        return ILLEGAL
    cli.switch.installer.download(words[0])
    return noise.warned(cli.switch, "Download started.\nUse 'show image status' for updates")


def image_install(cli: Cli, words: list[str]) -> Outcome:
    """``image install image://F`` or a URL: returns at once, goes on in the background."""
    switch = cli.switch
    if len(words) != 1:
        return ILLEGAL
    scheme, _, name = words[0].partition("://")
    if scheme == "image":
        if name not in switch.disk.images:
            return invented.text(invented.NO_SUCH_IMAGE, switch.draws)
        if switch.faults.has("bad-signature:refused"):
            return invented.text(invented.NOT_SIGNED, switch.draws)
        switch.installer.begin(switch.disk.images[name].content)
    elif _legal(words[0]) and "url-illegal" not in switch.faults:
        switch.installer.download(words[0], install=True)
    else:
        return ILLEGAL
    if "silent-install" in switch.faults:
        return hang()
    return noise.warned(switch, invented.text(invented.INSTALL_STARTED, switch.draws))


def image_cancel(cli: Cli, _words: list[str]) -> Outcome:
    """``image cancel``: ends a download, never an install."""
    if cli.switch.installer.cancel():
        return ""
    return invented.text(invented.NOTHING_TO_CANCEL, cli.switch.draws)


def image_verify(cli: Cli, words: list[str]) -> Outcome:
    """``image verify image://F {sha256 signature URL | gpg signature URL | pki signature URL public-key URL}``."""
    form = re.fullmatch(
        r"image://(\S+) (?:(?:sha256|gpg) signature \S+|pki signature \S+ public-key \S+)", " ".join(words)
    )
    if form is None:
        return ILLEGAL
    file = cli.switch.disk.images.get(form[1])
    if file is None:
        return invented.text(invented.NO_SUCH_IMAGE, cli.switch.draws)
    if not file.content.is_image(cli.switch.platform.word) or "bad-signature" in cli.switch.faults:
        return invented.text(invented.NOT_VERIFIED, cli.switch.draws)
    return "Image verified successfully."


def boot_system(cli: Cli, words: list[str]) -> Outcome:
    """``boot system {active|standby}``: immediate and silent."""
    if words not in (["active"], ["standby"]):
        return ILLEGAL
    faults, roles = cli.switch.faults, ("any", words[0])
    if any(faults.has(f"set-boot-refused:{role}") for role in roles):
        return invented.text(invented.SET_BOOT_REFUSED, cli.switch.draws)
    if not any(faults.has(f"set-boot-ignored:{role}") for role in roles):
        cli.switch.set_boot(words[0])
    return noise.warned(cli.switch, "")


def save(cli: Cli, _words: list[str]) -> Outcome:
    """``write memory`` and its long form."""
    if "save-refused" in cli.switch.faults:
        return invented.text(invented.SAVE_REFUSED, cli.switch.draws)
    cli.switch.save()
    return noise.warned(cli.switch, "")


def delete(cli: Cli, words: list[str]) -> Outcome:
    """``delete image://F``."""
    if len(words) != 1 or not words[0].startswith("image://"):
        return ILLEGAL
    return _delete(cli, words[0])


def _delete(cli: Cli, path: str) -> Dialogue:
    name = path.removeprefix("image://")
    if (yield from _agree(cli, f"Proceed to delete {path} [confirm yes/no(default)]:")):
        if cli.switch.disk.images.pop(name, None) is None:
            return invented.text(invented.NO_SUCH_IMAGE, cli.switch.draws)
        cli.switch.effect("deleted", path=path)
    return ""


def reload(cli: Cli, words: list[str]) -> Outcome:
    """``reload``: one or two questions, then the session ends."""
    return _reload(cli) if not words else ILLEGAL


def _reload(cli: Cli) -> Dialogue:
    switch = cli.switch
    said = ""
    if switch.configuration.unsaved:
        if (yield from _agree(cli, "System configuration has been modified. Save? [yes/no]:")):
            if "save-refused" in switch.faults:
                return invented.text(invented.SAVE_REFUSED, switch.draws)
            switch.save()
            said = "Saving system configuration\n"
        else:
            said = "Continuing without saving system configuration\n"
    if switch.faults.has("unexpected-question:reload"):
        if not (yield from cli.unexpected(said)):
            return ""
        said = ""
    if not (yield from _agree(cli, said + "Proceed to reboot the system? [confirm yes/no]:")):
        return ""
    cli.power.reload()
    if "reload-never" not in switch.faults and "slow-down" not in switch.faults:
        yield Hang(invented.text(invented.FAREWELL, switch.draws))
    return ""


def _agree(cli: Cli, question: str) -> Generator[Step, str, bool]:
    """Ask until the answer is yes or no; only the question itself is asked again."""
    again = invented.text(invented.ANSWER_AGAIN, cli.switch.draws)
    return (yield from agreed(question, f"{again}\n{question.rpartition(chr(10))[2]}"))
