"""A run, watched: shown on stderr while it goes on, told on stdout when it has ended, and by the exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from nornir.core import Nornir
from rich.console import Console

from lcm_nornir.cli import Output
from lcm_nornir.cli.kept import Kept
from lcm_nornir.cli.terminal import data, data_table, note, stopped_by_signals, warnings_on
from lcm_nornir.errors import OwnedElsewhere, RequestError
from lcm_nornir.events import Ending, Phase
from lcm_nornir.journal.reading import Reading, StoredJob
from lcm_nornir.processors.progress import ProgressProcessor
from lcm_nornir.processors.status import StatusProcessor
from lcm_nornir.record import SwitchRecord
from lcm_nornir.runners.waves import WaveRunner
from lcm_nornir.schema import UpdateJobStatus

_PRECEDENCE = (2, 3, 1, 0)


@dataclass(frozen=True, slots=True)
class Goal:
    """What a command wants to reach on every switch.

    Attributes:
        staged: A staged switch is the goal.
        dry_run: A switch of which it is known what would be done is the goal.
    """

    staged: bool = False
    dry_run: bool = False


def watched(
    nornir: Nornir,
    run: Callable[[Nornir], object],
    output: Output,
    goal: Goal,
    *,
    status: StatusProcessor | None = None,
    kept: Kept | None = None,
) -> int:
    """Run something with a display on stderr, print the document, and give the exit code.

    Args:
        nornir: What is to be run with, under our runner.
        run: Runs it with the Nornir that it is given.
        output: Form of the document.
        goal: What is to be reached.
        status: Keeps the document; a new one if not given.
        kept: Where the job is kept; None if it is none, or one of which nobody is told.
    """
    runner = nornir.runner
    if not isinstance(runner, WaveRunner):
        raise TypeError("not under our runner")
    status, console = status or StatusProcessor(), Console(stderr=True)
    with stopped_by_signals(runner):  # to the last line: who is impatient must not lose the document
        with warnings_on(console):
            run(nornir.with_processors([*nornir.processors, status, ProgressProcessor(console)]))
        records = status.record()
        code = 130 if runner.interrupted else exit_code(records, goal, stopped=runner.door.stop.is_set)
        for record in records:
            _explain(record, kept, cut=console.is_terminal, dry_run=goal.dry_run)
        show(records, status.report(), output, kept)
    return code


def show(records: Iterable[SwitchRecord], report: UpdateJobStatus, output: Output, kept: Kept | None = None) -> None:
    """Print a job's document, or its table."""
    if output is Output.JSON:
        data(report.model_dump_json(indent=2))
    else:
        data_table(("switch", "progress", "error", "reason"), [_cells(record, kept) for record in records])


def announce(kept: Kept, job: StoredJob) -> None:
    """Tell by which name a job is known."""
    note(kept.named(f"job {job.id} in {kept.place}; after a crash: lcm-nornir resume {job.id}"))


def what_next(kept: Kept, store: Reading, job: StoredJob) -> None:
    """Tell what can be done about switches that are held."""
    try:
        records = store.record(job)
    except RequestError as error:  # the run has its document and its exit code already
        note(str(error))
        return
    for record in records:
        if record.ending is Ending.HELD:
            words = f"lcm-nornir resume {job.id} --decide {record.name}=done, or =again, or =give-up"
            remedy = record.error.remedy if record.error else ""
            note(kept.named(f"{record.name} is held: {remedy}; once you know: {words}"))


def exit_code(records: Iterable[SwitchRecord], goal: Goal, *, stopped: bool) -> int:
    """Give the exit code: 2 another job has one, 3 held or stopped, 1 some failed, 0 the goal is reached on all.

    Args:
        records: What became of the switches.
        goal: What was to be reached.
        stopped: Whether somebody asked to stop: then that is why a switch was not begun.
    """
    codes = {_code(record, goal, stopped=stopped) for record in records}
    return next((code for code in _PRECEDENCE if code in codes), 2)


def _code(record: SwitchRecord, goal: Goal, *, stopped: bool) -> int:
    if record.ending is Ending.SUCCESS:
        return 0
    if isinstance(record.error, OwnedElsewhere):
        return 2
    if record.ending in (Ending.HELD, Ending.STOPPED):
        return 3
    if (goal.staged and record.ending is Ending.OPEN and record.phase is Phase.STAGED) or (
        goal.dry_run and record.ending is Ending.NOT_BEGUN and record.error is None
    ):
        return 0
    return 3 if stopped and record.ending is Ending.NOT_BEGUN else 1


def _explain(record: SwitchRecord, kept: Kept | None, *, cut: bool, dry_run: bool) -> None:
    reason = _reason(record, kept)
    if reason and (cut or reason != record.reason):  # moving lines show what fits; plain ones have told it as it was
        note(reason if reason.startswith(record.name) else f"{record.name}: {reason}")
    if dry_run and (lines := record.evidence.get("would do")):
        note(f"{record.name} would:\n  " + lines.replace("\n", "\n  "))


def _reason(record: SwitchRecord, kept: Kept | None) -> str:
    return kept.named(record.reason) if kept else record.reason


def _cells(record: SwitchRecord, kept: Kept | None) -> tuple[str, str, str, str]:
    row = record.row()
    return record.name, row.update_progress_status.value, row.error.value, _reason(record, kept)
