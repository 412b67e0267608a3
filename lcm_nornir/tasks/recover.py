"""Going on where an earlier attempt ended without a verdict: look first, and send a reload again only on proof."""

from __future__ import annotations

from nornir.core.task import Result, Task

from lcm_nornir.door import journal_of, unfinished
from lcm_nornir.drivers.base import Activity, BootIdentity, SwitchFacts
from lcm_nornir.errors import DidNotReboot, Held, ImageActivationFailed, LcmError, MayYetReboot, NotReady
from lcm_nornir.events import Evidence, InstallDone, Phase, tell
from lcm_nornir.journal.intent import REBOOTS, Decision, Unfinished
from lcm_nornir.tasks.activation import ended_apart, failure, is_installed_so
from lcm_nornir.tasks.commit import commit_image, on_trial
from lcm_nornir.tasks.findings import Action, Finding, action_on
from lcm_nornir.tasks.peers import claim_peer, release_peer
from lcm_nornir.tasks.reachability import Return, Seen
from lcm_nornir.tasks.readiness import Readiness
from lcm_nornir.tasks.set_boot import restore_next_boot
from lcm_nornir.tasks.step import cause_of, step
from lcm_nornir.tasks.verify import verify_image


def recovered(task: Task, version: str) -> bool:
    """Bring a reload that an earlier attempt sent, or may have sent, to its end.

    Args:
        task: The Nornir task.
        version: What the switch is to run.

    Returns:
        True if the switch is proven. False if there is nothing of the kind, or if the reload did not happen: then what
        is missing is to be done, the reload included.

    Raises:
        LcmError: It is held, or it did not come back, or came back wrong, or was given up.
    """
    left = unfinished(task)
    if left is None:
        return False
    if left.decision is not None:
        tell(task, Evidence("decided by a person", left.decision.value))
    if left.decision is Decision.GIVE_UP:
        task.run(give_up_switch)
    if left.sent is None or not left.is_of(*REBOOTS):
        return False  # the steps themselves look what became of a copy or an installation
    claim_peer(task)
    try:
        seen: Seen | None = task.run(follow_reload).result
        if seen is None:
            release_peer(
                task, left.boot, sent=False
            )  # what is missing comes first; it claims that right again before its reload
            return False
        before = Readiness(left.sent.facts, left.configuration, runs_target=False)
        task.run(verify_image, image=version, before=before, since=_since(left), seen=seen)
        if is_installed_so(task):
            tell(task, InstallDone())
        task.run(commit_image, image=version)
    except BaseException as caught:
        up = release_peer(task, left.boot, sent=True)
        error = cause_of(caught)
        if isinstance(error, LcmError):
            raise _told(task, left.sent.facts, error, up=bool(up)) from caught
        raise
    return True


def _told(task: Task, before: SwitchFacts, error: LcmError, *, up: bool) -> LcmError:
    """Put the former next boot back where the switch runs, but not as it should; gives the error that tells of it."""
    if isinstance(error, MayYetReboot):
        return error  # nothing is put back under what still works
    if up or isinstance(error, ImageActivationFailed):
        error = restore_next_boot(task, before, error)
    return on_trial(task, error)


@step(Phase.REACHABILITY)
def follow_reload(task: Task) -> Result:
    """Find out what became of a reload, or an activation, that an earlier attempt sent. Changes nothing.

    A new boot: it happened. The boot from before still runs after the time in which it had to end: it did not happen.
    Neither can be told: the switch is held for a person.

    Returns:
        A result whose value is what was `Seen` in the new boot; None on proof that there was no reload. Failed with
        `ReachabilityTimedOut` or `Held`.
    """
    return Result(host=task.host, result=seen_after_reload(task))


def seen_after_reload(task: Task) -> Seen | None:
    """Find out what became of a reload that an earlier attempt sent; on proof that there was none it is forgotten.

    Returns:
        What was seen in the new boot; None if there was no reload.

    Raises:
        Held: It cannot be told.
        ReachabilityTimedOut: The switch did not come back.
    """
    left = unfinished(task)
    if left is None or not left.is_of(*REBOOTS):
        return None
    if left.decision is not Decision.AGAIN:
        command = left.sent.command if left.sent else ""
        if left.is_of("activate"):
            _check_activated(task, left)
        try:
            seen, finding = Return(task, _since(left), cannot_tell=_hold).wait(), Finding.NEW_BOOT
        except DidNotReboot:
            seen, finding = None, Finding.OLD_BOOT
        tell(task, Evidence(f"{command} before", finding.value))
        if action_on(command, finding) is Action.PROVE:
            return seen
    if journal := journal_of(task):
        journal.settle(task.host)
    return None


def _check_activated(task: Task, left: Unfinished) -> None:
    """Follow an activation that an earlier attempt sent, as long as the boot from before answers.

    Raises:
        LcmError: It has failed: the switch goes on as before.
    """
    ended = ended_apart(task, left.boot, left.sent.installer if left.sent else None)
    if ended and ended.activity is Activity.FAILED:
        tell(task, Evidence("activate before", Finding.NOT_ACTIVATED.value))
        if journal := journal_of(task):
            journal.settle(task.host)
        raise failure(ended)


def _since(left: Unfinished) -> BootIdentity | None:
    return None if left.decision is Decision.DONE else left.boot


def _hold() -> Held:
    return Held(
        "it cannot be told whether the reload that was sent before has happened",
        remedy="look at its uptime and its log, then: resume JOB --decide SWITCH=done, =again or =give-up",
    )


@step(Phase.SET_BOOT)
def give_up_switch(task: Task) -> Result:
    """End what an earlier attempt left, since a person decided so: put the former next boot back if the old image runs.

    Returns:
        A result that failed: with `ImageActivationFailed`, which tells what the next power cycle runs, or with
        `NotReady`, if nothing was sent to it yet.
    """
    left, journal = unfinished(task), journal_of(task)
    before = journal.before(task.host) if journal else None
    if before is None:
        raise NotReady("given up by a person; nothing was changed")
    release_peer(task, left.boot if left else before.boot, sent=False)
    raise restore_next_boot(task, before, ImageActivationFailed("given up by a person"))
