"""Proving that the switch runs the image."""

from __future__ import annotations

from nornir.core.task import Result, Task

from lcm_nornir.door import driver_of, look, the_door
from lcm_nornir.drivers.base import BootIdentity, Commits, Driver, SwitchFacts
from lcm_nornir.errors import ImageActivationFailed, SwitchUnreachable
from lcm_nornir.events import Ending, Evidence, Phase, Verdict, tell
from lcm_nornir.image import Image, ImageCatalog
from lcm_nornir.tasks.cross_check import cross_check
from lcm_nornir.tasks.peers import free_peer
from lcm_nornir.tasks.reachability import Seen
from lcm_nornir.tasks.readiness import Readiness
from lcm_nornir.tasks.step import inside_composite, step
from lcm_nornir.tasks.wanted import wanted_version


@step(Phase.VERIFY)
def verify_image(
    task: Task,
    image: Image | ImageCatalog | str,
    before: Readiness | None = None,
    since: BootIdentity | None = None,
    seen: Seen | None = None,
) -> Result:
    """Prove by what the switch says that it runs the image: same serial, new boot, version, next boot. Changes nothing.

    Where NAPALM knows the OS it is asked, too, and must not disagree (`cross_check`).

    Args:
        task: The Nornir task.
        image: What it is to run; a text is a version.
        before: What was found before the update, to compare identity and configuration with.
        since: The boot before the reload, to prove a new one.
        seen: What `wait_reachable` read; read now if not given.

    Returns:
        A result whose value is the `SwitchFacts`; failed with `ImageActivationFailed`, or with `SwitchUnreachable` if
        another switch answers.
    """
    version = wanted_version(task, image)
    facts = seen.facts if seen else look(task, Driver.facts, recent=True)
    if before and facts.serial != before.facts.serial:
        raise SwitchUnreachable(f"another identity answers: serial {facts.serial}, before it was {before.facts.serial}")
    if since and since.same_boot(facts.boot) is not False:
        raise ImageActivationFailed("it did not reboot", remedy="look why the reload was not carried out")
    on_trial = isinstance(driver_of(task), Commits)  # what boots next is then the commit's affair
    _check_version(facts, version, on_trial=on_trial)
    tell(task, Evidence("running", facts.running))
    tell(task, Evidence("next boot", f"slot {facts.next_boot.name} ({facts.next_boot.version})"))
    if before and before.configuration and seen:
        lines = driver_of(task).differences(before.configuration.running, seen.configuration.running)
        tell(task, Evidence("configuration", "as before" if not lines else the_door(task).redact("\n".join(lines))))
    cross_check(task, facts)
    if not on_trial:  # else it may go back by itself until it is committed
        free_peer(task)
    if not inside_composite(task) and not on_trial:
        tell(task, Verdict(Ending.SUCCESS))
    return Result(host=task.host, result=facts)


def _check_version(facts: SwitchFacts, version: str, *, on_trial: bool) -> None:
    wrong = [member for member in facts.members if member.version != version]
    if wrong:
        found = ", ".join(f"{member.version} (member {member.name})" for member in wrong)
        raise ImageActivationFailed(
            f"it runs {facts.running if len(facts.members) == 1 else found} and not {version}",
            remedy="look at its console log for why the new image did not boot",
        )
    if facts.next_boot.version != version and not on_trial:
        raise ImageActivationFailed(
            f"it runs {version}, but its next boot is {facts.next_boot.version}", remedy="set the next boot"
        )
