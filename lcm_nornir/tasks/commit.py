"""Making a proven image permanent, where the OS would else roll it back."""

from __future__ import annotations

from nornir.core.task import Result, Task

from lcm_nornir.door import act, driver_of, look
from lcm_nornir.drivers.base import Commits, Driver
from lcm_nornir.events import Ending, Phase, Verdict, tell
from lcm_nornir.tasks.step import inside_composite, step


@step(Phase.COMMIT)
def commit_image(task: Task) -> Result:
    """Commit the running image. On an OS without a commit timer nothing is sent and nothing changes.

    Returns:
        A result whose value tells whether there was something to commit.
    """
    if not isinstance(driver_of(task), Commits):
        if not inside_composite(task):
            tell(task, Verdict(Ending.NOT_BEGUN))  # what was proven before stands
        return Result(host=task.host, result=False)
    if task.is_dry_run():
        return Result(host=task.host, result=True, changed=True, diff="commit")
    act(task, Commits.commit, look(task, Driver.facts, recent=True))
    if not inside_composite(task):
        tell(task, Verdict(Ending.SUCCESS))
    return Result(host=task.host, result=True, changed=True)
