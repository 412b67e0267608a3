"""What a person sees of a run, on a terminal (read back from an emulated one) and without."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from io import StringIO
from pathlib import Path

import pyte
import pytest
from nornir.core import Nornir
from nornir.core.configuration import Config
from nornir.core.exceptions import NornirExecutionError
from nornir.core.inventory import Host, Hosts, Inventory
from nornir.core.processor import Processors
from nornir.core.state import GlobalState
from nornir.core.task import AggregatedResult, Result, Task
from nornir.plugins.runners import ThreadedRunner
from rich.console import Console

from lcm_nornir.errors import DownloadFailed, ImageInstallFailed, NotReady, ReachabilityTimedOut, RequestError
from lcm_nornir.events import (
    Copying,
    Down,
    Ending,
    Event,
    Installing,
    Phase,
    StepBegan,
    StepEnded,
    Verdict,
    tell,
)
from lcm_nornir.processors.progress import ProgressProcessor
from lcm_nornir.processors.status import StatusProcessor
from lcm_nornir.tasks import update_image

GOLDEN = Path(__file__).parent / "golden"
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3\d|4\d|9\d|10\d)[;m]")
GIGABYTE = 10**9
WIDTH, HEIGHT = 100, 12


class Clock:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def day(self) -> datetime:
        return datetime(2030, 1, 1, 12, tzinfo=UTC) + timedelta(seconds=self.now)


class Tape(StringIO):
    """What was written, and how often; read as text, or as a terminal shows it."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0

    def flush(self) -> None:
        self.writes += 1

    def screen(self) -> pyte.Screen:
        screen = pyte.Screen(WIDTH, HEIGHT)
        screen.set_mode(pyte.modes.LNM)  # a terminal's driver begins a new line at its left
        pyte.Stream(screen).feed(self.getvalue())
        return screen

    def shown(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen().display).rstrip() + "\n"

    def settle(self) -> None:
        """Wait until what happened before is drawn."""
        target = self.writes + 2
        eventually(lambda: self.writes >= target)


class Shut(StringIO):
    """A stream that cannot be written to."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def write(self, text: str) -> int:
        del text
        raise self.error


class Stage:
    """A run that is played by hand: a fleet in memory, a processor, and what it writes."""

    def __init__(self, *names: str, terminal: bool = True, dumb: bool = False) -> None:
        self.tape, self.clock = Tape(), Clock()
        self.console = Console(
            file=self.tape,
            width=WIDTH,
            height=HEIGHT,
            force_terminal=terminal,
            color_system="standard" if terminal else "auto",
            legacy_windows=False,
            get_time=self.clock,
            get_datetime=self.clock.day,
            force_interactive=terminal and not dumb,
        )
        self.progress = ProgressProcessor(self.console)
        self.nornir = fleet(names).with_processors([self.progress])

    @cached_property
    def task(self) -> Task:
        task = Task(update_image, self.nornir, global_dry_run=False, processors=Processors([self.progress]))
        self.progress.task_started(task)
        return task

    def hear(self, name: str, *events: Event) -> None:
        for event in events:
            self.progress.switch_event(self.task, self.nornir.inventory.hosts[name], event)

    def end(self) -> None:
        self.progress.task_completed(self.task, AggregatedResult("update_image"))


def fleet(names: tuple[str, ...]) -> Nornir:
    hosts = Hosts({name: Host(name) for name in names})
    return Nornir(Inventory(hosts), Config(), GlobalState(), runner=ThreadedRunner(num_workers=20))


def eventually(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


def golden(name: str) -> str:
    return (GOLDEN / name).read_text(encoding="utf-8")


def failure(name: str, message: str = "the installer failed") -> Verdict:
    return Verdict(Ending.FAILED, ImageInstallFailed(message, host=name, step="install", remedy="try again"))


def play(stage: Stage) -> None:
    """Bring six switches as far as they can be seen at a time."""
    for name in ("leaf01", "leaf02", "leaf03", "leaf04", "leaf05"):
        stage.hear(name, StepBegan(Phase.READINESS))
    stage.clock.now = 10
    stage.hear("leaf01", StepBegan(Phase.COPY), Copying("In progress", 250_000_000, GIGABYTE, 25_000_000, 25))
    stage.hear("leaf02", StepBegan(Phase.INSTALL), Installing("Configure filesystem (3 of 9)", 33))
    stage.hear("leaf03", StepBegan(Phase.REACHABILITY), Down())
    stage.hear("leaf04", StepBegan(Phase.INSTALL), failure("leaf04"))
    stage.clock.now = 85
    stage.hear("leaf05", Verdict(Ending.SUCCESS))


def finish(stage: Stage) -> None:
    stage.hear("leaf01", Verdict(Ending.FAILED, DownloadFailed("250000000 bytes arrived", step="copy")))
    stage.hear("leaf02", Verdict(Ending.OPEN, phase=Phase.STAGED))
    stage.hear("leaf03", Verdict(Ending.FAILED, ReachabilityTimedOut("it did not come back", step="reachability")))
    stage.end()


def crowd(stage: Stage) -> None:
    """Bring a thousand switches to all kinds of places, one after another."""
    for number, name in enumerate(stage.nornir.inventory.hosts):
        stage.clock.now = number
        stage.hear(name, StepBegan(Phase.READINESS))
        if number < 500:
            stage.hear(name, Verdict(Ending.SUCCESS))
        elif number < 503:
            stage.hear(name, failure(name))
        elif number < 600:
            stage.hear(name, StepBegan(Phase.COPY), Copying("", 250_000_000, GIGABYTE, 25_000_000, 25))
        elif number == 600:
            stage.hear(name, Verdict(Ending.REFUSED, NotReady("a newer version runs")))
        if number == 700:
            break
    stage.clock.now = 1000


SIX = ("leaf01", "leaf02", "leaf03", "leaf04", "leaf05", "leaf06")
THOUSAND = tuple(f"leaf{number:04}" for number in range(1, 1001))


def test_a_fleet_that_fits_has_a_line_per_switch() -> None:
    stage = Stage(*SIX)
    play(stage)
    stage.tape.settle()
    assert stage.tape.shown() == golden("fleet_that_fits.txt")
    assert stage.tape.screen().cursor.hidden
    finish(stage)
    assert stage.tape.shown() == golden("fleet_that_fits_at_its_end.txt")


def test_a_large_fleet_has_a_summary_and_the_switches_that_matter() -> None:
    stage = Stage(*THOUSAND)
    crowd(stage)
    stage.tape.settle()
    assert stage.tape.shown() == golden("large_fleet.txt")
    stage.end()
    assert not stage.tape.screen().cursor.hidden


def test_every_failure_of_a_large_fleet_is_left_on_the_terminal() -> None:
    names = THOUSAND[:60]
    stage = Stage(*names)
    for name in names[:40]:
        stage.hear(name, StepBegan(Phase.INSTALL), failure(name))
    stage.end()
    final = stage.tape.getvalue().rpartition("60 switches")[2]
    assert [name for name in names if re.search(rf"{name}  \S*FAILED", final)] == list(names[:40])


def test_the_terminal_may_be_resized() -> None:
    stage = Stage(*SIX)
    play(stage)
    stage.console.height = 5
    stage.tape.settle()
    assert "6 switches: " in stage.tape.shown()
    stage.console.width = 30
    stage.tape.settle()
    assert max(map(len, stage.tape.shown().splitlines())) <= 30
    stage.end()


def test_the_terminal_is_left_clean() -> None:
    stage = Stage(*SIX)
    play(stage)
    finish(stage)
    screen = stage.tape.screen()
    assert not screen.cursor.hidden
    assert (screen.cursor.x, screen.cursor.y) == (0, len(SIX))
    written = stage.tape.writes
    time.sleep(0.6)
    assert stage.tape.writes == written


@pytest.mark.parametrize("dumb", [False, True])
def test_without_a_terminal_a_line_is_printed_per_change(dumb: bool) -> None:  # noqa: FBT001 - a parameter of the test
    stage = Stage(*SIX, terminal=dumb, dumb=dumb)
    play(stage)
    stage.hear("leaf03", StepBegan(Phase.REACHABILITY))
    finish(stage)
    assert stage.tape.getvalue() == golden("lines.txt")


def test_data_that_is_printed_meanwhile_goes_where_stdout_goes(capsys: pytest.CaptureFixture[str]) -> None:
    stage = Stage(*SIX)
    play(stage)
    stage.tape.settle()
    print("data")  # noqa: T201 - what is tested
    stage.end()
    assert capsys.readouterr().out == "data\n"
    assert "data" not in stage.tape.getvalue()


def test_outcomes_are_coloured() -> None:
    stage = Stage(*SIX)
    play(stage)
    finish(stage)
    assert "\x1b[1;31mFAILED" in stage.tape.getvalue()
    assert "\x1b[32mSUCCESS" in stage.tape.getvalue()


def test_NO_COLOR_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stage = Stage(*SIX)
    play(stage)
    finish(stage)
    assert not COLOUR.search(stage.tape.getvalue())
    assert stage.tape.shown() == golden("fleet_that_fits_at_its_end.txt")


@pytest.mark.parametrize("terminal", [True, False])
def test_S09_words_of_a_switch_are_shown_and_never_obeyed(terminal: bool) -> None:  # noqa: FBT001 - a parameter of the test
    stage = Stage("leaf01", "leaf02", terminal=terminal)
    evil = "[red]:smile:[/]\x1b[2J\x1b]0;title\x07\x9b31m\u202e\r\n\tend"
    stage.hear("leaf01", StepBegan(Phase.INSTALL), Installing(evil))
    stage.hear("leaf02", StepBegan(Phase.INSTALL), failure("leaf02", evil + "x" * 10_000_000))
    if terminal:
        stage.tape.settle()
    stage.end()
    text = stage.tape.getvalue()
    assert "[red]:smile:[/][2J]0;title31m end" in text
    assert not re.search("\x1b\\[2J|[\x07\x9b\u202e\t]", text)
    assert max(map(len, stage.tape.shown().splitlines())) <= WIDTH
    assert len(text) < 10_000


def told(task: Task, *events: Event) -> Result:
    for event in (StepBegan(Phase.COPY), Copying(size=100), *events):
        tell(task, event)
    return Result(host=task.host)


def good(task: Task) -> Result:
    return told(task, StepEnded(Phase.COPY), Verdict(Ending.SUCCESS))


def bad(task: Task) -> Result:
    told(task, failure(task.host.name))
    return Result(host=task.host, failed=True, exception=ImageInstallFailed("no"))


def wrapper(task: Task) -> Result:
    task.run(good)
    return Result(host=task.host)


def broken(task: Task) -> Result:
    return Result(host=task.host, failed=True, exception=OSError("no"))


def silent(task: Task) -> Result:
    return broken(task)


silent.lcm_composite = True  # type: ignore[attr-defined]  # one of ours that ends without a word


def foreign(task: Task) -> Result:
    return Result(host=task.host)


def test_runs_follow_each_other_also_below_a_wrapper_and_after_foreign_tasks() -> None:
    stage = Stage(*SIX, terminal=False)
    stage.nornir.run(foreign)
    assert not stage.tape.getvalue()
    for _ in range(2):
        stage.nornir.run(wrapper)
        stage.nornir.run(foreign)
    lines = stage.tape.getvalue().splitlines()
    assert sorted(lines) == sorted(f"12:00:00 {name} {word}" for name in SIX for word in ("copy", "SUCCESS") * 2)


def test_tasks_that_are_not_ours_do_not_touch_the_terminal() -> None:
    stage = Stage(*SIX)
    stage.nornir.run(foreign)
    assert not stage.tape.getvalue()


def test_a_run_after_one_that_nornir_left_open_is_shown_to_its_end() -> None:
    stage = Stage(*SIX)
    stage.nornir.data.failed_hosts.add("leaf06")
    with pytest.raises(NornirExecutionError) as caught:
        stage.nornir.run(broken, raise_on_error=True)
    stage.nornir.run(good)  # while the traceback keeps the first run's frames alive
    assert caught.value.failed_hosts
    assert not stage.tape.screen().cursor.hidden
    assert stage.tape.shown().count("SUCCESS") == len(SIX) - 1
    assert "leaf06: excluded by failed_hosts" not in stage.tape.shown()
    assert "excluded by failed_hosts" in stage.tape.shown()


def test_events_may_come_from_many_threads_at_once() -> None:
    stage = Stage(*THOUSAND)
    stage.nornir.run(good)
    assert "1000 switches: 1000 SUCCESS" in stage.tape.getvalue()
    assert not stage.tape.screen().cursor.hidden


def test_hosts_that_nornir_skips_are_told() -> None:
    stage = Stage("leaf01", "leaf02", terminal=False)
    stage.nornir.data.failed_hosts.add("leaf02")
    stage.hear("leaf01", StepBegan(Phase.COPY), Verdict(Ending.SUCCESS))
    stage.end()
    assert "leaf02 NOT_SET not begun leaf02: excluded by failed_hosts" in stage.tape.getvalue()


def test_hosts_that_nornir_skips_are_told_also_when_it_raises_and_tells_no_end() -> None:
    stage = Stage("leaf01", "leaf02", terminal=False)
    stage.nornir.data.failed_hosts.add("leaf02")
    with suppress(NornirExecutionError):
        stage.nornir.run(bad, raise_on_error=True)
    eventually(lambda: "leaf02 NOT_SET not begun leaf02: excluded by failed_hosts" in stage.tape.getvalue())


def test_a_host_that_nornir_runs_although_it_failed_before_has_its_own_verdict() -> None:
    stage = Stage("leaf01", terminal=False)
    stage.nornir.data.failed_hosts.add("leaf01")
    status = StatusProcessor()
    stage.nornir.with_processors([status, stage.progress]).run(silent, on_failed=True)
    assert stage.tape.getvalue().endswith(
        "leaf01 FAILED IMAGE_INSTALL_FAILED leaf01: OSError: no (report this as a bug)\n"
    )
    assert [record.reason for record in status.record()] == ["leaf01: OSError: no (report this as a bug)"]


def test_a_terminal_is_left_also_when_nornir_raises_and_tells_no_end() -> None:
    stage = Stage(*SIX)
    with pytest.raises(NornirExecutionError) as caught:
        stage.nornir.run(bad, raise_on_error=True)
    eventually(lambda: "\x1b[?25h" in stage.tape.getvalue())  # while the traceback keeps the run's frames alive
    assert len(caught.value.failed_hosts) == len(SIX)
    assert stage.tape.shown().count("IMAGE_INSTALL_FAILED install: the installer failed") == len(SIX)


def test_a_terminal_is_left_before_the_next_run_begins_when_nornir_told_no_end() -> None:
    def look(task: Task) -> Result:
        return Result(host=task.host, result=stage.tape.getvalue())

    stage = Stage(*SIX)
    with suppress(NornirExecutionError):
        stage.nornir.run(bad, raise_on_error=True)
    seen = stage.nornir.run(look)["leaf01"].result
    assert seen.count("\x1b[?25h") == 1
    assert seen.rpartition("\x1b[?25h")[0].count("IMAGE_INSTALL_FAILED") >= len(SIX)


def test_a_terminal_is_left_also_when_the_runner_raises() -> None:
    class Raises(ThreadedRunner):
        def run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
            super().run(task, hosts[:1])
            raise RequestError("no")

    stage = Stage(*SIX)
    with suppress(RequestError):
        stage.nornir.with_runner(Raises()).run(good)
    eventually(lambda: "\x1b[?25h" in stage.tape.getvalue())


@pytest.mark.parametrize("terminal", [True, False])
def test_a_console_that_raises_ends_no_upgrade(terminal: bool) -> None:  # noqa: FBT001 - a parameter of the test
    console = Console(file=Shut(OSError("no space left")), force_terminal=terminal, force_interactive=terminal)
    progress = ProgressProcessor(console)
    result = fleet(SIX).with_processors([progress]).run(good)
    assert not result.failed
    assert list(result) == list(SIX)


@pytest.mark.parametrize("console", [None, Console(stderr=True)], ids=["ours", "given"])
def test_a_stderr_that_is_closed_takes_no_stdout_with_it(
    console: Console | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.fstat(sys.stdout.fileno())
    monkeypatch.setattr(sys, "stderr", Shut(BrokenPipeError()))
    assert not fleet(SIX).with_processors([ProgressProcessor(console)]).run(good).failed
    assert os.path.samestat(before, os.fstat(sys.stdout.fileno()))
