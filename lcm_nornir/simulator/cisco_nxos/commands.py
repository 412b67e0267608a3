"""The commands that change something, and their dialogues."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lcm_nornir.simulator.cisco_nxos import invented, noise, phases
from lcm_nornir.simulator.cisco_nxos.bootflash import name_of
from lcm_nornir.simulator.cisco_nxos.installer import ASK, Attempt, changed_after
from lcm_nornir.simulator.cisco_nxos.phases import PhaseError, Walk
from lcm_nornir.simulator.dialogue import Ask, Dialogue, Hang, Held, Outcome, Tell, agrees

if TYPE_CHECKING:
    from lcm_nornir.simulator.cisco_nxos.cli import Cli

_VERIFYING = "Performing image verification and compatibility check, please wait....\n"
_VERIFY = 0.1  # share of an install that the verification of "boot nxos" takes
_SAVE_S = 2.0  # at speed 1
_BEAT_S = 0.05  # seconds between two looks at a log that grows
_OTHER_INSTALL = "Another install procedure may {}be in progress. (0x401E0007)"
_INSTALL_QUESTION = (
    "Switch will be reloaded for disruptive upgrade.\nDo you want to continue with the installation (y/n)?  [n] "
)
_MODES: tuple[list[str], ...] = ([], ["non-disruptive"])


def install_all(cli: Cli, words: list[str]) -> Outcome:
    """``install all nxos bootflash:F``: holds the session, and ends in a reload."""
    name = _image(words)
    if not name:
        return cli.invalid()
    switch = cli.switch
    if switch.installer.busy or switch.installer.rests:
        return _OTHER_INSTALL.format(" " if switch.layout.two_blanks else "")
    if name not in switch.flash.files:
        return invented.text(invented.NO_SUCH_FILE, switch.draws)
    if switch.faults.has("bad-signature:refused"):
        return invented.text(invented.NOT_SIGNED, switch.draws)
    return _converse(cli, switch.installer.begin(name, cli.power, confirmed=cli.dont_ask))


def _image(words: list[str]) -> str:
    return name_of(words[1]) if len(words) > 1 and words[0] == "nxos" and words[2:] in _MODES else ""


def _converse(cli: Cli, attempt: Attempt) -> Dialogue:
    run = cli.switch.run
    try:
        answer = yield Held(lambda tell: run(attempt.watch(tell)), outlives=attempt.confirmed)
        if answer == ASK:
            if not agrees((yield Ask(_INSTALL_QUESTION))):
                return ""
            attempt.confirm()
            answer = yield Held(lambda tell: run(attempt.watch(tell)), outlives=True)
        return noise.warned(cli.switch, answer)
    finally:
        attempt.abandon()


def impact(cli: Cli, words: list[str]) -> Outcome:
    """``show install all impact nxos bootflash:F``: the compatibility check alone."""
    name, switch = _image(words), cli.switch
    if not name:
        return cli.invalid()
    if switch.installer.busy:
        return _OTHER_INSTALL.format(" " if switch.layout.two_blanks else "")
    if name not in switch.flash.files:
        return invented.text(invented.NO_SUCH_FILE, switch.draws)
    return _impact(cli, name)


def _impact(cli: Cli, name: str) -> Dialogue:
    async def work(tell: Tell) -> str:
        try:
            await Walk(cli.switch, name, tell, []).check(phases.cause_of(cli.switch, name))
        except PhaseError as error:
            return str(error)
        return ""

    return (yield Held(lambda tell: cli.switch.run(work(tell))))


def install_status(cli: Cli, words: list[str]) -> Outcome:
    """``show install all status``: the log of the last install, or of the one that runs."""
    installer = cli.switch.installer
    if words:
        return cli.invalid()
    if not installer.log:
        return "No install all data found"
    if not installer.busy:
        return "\n".join(("This is the log of last installation.", "", *installer.log))
    head = "There is an on-going installation...\nEnter Ctrl-C to go back to the prompt.\n"
    if not cli.switch.layout.follows:
        return "\n".join((head, *installer.log))
    return _follow(cli, head)


def _follow(cli: Cli, head: str) -> Dialogue:
    async def work(tell: Tell) -> str:
        installer, told = cli.switch.installer, 0
        tell(f"{head}\n")
        while True:
            lines, told = installer.log[told:], len(installer.log)
            tell("".join(f"{line}\n" for line in lines))
            if not installer.busy:
                return ""
            await asyncio.sleep(_BEAT_S)

    return (yield Held(lambda tell: cli.switch.run(work(tell))))


def boot_nxos(cli: Cli, path: str) -> Outcome:
    """``boot nxos bootflash:F`` of the configuration mode: verifies the image, and holds the session meanwhile."""
    name, switch = name_of(path), cli.switch
    if not name:
        return cli.invalid()
    if name not in switch.flash.files:
        return invented.text(invented.NO_SUCH_FILE, switch.draws)
    return _boot_nxos(cli, name)


def _boot_nxos(cli: Cli, name: str) -> Dialogue:
    switch = cli.switch

    async def work(tell: Tell) -> str:
        tell(_VERIFYING)
        await asyncio.sleep(phases.LONG_S if switch.faults.has("stuck:install") else switch.pace.install * _VERIFY)
        return ""

    yield Held(lambda tell: cli.switch.run(work(tell)))
    faults, roles = switch.faults, ("any", "active" if name == switch.image else "standby")
    if name != switch.image and phases.cause_of(switch, name) in phases.OF_THE_IMAGE:
        return invented.text(invented.BOOT_REFUSED, switch.draws)
    if any(faults.has(f"set-boot-refused:{role}") for role in roles):
        return invented.text(invented.SET_BOOT_REFUSED, switch.draws)
    if not any(faults.has(f"set-boot-ignored:{role}") for role in roles):
        switch.set_boot(name)
    if name != switch.image:
        changed_after(switch)
    return noise.warned(switch, "")


def save(cli: Cli, words: list[str]) -> Outcome:
    """``copy running-config startup-config``."""
    if words not in (["running-config", "startup-config"], ["r", "s"]):
        return cli.invalid()
    if "save-refused" in cli.switch.faults:
        return invented.text(invented.SAVE_REFUSED, cli.switch.draws)
    return _save(cli)


def _save(cli: Cli) -> Dialogue:
    async def work(tell: Tell) -> str:
        tell(f"[{'':<40}]   1%")
        await asyncio.sleep(_SAVE_S / cli.switch.pace.speed)
        tell(f"\r[{'#' * 40}] 100%\n")
        cli.switch.save()
        return "Copy complete, now saving to disk (please wait)...\nCopy complete."

    return noise.warned(cli.switch, (yield Held(lambda tell: cli.switch.run(work(tell)))))


def delete(cli: Cli, words: list[str]) -> Outcome:
    """``delete bootflash:F [no-prompt]``."""
    name = name_of(words[0]) if words else ""
    if not name or words[1:] not in ([], ["no-prompt"]):
        return cli.invalid()
    if name not in cli.switch.flash.files:
        return invented.text(invented.NO_SUCH_FILE, cli.switch.draws)
    if words[1:] or cli.dont_ask:
        return _deleted(cli, name)
    return _delete(cli, name)


def _delete(cli: Cli, name: str) -> Dialogue:
    answer = yield Ask(invented.text(invented.DELETE, cli.switch.draws).format(name=name))
    return _deleted(cli, name) if not answer.strip() or agrees(answer) else ""


def _deleted(cli: Cli, name: str) -> str:
    cli.switch.flash.files.pop(name, None)
    cli.switch.effect("deleted", path=f"bootflash:{name}")
    return ""


def reload(cli: Cli, words: list[str]) -> Outcome:
    """``reload``: a question, then the session ends."""
    return _reload(cli) if not words else cli.invalid()


def _reload(cli: Cli) -> Dialogue:
    switch = cli.switch
    # That it warns of an unsaved configuration, and saves nothing, is [U].
    warning = invented.text(invented.UNSAVED, switch.draws) if switch.configuration.unsaved else ""
    if switch.faults.has("unexpected-question:reload") and not (yield from cli.unexpected()):
        return ""
    if not cli.dont_ask and not agrees((yield Ask(f"{warning}This command will reboot the system. (y/n)?  [n] "))):
        return ""
    switch.next_reason = "Reset Requested by CLI command reload"
    cli.power.reload()
    if "reload-never" not in switch.faults and "slow-down" not in switch.faults:
        yield Hang(invented.text(invented.FAREWELL, switch.draws))
    return ""
