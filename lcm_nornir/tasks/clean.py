"""Removing stored image files that nothing needs."""

from __future__ import annotations

from nornir.core.task import Result, Task

from lcm_nornir.door import act, driver_of, look
from lcm_nornir.drivers.base import Driver
from lcm_nornir.errors import CommandRefused
from lcm_nornir.events import Ending, Evidence, Phase, Verdict, tell
from lcm_nornir.tasks.adoption import check_idle
from lcm_nornir.tasks.step import composite, step


@composite
def clean_images(task: Task, keep: tuple[str, ...] = ()) -> Verdict:
    """Delete stored image files. Never what runs or boots next; nothing while the installer is busy.

    Args:
        task: The Nornir task.
        keep: File names that stay.

    Returns:
        A result whose value is the switch's row, which stays without a word: nothing was updated.
    """
    task.run(delete_images, keep=keep)
    return Verdict(Ending.NOT_BEGUN)


@step(Phase.READINESS)
def delete_images(task: Task, keep: tuple[str, ...] = ()) -> Result:
    """Delete stored image files that nothing needs, and read back that they are gone.

    Args:
        task: The Nornir task.
        keep: File names that stay.

    Returns:
        A result whose value is the tuple of deleted names.
    """
    facts = look(task, Driver.facts)
    names = tuple(name for name in driver_of(task).removable(facts) if name not in keep)
    tell(task, Evidence("would do" if task.is_dry_run() else "deleted", "\n".join(f"delete {name}" for name in names)))
    if task.is_dry_run() or not names:
        return Result(
            host=task.host, result=names, changed=bool(names), diff="\n".join(f"delete {name}" for name in names)
        )
    check_idle(task)
    for name in names:
        act(task, Driver.delete, facts, name)
    left = set(look(task, Driver.facts).images or ()) & set(names)
    if left:
        raise CommandRefused(f"still stored after they were deleted: {', '.join(sorted(left))}")
    return Result(host=task.host, result=names, changed=True)
