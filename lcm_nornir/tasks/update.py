"""The composites: stage, activate, both, and back."""

from __future__ import annotations

from nornir.core.exceptions import NornirSubTaskError
from nornir.core.task import Task

from lcm_nornir.door import driver_of
from lcm_nornir.drivers.base import BootIdentity, Commits, Slot, SwitchFacts
from lcm_nornir.errors import ImageActivationFailed, LcmError, MayYetReboot, NotReady, OwnershipLost
from lcm_nornir.events import Ending, Evidence, InstallDone, Phase, Verdict, tell
from lcm_nornir.image import Image, ImageCatalog
from lcm_nornir.policy import CAREFUL, Policy
from lcm_nornir.tasks.activation import is_activated, is_installed_so, told_apart
from lcm_nornir.tasks.commit import commit_image, on_trial
from lcm_nornir.tasks.copy import copy_image
from lcm_nornir.tasks.install import install_image
from lcm_nornir.tasks.peers import claim_peer, free_peer, release_peer
from lcm_nornir.tasks.reachability import Seen, wait_reachable
from lcm_nornir.tasks.readiness import Readiness, check_readiness, check_rollback
from lcm_nornir.tasks.reboot import reboot_switch
from lcm_nornir.tasks.recover import recovered
from lcm_nornir.tasks.set_boot import restore_next_boot, set_boot_image
from lcm_nornir.tasks.step import cause_of, composite, verdict_of
from lcm_nornir.tasks.validate import validate_image
from lcm_nornir.tasks.verify import verify_image
from lcm_nornir.tasks.wanted import wanted_image, wanted_version

_PROVEN = Verdict(Ending.SUCCESS)


@composite
def update_image(task: Task, image: Image | ImageCatalog, policy: Policy = CAREFUL) -> Verdict:
    """Bring a switch to an image: ready, copied, validated, installed, set to boot, rebooted, back, proven.

    Converges: it looks what is done already and does only what is missing, so it may be run again after anything. A
    switch that runs the image already is a success without a change. With a journal of an earlier attempt it goes on
    where that ended: it adopts what runs, and follows a reload that was sent.

    Args:
        task: The Nornir task.
        image: What to run, the same for all switches or by catalogue.
        policy: What is allowed where there is a choice.

    Returns:
        A result whose value is the switch's row (`SwitchUpdateStatus`). A failure is returned, with an `LcmError` as
        its exception.
    """
    if recovered(task, wanted_version(task, image)):
        return _PROVEN
    ready: Readiness = task.run(check_readiness, image=image, policy=policy).result
    if ready.runs_target:
        return _runs_it(task, ready.facts)
    if task.is_dry_run():
        return _would(task, ready.facts, wanted_image(task, image), activate=True)
    _stage(task, image, policy, ready.facts)
    return _activate(task, image, policy, ready)


@composite
def stage_image(task: Task, image: Image | ImageCatalog, policy: Policy = CAREFUL) -> Verdict:
    """Bring a switch up to the last safe point: installed and checked, with the next boot unchanged.

    Args:
        task: The Nornir task.
        image: What to run later.
        policy: What is allowed where there is a choice.

    Returns:
        A result whose value is the switch's row. Staged, the row stays open (``INSTALL_IN_PROGRESS``).
    """
    if recovered(task, wanted_version(task, image)):
        return _PROVEN
    ready: Readiness = task.run(check_readiness, image=image, policy=policy).result
    if ready.runs_target:
        return _runs_it(task, ready.facts)
    if task.is_dry_run():
        return _would(task, ready.facts, wanted_image(task, image), activate=False)
    _stage(task, image, policy, ready.facts)
    return Verdict(Ending.OPEN, phase=Phase.STAGED)


@composite
def activate_image(task: Task, image: Image | ImageCatalog, policy: Policy = CAREFUL) -> Verdict:
    """Boot a staged image: set to boot, reboot, back, proven. Refuses a switch on which it is not installed.

    Args:
        task: The Nornir task.
        image: What was staged.
        policy: What is allowed where there is a choice.

    Returns:
        A result whose value is the switch's row.
    """
    if recovered(task, wanted_version(task, image)):
        return _PROVEN
    ready: Readiness = task.run(check_readiness, image=image, policy=policy).result
    if ready.runs_target:
        return _runs_it(task, ready.facts)
    wanted = wanted_image(task, image)
    if ready.facts.slot_with(wanted.version) is None:
        raise NotReady(f"{wanted.version} is not staged on it", remedy="stage it first (stage_image)")
    task.run(validate_image, image=image, policy=policy)  # of a file its name alone proves nothing
    if task.is_dry_run():
        return _would(task, ready.facts, wanted, activate=True)
    return _activate(task, image, policy, ready)


@composite
def rollback_image(task: Task, version: str, policy: Policy = CAREFUL) -> Verdict:
    """Go back to a version that is still in another slot. Converges: a switch that runs it is left alone.

    Args:
        task: The Nornir task.
        version: The version to return to, as the switch writes it.
        policy: What is allowed; a downgrade is meant here.

    Returns:
        A result whose value is the switch's row.
    """
    version = wanted_version(task, version)
    if recovered(task, version):
        return _PROVEN
    ready: Readiness = task.run(check_rollback, version=version).result
    if ready.runs_target:
        return _runs_it(task, ready.facts)
    slot = ready.facts.slot_with(version)
    if task.is_dry_run() and slot:
        return _say(task, _would_activate(task, slot, ready.facts))
    return _activate(task, version, policy, ready)


def _stage(task: Task, image: Image | ImageCatalog, policy: Policy, facts: SwitchFacts) -> None:
    task.run(copy_image, image=image, policy=policy)
    task.run(validate_image, image=image, policy=policy)
    task.run(install_image, image=image, policy=policy, facts=facts)


def _activate(task: Task, image: Image | ImageCatalog | str, policy: Policy, ready: Readiness) -> Verdict:
    version = wanted_version(task, image)
    if ready.facts.running == version:  # only the next boot is wrong, and that needs no reload
        try:
            task.run(set_boot_image, image=version, facts=ready.facts)
        except NornirSubTaskError as caught:
            raise on_trial(task, _ours(caught, task.host.name)) from caught
        task.run(verify_image, image=version, before=ready)
        return _PROVEN
    claim_peer(task)
    sent = activated = False
    try:
        task.run(set_boot_image, image=image, facts=ready.facts)
        reboot = task.run(reboot_switch, policy=policy, facts=ready.facts, image=image)[0]
        before: BootIdentity = reboot.result
        sent, activated = True, getattr(reboot, "activated", False)
        seen: Seen = task.run(wait_reachable, since=before).result
        task.run(verify_image, image=version, before=ready, since=before, seen=seen)
        if is_installed_so(task):
            tell(task, InstallDone())  # what activated it was the installation, too
        task.run(commit_image, image=version)
    except BaseException as caught:
        if isinstance(cause_of(caught), OwnershipLost):
            raise  # it is another's now, to look at and to put back
        goes_on = isinstance(cause_of(caught), MayYetReboot)
        up = release_peer(task, ready.facts.boot, sent=sent or goes_on)
        if goes_on:
            raise  # nothing is put back under what still works
        # while the old image runs, also once more, the new one only boots next: the former one is put back
        if up or not sent or isinstance(cause_of(caught), ImageActivationFailed):
            error = _ours(caught, task.host.name)
            error = restore_next_boot(task, ready.facts, told_apart(task, error, version) if activated else error)
            if isinstance(caught, Exception):  # else it is not ours to end
                raise (on_trial(task, error) if sent else error) from caught
        if sent:
            on_trial(task, _ours(caught, task.host.name))
        raise
    return _PROVEN


def _ours(caught: BaseException, host: str) -> LcmError:
    verdict = verdict_of(cause_of(caught), host)
    assert verdict.error is not None  # noqa: S101  # nosec B101 - a verdict on an error has one
    return verdict.error


def _runs_it(task: Task, facts: SwitchFacts) -> Verdict:
    tell(task, Evidence("running", facts.running))
    tell(task, Evidence("next boot", f"slot {facts.next_boot.name} ({facts.next_boot.version})"))
    if isinstance(driver_of(task), Commits):  # what ended an earlier attempt may have come before its commit
        task.run(commit_image, image=facts.running)
    free_peer(task)
    return _PROVEN


def _would(task: Task, facts: SwitchFacts, image: Image, *, activate: bool) -> Verdict:
    lines = []
    slot = facts.slot_with(image.version)
    if slot is None:
        other = next((s for s in facts.slots if not s.running), None)
        lines += [f"copy {image.name} from {image.server or 'here'}", "check its digest on the switch"]
        if not is_installed_so(task):
            lines += [f"install {image.version}" + (f" over {other.version} in slot {other.name}" if other else "")]
    return _say(task, lines + (_would_activate(task, slot or _new(task, image), facts) if activate else []))


def _new(task: Task, image: Image) -> Slot:
    return Slot(image.name, image.version, running=False, next_boot=False, is_file=is_installed_so(task))


def _would_activate(task: Task, slot: Slot, facts: SwitchFacts) -> list[str]:
    if is_activated(task, slot):
        return ["save the configuration", f"activate {slot.version}, which reboots (runs {facts.running} now)"]
    lines = [] if slot.next_boot else [f"set the next boot to {slot.version}"]
    if not slot.running:
        lines += ["save the configuration", f"reload (runs {facts.running} now)"]
    return lines


def _say(task: Task, lines: list[str]) -> Verdict:
    tell(task, Evidence("would do", "\n".join(lines)))
    return Verdict(Ending.NOT_BEGUN)
