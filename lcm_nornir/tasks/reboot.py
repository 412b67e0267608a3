"""Sending the switch into its reload."""

from __future__ import annotations

from nornir.core.task import Result, Task

from lcm_nornir.door import act, look, the_door
from lcm_nornir.drivers.base import BootIdentity, Driver, SwitchFacts
from lcm_nornir.errors import CommandRefused, ImageActivationFailed, SessionLost
from lcm_nornir.events import Evidence, Phase, tell
from lcm_nornir.image import lcm_data
from lcm_nornir.policy import CAREFUL, Policy
from lcm_nornir.tasks.step import step


@step(Phase.REBOOT)
def reboot_switch(task: Task, policy: Policy = CAREFUL, facts: SwitchFacts | None = None) -> Result:
    """Save the configuration, claim the right to be down before the peer, and reload. Sends one reload, never two.

    If the session drops in the middle of the dialogue the reload may have been taken; then this succeeds, and the
    boot identity decides in `wait_reachable`. It fails only when the switch is known to go on as before.

    Args:
        task: The Nornir task.
        policy: What is allowed.
        facts: What was read of the switch, if the caller has it.

    Returns:
        A result whose value is the `BootIdentity` before the reload; failed with `ImageActivationFailed` or `Stopped`.
    """
    facts = facts or look(task, Driver.facts, recent=True)
    if task.is_dry_run():
        return Result(host=task.host, result=facts.boot, changed=True, diff="reload")
    claim_peer(task)
    try:
        before = _reload(task, policy, facts)
    except BaseException:
        free_peer(task)  # it goes on as before
        raise
    finally:
        the_door(task).leave(task.host)
    return Result(host=task.host, result=before, changed=True)


def _reload(task: Task, policy: Policy, facts: SwitchFacts) -> BootIdentity:
    before: BootIdentity = look(task, Driver.boot_identity)
    if policy.unsaved == "save":
        _save(task, facts)
    try:
        act(task, Driver.reload, facts, policy.unsaved, held=True)  # it may answer for a while yet
    except CommandRefused as error:
        raise ImageActivationFailed(
            "the reload was not taken",
            command=error.command,
            said=error.said,
            remedy="see what the switch says, then run again",
        ) from error
    except SessionLost:
        tell(task, Evidence("reload", "may have been sent: the session dropped in its dialogue"))
    return before


def _save(task: Task, facts: SwitchFacts) -> None:
    try:
        act(task, Driver.save_config, facts)
    except CommandRefused as error:
        raise ImageActivationFailed(
            "the configuration cannot be saved",
            command=error.command,
            said=error.said,
            remedy="save it by hand, then run again",
        ) from error


def claim_peer(task: Task) -> None:
    """Claim the right to be down before the switch's peer (``data["lcm"]["peer"]``); waits, without a session.

    Raises:
        Stopped: The peer went down and is not proven, or somebody asked to stop.
    """
    door, peer = the_door(task), lcm_data(task.host).get("peer")
    if peer:
        door.claims.take(task.host.name, str(peer), door.stop, waiting=lambda: door.leave(task.host))


def free_peer(task: Task) -> None:
    """End the claim: the switch is proven, or never went down."""
    if peer := lcm_data(task.host).get("peer"):
        the_door(task).claims.free(task.host.name, str(peer))


def doubt_peer(task: Task) -> None:
    """End the claim of a switch that went down and is not proven: its peer must not follow."""
    if peer := lcm_data(task.host).get("peer"):
        the_door(task).claims.doubt(task.host.name, str(peer))
