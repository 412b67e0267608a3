"""What keeps an installer busy, and what became of what an earlier attempt began: looked at before each command.

What is ours is followed; nobody else's work is touched.
"""

from __future__ import annotations

from collections.abc import Callable

from nornir.core.task import Task

from lcm_nornir.door import journal_of, look, unfinished
from lcm_nornir.drivers.base import Activity, CopyState, Driver, InstallerState, InstallState
from lcm_nornir.errors import AnotherInstallInProgress, InstallerBusy
from lcm_nornir.events import Evidence, tell
from lcm_nornir.journal.intent import Unfinished
from lcm_nornir.tasks.findings import Action, Finding, action_on

_PART: dict[str, Callable[[InstallerState], CopyState | InstallState]] = {
    "copy": lambda state: state.copy,
    "install": lambda state: state.install,
}


def is_spoilt(task: Task) -> bool:
    """Tell whether an earlier attempt of this job told that what it installed may be incomplete.

    Then no slot is believed that holds it, whatever its version, until it has been installed anew.
    """
    journal = journal_of(task)
    record = journal.record(task.host) if journal else None
    return record is not None and record.spoilt


def ours(task: Task, state: InstallerState) -> str:
    """Tell which command of an earlier attempt of this job keeps the installer busy.

    It is ours if it began after the command was about to be sent: then its start is not the one that was read before.

    Args:
        task: The Nornir task.
        state: As the installer stands now.

    Returns:
        ``copy`` or ``install``; empty if it is idle, or busy with what is not known to be ours.
    """
    left = unfinished(task)
    if not state.busy or left is None or left.sent is None or left.sent.installer is None:
        return ""
    command = left.sent.command
    if command not in _PART:
        return ""
    now, then = _PART[command](state), _PART[command](left.sent.installer)
    goes_on = now.activity not in (Activity.DONE, Activity.FAILED)
    return command if goes_on and now.started != then.started else ""


def check_idle(task: Task, *, but_for: tuple[str, ...] = (), recent: bool = False) -> InstallerState:
    """Read how the installer stands, and refuse one that is busy.

    Args:
        task: The Nornir task.
        but_for: What may keep it busy, if an earlier attempt of this job sent it.
        recent: As for `look`.

    Returns:
        How it stands.

    Raises:
        AnotherInstallInProgress: It is busy with something else.
    """
    state: InstallerState = look(task, Driver.installer, recent=recent)
    if state.busy and ours(task, state) not in but_for:
        raise AnotherInstallInProgress(
            "its installer is busy with something that is not ours" if but_for else "its installer is busy",
            remedy="wait until it has ended, then run again",
        )
    return state


def busy(error: InstallerBusy) -> AnotherInstallInProgress:
    """Give what a switch means that refuses a command since its installer is busy."""
    return AnotherInstallInProgress(
        f"its installer is busy: {error.message}",
        command=error.command,
        said=error.said,
        remedy=error.remedy or "wait until it has ended, then run again",
    )


def found_of(
    task: Task, command: str, find: Callable[[InstallerState, Unfinished], tuple[InstallerState, Finding]]
) -> tuple[InstallerState, Action]:
    """Look what the installer does, and what became of a command that an earlier attempt sent.

    Args:
        task: The Nornir task.
        command: ``copy`` or ``install``.
        find: Finds out, of a command that was sent and does not run, what became of it; also gives how the installer
            stood at its last look.

    Returns:
        How the installer stands, and what is to be done.

    Raises:
        AnotherInstallInProgress: It is busy with something else.
    """
    # read anew: since it was read last a digest may have taken minutes, and somebody else have begun
    state, left = check_idle(task, but_for=(command,)), unfinished(task)
    if state.busy:
        finding = Finding.BUSY
    elif left is None or not left.is_of(command):
        return state, Action.AGAIN
    else:
        state, finding = find(state, left)
    tell(task, Evidence(f"{command} before", finding.value))
    return state, action_on(command, finding)
