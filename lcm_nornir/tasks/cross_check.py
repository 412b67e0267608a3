"""Comparing what our driver read of a switch with what NAPALM reads of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nornir.core.task import Task

from lcm_nornir.door import driver_of, the_door
from lcm_nornir.door.second_opinion import Opinion, can_be_asked, second_opinion
from lcm_nornir.drivers.base import Driver, HasNapalm, SwitchFacts
from lcm_nornir.errors import ImageActivationFailed
from lcm_nornir.events import Evidence, tell
from lcm_nornir.host_data import lcm_data

_RESOLUTION = 60.0  # seconds: some of NAPALM's drivers know minutes only
_VERSION = re.compile(r"\d+\.[0-9A-Za-z.()_-]*[0-9A-Za-z)]")


def cross_check(task: Task, facts: SwitchFacts) -> None:
    """Ask NAPALM for a second opinion, where its extra is installed and it knows the OS, and tell what it came to.

    That NAPALM does not answer is told, and is no failure of the switch. The inventory may leave it out
    (``data["lcm"]["napalm"]: false``).

    Args:
        task: The Nornir task.
        facts: What our driver read.

    Raises:
        ImageActivationFailed: It reads another serial or version, or another boot.
        HostKeyRejected: As for every session.
    """
    driver = driver_of(task)
    if not isinstance(driver, HasNapalm) or not lcm_data(task.host).get("napalm", True) or not can_be_asked():
        return
    opinion = second_opinion(task, the_door(task), driver)
    name = f"NAPALM ({driver.napalm})"
    if opinion.failure:
        tell(task, Evidence("second opinion", f"none: {name} did not answer: {opinion.failure}"))
        return
    differences = list(_differences(driver, facts, opinion))
    if not differences:
        tell(task, Evidence("second opinion", f"{name} agrees: {_told(opinion)}"))
        return
    both = the_door(task).redact("; ".join(differences))
    tell(task, Evidence("second opinion", f"{name} disagrees: {both}"))
    raise ImageActivationFailed(
        f"a second opinion disagrees: {name} reads {both}",
        remedy="log in and see which is right; 'napalm: false' under data: lcm: leaves NAPALM out",
    )


def _differences(driver: Driver, facts: SwitchFacts, opinion: Opinion) -> Iterator[str]:
    # of several members NAPALM may name another one's than we do
    if opinion.serial and opinion.serial != facts.serial and len(facts.members) == 1:
        yield f"serial {opinion.serial}, we read {facts.serial}"
    versions = {driver.canonical(version) for version in _VERSION.findall(opinion.version)}
    if versions and facts.running not in versions:
        yield f"version {' or '.join(sorted(versions))}, we read {facts.running}"
    up = facts.boot.uptime
    if up is None or opinion.uptime is None:
        return
    expected = up + opinion.read_at - facts.boot.read_at
    if abs(opinion.uptime - expected) > _RESOLUTION + facts.boot.resolution + opinion.took:
        yield f"that it has been up for {opinion.uptime:.0f} s, we read {expected:.0f} s"


def _told(opinion: Opinion) -> str:
    up = "" if opinion.uptime is None else f"up for {opinion.uptime:.0f} s"
    named = (("serial", opinion.serial), ("version", opinion.version))
    return (
        ", ".join([*(f"{name} {value}" for name, value in named if value), *filter(None, [up])]) or "it tells nothing"
    )
