"""Checking the image on the switch, before it is installed."""

from __future__ import annotations

from nornir.core.task import Result, Task

from lcm_nornir.door import driver_of, look, the_door
from lcm_nornir.drivers.base import Driver
from lcm_nornir.errors import DownloadValidationFailed
from lcm_nornir.events import Evidence, Phase, tell
from lcm_nornir.image import Image, ImageCatalog
from lcm_nornir.policy import CAREFUL, Policy
from lcm_nornir.tasks.adoption import is_spoilt
from lcm_nornir.tasks.step import step
from lcm_nornir.tasks.wanted import wanted_image


@step(Phase.VALIDATE)
def validate_image(task: Task, image: Image | ImageCatalog, policy: Policy = CAREFUL) -> Result:
    """Let the switch compute the digest of its copy and compare it with the pinned one. Changes nothing.

    Args:
        task: The Nornir task.
        image: What it is to run.
        policy: What is allowed; `Policy.allow_unverified` lets an image pass whose digest cannot be told.

    Returns:
        A result whose value is the digest as text, empty if it was not needed or could not be told; failed with
        `DownloadValidationFailed`.
    """
    wanted = wanted_image(task, image)
    slots = look(task, Driver.slots, recent=True)
    if any(slot.version == wanted.version for slot in slots) and not is_spoilt(task):
        return Result(host=task.host, result="")
    limit = the_door(task).timeouts(task.host).digest
    found = look(task, Driver.digest, wanted, limit, recent=True, held=True)
    pinned = wanted.pinned(driver_of(task).capabilities.digests)
    if pinned and found == pinned:
        tell(task, Evidence(found.algorithm, found.value))
        return Result(host=task.host, result=found.value)
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
    return Result(host=task.host, result="")
