"""Making a proven image permanent, where the OS would else go back to the former one."""

from __future__ import annotations

import time
from typing import TypeVar

from nornir.core.task import Result, Task

from lcm_nornir.door import act, driver_of, look, the_door
from lcm_nornir.drivers.base import Commitment, Commits, Driver, SwitchFacts
from lcm_nornir.errors import (
    CommandRefused,
    ConnectFailed,
    ImageActivationFailed,
    InstallerBusy,
    LcmError,
    ReplyTimeout,
    RequestError,
    SessionError,
    SessionLost,
    UnexpectedOutput,
    UnexpectedQuestion,
)
from lcm_nornir.events import Ending, Evidence, Phase, Verdict, tell
from lcm_nornir.image import Image, ImageCatalog
from lcm_nornir.tasks.peers import free_peer
from lcm_nornir.tasks.reachability import Return
from lcm_nornir.tasks.step import inside_composite, step
from lcm_nornir.tasks.wanted import wanted_version

E = TypeVar("E", bound=LcmError)


@step(Phase.COMMIT)
def commit_image(task: Task, image: Image | ImageCatalog | str | None = None) -> Result:
    """Make the running image permanent, and read back that it is. May be called again after anything.

    On an OS on which no image is on trial nothing is sent and nothing changes.

    Args:
        task: The Nornir task.
        image: What it runs; a text is a version. If given, it is read back, too, that it still runs that: the trial
            may have ended, and the former image be the permanent one.

    Returns:
        A result whose value tells whether there was something to commit; failed with `ImageActivationFailed` if the
        switch still goes back to the former image, or has gone back.
    """
    if not isinstance(driver_of(task), Commits):
        if not inside_composite(task):
            tell(task, Verdict(Ending.NOT_BEGUN))  # what was proven before stands
        return Result(host=task.host, result=False)
    try:
        return _committed(task, image)
    except (ConnectFailed, SessionLost):
        Return(task, None).wait()  # its trial may have ended just now, so that it goes back by itself
    return _committed(task, image)


def _committed(task: Task, image: Image | ImageCatalog | str | None) -> Result:
    was_done = look(task, Commits.commitment, recent=True).done
    if task.is_dry_run() and not was_done:
        return Result(host=task.host, result=True, changed=True, diff="commit")
    if not was_done:
        _commit(task)
    if image is not None:
        _check_runs(task, wanted_version(task, image))
    tell(task, Evidence("committed", "before" if was_done else "yes"))
    free_peer(task)
    if not inside_composite(task):
        tell(task, Verdict(Ending.SUCCESS))
    return Result(host=task.host, result=not was_done, changed=not was_done)


def _commit(task: Task) -> None:
    facts = look(task, Driver.facts, recent=True)
    refusal, now = _sent(task, facts)
    if not now.done and (refusal is None or isinstance(refusal, InstallerBusy)):
        now = _settled(task)  # the session was lost, and it may go on; or something else does
        if not now.done:  # sent again it changes nothing that is done
            refusal, now = _sent(task, facts)
    if not now.done:
        error = ImageActivationFailed(
            f"it runs {facts.running}, which could not be made permanent"
            + (f": {refusal.message}" if isinstance(refusal, UnexpectedOutput | UnexpectedQuestion) else ""),
            command=refusal.command if refusal else "",
            said=refusal.said if refusal else "",
            remedy="see why the switch does not take it, then run again",
        )
        raise error if inside_composite(task) else on_trial(task, error)


def _check_runs(task: Task, version: str) -> None:
    """Check what runs, read after it was read that it is permanent."""
    facts = look(task, Driver.facts)
    if any(member.version != version for member in facts.members):
        raise ImageActivationFailed(
            f"it ran {version} and was not committed in time: it has gone back by itself, and runs {facts.running}",
            remedy="see how long its trial lasts, then run again",
        )
    if facts.next_boot.version != version:
        raise ImageActivationFailed(
            f"it runs {version}, but its next boot is {facts.next_boot.version or facts.next_boot.name}",
            remedy="set the next boot",
        )
    tell(task, Evidence("next boot", f"slot {facts.next_boot.name} ({facts.next_boot.version})"))


def _sent(task: Task, facts: SwitchFacts) -> tuple[SessionError | None, Commitment]:
    """Send it; gives what was said against it, if anything was, and what is read back, which decides."""
    refusal: SessionError | None = None
    try:
        act(task, Commits.commit, facts)
    except (CommandRefused, UnexpectedOutput, UnexpectedQuestion) as error:
        refusal = error
    except (ReplyTimeout, SessionLost):
        pass  # it may have been taken
    return refusal, look(task, Commits.commitment)


def _settled(task: Task) -> Commitment:
    """Give how it stands once the installer is idle, or after as long as an installation may take."""
    door, limits = the_door(task), the_door(task).timeouts(task.host)
    end = time.monotonic() + limits.install
    while look(task, Driver.installer).busy and time.monotonic() < end:
        door.pause(task.host, limits.poll, heed=False)
    return look(task, Commits.commitment)


def on_trial(task: Task, error: E) -> E:
    """Note in an error how long an image is still on trial, or that this cannot be read.

    Args:
        task: The Nornir task.
        error: Why it is not made permanent.

    Returns:
        The error.
    """
    if not isinstance(driver_of(task), Commits):
        return error
    try:
        now = look(task, Commits.commitment, patient=False)
    except RequestError:
        return error
    except SessionError:
        return error.note(
            "how long the new image is on trial cannot be read: unless it is committed the switch goes back to the"
            " former one"
        )
    return error if now.done else error.note(f"the new image is on trial: {_back(now)}")


def _back(now: Commitment) -> str:
    if now.time_left is None:
        return "THE NEXT REBOOT RUNS THE FORMER IMAGE"
    return f"THE SWITCH GOES BACK TO THE FORMER IMAGE BY ITSELF in {now.time_left:.0f} s"
