"""Moving the image to the switch."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

from nornir.core.task import Result, Task

from lcm_nornir.door import act, driver_of, look, the_door, unfinished
from lcm_nornir.drivers.base import Activity, Cancels, CopyState, Driver, InstallerState, SwitchFacts
from lcm_nornir.errors import (
    CommandRefused,
    DownloadFailed,
    ImageUrlNotReachable,
    InstallerBusy,
    LcmError,
    MalformedImageUrl,
    ReplyTimeout,
    SessionError,
    SessionLost,
    Stopped,
)
from lcm_nornir.events import CopyDone, Copying, Phase, tell
from lcm_nornir.image import Image, ImageCatalog
from lcm_nornir.policy import CAREFUL, Policy
from lcm_nornir.tasks.adoption import busy, found_of, is_spoilt, ours
from lcm_nornir.tasks.findings import Action, Finding
from lcm_nornir.tasks.follow import Following, Hearing, Stalled, follow_sent
from lcm_nornir.tasks.readiness import check_space
from lcm_nornir.tasks.step import step
from lcm_nornir.tasks.wanted import wanted_image

_PUSHED = "see that the switch takes files by SCP from this login, then run again"


@step(Phase.COPY)
def copy_image(task: Task, image: Image | ImageCatalog, policy: Policy = CAREFUL) -> Result:
    """Bring the image to the switch: it fetches it (pull), or we send it (push).

    Nothing is copied if the version is installed already, or the file is there with the pinned digest. May be called
    again after anything.

    Args:
        task: The Nornir task.
        image: What it is to run.
        policy: What is allowed.

    Returns:
        A result whose value is the file name on the switch; failed with `MalformedImageUrl`, `ImageUrlNotReachable`
        (no byte arrived), `DownloadFailed`, `AnotherInstallInProgress` or `SwitchUnreachable`.
    """
    del policy
    wanted = wanted_image(task, image)
    facts = look(task, Driver.facts, recent=True)
    if any(slot.has(wanted.version) for slot in facts.slots) and not is_spoilt(task):
        # nothing was downloaded, and nothing is said of a download
        return Result(host=task.host, result=wanted.name)
    if _is_there(task, wanted, facts):
        tell(task, CopyDone(already=True, size=wanted.size or (facts.images or {}).get(wanted.name, 0)))
        return Result(host=task.host, result=wanted.name)
    if task.is_dry_run():
        return Result(host=task.host, result=wanted.name, changed=True, diff=f"copy {wanted.name}")
    if _is_being_installed(task):
        return Result(host=task.host, result=wanted.name)
    _check_in_use(wanted, facts)
    check_space(facts, wanted)
    size = _push(task, wanted, facts) if wanted.file else _pull(task, wanted, facts)
    tell(task, CopyDone(size=size))
    return Result(host=task.host, result=wanted.name, changed=True)


def _check_in_use(image: Image, facts: SwitchFacts) -> None:
    """Refuse to write over a file from which the switch runs or boots.

    Raises:
        DownloadFailed: The image has the name of one, and is another.
    """
    if any(slot.is_file and slot.name == image.name and (slot.running or slot.next_boot) for slot in facts.slots):
        raise DownloadFailed(
            f"{image.name} on the switch is another file than the image, and runs or boots next: it is not overwritten",
            remedy="serve the image under another name",
        )


def _is_there(task: Task, image: Image, facts: SwitchFacts, *, recent: bool = True) -> bool:
    size = (facts.images or {}).get(image.name)
    pinned = image.pinned(driver_of(task).capabilities.digests)
    if size is None or pinned is None or image.size not in (None, size):
        return False
    limit = the_door(task).timeouts(task.host).digest
    return look(task, Driver.digest, image, limit, recent=recent, held=True) == pinned


def _is_being_installed(task: Task) -> bool:
    """Tell whether an earlier attempt's installation runs: what it installs was copied."""
    left = unfinished(task)
    if left is None or not left.is_of("install"):
        return False
    return ours(task, look(task, Driver.installer, recent=True)) == "install"


def _push(task: Task, image: Image, facts: SwitchFacts) -> int:
    tell(task, Copying("pushed by SCP", size=image.size or 0))
    try:
        act(task, Driver.copy, facts, image, held=True)
    except SessionError as error:
        raise DownloadFailed(
            f"the push failed: {error.message}", command=error.command, said=error.said, remedy=error.remedy or _PUSHED
        ) from error
    stored = look(task, Driver.facts).images
    if stored is not None and stored.get(image.name) != image.size:
        raise DownloadFailed(f"{stored.get(image.name, 0)} of {image.size} bytes are on the switch after the push")
    return image.size or 0


def _pull(task: Task, image: Image, facts: SwitchFacts) -> int:
    with the_door(task).download(task.host, image.server):
        before, action = found_of(task, "copy", lambda state, _: (state, _finding(task, image)))
        if action is Action.SKIP:
            return image.size or before.copy.size
        if driver_of(task).capabilities.copy == "held":
            return _held(task, image, facts)
        return _left(task, image, facts, before, adopted=action is Action.ADOPT)


def _left(task: Task, image: Image, facts: SwitchFacts, before: InstallerState, *, adopted: bool) -> int:
    """Fetch where the copy goes on by itself."""
    first = before if adopted else _start(task, image, facts, before)
    tell(task, Copying("adopted" if adopted else "requested", size=image.size or 0))
    try:
        send = partial(_start, task, image, facts, before)
        following = _following(task, image, None if adopted else before.copy)
        ended = follow_sent(task, following, first, send, partial(tell, task))
    except Stalled as stalled:
        _cancel(task, facts)
        raise _failure(str(stalled), stalled.state.copy if stalled.state else None) from stalled
    except Stopped:
        _cancel(task, facts)
        raise
    if not (adopted or ended.copy != before.copy):
        raise _failure("the switch did not begin to fetch the image", None)
    if ended.copy.activity is not Activity.DONE:
        _remove_partial(task, image, facts)
        raise _failure("the switch could not fetch the image", ended.copy)
    return ended.copy.size or ended.copy.transferred or image.size or 0


def _held(task: Task, image: Image, facts: SwitchFacts) -> int:
    """Fetch where the copy keeps the session busy; if that is lost the copy may go on, and the file tells."""
    tell(task, Copying("requested", size=image.size or 0))
    ended = _fetch(task, image, facts) or _fetched_apart(task, image, facts) or _fetch(task, image, facts)
    ended = ended or _fetched_apart(task, image, facts)
    if ended is None:
        raise DownloadFailed(
            "the session was lost twice while the switch fetched the image, and it is not there",
            remedy="see why its sessions end, then run again",
        )
    if ended.activity is not Activity.DONE:
        raise _failure("the switch could not fetch the image", _arrived(task, image, facts, ended))
    return ended.size or ended.transferred or image.size or 0


def _arrived(task: Task, image: Image, facts: SwitchFacts, last: CopyState) -> CopyState:
    """Give a copy that failed with the bytes of the file that it left, of which its own words may tell less."""
    found = replace(last, transferred=max(last.transferred, _remove_partial(task, image, facts)))
    tell(task, _told(found, image))
    return found


def _fetched_apart(task: Task, image: Image, facts: SwitchFacts) -> CopyState | None:
    """Await what becomes of a copy whose session was lost; None if it did not bring the image, and nothing is left."""
    _await_end(task, image)
    if _is_there(task, image, look(task, Driver.facts), recent=False):
        return CopyState(Activity.DONE, size=image.size or 0)
    _remove_partial(task, image, facts)
    return None


def _fetch(task: Task, image: Image, facts: SwitchFacts) -> CopyState | None:
    """Fetch, and listen until it is over; None if the session was lost."""
    hearing = Hearing(task, _following(task, image, None), partial(tell, task))
    try:
        ended: InstallerState = act(task, Driver.copy, facts, image, held=True, heard=hearing)
    except CommandRefused as error:
        raise _malformed(error) from error
    except Stalled as stalled:
        if _has_come(task, image):
            return CopyState(Activity.DONE, size=image.size or 0)  # only its session fell silent
        last = stalled.state.copy if stalled.state else CopyState()
        raise _failure(str(stalled), _arrived(task, image, facts, last)) from stalled
    except Stopped:
        _remove_partial(task, image, facts)
        raise
    except (SessionLost, ReplyTimeout):
        return None
    return ended.copy


def _has_come(task: Task, image: Image) -> bool:
    try:
        return _is_there(task, image, look(task, Driver.facts), recent=False)
    except SessionError:
        return False


def _await_end(task: Task, image: Image) -> None:
    """Wait while the file grows to which a copy may still be written whose session was lost.

    Raises:
        SessionError: The switch did not answer any more for as long as a copy may stand still.
    """
    door, limits = the_door(task), the_door(task).timeouts(task.host)
    size, answered = -1, time.monotonic()
    while True:
        try:
            now = (look(task, Driver.facts, patient=False).images or {}).get(image.name, 0)
        except SessionError:
            if time.monotonic() > answered + limits.download_stall:
                raise
        else:
            answered = time.monotonic()
            if now in (size, image.size):
                return
            size = now
        door.pause(task.host, limits.first_poll)


def _finding(task: Task, image: Image) -> Finding:
    if driver_of(task).capabilities.copy == "held":  # its installer tells nothing of a copy
        _await_end(task, image)
    # the files after the installer: what ended between the two looks is among them by now
    stored = _is_there(task, image, look(task, Driver.facts), recent=False)
    return Finding.STORED if stored else Finding.NOT_STORED


def _start(task: Task, image: Image, facts: SwitchFacts, before: InstallerState) -> InstallerState | None:
    try:
        first: InstallerState = act(task, Driver.copy, facts, image, installer=before)
    except CommandRefused as error:
        raise _malformed(error) from error
    except (SessionLost, ReplyTimeout):
        return None  # it may have been taken: the installer's state will tell
    return first


def _malformed(error: CommandRefused) -> LcmError:
    if isinstance(error, InstallerBusy):
        return busy(error)
    return MalformedImageUrl(
        "the switch does not accept the URL",
        command=error.command,
        said=error.said,
        remedy="correct the image's URL",
    )


def _following(task: Task, image: Image, before: CopyState | None) -> Following:
    limits = the_door(task).timeouts(task.host)
    return Following(
        what="copy",
        part=lambda state: state.copy,
        told=lambda state: _told(state.copy, image),
        total=limits.download,
        stall=limits.download_stall,
        first=limits.first_poll,
        heed=True,
        before=before,
    )


def _told(copy: CopyState, image: Image) -> Copying:
    return Copying(copy.detail, copy.transferred, copy.size or image.size or 0, copy.rate, copy.percent)


def _failure(message: str, copy: CopyState | None) -> LcmError:
    transferred = copy.transferred if copy else 0
    kind = DownloadFailed if transferred else ImageUrlNotReachable
    remedy = (
        "check the image server, and its route from the switch"
        if not transferred
        else "look at the image server and at the space on the switch, then run again"
    )
    return kind(f"{message}; {transferred} bytes arrived", said=copy.detail if copy else "", remedy=remedy)


def _cancel(task: Task, facts: SwitchFacts) -> None:
    driver = driver_of(task)
    if isinstance(driver, Cancels):
        try:
            act(task, Cancels.cancel, facts, undo=True)
        except SessionError:
            return  # it may go on until it fails by itself; nothing is installed from it


def _remove_partial(task: Task, image: Image, facts: SwitchFacts) -> int:
    """Delete what a copy has left; gives its bytes."""
    try:
        left = look(task, Driver.facts).images or {}
        if image.name in left and image.name not in (facts.images or {}):
            act(task, Driver.delete, facts, image.name, undo=True)
            return left[image.name]
    except SessionError:
        pass  # a partial file is in nobody's way: its digest is wrong, so it is never installed
    return 0
