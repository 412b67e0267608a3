"""Making an image run where one command does it: it becomes the next boot, and the switch reboots into it."""

from __future__ import annotations

import time
from functools import partial

from nornir.core.task import Task

from lcm_nornir.door import act, driver_of, look, the_door
from lcm_nornir.drivers.base import Activates, Activity, BootIdentity, Driver, InstallerState, InstallState, Slot
from lcm_nornir.drivers.base import SwitchFacts as Facts
from lcm_nornir.errors import (
    CommandRefused,
    DidNotReboot,
    DownloadValidationFailed,
    ExtractionFailed,
    ImageActivationFailed,
    ImageInstallFailed,
    ImageSetBootFailed,
    InstallerBusy,
    LcmError,
    MayYetReboot,
    NextBootRefused,
    ReplyTimeout,
    SessionError,
    SessionLost,
)
from lcm_nornir.events import Event, Evidence, Installing, tell
from lcm_nornir.tasks.adoption import busy
from lcm_nornir.tasks.follow import Following, Hearing, Stalled

BLOCK = 4096  # bytes; where less is free the disk is full
_MISSES = 3  # looks in a row that a switch does not answer, until it is taken to be down


def is_activated(task: Task, slot: Slot) -> bool:
    """Tell whether the image in a slot is made to run by one command, which also reboots."""
    driver = driver_of(task)
    return isinstance(driver, Activates) and not slot.running and driver.activates(slot)


def is_installed_so(task: Task) -> bool:
    """Tell whether that one command is the installation, too, since an image runs from its file."""
    return driver_of(task).capabilities.install == "with_copy"


def activate(task: Task, facts: Facts, slot: Slot, before: InstallerState) -> bool:
    """Let the switch make an image run. Returns when it reboots, or may: the boot identity will tell.

    If the session is lost the switch goes on by itself: it is followed by looking, and nothing is sent again.

    Args:
        task: The Nornir task.
        facts: On what it was decided.
        slot: What is to run.
        before: How the installer stood.

    Returns:
        Whether the switch says that it has done so; if not nobody knows what became of it.

    Raises:
        LcmError: It was refused, or has failed: the switch goes on as before.
    """
    limits = the_door(task).timeouts(task.host)
    following = Following(
        what="activation",
        part=lambda state: state.install,
        told=lambda state: _told(task, state.install),
        total=limits.install,
        stall=limits.install_stall,
        first=limits.first_poll,
        heed=False,
    )
    try:
        state: InstallerState = act(
            task,
            Activates.activate,
            facts,
            slot,
            held=True,
            installer=before,
            heard=Hearing(task, following, partial(tell, task)),
        )
        ended: InstallState | None = state.install
    except InstallerBusy as error:
        raise busy(error) from error
    except CommandRefused as error:
        kind = ImageSetBootFailed if isinstance(error, NextBootRefused) else ImageActivationFailed
        raise kind(
            f"the activation was not taken: {error.message}",
            command=error.command,
            said=error.said,
            remedy=error.remedy or "see what the switch says, then run again",
        ) from error
    except (SessionLost, ReplyTimeout, Stalled) as error:  # silence proves nothing
        last = error.state.install.detail if isinstance(error, Stalled) and error.state else ""
        tell(
            task, Evidence("activation", f"may go on: the session dropped or fell silent{last and f' after {last!r}'}")
        )
        ended = ended_apart(task, facts.boot, before)
    if ended and ended.activity is Activity.FAILED:
        raise _full(task, ended) or failure(ended)
    if ended:  # its prompt came back some seconds before it reboots
        _tell_what_is_lost(task)
    return ended is not None and ended.activity is Activity.DONE


def ended_apart(task: Task, since: BootIdentity, before: InstallerState | None) -> InstallState | None:
    """Follow an activation whose session was lost, as long as the boot from before answers.

    Args:
        task: The Nornir task.
        since: The boot before it.
        before: How the installer stood before it; None if that is not known.

    Returns:
        How the installation has ended, if the switch tells; None if it has rebooted, is down, or tells nothing.

    Raises:
        MayYetReboot: It has not ended within the limit, and nothing tells that it does not go on.
    """
    door, limits = the_door(task), the_door(task).timeouts(task.host)
    end, misses = time.monotonic() + limits.install, 0
    while misses < _MISSES:
        if not misses and time.monotonic() > end:
            raise MayYetReboot(
                f"the activation keeps its installer busy for more than {limits.install:g} s: IT MAY YET REBOOT",
                remedy="look at its installer, and for a session on it that waits for an answer; then run again",
            )
        door.pause(task.host, limits.poll, heed=False)
        try:
            if since.same_boot(look(task, Driver.boot_identity, patient=False)) is False:
                return None
            state: InstallerState = look(task, Driver.installer, patient=False)
        except SessionError:
            misses += 1
            continue
        misses = 0
        if not state.busy:
            is_new = before is not None and state.install != before.install
            return state.install if is_new else None
    return None


def _tell_what_is_lost(task: Task) -> None:
    """Tell what somebody has changed since the activation saved the configuration, if it can still be read."""
    try:
        now = look(task, Driver.configuration, patient=False)
    except (SessionError, LcmError):
        return  # it reboots already: what became of it is found out anyway
    if lines := driver_of(task).differences(now.startup, now.running):
        what = the_door(task).redact("\n".join(lines))
        tell(task, Evidence("lost by the reboot", f"changed since it was saved:\n{what}"))


def _full(task: Task, ended: InstallState) -> LcmError | None:
    """Give the error if the disk is full of an activation that claims success and did nothing; None if that is not so.

    Of another failure the switch itself tells what it is.
    """
    free = look(task, Driver.free) if ended.hollow else None
    if free is None or free >= BLOCK:
        return None
    return ExtractionFailed(
        "the switch's disk is full, and it did not activate the image",
        command="activate",
        said=ended.detail,
        remedy="make room, then run again",
    )


def told_apart(task: Task, error: LcmError, version: str) -> LcmError:
    """Give what it means that a switch goes on as before that claimed to have activated: what boots next tells.

    Args:
        task: The Nornir task.
        error: Why it is called off.
        version: What was to run.
    """
    if not isinstance(error, DidNotReboot) or not isinstance(driver_of(task), Activates):
        return error
    try:
        slots = look(task, Driver.slots)
    except (SessionError, LcmError):
        return error
    if any(slot.next_boot and slot.version == version for slot in slots):
        return error
    return ImageSetBootFailed(
        f"{error.message}, and {version} is not its next boot after it was activated",
        step=error.step,
        remedy="see why the switch does not take it",
    )


def failure(ended: InstallState) -> LcmError:
    """Give what a failed activation means, in the words of the API."""
    kinds: tuple[tuple[bool, type[LcmError]], ...] = (
        (ended.rejected, DownloadValidationFailed),
        (ended.unpacking, ExtractionFailed),
        (ended.vetoed, ImageInstallFailed),
        (ended.not_set, ImageSetBootFailed),
        (ended.hollow, ImageInstallFailed),
    )
    kind = next((kind for holds, kind in kinds if holds), ImageActivationFailed)
    return kind(
        "the switch claims success and did not activate the image"
        if ended.hollow
        else "the switch did not activate the image",
        command="activate",
        said=ended.detail,
        remedy="see what the switch says of it before it is rebooted, then run again",
    )


def _told(task: Task, install: InstallState) -> Event:
    if is_installed_so(task):  # there was no installation before: this is it
        return Installing(install.detail, install.percent)
    return Evidence("activation", install.detail)
