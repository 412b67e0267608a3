"""``install`` and its questions; the work itself is the installer's, and goes on when the session is gone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lcm_nornir.simulator.cisco_xe import activating, adding, invented, packages, wording
from lcm_nornir.simulator.cisco_xe.commands import INVALID, proceeds, save
from lcm_nornir.simulator.cisco_xe.flash import name_of
from lcm_nornir.simulator.dialogue import Ask, Dialogue, Hang, Held, Outcome, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from lcm_nornir.simulator.cisco_xe.cli import Cli
    from lcm_nornir.simulator.cisco_xe.switch import Switch

    Say = Callable[[str], None]

_UNSAVED = "System configuration has been modified. Please save configuration and resubmit command."
_PROCEED = "\nThis operation may require a reload of the system. Do you want to proceed? [y/n]"
_SAVE_OR_QUIT = (
    "System configuration has been modified.\nPress Yes(y) to save the configuration and proceed.\n"
    "Press No(n) for proceeding without saving the configuration.\n"
    "Press Quit(q) to exit, you may save configuration and re-enter the command. [y/n/q]"
)
_BOOT_CONFIG = "Please confirm you have changed boot config to flash:packages.conf [y/n]"
_LEAST_MINUTES, _MOST_MINUTES = 30, 1200


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for in one line.

    Attributes:
        file: Name of the file to add; empty for none.
        activates: Packages are to be activated.
        commits: What is activated is to be committed in one go.
        minutes: Limit of the auto abort timer; 0 takes the switch's own.
        asks: Questions may be asked.
    """

    file: str = ""
    activates: bool = False
    commits: bool = False
    minutes: int = 0
    asks: bool = True

    @property
    def name(self) -> str:
        """The name of the operation, as the switch calls it."""
        parts = (("add", bool(self.file)), ("activate", self.activates), ("commit", self.commits))
        return "_".join(("install", *(word for word, wanted in parts if wanted)))


def _parsed(words: list[str]) -> Request | None:
    """Read ``add file F [activate ...]`` or ``activate ...``; None if it makes no sense."""
    file, rest = "", list(words)
    if rest[:2] == ["add", "file"] and len(rest) > 2:  # noqa: PLR2004 - and the file
        file, rest = name_of(rest[2]) or "", rest[3:]
        if not file:
            return None
    activates = rest[:1] == ["activate"]
    rest = rest[1:] if activates else rest
    commits, minutes, asks = False, 0, True
    while rest:
        match rest:
            case ["commit", *rest] if activates and file:
                commits = True
            case ["auto-abort-timer", number, *rest] if activates and number.isdecimal():
                minutes = int(number)
                if not _LEAST_MINUTES <= minutes <= _MOST_MINUTES:
                    return None
            case ["prompt-level", "none" | "all" as level, *rest]:
                asks = level == "all"
            case _:
                return None
    return Request(file, activates, commits, minutes, asks) if file or activates else None


def install(cli: Cli, words: list[str]) -> Outcome:
    """``install add | activate | commit | abort | remove | rollback | auto-abort-timer stop``."""
    quiet = words[-2:] == ["prompt-level", "none"]
    match words[:-2] if quiet else words:
        case ["auto-abort-timer", "stop"]:
            return _named(cli, "install_auto_abort_timer_stop", _stop_timer(cli))
        case ["commit"]:
            return _named(cli, "install_commit", _commit(cli))
        case ["abort"]:
            return _named(cli, "install_abort", _abort(cli, asks=not quiet))
        case ["remove", "inactive"]:
            return _named(cli, "install_remove", _remove(cli, asks=not quiet))
        case ["rollback", "to", *where]:
            return _named(cli, "install_rollback", _rollback(cli, where, asks=not quiet))
    request = _parsed(words)
    return INVALID if request is None else _named(cli, request.name, _install(cli, request))


def _named(cli: Cli, name: str, dialogue: Dialogue) -> Dialogue:
    """Run a dialogue as the one operation of this name; it is refused while another one runs."""
    switch = cli.switch
    refused = wording.busy(switch, name)
    if refused:
        return refused
    with switch.installer.hold(name):
        said = yield from dialogue
    # The prompt comes back once more before the reload, or the session just ends.
    stays = any(fault in switch.faults for fault in ("reload-never", "slow-down"))
    if cli.power.going_down and not switch.layout.returns and not stays:
        yield Hang(said)
    return said


def _install(cli: Cli, request: Request) -> Dialogue:
    """Add, activate and commit, as far as is asked for."""
    switch, installer = cli.switch, cli.switch.installer
    one_shot = request.activates and request.commits
    if request.file:
        refused = adding.refusal(switch, request.name, request.file, one_shot=one_shot)
        if refused:
            return refused
    if not request.activates:
        return (yield Held(lambda say: installer.run(_added(switch, request, say)), outlives=True))
    if switch.configuration.unsaved:
        refused = yield from _unsaved(cli, request)
        if refused:
            return refused
    if request.file and request.asks:
        adds = adding.add
        refused = yield Held(lambda say: installer.run(adds(switch, say, request.name, request.file)), outlives=True)
        if refused:
            return refused
    return (yield from _activate(cli, request))


async def _added(switch: Switch, request: Request, say: Say) -> str:
    failed = await adding.add(switch, say, request.name, request.file)
    return failed or wording.succeeded(switch, request.name, request.file)


def _unsaved(cli: Cli, request: Request) -> Generator[Step, str, str]:
    """Refuse an unsaved configuration, or ask about it; gives what is said of a refusal."""
    switch = cli.switch
    if not (request.asks and switch.layout.asks_to_save):
        return wording.refused(switch, request.name, _UNSAVED, request.file)
    answer = (yield Ask(f"{wording.began(switch, request.name)}\n\n{_SAVE_OR_QUIT}")).strip().lower()
    if answer == "y":
        save(cli)
        answer = "q" if switch.configuration.unsaved else "y"
    return "" if answer in {"y", "n"} else _not_agreed(switch, request.name)


def _not_agreed(switch: Switch, name: str) -> str:
    return f"{name}: {invented.text(invented.NOT_AGREED, switch.draws)}\n{wording.ended(switch, name)}"


def _activate(cli: Cli, request: Request) -> Dialogue:
    """Ask whether to go on, and activate; without questions the Add is a part of the same work."""
    switch = cli.switch
    if not (request.file or switch.packages.inactive):
        return wording.refused(switch, request.name, invented.text(invented.NOTHING_ADDED, switch.draws))
    if request.asks:
        if switch.bundle and not (yield from proceeds(_BOOT_CONFIG)):
            return _not_agreed(switch, request.name)
        if not (yield from proceeds(_listed(switch) + _PROCEED + cli.monitored("Started install activate NONE"))):
            return _not_agreed(switch, request.name)
    return (yield Held(lambda say: switch.installer.run(_activated(switch, request, say)), outlives=True))


def _listed(switch: Switch) -> str:
    """Name the packages that will be activated: those that were added last."""
    version = switch.packages.inactive[-1] if switch.packages.inactive else switch.running
    files = "\n".join(f"/flash/{name}" for name in packages.files(version))
    head = f"{wording.began(switch, 'install_activate')}\ninstall_activate: Activating {switch.layout.word}"
    return f"{head}\nFollowing packages shall be activated:\n{files}\n"


async def _activated(switch: Switch, request: Request, say: Say) -> str:
    """Do what is left to do when nothing more is asked."""
    if not request.asks:
        if request.file:
            failed = await adding.add(switch, say, request.name, request.file)
            if failed:
                return failed
        say(_listed(switch))
    if not switch.packages.inactive:  # the Add found that this runs already, or claimed what is not so
        return wording.succeeded(switch, request.name)
    version, minutes = switch.packages.inactive[-1], request.minutes or switch.layout.minutes
    return await activating.activate(switch, say, request.name, version, commit=request.commits, minutes=minutes)


def _stop_timer(cli: Cli) -> Dialogue:
    cli.switch.installer.stop_timer()
    yield from ()
    return wording.succeeded(cli.switch, "install_auto_abort_timer_stop")


def _commit(cli: Cli) -> Dialogue:
    switch = cli.switch
    return (yield Held(lambda say: switch.installer.run(activating.commit(switch, say)), outlives=True))


def _abort(cli: Cli, *, asks: bool) -> Dialogue:
    switch, name = cli.switch, "install_abort"
    if not switch.packages.pending:
        return f"{wording.began(switch, name)}\nFAILED: {name} : Nothing to Abort"
    return (yield from _back(switch, name, "Abort", switch.packages.committed, asks=asks))


def _back(switch: Switch, name: str, step: str, version: str, *, asks: bool) -> Dialogue:
    if asks and not (yield from proceeds(f"{wording.began(switch, name)}\n{_PROCEED}")):
        return _not_agreed(switch, name)
    run = switch.installer.run
    return (yield Held(lambda say: run(activating.go_back(switch, say, name, step, version)), outlives=True))


def _rollback(cli: Cli, where: list[str], *, asks: bool) -> Dialogue:
    """``install rollback to {committed | base | id N}``; ids are those of ``show install rollback``."""
    switch, held = cli.switch, cli.switch.packages
    version = ""
    match where:
        case ["committed"]:
            version = held.committed if held.pending else ""
        case ["base"]:
            version = held.former[0] if held.former else ""
        case ["id", number] if number.isdecimal():
            version = held.former[int(number) - 1] if 0 < int(number) <= len(held.former) else ""
    if not version or any(file not in switch.flash.files for file in packages.files(version)):
        text = invented.text(invented.NO_ROLLBACK_POINT, switch.draws)
        return wording.refused(switch, "install_rollback", text)
    return (yield from _back(switch, "install_rollback", "Rollback", version, asks=asks))


def _unused(switch: Switch) -> list[str]:
    """Name the files that ``install remove inactive`` takes away: packages that do not run, and images, new ones too.

    No document says that the images go, too; it is what people with real switches tell.
    """
    kept_versions = {switch.packages.active, switch.packages.committed, switch.running} - {""}
    kept = {switch.booted_from.file}
    for version in kept_versions:
        kept |= {*packages.files(version), switch.provisioning(version)}
    mine = (name for name in switch.flash.files if re.fullmatch(r"cat9k\S+\.(pkg|bin|conf)", name))
    return sorted(name for name in mine if name not in kept)


def _remove(cli: Cli, *, asks: bool) -> Dialogue:
    switch, name = cli.switch, "install_remove"
    head = f"{wording.began(switch, name)}\ninstall_remove: Removing {switch.layout.word}\n"
    said, names = head + "Cleaning up unnecessary package files\n", _unused(switch)
    if not names:
        nothing = "No extra package or provisioning files found on media. Nothing to clean."
        return f"{said}{nothing}\n{wording.succeeded(switch, name)}"
    listed = "\n".join(f"/flash/{file}" for file in names)
    said += f"The following files will be deleted:\n[{wording.places(switch)}]:\n{listed}\n"
    if asks and not (yield from proceeds(f"{said}\nDo you want to remove the above files? [y/n]")):
        return _not_agreed(switch, name)
    for file in names:
        del switch.flash.files[file]
    switch.packages.inactive.clear()
    switch.packages.former.clear()
    switch.effect("deleted", files=names)
    told = "\n".join(f"Deleting file flash:{file} ... done." for file in names)
    return f"{told}\nSUCCESS: Files deleted.\n{wording.succeeded(switch, name)}"
