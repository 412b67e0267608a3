"""Is the switch the one that is meant, and may it be updated now? Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from nornir.core.task import Result, Task

from lcm_nornir.configurations import keep
from lcm_nornir.door import driver_of, journal_of, look, the_door
from lcm_nornir.door.algorithms import weak_of
from lcm_nornir.drivers.base import Configuration, Driver, HasPaths, RunsFiles, SwitchFacts
from lcm_nornir.drivers.paths import Jump, verdict
from lcm_nornir.errors import (
    DownloadFailed,
    MalformedImageUrl,
    NotReady,
    SwitchUnreachable,
)
from lcm_nornir.events import Evidence, Phase, tell
from lcm_nornir.host_data import lcm_data
from lcm_nornir.image import Image, ImageCatalog
from lcm_nornir.policy import CAREFUL, Policy
from lcm_nornir.tasks.adoption import check_idle
from lcm_nornir.tasks.cross_check import cross_check
from lcm_nornir.tasks.step import step
from lcm_nornir.tasks.wanted import wanted_image


@dataclass(frozen=True, slots=True)
class Readiness:
    """What was found before anything was changed.

    Attributes:
        facts: What the switch says of itself.
        configuration: Its configurations; None if it runs the target already.
        runs_target: Whether it runs the target already, and boots it next.
    """

    facts: SwitchFacts
    configuration: Configuration | None
    runs_target: bool


@step(Phase.READINESS)
def check_readiness(task: Task, image: Image | ImageCatalog, policy: Policy = CAREFUL) -> Result:
    """Check that the switch can and may be updated to an image. May be called at any time, any number of times.

    Args:
        task: The Nornir task.
        image: What it is to run.
        policy: What is allowed.

    Returns:
        A result whose value is a `Readiness`; failed with `SwitchUnreachable` (also another identity),
        `AnotherInstallInProgress`, `MalformedImageUrl`, `DownloadFailed` (no room), `NotReady` (refused by policy,
        or an answer that cannot be read), or `ImageActivationFailed` (it runs the target, and NAPALM says otherwise).
    """
    wanted = wanted_image(task, image)
    driver = driver_of(task)
    the_door(task).peer_of(task)  # an inventory that contradicts itself is refused here
    _check_image(driver, wanted, policy)
    facts = look(task, Driver.facts)
    _check_identity(task, facts)
    _tell_weak(task)
    for name, value in (("serial", facts.serial), ("model", facts.model), ("running before", facts.running)):
        tell(task, Evidence(name, value))
    if facts.running == wanted.version and facts.next_boot.running:
        cross_check(task, facts)  # nothing else would prove it
        return Result(host=task.host, result=Readiness(facts, None, runs_target=True))
    for running in _versions(facts, policy):
        _check_order(driver, running, wanted, policy)
        _check_path(driver, running, wanted, policy)
    check_idle(task, but_for=("copy", "install"))
    check_space(facts, wanted)
    configuration = look(task, Driver.configuration)
    if policy.unsaved == "refuse" and driver.differences(configuration.startup, configuration.running):
        raise NotReady("the running configuration is not saved", remedy="save it, or allow us to save it")
    _keep(task, configuration)
    return Result(host=task.host, result=Readiness(facts, configuration, runs_target=False))


@step(Phase.READINESS)
def check_rollback(task: Task, version: str) -> Result:
    """Check that a switch can go back to a version that another of its slots holds. Changes nothing.

    Args:
        task: The Nornir task.
        version: The version to return to.

    Returns:
        As `check_readiness`; failed with `NotReady` if no slot holds the version.
    """
    the_door(task).peer_of(task)  # as above
    facts = look(task, Driver.facts)
    _check_identity(task, facts)
    _tell_weak(task)
    tell(task, Evidence("running before", facts.running))
    if facts.running == version and facts.next_boot.running:
        cross_check(task, facts)  # as above
        return Result(host=task.host, result=Readiness(facts, None, runs_target=True))
    if facts.slot_with(version) is None:
        held = ", ".join(f"{slot.name}: {slot.version}" for slot in facts.slots)
        raise NotReady(f"{version} is in no slot ({held})", remedy="install it first (update_image)")
    check_idle(task)
    configuration = look(task, Driver.configuration)
    _keep(task, configuration)
    return Result(host=task.host, result=Readiness(facts, configuration, runs_target=False))


def _tell_weak(task: Task) -> None:
    if allowed := weak_of(the_door(task).target(task).options):
        tell(task, Evidence("weak SSH algorithms", f"the inventory allows {', '.join(allowed)}"))


def _keep(task: Task, configuration: Configuration) -> None:
    keep(the_door(task).configurations, task.host.name, configuration)
    if journal := journal_of(task):
        journal.keep(task, configuration)


def _check_image(driver: Driver, image: Image, policy: Policy) -> None:
    capabilities = driver.capabilities
    if image.scheme not in capabilities.schemes:
        raise MalformedImageUrl(
            f"{driver.platform} cannot fetch by {image.scheme}",
            remedy=f"use one of {', '.join(sorted(capabilities.schemes))}",
        )
    if image.credentials and not capabilities.url_credentials:
        raise NotReady(
            f"{driver.platform} takes credentials only inside a typed URL, where its history keeps them",
            remedy="serve the image without a login, or push it (file)",
        )
    if not policy.allow_unverified:
        _check_pinned(driver, image)
    if isinstance(driver, RunsFiles) and (told := driver.version_of(image.name)) != image.version:
        raise NotReady(
            f"the name {image.name} tells {told or 'no version'}, and not {image.version}: it would be all that tells"
            " the version of the stored file",
            remedy="correct the version, or give the file the vendor's name",
        )


def _check_pinned(driver: Driver, image: Image) -> None:
    computed = driver.capabilities.digests
    if image.pinned(computed):
        return
    if not computed:
        raise NotReady(f"{driver.platform} cannot compute a digest", remedy="allow an unverified image")
    if image.digest is None:
        raise NotReady("the image has no pinned digest", remedy="give sha256 or sha512, or allow an unverified image")
    raise NotReady(
        f"only {image.digest.algorithm} is pinned, which {driver.platform} cannot compute",
        remedy=f"give {' or '.join(computed)}, or allow an unverified image",
    )


def _check_identity(task: Task, facts: SwitchFacts) -> None:
    expected = lcm_data(task.host)
    for name in ("serial", "model"):
        wanted, found = str(expected.get(name) or ""), getattr(facts, name)
        if wanted and wanted != found:
            raise SwitchUnreachable(
                f"another identity answers: {name} is {found}, the inventory says {wanted}",
                remedy="correct the inventory or the cabling; nothing was changed",
            )
    if journal := journal_of(task):
        journal.identify(task, facts.serial)


def _versions(facts: SwitchFacts, policy: Policy) -> list[str]:
    versions = sorted({member.version for member in facts.members})
    if len(versions) > 1 and not policy.allow_mixed:
        raise NotReady(
            f"its members run different versions: {facts.running}",
            remedy="bring them to one version first, or allow mixed members",
        )
    return versions


def _check_order(driver: Driver, running: str, image: Image, policy: Policy) -> None:
    order = driver.order(image.version, running)
    if policy.allow_downgrade or running == image.version:
        return
    if order is None or order < 0:
        raise NotReady(
            f"{image.version} would be a downgrade from {running}"
            if order
            else f"{image.version} and {running} cannot be compared",
            remedy="allow a downgrade if that is what you want",
        )


def _check_path(driver: Driver, running: str, image: Image, policy: Policy) -> None:
    if (driver.order(image.version, running) or 0) <= 0:
        return  # the rules are about upgrades
    found = verdict(driver.paths if isinstance(driver, HasPaths) else (), running, image.version)
    if found.jump is Jump.INDIRECT:
        raise NotReady(
            f"there is no direct way from {running} to {image.version}: first {found.first} or later ({found.source})",
            remedy=f"upgrade to {found.first} first",
        )
    if found.jump is Jump.UNKNOWN and not policy.allow_unknown_path:
        raise NotReady(
            f"no known way leads from {running} to {image.version} (known ways: {found.source})",
            remedy="ask the vendor's upgrade matrix, then allow an unknown path",
        )


def check_space(facts: SwitchFacts, image: Image) -> None:
    """Check that there is room for the image, unless it is there already.

    Raises:
        DownloadFailed: There is not.
    """
    there = image.name in (facts.images or {}) or any(slot.has(image.version) for slot in facts.slots)
    if there or image.size is None or facts.free is None or image.size <= facts.free:
        return
    raise DownloadFailed(
        f"not enough space: {image.size} bytes needed, {facts.free} bytes free",
        remedy="delete stored images that nothing needs (clean_images does)",
    )
