"""Bringing switches to an image: a run of one of our composites, as a job of a store."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from nornir.core import Nornir

from lcm_nornir.cli import Output
from lcm_nornir.cli.kept import Kept
from lcm_nornir.cli.record import recording
from lcm_nornir.cli.selection import Choice, image_from, select
from lcm_nornir.cli.watched import Goal, announce, watched, what_next
from lcm_nornir.image import check_images
from lcm_nornir.policy import Policy
from lcm_nornir.processors.journal import JournalProcessor
from lcm_nornir.tasks import activate_image, stage_image, update_image

_TASKS = {"run": update_image, "stage": stage_image, "activate": activate_image}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done.

    Attributes:
        name: ``run``, ``stage`` or ``activate``.
        params: What the task is given.
        dry_run: Change nothing.
    """

    name: str
    params: dict[str, Any]
    dry_run: bool = False

    def run(self, nornir: Nornir, journal: JournalProcessor | None = None) -> None:
        """Do it; as a job if there is a journal."""
        if journal is not None:
            nornir = nornir.with_processors([*nornir.processors, journal])
        nornir.run(task=_TASKS[self.name], raise_on_error=False, **self.params)

    @property
    def goal(self) -> Goal:
        """What is to be reached."""
        return Goal(staged=self.name == "stage", dry_run=self.dry_run)


@dataclass(frozen=True, slots=True)
class Run:
    """How switches are brought to an image.

    Attributes:
        name: ``run``, ``stage`` or ``activate``.
        policy: What is allowed.
        dry_run: Change nothing; such a run is no job, owns nothing and leaves nothing to resume.
        record: Folder where the dialogues are kept; None if they are not.
    """

    name: str
    policy: Policy
    dry_run: bool = False
    record: Path | None = None


def upgrade(run: Run, choice: Choice, options: dict[str, Any], *, kept: Kept, output: Output) -> int:
    """Bring the chosen switches to the image that the options name; gives the exit code.

    Args:
        run: How.
        choice: Which switches.
        options: Which image: the options of the command line by their names.
        kept: Where the job is kept.
        output: Form of the document on stdout.

    Raises:
        RequestError: Bad input, or a switch is another job's; nothing was touched.
    """
    image = image_from(options)
    nornir = select(choice)
    check_images(nornir.inventory.hosts.values(), image)
    nornir.data.dry_run = run.dry_run
    wanted = Wanted(run.name, {"image": image, "policy": run.policy}, run.dry_run)
    with recording(nornir, run.record) as nornir:
        if run.dry_run:
            return watched(nornir, wanted.run, output, wanted.goal)
        with kept.store() as store:
            journal = JournalProcessor(
                store, config=str(choice.config.absolute()), announce=lambda job: announce(kept, job)
            )
            code = watched(nornir, partial(wanted.run, journal=journal), output, wanted.goal, kept=kept)
            if journal.job is not None:
                what_next(kept, store, journal.job)
            return code
