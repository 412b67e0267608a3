"""Peers are never down together: a switch's claim on being down, taken before its peer, ended on evidence."""

from __future__ import annotations

from nornir.core.task import Task

from lcm_nornir.door import journal_of, look, the_door
from lcm_nornir.drivers.base import BootIdentity, Driver


def claim_peer(task: Task) -> None:
    """Claim the right to be down before the switch's peer (``data["lcm"]["peer"]``); waits, without a session.

    Raises:
        Stopped: The peer went down and is not proven, or somebody asked to stop.
    """
    door = the_door(task)
    if peer := door.peer_of(task):
        door.claims.take(task.host.name, peer, door.stop, waiting=lambda: door.leave(task.host))
        try:
            if journal := journal_of(task):
                journal.claim(task, peer)
        except BaseException:
            door.claims.free(task.host.name, peer)  # who may not go down keeps nobody from it
            raise


def free_peer(task: Task) -> None:
    """End the claim of a switch that is proven."""
    if peer := the_door(task).peer_of(task):
        the_door(task).claims.free(task.host.name, peer)
        if journal := journal_of(task):
            journal.unclaim(task, peer)


def doubt_peer(task: Task) -> None:
    """End the claim of a switch that may be down and is not proven: its peer must not follow."""
    if peer := the_door(task).peer_of(task):
        the_door(task).claims.doubt(task.host.name, peer)


def release_peer(task: Task, before: BootIdentity, *, sent: bool) -> bool | None:
    """End the claim after a failure by what the switch says: freed if it never goes down, else doubted.

    Args:
        task: The Nornir task.
        before: The boot before anything was sent.
        sent: Whether the switch has taken a reload, which may come late.

    Returns:
        Whether that boot still runs; None if the switch cannot be read.
    """
    try:
        same = before.same_boot(look(task, Driver.boot_identity, patient=False))
    except Exception:  # noqa: BLE001 - what cannot be read is not known to be up
        same = None
    (free_peer if same and not sent else doubt_peer)(task)
    return same
