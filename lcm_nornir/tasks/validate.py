"""Checking the image on the switch, before it is installed."""

from __future__ import annotations

from nornir.core.task import Result, Task

from lcm_nornir.door import driver_of, look, the_door
from lcm_nornir.drivers.base import Activity, Checks, Driver, InstallState
from lcm_nornir.errors import DownloadValidationFailed, ExtractionFailed, ImageInstallFailed, InstallerBusy
from lcm_nornir.events import Evidence, Phase, tell
from lcm_nornir.image import Image, ImageCatalog
from lcm_nornir.policy import CAREFUL, Policy
from lcm_nornir.tasks.adoption import busy, is_spoilt
from lcm_nornir.tasks.step import step
from lcm_nornir.tasks.wanted import wanted_image


@step(Phase.VALIDATE)
def validate_image(task: Task, image: Image | ImageCatalog, policy: Policy = CAREFUL) -> Result:
    """Let the switch compute the digest of its copy and compare it with the pinned one. Changes nothing.

    A switch that can tell beforehand what it would make of the image is asked that, too.

    Args:
        task: The Nornir task.
        image: What it is to run.
        policy: What is allowed; `Policy.allow_unverified` lets an image pass whose digest cannot be told.

    Returns:
        A result whose value is the digest as text, empty if it was not needed or could not be told; failed with
        `DownloadValidationFailed`, or with `ImageInstallFailed` or `ExtractionFailed` if the switch itself speaks
        against the image.
    """
    wanted = wanted_image(task, image)
    slots = look(task, Driver.slots, recent=True)
    if any(slot.has(wanted.version) for slot in slots) and not is_spoilt(task):
        return Result(host=task.host, result="")
    digest = _digest(task, wanted, policy)
    if isinstance(driver_of(task), Checks):
        _check(task, wanted)
    return Result(host=task.host, result=digest)


def _check(task: Task, wanted: Image) -> None:
    """Let the switch tell what it would make of the image.

    Raises:
        LcmError: Something speaks against it.
    """
    try:
        state: InstallState = look(task, Checks.check, wanted, recent=True, held=True)
    except InstallerBusy as error:
        raise busy(error) from error
    if state.activity is Activity.DONE:
        tell(task, Evidence("impact", state.detail))
        return
    kind = DownloadValidationFailed if state.rejected else ImageInstallFailed
    raise (ExtractionFailed if state.unpacking else kind)(
        "the switch's own check speaks against the image",
        said=state.detail,
        remedy="correct what it names, then run again; nothing was changed",
    )


def _digest(task: Task, wanted: Image, policy: Policy) -> str:
    limit = the_door(task).timeouts(task.host).digest
    found = look(task, Driver.digest, wanted, limit, recent=True, held=True)
    pinned = wanted.pinned(driver_of(task).capabilities.digests)
    if pinned and found == pinned:
        tell(task, Evidence(found.algorithm, found.value))
        return found.value
    if found and pinned:
        raise DownloadValidationFailed(
            f"the {found.algorithm} of the image on the switch is {found.value}, {pinned.value} was pinned",
            remedy="compare the file on the image server with the vendor's digest",
        )
    if not policy.allow_unverified:
        raise DownloadValidationFailed(
            "the switch cannot tell the digest of its copy of the image",
            remedy="check that the file is on the switch, or allow an unverified image",
        )
    shown = f"; the switch has {found.algorithm} {found.value}" if found else ""
    tell(task, Evidence("digest", f"not verified, by choice{shown}"))
    return ""
