"""A run of one of our composites, watched, reported and told by the exit code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nornir.core import Nornir
from rich.console import Console

from lcm_nornir.cli import Output
from lcm_nornir.cli.selection import Choice, image_from, select
from lcm_nornir.cli.terminal import data, data_table, note, stopped_by_signals, warnings_on
from lcm_nornir.events import Ending, Phase
from lcm_nornir.image import check_images
from lcm_nornir.policy import Policy
from lcm_nornir.processors.progress import ProgressProcessor
from lcm_nornir.processors.status import StatusProcessor
from lcm_nornir.record import SwitchRecord
from lcm_nornir.runners.waves import WaveRunner
from lcm_nornir.tasks import activate_image, stage_image, update_image

_TASKS = {"run": update_image, "stage": stage_image, "activate": activate_image}


def upgrade(
    name: str, choice: Choice, options: dict[str, Any], policy: Policy, output: Output, *, dry_run: bool
) -> int:
    """Bring the chosen switches to the image that the options name; gives the exit code.

    Args:
        name: ``run``, ``stage`` or ``activate``.
        choice: Which switches.
        options: Which image: the options of the command line by their names.
        policy: What is allowed.
        output: Form of the document on stdout.
        dry_run: Change nothing.

    Raises:
        RequestError: Bad input; nothing was touched.
    """
    image = image_from(options)
    nornir = select(choice)
    check_images(nornir.inventory.hosts.values(), image)
    nornir.data.dry_run = dry_run
    return watched(nornir, name, output, image=image, policy=policy)


def watched(nornir: Nornir, name: str, output: Output, **params: Any) -> int:
    """Run a composite with a display on stderr, print the document, and give the exit code."""
    runner = nornir.runner
    if not isinstance(runner, WaveRunner):
        raise TypeError("not under our runner")
    status, console = StatusProcessor(), Console(stderr=True)
    with stopped_by_signals(runner):  # to the last line: who is impatient must not lose the document
        with warnings_on(console):
            nornir.with_processors([status, ProgressProcessor(console)]).run(
                task=_TASKS[name], raise_on_error=False, **params
            )
        records = status.record()
        code = 130 if runner.interrupted else exit_code(records, staged=name == "stage", dry_run=nornir.data.dry_run)
        for record in records:
            _explain(record, cut=console.is_terminal, dry_run=nornir.data.dry_run)
        if output is Output.JSON:
            data(status.report().model_dump_json(indent=2))
        else:
            data_table(("switch", "progress", "error", "reason"), [_cells(record) for record in records])
    return code


def exit_code(records: Iterable[SwitchRecord], *, staged: bool = False, dry_run: bool = False) -> int:
    """Give the exit code: 3 held or stopped, 1 some failed, 0 the goal is reached on all.

    Args:
        records: What became of the switches.
        staged: A staged switch is the goal.
        dry_run: A switch of which it is known what would be done is the goal.
    """
    codes = {_code(record, staged=staged, dry_run=dry_run) for record in records}
    return max(codes, default=2)


def _code(record: SwitchRecord, *, staged: bool, dry_run: bool) -> int:
    if record.ending is Ending.SUCCESS:
        return 0
    if record.ending in (Ending.HELD, Ending.STOPPED):
        return 3
    reached = (staged and record.ending is Ending.OPEN and record.phase is Phase.STAGED) or (
        dry_run and record.ending is Ending.NOT_BEGUN and record.error is None
    )
    return 0 if reached else 1


def _explain(record: SwitchRecord, *, cut: bool, dry_run: bool) -> None:
    if record.reason and cut:  # the moving lines show what fits; plain lines have told it whole
        note(record.reason if record.reason.startswith(record.name) else f"{record.name}: {record.reason}")
    if dry_run and (lines := record.evidence.get("would do")):
        note(f"{record.name} would:\n  " + lines.replace("\n", "\n  "))


def _cells(record: SwitchRecord) -> tuple[str, str, str, str]:
    row = record.row()
    return record.name, row.update_progress_status.value, row.error.value, record.reason
