"""Jobs of a store: what became of them, going on with them, trying again, cancelling."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from nornir.core import Nornir
from nornir.core.task import AggregatedResult
from rich.console import Console
from rich.live import Live

from lcm_nornir.cli import Output
from lcm_nornir.cli.kept import Kept
from lcm_nornir.cli.record import recording
from lcm_nornir.cli.selection import check_host, nornir_of
from lcm_nornir.cli.terminal import data, data_json, data_table, note
from lcm_nornir.cli.watched import Goal, announce, exit_code, show, watched, what_next
from lcm_nornir.errors import RequestError
from lcm_nornir.jobs import cancel_job, is_unfinished, resume_job, retry_job
from lcm_nornir.journal.codec import load_event
from lcm_nornir.journal.intent import Decision
from lcm_nornir.journal.reading import Note, Reading, StoredJob
from lcm_nornir.journal.store import Store
from lcm_nornir.processors.lines import Board, Line
from lcm_nornir.processors.status import StatusProcessor
from lcm_nornir.record import SwitchRecord, report_of

_LOOK = 0.5  # seconds between two looks at a job that somebody else runs


@dataclass(frozen=True, slots=True)
class Again:
    """The job that is gone on with.

    Attributes:
        kept: Where it is kept.
        name: Its id, the begin of it, or ``last``.
        config: Nornir's configuration file; the job's own if None.
        record: Folder where the dialogues are kept; None if they are not.
    """

    kept: Kept
    name: str
    config: Path | None = None
    record: Path | None = None


def resume(again: Again, decide: tuple[str, ...], output: Output) -> int:
    """Go on with a job; prints its document and gives the exit code.

    Raises:
        RequestError: As `lcm_nornir.jobs.resume_job`.
    """
    decisions = dict(map(_decision, decide))
    return _again(again, output, lambda ready, store: resume_job(ready, store, again.name, decisions=decisions))


def retry(again: Again, only: tuple[str, ...], output: Output) -> int:
    """Try again what ended without success; prints the job's document and gives the exit code.

    Raises:
        RequestError: As `lcm_nornir.jobs.retry_job`.
    """
    kinds = [kind for text in only for kind in text.split(",") if kind]
    return _again(again, output, lambda ready, store: retry_job(ready, store, again.name, only=kinds))


def cancel(kept: Kept, name: str) -> int:
    """Ask whoever runs a job to stop.

    Raises:
        RequestError: As `lcm_nornir.jobs.cancel_job`.
    """
    with kept.existing() as store:
        note(f"asked to stop: {cancel_job(store, name)}")
    return 0


def status(kept: Kept, name: str, output: Output) -> int:
    """Print a job's document as the store tells it; only reads."""
    with Reading.at(kept.place) as store:
        job = store.job(name)
        _print(kept, store, job, output)
        what_next(kept, store, job)
    return 0


def status_of_all(kept: Kept, output: Output) -> int:
    """Print a line for each job of the store; only reads."""
    with Reading.at(kept.place) as store:
        rows = [_line(store, job) for job in store.jobs()]
    if output is Output.JSON:
        data_json(rows)
    elif rows:
        data_table(tuple(rows[0]), [tuple(map(str, row.values())) for row in rows])
    else:
        data("no job")
    return 0


def watch(kept: Kept, name: str, output: Output) -> int:
    """Show a job that another process runs until that has ended, print its document, give the exit code; only reads."""
    console = Console(stderr=True)
    with Reading.at(kept.place) as store:
        job = store.job(name)
        _Watch(store, job, console).run()
        _print(kept, store, job, output)
        return exit_code(store.record(job), _goal(job), stopped=_was_stopped(store, job))


class _Watch:
    """A job as another process tells it to the store."""

    def __init__(self, store: Reading, job: StoredJob, console: Console) -> None:
        self._store, self._job, self._console = store, job, console
        self._lines = {one.name: Line(SwitchRecord(one.id, one.name)) for one in job.switches}
        self._seen = 0

    def run(self) -> None:
        """Show it until nobody runs it any more."""
        board = Board(Lock())
        board.lines |= self._lines
        if not self._console.is_terminal:
            self._follow(lambda: None)
            return
        with Live(board, console=self._console, auto_refresh=False) as live:
            self._follow(live.refresh)
            board.final = True

    def _follow(self, refresh: Callable[[], None]) -> None:
        while True:
            owner = self._store.owner(self._job)
            runs = owner is not None and owner.alive  # asked first: what it wrote before it ended is read then
            for one in self._store.notes(self._job, self._seen):
                self._take(one)
            refresh()
            if not runs:
                return
            time.sleep(_LOOK)

    def _take(self, one: Note) -> None:
        self._seen = one.seq
        if not one.switch or not one.is_event:
            return
        line = self._lines[one.switch]
        line.add(load_event(one.kind, one.body), self._console.get_time(), one.time)
        if (news := line.news()) and not self._console.is_terminal:
            note(f"{time.strftime('%H:%M:%S', time.localtime(one.time))} {news}")


def _again(again: Again, output: Output, run: Callable[[Nornir, Store], AggregatedResult]) -> int:
    kept = again.kept
    with kept.existing() as store:
        job = store.job(again.name)
        nornir = nornir_of(again.config or _config(job))
        for switch in job.switches:
            if switch.name in nornir.inventory.hosts:
                check_host(nornir, nornir.inventory.hosts[switch.name])
        known = StatusProcessor(store.record(job), int(job.created))
        with recording(nornir, again.record) as nornir:
            announce(kept, job)
            code = watched(nornir, lambda ready: run(ready, store), output, _goal(job), status=known, kept=kept)
        what_next(kept, store, job)
        return code


def _config(job: StoredJob) -> Path:
    if not (config := job.definition.get("config")):
        raise RequestError(f"job {job.id} does not tell it", field="--config", cure="name Nornir's configuration file")
    return Path(config)


def _decision(text: str) -> tuple[str, Decision]:
    name, _, word = text.partition("=")
    try:
        return name, Decision(word)
    except ValueError:
        words = ", ".join(Decision)
        raise RequestError(
            f"{text!r} is no decision", field="--decide", cure=f"write SWITCH and one of: {words}"
        ) from None


def _goal(job: StoredJob) -> Goal:
    return Goal(staged=job.task == "stage_image")


def _print(kept: Kept, store: Reading, job: StoredJob, output: Output) -> None:
    records = store.record(job)
    show(records, report_of(records, int(job.created)), output, kept)
    if _is_left(store, job):
        note(kept.named(f"nobody runs it: lcm-nornir resume {job.id}"))


def _was_stopped(store: Reading, job: StoredJob) -> bool:
    """Tell whether somebody asked the last attempt at a job to stop, and was heard."""
    kinds = [one.kind for one in store.notes(job, switch="")]
    begin = max((number for number, kind in enumerate(kinds) if kind == "began"), default=0)
    return "stopped" in kinds[begin:]


def _is_left(store: Reading, job: StoredJob) -> bool:
    owner = store.owner(job)
    return not (owner and owner.alive) and any(is_unfinished(job, record) for record in store.record(job))


def _line(store: Reading, job: StoredJob) -> Mapping[str, object]:
    records, owner = store.record(job), store.owner(job)
    return {
        "job": job.id,
        "begun": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(job.created)),
        "by": job.created_by,
        "task": job.task,
        "version": _version(job),
        "switches": len(records),
        "unfinished": sum(is_unfinished(job, record) for record in records),
        "status": report_of(records, int(job.created)).status.value,
        "run by": owner.who if owner and owner.alive else "",
    }


def _version(job: StoredJob) -> object:
    """Give the version that a job brings, if its parameters tell it; those of a runbook's own task may be anything."""
    image, version = (job.definition["params"].get(name) for name in ("image", "version"))
    inner = image.get("image") if isinstance(image, dict) else None  # a catalogue has many
    return inner["version"] if isinstance(inner, dict) else version or ""
