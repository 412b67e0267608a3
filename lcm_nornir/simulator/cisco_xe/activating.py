"""Activate, commit, and the ways back: they choose what the next boot loads, and most of them reload."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lcm_nornir.simulator.cisco_xe import invented, wording

if TYPE_CHECKING:
    from collections.abc import Callable

    from lcm_nornir.simulator.cisco_xe.switch import Switch

    Say = Callable[[str], None]

_ACTIVATING, _COMMITTING = 0.3, 0.1  # shares of an install's duration
_REASONS = ("Reload Command", "Install")


def _has(switch: Switch, fault: str, role: str) -> bool:
    """Tell whether a fault of setting the boot concerns this way: ``standby`` is forward, ``active`` is back."""
    return any(switch.faults.has(f"{fault}:{one}") for one in ("any", role))


async def activate(switch: Switch, say: Say, name: str, version: str, *, commit: bool, minutes: int) -> str:
    """Let the next boot load other packages, and reload.

    Args:
        switch: The switch.
        say: Prints what is said meanwhile.
        name: Name of the whole operation.
        version: Version of the packages.
        commit: Commit at once; else a timer runs.
        minutes: Limit of that timer.

    Returns:
        The last words.
    """
    say("\n" + wording.starting(switch, "Activate", listed=True))
    await asyncio.sleep(switch.pace.install * _ACTIVATING)
    trouble = _not_activated(switch, name)
    if trouble:
        switch.effect("activate_failed")
        return trouble
    ignored = _has(switch, "set-boot-ignored", "standby")
    if not ignored:
        switch.packages.activate(version)
        switch.effect("set_boot", which="activate")
    finished = wording.finished(switch, "Activate")
    say(f"{finished}{wording.checked(switch, 'Activate')}\nFinished Activate\n\n")
    if commit:
        say(_committed(switch))
        await asyncio.sleep(switch.pace.install * _COMMITTING)
    if not ignored:
        if commit:
            keep(switch)
        else:
            switch.installer.start_timer(minutes)
        switch.reload(switch.draws.pick("reason of an install", _REASONS))
    return wording.succeeded(switch, name)


def _not_activated(switch: Switch, name: str) -> str:
    if "activate-fails" in switch.faults:
        number = min(int(switch.faults.number("activate-fails")), len(switch.members))
        return f"[{number}]: FAILED: Activate failed in switch\n{wording.ended(switch, name)}"
    if _has(switch, "set-boot-refused", "standby"):
        text = invented.text(invented.NOT_ACTIVATED, switch.draws)
        return f"{wording.failed(switch, text)}\n{wording.ended(switch, name)}"
    return ""


def _committed(switch: Switch) -> str:
    finished, checked = wording.finished(switch, "Commit"), wording.checked(switch, "Commit")
    return f"{wording.starting(switch, 'Commit', listed=True)}{finished}{checked}\nFinished Commit operation\n\n"


def keep(switch: Switch) -> None:
    """Commit what is activated."""
    switch.installer.stop_timer()
    switch.packages.commit()
    switch.effect("committed")


async def commit(switch: Switch, say: Say) -> str:
    """Commit what is activated; gives the last words."""
    name = "install_commit"
    say(f"{wording.began(switch, name)}\n{name}: Committing {switch.layout.word}\n\n")
    forms: tuple[str, ...] = ()
    if not switch.packages.pending:
        forms = invented.NOTHING_TO_COMMIT
    elif "commit-refused" in switch.faults:
        forms = invented.NOT_COMMITTED
    await asyncio.sleep(switch.pace.install * _COMMITTING)
    if forms:
        text = invented.text(forms, switch.draws)
        return f"{wording.failed(switch, text)}\n{wording.ended(switch, name)}"
    say(_committed(switch))
    keep(switch)
    return wording.succeeded(switch, name)


async def go_back(switch: Switch, say: Say, name: str, step: str, version: str) -> str:
    """Let the next boot load what is committed, or an earlier version, and reload; gives the last words."""
    say("\n" + wording.starting(switch, step))
    await asyncio.sleep(switch.pace.install * _ACTIVATING)
    if _has(switch, "set-boot-refused", "active"):
        text = invented.text(invented.NOT_ACTIVATED, switch.draws)
        return f"FAILED: {name} : {text}\n{wording.ended(switch, name)}"
    say(f"{wording.checked(switch, step)}\nFinished {step} operation\n\n")
    if not _has(switch, "set-boot-ignored", "active"):
        if switch.packages.pending and version == switch.packages.committed:
            switch.installer.take_back(step.lower())
        else:
            switch.installer.stop_timer()
            switch.packages.return_to(version)
            switch.effect("set_boot", which=step.lower())
        switch.reload(switch.draws.pick("reason of an install", _REASONS))
    return wording.succeeded(switch, name)
