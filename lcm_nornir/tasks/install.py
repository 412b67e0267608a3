"""Writing the image to the slot that does not run."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

from nornir.core.task import Result, Task

from lcm_nornir.door import act, driver_of, look, the_door, unfinished
from lcm_nornir.drivers.base import (
    Activity,
    Driver,
    Inspects,
    InstallerState,
    InstallState,
    Slot,
    SwitchFacts,
    slot_with,
)
from lcm_nornir.errors import (
    AnotherInstallInProgress,
    CommandRefused,
    DownloadValidationFailed,
    ExtractionFailed,
    ImageInstallFailed,
    ImageRejected,
    InstallerBusy,
    LcmError,
    OwnershipLost,
    ReplyTimeout,
    SessionError,
    SessionLost,
)
from lcm_nornir.events import Evidence, InstallDone, Installing, Phase, tell
from lcm_nornir.image import Image, ImageCatalog
from lcm_nornir.journal.intent import Unfinished
from lcm_nornir.policy import CAREFUL, Policy
from lcm_nornir.tasks.activation import BLOCK
from lcm_nornir.tasks.adoption import busy, found_of, is_spoilt
from lcm_nornir.tasks.findings import Action, Finding
from lcm_nornir.tasks.follow import Following, Hearing, Stalled, follow_sent
from lcm_nornir.tasks.save import save_first
from lcm_nornir.tasks.set_boot import boots_next, former_slot
from lcm_nornir.tasks.step import step
from lcm_nornir.tasks.wanted import wanted_image

_CHECK_IMAGE = "check the image, then run again"


@step(Phase.INSTALL)
def install_image(
    task: Task, image: Image | ImageCatalog, policy: Policy = CAREFUL, facts: SwitchFacts | None = None
) -> Result:
    """Install the copied image and read back that a slot holds it and that the next boot is the old one.

    Once it is started it is awaited, also when somebody asks to stop: half an installation is no safe point.

    Args:
        task: The Nornir task.
        image: What it is to run.
        policy: What is allowed.
        facts: What was read of the switch, if the caller has it; its slots are read again.

    Returns:
        A result whose value is the `Slot`; failed with `ExtractionFailed`, `DownloadValidationFailed` (the switch
        rejects the image), `ImageInstallFailed`, `AnotherInstallInProgress` or `SwitchUnreachable`.
    """
    wanted = wanted_image(task, image)
    slots, left = look(task, Driver.slots, recent=True), unfinished(task)
    there = _holding(slots, wanted)
    if there and there.is_file and not there.running:
        return Result(host=task.host, result=there)  # it runs from its file: there is nothing to install
    there = None if is_spoilt(task) else there
    if there and not there.running and _flaws(task, there):
        there = None  # whoever installed it: it is done anew
    if there and not (left and left.is_of("install")):
        tell(task, InstallDone(already=True))
        return Result(host=task.host, result=there)
    if task.is_dry_run():
        return Result(host=task.host, changed=True, diff=f"install {wanted.name}")
    facts = replace(facts, slots=slots) if facts else look(task, Driver.facts, recent=True)
    ended = None if there else _installed(task, wanted, facts, policy)
    slots, free = look(task, Driver.slots), look(task, Driver.free)
    there = _holding(slots, wanted)
    if is_spoilt(task) and not (ended and ended.activity is Activity.DONE):
        there = None  # it was listed before
    flaws = _flaws(task, there) if there else ()
    if free is not None and free < BLOCK:
        flaws = ("the switch's disk is full", *flaws)
    moved = _keep_next_boot(task, facts, slots)
    if there is None or flaws or (ended and ended.activity is Activity.FAILED):
        failure = _failure(ended, slots, flaws)
        raise failure.note(moved) if moved else failure
    if moved:
        raise ImageInstallFailed(moved, remedy="set the next boot by hand")
    tell(task, Evidence("installed", f"{there.version} in slot {there.name}"))
    tell(task, InstallDone())
    return Result(host=task.host, result=there, changed=True)


def _installed(task: Task, image: Image, facts: SwitchFacts, policy: Policy) -> InstallState | None:
    """Install, or follow what an earlier attempt began; gives how the installer stands then."""
    left = unfinished(task)
    state, action = found_of(task, "install", lambda _, left: _finding(task, image, left))
    if action not in (Action.ADOPT, Action.AGAIN):
        return state.install
    if action is Action.AGAIN and driver_of(task).capabilities.saved_first:
        save_first(task, policy, facts, ImageInstallFailed)
    began_before = left is not None and left.is_of("install")
    return _followed(task, image, facts, state, adopted=action is Action.ADOPT, patient=began_before)


def _finding(task: Task, image: Image, left: Unfinished) -> tuple[InstallerState, Finding]:
    door, then = the_door(task), left.sent.installer if left.sent else None
    door.pause(task.host, door.timeouts(task.host).poll)  # it may have begun a little later
    state: InstallerState = look(task, Driver.installer)
    if state.busy:
        return state, Finding.BUSY
    # the slots after the installer: what ended between the two looks is in a slot by now
    if _holding(look(task, Driver.slots), image) and not is_spoilt(task):
        return state, Finding.INSTALLED
    if then is not None and state.install.started == then.install.started:
        return state, Finding.AS_BEFORE
    return state, Finding.TOLD if left.told else Finding.ENDED


def _holding(slots: tuple[Slot, ...], image: Image) -> Slot | None:
    return slot_with(slots, image.version, image.name)


def _followed(
    task: Task, image: Image, facts: SwitchFacts, before: InstallerState, *, adopted: bool, patient: bool
) -> InstallState | None:
    limits = the_door(task).timeouts(task.host)
    following = Following(
        what="installation",
        part=lambda state: state.install,
        told=lambda state: Installing(state.install.detail, state.install.percent),
        total=limits.install,
        stall=limits.install_stall,
        first=4 * limits.first_poll,  # its first steps say little of how long the others take
        heed=False,
        before=None if adopted else before.install,
    )
    tell(task, Installing("adopted" if adopted else "requested"))
    start = partial(_start, task, image, facts, before, following)
    try:
        first = before if adopted else start(patient=patient)
        return follow_sent(task, following, first, partial(start, patient=True), partial(tell, task)).install
    except Stalled as stalled:
        raise ImageInstallFailed(
            str(stalled),
            said=stalled.state.install.detail if stalled.state else "",
            remedy="look at the switch's installer",
        ) from stalled


def _start(
    task: Task, image: Image, facts: SwitchFacts, before: InstallerState, following: Following, *, patient: bool
) -> InstallerState | None:
    """Send it; where it keeps the session busy, until it is over. None if nobody knows what became of it.

    A patient one waits while the switch is busy with the same, that was sent before in a session that was lost.
    """
    door, limits = the_door(task), the_door(task).timeouts(task.host)
    while True:
        try:
            return _sent(task, image, facts, before, following)
        except AnotherInstallInProgress:
            if not patient or time.monotonic() > following.began + limits.install:
                raise
        door.pause(task.host, limits.first_poll, heed=False)
        if _holding(look(task, Driver.slots), image):
            return look(task, Driver.installer)


def _sent(
    task: Task, image: Image, facts: SwitchFacts, before: InstallerState, following: Following
) -> InstallerState | None:
    is_held = driver_of(task).capabilities.install == "held"
    hearing = Hearing(task, following, partial(tell, task)) if is_held else None
    try:
        first: InstallerState = act(task, Driver.install, facts, image, installer=before, held=is_held, heard=hearing)
    except InstallerBusy as error:
        raise busy(error) from error
    except CommandRefused as error:
        kind = DownloadValidationFailed if isinstance(error, ImageRejected) else ImageInstallFailed
        raise kind(
            "the switch refused to install", command=error.command, said=error.said, remedy=_CHECK_IMAGE
        ) from error
    except (SessionLost, ReplyTimeout):
        return None  # it may have been taken, and on old releases it hangs the session: its state will tell
    except Stalled as stalled:
        tell(task, Evidence("installation", f"may go on: {stalled}, in the session that it keeps busy"))
        return None
    return first


def _flaws(task: Task, slot: Slot) -> tuple[str, ...]:
    driver = driver_of(task)
    return look(task, Inspects.flaws, slot) if isinstance(driver, Inspects) else ()


def _failure(ended: InstallState | None, slots: tuple[Slot, ...], flaws: tuple[str, ...]) -> LcmError:
    detail = ended.detail if ended else ""
    held = ", ".join(f"{slot.name}: {slot.version}" for slot in slots)
    if flaws:  # whatever the installer claims
        return ExtractionFailed(
            f"{', '.join(flaws)}, so the installation may be incomplete; the slots hold {held}",
            said=detail,
            remedy="make room, then `retry` installs it anew; do not boot that slot before",
        )
    if ended and ended.activity is Activity.FAILED:
        kind: type[LcmError] = DownloadValidationFailed if ended.rejected else ImageInstallFailed
        kind = ExtractionFailed if ended.unpacking else kind
        return kind(f"the installer failed; the slots hold {held}", said=detail, remedy=_CHECK_IMAGE)
    return ImageInstallFailed(
        f"the installer ended and no slot holds the image; the slots hold {held}",
        said=detail,
        remedy="check that the file is what its version says",
    )


def _keep_next_boot(task: Task, facts: SwitchFacts, slots: tuple[Slot, ...]) -> str:
    """Put the next boot back if the installation has moved it: until activation the former one boots.

    Returns:
        What is wrong, if it could not be put back.
    """
    before = former_slot(task, facts, slots)
    if any(slot.next_boot and slot.name == before.name for slot in slots):
        return ""
    why = "the switch does not take it"
    try:
        act(task, Driver.set_next_boot, facts, before, undo=True)
        if boots_next(task, before):
            return ""
    except OwnershipLost:
        raise
    except (SessionError, LcmError) as error:
        why = error.message
    return (
        "THE NEXT POWER CYCLE MAY RUN THE NEW IMAGE: the installation moved the next boot, and it could not be put back"
        f" ({why})"
    )
