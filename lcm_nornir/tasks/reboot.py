"""Sending the switch into its reload."""

from __future__ import annotations

from dataclasses import replace

from nornir.core.task import Result, Task

from lcm_nornir.door import act, driver_of, look, the_door, unfinished
from lcm_nornir.drivers.base import Driver, Slot, SwitchFacts, slot_with
from lcm_nornir.errors import CommandRefused, ImageActivationFailed, MayYetReboot, ReplyTimeout, SessionLost
from lcm_nornir.events import Evidence, Phase, tell
from lcm_nornir.image import Image, ImageCatalog
from lcm_nornir.policy import CAREFUL, Policy
from lcm_nornir.tasks.activation import activate, is_activated
from lcm_nornir.tasks.adoption import check_idle
from lcm_nornir.tasks.peers import claim_peer, release_peer
from lcm_nornir.tasks.recover import seen_after_reload
from lcm_nornir.tasks.save import save_first
from lcm_nornir.tasks.step import step
from lcm_nornir.tasks.wanted import file_name, wanted_version


@step(Phase.REBOOT)
def reboot_switch(
    task: Task,
    policy: Policy = CAREFUL,
    facts: SwitchFacts | None = None,
    image: Image | ImageCatalog | str | None = None,
) -> Result:
    """Save the configuration, claim the right to be down before the peer, and reload. Sends one reload, never two.

    On an OS on which one command makes an image the next boot and reboots into it that command is sent, if there is an
    image to be made to run.

    If the journal says that an earlier attempt may have sent one, it is first found out what became of it.

    If the session drops or falls silent in the middle of the dialogue the reload may have been taken; then this
    succeeds, and the boot identity decides in `wait_reachable`.

    Args:
        task: The Nornir task.
        policy: What is allowed.
        facts: What was read of the switch, if the caller has it.
        image: What it is to run; a text is the version in a slot. Without it the switch is only reloaded.

    Returns:
        A result whose value is the `BootIdentity` before the reload, with an attribute ``activated``: whether the
        switch says that it was activated; failed with `ImageActivationFailed` or `Stopped`,
        where it was activated also with `AnotherInstallInProgress`, `DownloadValidationFailed`, `ExtractionFailed`,
        `ImageInstallFailed` or `ImageSetBootFailed`: the switch goes on as before.
    """
    left = unfinished(task)
    if left and seen_after_reload(task):
        return Result(host=task.host, result=left.boot)  # an earlier attempt's reload has happened
    facts = facts or look(task, Driver.facts, recent=True)
    slot = _slot_to_activate(task, image)
    if task.is_dry_run():
        diff = f"activate {slot.version}" if slot else "reload"
        return Result(host=task.host, result=facts.boot, changed=True, diff=diff)
    claim_peer(task)
    try:
        facts = replace(facts, boot=look(task, Driver.boot_identity))
        activated = _down(task, policy, facts, slot)
    except BaseException as caught:
        release_peer(task, facts.boot, sent=isinstance(caught, MayYetReboot))
        raise
    finally:
        the_door(task).leave(task.host)
    return Result(host=task.host, result=facts.boot, changed=True, activated=activated)


def _slot_to_activate(task: Task, image: Image | ImageCatalog | str | None) -> Slot | None:
    if image is None:
        return None
    version = wanted_version(task, image)
    slot = slot_with(look(task, Driver.slots, recent=True), version, file_name(task, image))
    return slot if slot and is_activated(task, slot) else None


def _down(task: Task, policy: Policy, facts: SwitchFacts, slot: Slot | None) -> bool:
    before = check_idle(task)
    save_first(task, policy, facts, ImageActivationFailed)
    if slot:
        if policy.unsaved == "refuse":
            _check_saved(task)  # a reload asks, or looks; what activates may save it by itself
        return activate(task, facts, slot, before)
    _reload(task, policy, facts)
    return False


def _check_saved(task: Task) -> None:
    now = look(task, Driver.configuration)
    if driver_of(task).differences(now.startup, now.running):
        raise ImageActivationFailed(
            "not activated: the configuration was changed and is not saved", remedy="save it, then run again"
        )


def _reload(task: Task, policy: Policy, facts: SwitchFacts) -> None:
    try:
        act(task, Driver.reload, facts, policy.unsaved, held=True)  # it may answer for a while yet
    except CommandRefused as error:
        raise ImageActivationFailed(
            f"the reload was not taken: {error.message}",
            command=error.command,
            said=error.said,
            remedy=error.remedy or "see what the switch says, then run again",
        ) from error
    except (SessionLost, ReplyTimeout):  # silence proves nothing: the boot identity will tell
        tell(task, Evidence("reload", "may have been sent: the session dropped or fell silent in its dialogue"))
