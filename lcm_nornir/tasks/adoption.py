"""Whose work keeps a switch's installer busy: what an earlier attempt began is followed, nobody else's is touched."""

from __future__ import annotations

from collections.abc import Callable

from nornir.core.task import Task

from lcm_nornir.door import unfinished
from lcm_nornir.drivers.base import Activity, CopyState, InstallerState, InstallState

_PART: dict[str, Callable[[InstallerState], CopyState | InstallState]] = {
    "copy": lambda state: state.copy,
    "install": lambda state: state.install,
}


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
