"""Making the new image the next boot, and taking that back."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from nornir.core.task import Result, Task

from lcm_nornir.door import act, journal_of, look
from lcm_nornir.drivers.base import Driver, Slot, SwitchFacts, slot_with
from lcm_nornir.errors import CommandRefused, ImageSetBootFailed, LcmError, ReplyTimeout, SessionError, SessionLost
from lcm_nornir.events import Evidence, Phase, tell
from lcm_nornir.image import Image, ImageCatalog
from lcm_nornir.tasks.activation import is_activated
from lcm_nornir.tasks.step import step
from lcm_nornir.tasks.wanted import file_name, wanted_version

E = TypeVar("E", bound=LcmError)


@step(Phase.SET_BOOT)
def set_boot_image(task: Task, image: Image | ImageCatalog | str, facts: SwitchFacts | None = None) -> Result:
    """Make the slot that holds the image the next boot, and read back that it is.

    On an OS on which the command that reboots does this, too, nothing is sent.

    Args:
        task: The Nornir task.
        image: What it is to run; a text is the version of an installed image.
        facts: What was read of the switch, if the caller has it; its slots are read again.

    Returns:
        A result whose value is the `Slot`; failed with `ImageSetBootFailed` or `SwitchUnreachable`.
    """
    version = wanted_version(task, image)
    slots = look(task, Driver.slots, recent=True)
    slot = slot_with(slots, version, file_name(task, image))
    if slot is None:
        raise ImageSetBootFailed(f"{version} is in no slot", remedy="install it first")
    if slot.next_boot or is_activated(task, slot):  # what activates it makes it the next boot
        return Result(host=task.host, result=slot)
    if task.is_dry_run():
        return Result(
            host=task.host, result=slot, changed=True, diff=f"set the next boot to slot {slot.name} ({version})"
        )
    facts = replace(facts, slots=slots) if facts else look(task, Driver.facts, recent=True)
    refusal = _set(task, facts, slot)
    if not boots_next(task, slot):
        raise ImageSetBootFailed(
            f"the next boot is not slot {slot.name} after it was set" + (f": {refusal.message}" if refusal else ""),
            command=refusal.command if refusal else "",
            said=refusal.said if refusal else "",
            remedy=(refusal and refusal.remedy) or "see why the switch does not take it",
        )
    tell(task, Evidence("next boot", f"slot {slot.name} ({version})"))
    return Result(host=task.host, result=slot, changed=True)


def _set(task: Task, facts: SwitchFacts, slot: Slot) -> CommandRefused | None:
    try:
        act(task, Driver.set_next_boot, facts, slot)
    except CommandRefused as refusal:
        return refusal
    except (SessionLost, ReplyTimeout):
        return None  # it may have been taken: what is read back decides
    return None


def boots_next(task: Task, slot: Slot) -> bool:
    """Read from the switch whether a slot is its next boot."""
    return any(one.next_boot and one.name == slot.name for one in look(task, Driver.slots))


def restore_next_boot(task: Task, facts: SwitchFacts, error: E) -> E:
    """Put the next boot back to what it was, read it back, and note in the error what the next power cycle runs.

    Nothing is put back on a switch that runs another slot by now.

    Args:
        task: The Nornir task.
        facts: As it was before.
        error: Why it is put back.

    Returns:
        The error, with the note.
    """
    is_known = False
    try:
        now = look(task, Driver.facts)
        is_known = True
        if now.running_slot.name != facts.running_slot.name:
            return error.note(f"it has rebooted since, and runs {now.running}")
        former = former_slot(task, facts, now.slots)
        if not former.next_boot:
            act(task, Driver.set_next_boot, now, former, undo=True)
        if boots_next(task, former):
            tell(task, Evidence("next boot", f"slot {former.name} ({former.version}), as before"))
            return error.note(f"not activated; next boot is {_told(former)}")
        why = "the switch does not take it"
    except (SessionError, LcmError) as failure:
        why = failure.message
    tell(task, Evidence("next boot", "NOT restored"))
    if not is_known:
        return error.note(f"it cannot be read ({why}): IT MAY RUN THE NEW IMAGE, now or after the next power cycle")
    return error.note(
        f"not activated, but THE NEXT POWER CYCLE MAY RUN THE NEW IMAGE: the next boot could not be put back ({why})"
    )


def former_slot(task: Task, facts: SwitchFacts, slots: tuple[Slot, ...]) -> Slot:
    """Give the slot that booted next before this job changed anything, as it is now.

    Args:
        task: The Nornir task.
        facts: As the switch was before; the journal knows of earlier attempts.
        slots: As they are now.
    """
    journal = journal_of(task)
    before = journal.before(task.host) if journal else None
    former = (before or facts).next_boot
    return next((slot for slot in slots if slot.name == former.name), former)


def _told(slot: Slot) -> str:
    if slot.running:
        return f"the old image {slot.version}"
    if not slot.version:
        return f"as it was before: {slot.name}"
    return f"{slot.version}, as it was before: THE NEXT POWER CYCLE RUNS IT"
