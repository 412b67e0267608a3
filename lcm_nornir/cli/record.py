"""Recording what switches say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nornir.core import Nornir
from nornir.core.task import MultiResult

from lcm_nornir.cli import Output
from lcm_nornir.cli.selection import Choice, select
from lcm_nornir.cli.terminal import data, data_json, data_table, note, stopped_by_signals
from lcm_nornir.dialogue import Ended, Recording
from lcm_nornir.drivers.reading import check_reading
from lcm_nornir.processors.dialogue import DialogueRecorder
from lcm_nornir.runners.waves import WaveRunner
from lcm_nornir.tasks import record_dialogue


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be recorded.

    Attributes:
        commands: What to type; what the driver reads if none.
        folder: Where the recordings go.
        about: What is to be known of the switches.
        configuration: Read the configurations, too.
        shown: Print the recordings.
    """

    commands: tuple[str, ...]
    folder: Path
    about: str = ""
    configuration: bool = False
    shown: bool = False


def record(choice: Choice, wanted: Wanted, output: Output) -> int:
    """Record what the chosen switches say; gives the exit code: 1 if of one of them there is no recording.

    Raises:
        RequestError: Bad input, or a command that is not certain to only read; nothing was sent.
    """
    for line in wanted.commands:
        check_reading(line)
    nornir = select(choice)
    runner = nornir.runner
    if not isinstance(runner, WaveRunner):
        raise TypeError("not under our runner")
    configuration = wanted.configuration
    recorder = DialogueRecorder(wanted.folder, about=wanted.about, configurations=configuration)
    with stopped_by_signals(runner):
        results = nornir.with_processors([*nornir.processors, recorder]).run(
            task=record_dialogue, raise_on_error=False, commands=wanted.commands, configuration=configuration
        )
        rows = [_row(recorder, name, result) for name, result in results.items()]
        _print(rows, output, shown=wanted.shown)
        read_first(recorder)
    if runner.interrupted:
        return 130
    return 0 if all(row["file"] for row in rows) and not (results.failed or recorder.troubles) else 1


@contextmanager
def recording(nornir: Nornir, folder: Path | None) -> Iterator[Nornir]:
    """Give a Nornir that keeps each switch's dialogue in a folder; the same one if there is none.

    Raises:
        RequestError: Nothing can be written there.
    """
    if folder is None:
        yield nornir
        return
    recorder = DialogueRecorder(folder)
    try:
        yield nornir.with_processors([*nornir.processors, recorder])
    finally:
        read_first(recorder)


def read_first(recorder: DialogueRecorder) -> None:
    """Tell where the recordings are, and that they are to be read before they are sent."""
    for name, trouble in recorder.troubles.items():
        note(f"{name}: its recording could not be written: {trouble}")
    if files := recorder.files:
        few = len(files) <= 5  # noqa: PLR2004 - a few lines
        for path in sorted(set(files.values())) if few else [recorder.dialogues.folder]:
            note(f"recorded: {path}")
        note("Names, addresses and secrets that could be recognised are replaced. Read it before you send it.")


def _row(recorder: DialogueRecorder, name: str, result: MultiResult) -> dict[str, object]:
    path = recorder.files.get(name)
    exchanges = Recording.read(path).exchanges if path else ()
    first = result[0]
    troubles = "; ".join(first.result) if not first.failed else str(first.exception)
    return {
        "switch": name,
        "file": str(path or ""),
        "exchanges": len(exchanges),
        "left out": sum(one.ended is Ended.LEFT_OUT for one in exchanges),
        "told": recorder.troubles.get(name, "") or troubles,
    }


def _print(rows: list[dict[str, object]], output: Output, *, shown: bool) -> None:
    if shown:
        data("\n\n".join(Recording.read(Path(str(row["file"]))).transcript() for row in rows if row["file"]))
    elif output is Output.JSON:
        data_json(rows)
    else:
        data_table(tuple(rows[0]), [tuple(map(str, row.values())) for row in rows])
