"""Moving the image to the switch."""

from __future__ import annotations

from functools import partial

from nornir.core.task import Result, Task

from lcm_nornir.door import act, driver_of, look, the_door, unfinished
from lcm_nornir.drivers.base import Activity, Cancels, CopyState, Driver, InstallerState, SwitchFacts
from lcm_nornir.errors import (
    CommandRefused,
    DownloadFailed,
    ImageUrlNotReachable,
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
from lcm_nornir.tasks.adoption import found_of, is_spoilt, ours
from lcm_nornir.tasks.findings import Action, Finding
from lcm_nornir.tasks.follow import Following, Stalled, follow_sent
from lcm_nornir.tasks.readiness import check_space
from lcm_nornir.tasks.step import step
from lcm_nornir.tasks.wanted import wanted_image


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
    if facts.slot_with(wanted.version) and not is_spoilt(task):
        # nothing was downloaded, and nothing is said of a download
        return Result(host=task.host, result=wanted.name)
    if _is_there(task, wanted, facts):
        tell(task, CopyDone(already=True, size=wanted.size or (facts.images or {}).get(wanted.name, 0)))
        return Result(host=task.host, result=wanted.name)
    if task.is_dry_run():
        return Result(host=task.host, result=wanted.name, changed=True, diff=f"copy {wanted.name}")
    if _is_being_installed(task):
        return Result(host=task.host, result=wanted.name)
    check_space(facts, wanted)
    size = _push(task, wanted, facts) if wanted.file else _pull(task, wanted, facts)
    tell(task, CopyDone(size=size))
    return Result(host=task.host, result=wanted.name, changed=True)


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
            f"the push failed: {error.message}", command=error.command, said=error.said, remedy=error.remedy
        ) from error
    stored = look(task, Driver.facts).images
    if stored is not None and stored.get(image.name) != image.size:
        raise DownloadFailed(f"{stored.get(image.name, 0)} of {image.size} bytes are on the switch after the push")
    return image.size or 0


def _pull(task: Task, image: Image, facts: SwitchFacts) -> int:
    door = the_door(task)
    with door.download(task.host, image.server):
        before, action = found_of(task, "copy", lambda state, _: (state, _finding(task, image)))
        if action is Action.SKIP:
            return image.size or before.copy.size
        adopted = action is Action.ADOPT
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
    is_new = adopted or ended.copy != before.copy
    if not is_new:
        raise _failure("the switch did not begin to fetch the image", None)
    if ended.copy.activity is not Activity.DONE:
        _remove_partial(task, image, facts)
        raise _failure("the switch could not fetch the image", ended.copy)
    return ended.copy.size or ended.copy.transferred or image.size or 0


def _finding(task: Task, image: Image) -> Finding:
    # the files after the installer: what ended between the two looks is among them by now
    stored = _is_there(task, image, look(task, Driver.facts), recent=False)
    return Finding.STORED if stored else Finding.NOT_STORED


def _start(task: Task, image: Image, facts: SwitchFacts, before: InstallerState) -> InstallerState | None:
    try:
        first: InstallerState = act(task, Driver.copy, facts, image, installer=before)
    except CommandRefused as error:
        raise MalformedImageUrl(
            "the switch does not accept the URL",
            command=error.command,
            said=error.said,
            remedy="correct the image's URL",
        ) from error
    except (SessionLost, ReplyTimeout):
        return None  # it may have been taken: the installer's state will tell
    return first


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


def _remove_partial(task: Task, image: Image, facts: SwitchFacts) -> None:
    try:
        left = look(task, Driver.facts).images or {}
        if image.name in left and image.name not in (facts.images or {}):
            act(task, Driver.delete, facts, image.name, undo=True)
    except SessionError:
        return  # a partial file is in nobody's way: its digest is wrong, so it is never installed
