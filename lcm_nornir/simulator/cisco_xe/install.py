"""``install`` and its questions; the work itself is the installer's, and goes on when the session is gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lcm_nornir.simulator.cisco_xe import invented, moments, packages
from lcm_nornir.simulator.cisco_xe.commands import INVALID, agreed, save
from lcm_nornir.simulator.cisco_xe.flash import name_of
from lcm_nornir.simulator.cisco_xe.installer import UNSAVED
from lcm_nornir.simulator.dialogue import Ask, Dialogue, Hang, Held, Outcome, Step

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator

    from lcm_nornir.simulator.cisco_xe.cli import Cli
    from lcm_nornir.simulator.cisco_xe.installer import Installer, Say

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
    switch, installer = cli.switch, cli.switch.installer
    quiet = words[-2:] == ["prompt-level", "none"]
    bare = words[:-2] if quiet else words
    match bare:
        case ["auto-abort-timer", "stop"]:
            installer.stop_timer()
            return f"install_auto_abort_timer_stop: START {moments.dated(switch.now())}\n" + installer.succeeded(
                "install_auto_abort_timer_stop"
            )
        case ["commit"]:
            return installer.refusal("install_commit") or _commit(installer)
        case ["abort"]:
            return installer.refusal("install_abort") or _abort(cli, asks=not quiet)
        case ["remove", "inactive"]:
            return installer.refusal("install_remove") or _remove(cli, asks=not quiet)
        case ["rollback", "to", *where]:
            return installer.refusal("install_rollback") or _rollback(cli, where, asks=not quiet)
    request = _parsed(words)
    if request is None:
        return INVALID
    return installer.refusal(request.name) or _install(cli, request)


def _install(cli: Cli, request: Request) -> Dialogue:
    """Add, activate and commit, as far as is asked for."""
    switch, installer = cli.switch, cli.switch.installer
    one_shot = request.activates and request.commits
    refused = installer.add_refusal(request.name, request.file, one_shot=one_shot) if request.file else ""
    if refused:
        return refused
    with installer.hold(request.name):
        if request.activates and switch.configuration.unsaved:
            problem = yield from _saved(cli, request)
            if problem:
                return problem
        if not request.activates:
            return (yield Held(lambda say: installer.run(_added(installer, request, say)), outlives=True))
        if request.file and request.asks:
            failed = yield Held(
                lambda say: installer.run(installer.add(say, request.name, request.file)), outlives=True
            )
            if failed:
                return failed
        return (yield from _activate(cli, request))


async def _added(installer: Installer, request: Request, say: Say) -> str:
    failed = await installer.add(say, request.name, request.file)
    return failed or installer.succeeded(request.name, request.file)


def _saved(cli: Cli, request: Request) -> Generator[Step, str, str]:
    """Refuse an unsaved configuration, or ask about it; gives what is said of a refusal."""
    switch, installer = cli.switch, cli.switch.installer
    if not (request.asks and switch.layout.asks_to_save):
        return f"{installer.began(request.name)}\n{installer.failed_at(UNSAVED)}\n{installer.ended(request.name, request.file)}"
    answer = (yield Ask(f"{installer.began(request.name)}\n\n{_SAVE_OR_QUIT}")).strip().lower()
    if answer == "y":
        save(cli)
        answer = "q" if switch.configuration.unsaved else "y"
    return "" if answer in {"y", "n"} else _not_agreed(cli, request.name)


def _not_agreed(cli: Cli, name: str) -> str:
    installer = cli.switch.installer
    return f"{name}: {invented.text(invented.NOT_AGREED, cli.switch.draws)}\n{installer.ended(name)}"


def _activate(cli: Cli, request: Request) -> Dialogue:
    """Ask whether to go on, and activate; without questions the Add is a part of the same work."""
    switch, installer = cli.switch, cli.switch.installer
    if request.asks or not request.file:
        found = _activatable(cli, request)
        if found is None:
            text = invented.text(invented.NOTHING_ADDED, switch.draws)
            return f"{installer.began(request.name)}\n{installer.failed_at(text)}\n{installer.ended(request.name)}"
    if request.asks:
        if switch.bundle and not (yield from agreed(_BOOT_CONFIG)):
            return _not_agreed(cli, request.name)
        if not (yield from agreed(_listed(cli, request) + _PROCEED + cli.monitored("Started install activate NONE"))):
            return _not_agreed(cli, request.name)
    said = yield Held(lambda say: installer.run(_activated(cli, request, say)), outlives=True)
    return (yield from _left(cli, said))


def _activatable(cli: Cli, request: Request) -> str | None:
    """Give the version that an activation takes: the one that was added last."""
    inactive = cli.switch.packages.inactive
    return inactive[-1] if inactive else "" if request.file else None


def _listed(cli: Cli, request: Request) -> str:
    version = _activatable(cli, request) or cli.switch.running
    files = "\n".join(f"/flash/{name}" for name in packages.files(version))
    word = cli.switch.layout.word
    head = f"{cli.switch.installer.began('install_activate')}\ninstall_activate: Activating {word}"
    return f"{head}\nFollowing packages shall be activated:\n{files}\n"


async def _activated(cli: Cli, request: Request, say: Say) -> str:
    """Do what is left to do when nothing more is asked."""
    switch, installer = cli.switch, cli.switch.installer
    if request.file and not request.asks:
        failed = await installer.add(say, request.name, request.file)
        if failed:
            return failed
    if not request.asks:
        say(_listed(cli, request))
    version = _activatable(cli, request)
    if not version:  # the Add found that this runs already, or claimed what is not so
        return installer.succeeded(request.name)
    minutes = request.minutes or switch.layout.minutes
    return await installer.activate(say, request.name, version, commit=request.commits, minutes=minutes)


def _left(cli: Cli, said: str) -> Dialogue:
    """Give the prompt back once more before the reload, or never again."""
    power = cli.power
    stays = any(fault in cli.switch.faults for fault in ("reload-never", "slow-down"))
    if power.going_down and not cli.switch.layout.returns and not stays:
        yield Hang(said)
    return said


def _commit(installer: Installer) -> Dialogue:
    with installer.hold("install_commit"):
        return (yield Held(lambda say: installer.run(installer.commit(say)), outlives=True))


def _abort(cli: Cli, *, asks: bool) -> Dialogue:
    switch, installer, name = cli.switch, cli.switch.installer, "install_abort"
    if not switch.packages.pending:
        return f"{installer.began(name)}\nFAILED: {name} : Nothing to Abort"
    return (yield from _back(cli, name, "Abort", switch.packages.committed, asks=asks))


def _back(cli: Cli, name: str, step: str, version: str, *, asks: bool) -> Dialogue:
    installer = cli.switch.installer
    with installer.hold(name):
        if asks and not (yield from agreed(f"{installer.began(name)}\n{_PROCEED}")):
            return _not_agreed(cli, name)
        work: Callable[[Say], Coroutine[None, None, str]] = lambda say: installer.go_back(say, name, step, version)  # noqa: E731 - it is held below
        said = yield Held(lambda say: installer.run(work(say)), outlives=True)
        return (yield from _left(cli, said))


def _rollback(cli: Cli, where: list[str], *, asks: bool) -> Outcome:
    """``install rollback to {committed | base | id N}``; ids are those of ``show install rollback``."""
    held = cli.switch.packages
    version = ""
    match where:
        case ["committed"]:
            version = held.committed if held.pending else ""
        case ["base"]:
            version = held.former[0] if held.former else ""
        case ["id", number] if number.isdecimal():
            version = held.former[int(number) - 1] if 0 < int(number) <= len(held.former) else ""
        case _:
            return INVALID
    installer, name = cli.switch.installer, "install_rollback"
    if not version or any(file not in cli.switch.flash.files for file in packages.files(version)):
        text = invented.text(invented.NO_ROLLBACK_POINT, cli.switch.draws)
        return f"{installer.began(name)}\n{installer.failed_at(text)}\n{installer.ended(name)}"
    return _back(cli, name, "Rollback", version, asks=asks)


def unused(cli: Cli) -> list[str]:
    """Name the files that ``install remove inactive`` takes away: packages that do not run, and images, new ones too.

    No document says that images go with the packages; people report it.
    """
    switch = cli.switch
    kept = {switch.booted_from.file, *(packages.files(switch.packages.active) if switch.packages.active else ())}
    kept |= set(packages.files(switch.packages.committed)) if switch.packages.committed else set()
    files = switch.flash.files
    mine = [name for name in files if name.startswith("cat9k") and name.endswith((".pkg", ".bin", ".conf"))]
    versions = {switch.packages.active, switch.packages.committed, switch.running}
    return [
        name
        for name in mine
        if name not in kept
        and not (name.endswith(".conf") and name[:-5].split("iosxe.")[-1].removesuffix(".SPA") in versions)
    ]


def _remove(cli: Cli, *, asks: bool) -> Dialogue:
    switch, installer, name = cli.switch, cli.switch.installer, "install_remove"
    with installer.hold(name):
        said = f"{installer.began(name)}\ninstall_remove: Removing {switch.layout.word}\nCleaning up unnecessary package files\n"
        names = unused(cli)
        if not names:
            return f"{said}No extra package or provisioning files found on media. Nothing to clean.\n{installer.succeeded(name)}"
        files = "\n".join(f"/flash/{file}" for file in names)
        said += f"The following files will be deleted:\n[{installer.places}]:\n{files}\n"
        if asks and not (yield from agreed(f"{said}\nDo you want to remove the above files? [y/n]")):
            return _not_agreed(cli, name)
        for file in names:
            switch.flash.files.pop(file, None)
            switch.effect("deleted", path=f"flash:{file}")
        switch.packages.inactive.clear()
        switch.packages.former.clear()
        switch.effect("removed")
        told = "\n".join(f"Deleting file flash:{file} ... done." for file in names)
        return f"{told}\nSUCCESS: Files deleted.\n{installer.succeeded(name)}"
