"""Making a proven image permanent, where the OS would else roll it back."""

from __future__ import annotations

from nornir.core.task import Result, Task

from lcm_nornir.door import act, driver_of, look
from lcm_nornir.drivers.base import Commits, Driver
from lcm_nornir.events import Phase
from lcm_nornir.tasks.step import step


@step(Phase.COMMIT)
def commit_image(task: Task) -> Result:
    """Commit the running image. On an OS without a commit timer nothing is sent and nothing changes.

    Returns:
        A result whose value tells whether there was something to commit.
    """
    if not isinstance(driver_of(task), Commits):
        return Result(host=task.host, result=False)
    if task.is_dry_run():
        return Result(host=task.host, result=True, changed=True, diff="commit")
    act(task, Commits.commit, look(task, Driver.facts, recent=True))
    return Result(host=task.host, result=True, changed=True)
