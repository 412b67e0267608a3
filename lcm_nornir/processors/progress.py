"""The live view of a run, for people: moving lines on a terminal, one line per change where there is none."""

from __future__ import annotations

import atexit
import sys
import weakref
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import Event as Flag
from threading import Lock, Thread

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Task
from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderResult
from rich.filesize import decimal
from rich.live import Live
from rich.text import Text

from lcm_nornir.errors import NotBegun
from lcm_nornir.events import Ending, Event, Installing, Phase, StepBegan, Verdict, isolated
from lcm_nornir.record import SwitchRecord
from lcm_nornir.schema import DownloadState, SwitchUpdateStatus, UpdateError
from lcm_nornir.tasks.step import cause_of, new_record, verdict_of

_PAUSE = 0.25  # seconds between two looks at what changed
_IDLE = 2  # pauses after which a run in which nobody is left is over
_LONGEST = 500  # characters of a text that comes from elsewhere
_NAME = 24  # cells of the longest name
_WORD = 24  # cells of the longest word that is common
_BAR = 20  # cells
_LOOK = {
    Ending.FAILED: (0, "bold red"),
    Ending.STOPPED: (1, "yellow"),
    Ending.HELD: (1, "yellow"),
    Ending.REFUSED: (1, "yellow"),
    Ending.OPEN: (2, "cyan"),
    Ending.NOT_BEGUN: (4, "dim"),
    Ending.SUCCESS: (5, "green"),
}
"""What is shown first where there is no room for all, and its colour."""
_TROUBLE, _WAITING = 1, 3


class ProgressProcessor:
    """A Nornir processor that shows a run live, on stderr.

    On a terminal it draws a line per switch, or a summary and the switches that matter where these are too many. Else
    it prints a line per change of phase and per verdict. Several runs may follow each other; tasks that are not ours
    show nothing. Events are only taken in here; a thread of its own draws, so that no switch waits for a terminal.

    Args:
        console: Where it is shown; stderr if not given. Elapsed times and times of day come from it. From then on its
            closed end raises `BrokenPipeError`, where Rich would redirect stdout and exit.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = Console(stderr=True) if console is None else console
        self._console.on_broken_pipe = _refuse  # type: ignore[method-assign]  # Rich's own turns *stdout* to nowhere
        self._lines: dict[str, _Line] = {}  # kept from run to run: an activation goes on with what was staged
        self._runs: list[_Run] = []
        self._painter: _Painter | None = None
        self._lock = Lock()

    def switch_event(self, task: Task, host: Host, event: Event) -> None:
        """Take in an event of a switch."""
        isolated(self, self._hear, task, host, event)

    def task_started(self, task: Task) -> None:
        """Remember the inventory in hand; it is shown when something of ours happens in this run."""
        isolated(self, self._begin, task)

    def task_completed(self, task: Task, result: AggregatedResult) -> None:
        """Show how it ended, and leave the terminal."""
        isolated(self, self._complete, task, result)

    def task_instance_started(self, task: Task, host: Host) -> None:
        """Remember that the run is not over."""
        with self._lock:
            if run := self._run_of(task):
                run.pending.add(host.name)

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Stop the switch's clock."""
        del result
        with self._lock:
            if run := self._run_of(task):
                run.pending.discard(host.name)
            if line := self._lines.get(host.name):
                line.stop(self._console.get_time())

    def subtask_instance_started(self, task: Task, host: Host) -> None:
        """Nothing: steps tell themselves."""

    def subtask_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Nothing: steps tell themselves."""

    def _begin(self, task: Task) -> None:
        with self._lock:
            self._runs = [run for run in self._runs if run.task() is not None]
        self._leave()
        with self._lock:
            self._runs.append(_Run(task))

    def _hear(self, task: Task, host: Host, event: Event) -> None:
        with self._lock:
            if run := self._run_of(task):
                self._show(run)
                self._add(host, event)

    def _complete(self, task: Task, result: AggregatedResult) -> None:
        with self._lock:
            run = next((run for run in self._runs if run.task() is task), None)
            if run is None:
                return
            if run.hosts and (run.shown or _is_ours(task)):
                self._show(run)
                for host in run.hosts:
                    self._conclude(host, run, result.get(host.name))
            self._runs.remove(run)
        self._leave()

    def _run_of(self, task: Task) -> _Run | None:
        return next((run for run in reversed(self._runs) if run.nornir is task.nornir), None)

    def _show(self, run: _Run) -> None:
        if run.shown:
            return
        run.shown = True
        if self._painter is None:
            self._painter = _Painter(self, self._console, self._lock, self._goes_on)
        self._painter.board.lines |= {host.name: self._line(host) for host in run.hosts}

    def _line(self, host: Host) -> _Line:
        if host.name not in self._lines:
            self._lines[host.name] = _Line(new_record(host))
        return self._lines[host.name]

    def _add(self, host: Host, event: Event) -> None:
        line = self._line(host)
        line.add(event, self._console.get_time())
        if self._painter and isinstance(event, StepBegan | Verdict) and (news := line.news()):
            self._painter.say(f"{self._console.get_datetime():%H:%M:%S} {news}")

    def _conclude(self, host: Host, run: _Run, result: MultiResult | None) -> None:
        record = self._line(host).record
        if record.ending is not Ending.OPEN:
            return
        if result is None:
            if not record.steps:
                reason = "excluded by failed_hosts" if host.name in run.excluded else "not selected in this run"
                self._add(host, Verdict(Ending.NOT_BEGUN, NotBegun(reason, host=host.name)))
        elif failed := [one.exception for one in result if one.failed and one.exception is not None]:
            self._add(host, verdict_of(cause_of(failed[0]), host.name))

    def _goes_on(self) -> bool:
        with self._lock:
            # raise_on_error, or a runner that raised: Nornir does not tell that such a run is completed
            self._runs = [run for run in self._runs if not run.is_over()]
            if not any(run.shown for run in self._runs):
                self._painter = None
            return self._painter is not None

    def _leave(self) -> None:
        with self._lock:
            painter = self._painter
            if painter is None or any(run.shown for run in self._runs):
                return
            self._painter = None
        painter.end()


class _Run:
    """One ``nr.run``: which hosts it has in hand, and whether it goes on."""

    def __init__(self, task: Task) -> None:
        self.task = weakref.ref(task)
        self.nornir = task.nornir
        self.hosts = list(task.nornir.inventory.hosts.values())
        self.excluded = set(task.nornir.data.failed_hosts)
        self.pending = set(task.nornir.inventory.hosts) - self.excluded
        self.shown = False
        self._idle = 0

    def is_over(self) -> bool:
        """Tell whether it ended without a word; asked once a pause."""
        self._idle = 0 if self.pending else self._idle + 1
        return self.task() is None or self._idle > _IDLE


class _Painter:
    """Shows what changed, four times a second, in a thread of its own. Its errors end nothing but itself."""

    def __init__(self, owner: object, console: Console, lock: Lock, goes_on: Callable[[], bool]) -> None:
        self.board = _Board(lock)
        self._console = console
        self._goes_on = goes_on
        self._moves = console.is_terminal and console.is_interactive
        self._said: deque[str] = deque()
        self._done = Flag()
        self._thread = Thread(target=isolated, args=(owner, self._run), name="lcm-progress", daemon=True)
        self._thread.start()

    def say(self, news: str) -> None:
        """Print a line soon, where there is no terminal."""
        if not self._moves:
            self._said.append(news)

    def end(self) -> None:
        """Show the final state and leave; does not wait for long for a terminal that is blocked."""
        self._done.set()
        self._thread.join(5.0)

    def _run(self) -> None:
        atexit.register(self.end)  # a cursor must not stay hidden
        try:
            if self._moves:
                self._draw()
            else:
                self._print()
        finally:
            atexit.unregister(self.end)

    def _draw(self) -> None:
        live = Live(
            self.board,
            console=self._console,
            auto_refresh=False,
            redirect_stdout=sys.stdout.isatty(),  # data that goes to a file must not be drawn into the terminal
            redirect_stderr=sys.stderr.isatty(),
        )
        with live:
            while self._continues():
                live.refresh()
            self.board.final = True

    def _print(self) -> None:
        goes_on = True
        while goes_on:
            goes_on = self._continues()
            while self._said:
                self._console.out(self._said.popleft(), highlight=False)

    def _continues(self) -> bool:
        return not self._done.wait(_PAUSE) and self._goes_on()


class _Board:
    """What is drawn: measured, chosen and written anew each time, and no more of it than is seen."""

    def __init__(self, lock: Lock) -> None:
        self.lines: dict[str, _Line] = {}
        self.final = False
        self._lock = lock

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        with self._lock:
            texts = self._texts(console, options)
        yield from texts

    def _texts(self, console: Console, options: ConsoleOptions) -> list[Text]:
        lines, summary = list(self.lines.values()), list[Text]()
        width = min(max((cell_len(line.name) for line in lines), default=0), _NAME)
        if len(lines) > (room := options.size.height - 1):
            summary = list(_summary(lines).wrap(console, options.max_width))
            lines.sort(key=_Line.rank)
            room = max(room - len(summary) - 1, 1)
            if self.final:  # it may scroll now
                room = max(room, sum(line.rank()[0] <= _TROUBLE for line in lines))
        fill, now = "#-" if options.ascii_only else "━─", console.get_time()
        texts = [*summary, *(line.text(width, now, fill) for line in lines[:room])]
        if more := len(lines) - len(lines[:room]):
            texts.append(Text(f"{'...' if options.ascii_only else '…'} and {more} more", "dim"))
        for text in texts:
            text.no_wrap, text.overflow = True, "crop" if options.ascii_only else "ellipsis"
        return texts


@dataclass(slots=True)
class _Line:
    """One switch: its record, and when (in the console's seconds) it entered its step and stopped."""

    record: SwitchRecord
    began: float | None = None
    since: float = 0.0
    until: float | None = None
    percent: int = 0
    told: str = ""
    name: str = ""
    _row: SwitchUpdateStatus | None = None

    def __post_init__(self) -> None:
        self.name = _clean(self.record.name)

    def add(self, event: Event, now: float) -> None:
        """Take in an event; what it looks like is worked out when somebody looks."""
        self.record.add(event)
        self._row = None
        match event:
            case StepBegan():
                self.began = now if self.began is None or self.until is not None else self.began
                self.since, self.until, self.percent = now, None, 0
            case Installing(percent=percent):
                self.percent = min(max(percent, 0), 100)
            case Verdict():
                self.until = now

    def stop(self, now: float) -> None:
        """Stop its clock, if no verdict did."""
        self.until = now if self.until is None else self.until

    def row(self) -> SwitchUpdateStatus:
        """Give its row in the API's words."""
        if self._row is None:
            self._row = self.record.row()
        return self._row

    def rank(self) -> tuple[int, float]:
        """Give its place where there is no room for all; what changed last comes first among equals."""
        rank = _WAITING if self.waits else _LOOK[self.record.ending][0]
        return rank, -max(self.since, self.until or 0.0)

    @property
    def waits(self) -> bool:
        """Whether nothing happened to it yet."""
        return self.record.ending is Ending.OPEN and self.record.phase is Phase.WAITING

    def word(self) -> str:
        """Give its progress word, and what the API has no word for."""
        ending = self.record.ending
        own = "" if ending in (Ending.OPEN, Ending.SUCCESS, Ending.FAILED) else f" {ending.value}"
        return f"{self.row().update_progress_status}{own}"

    def news(self) -> str:
        """Give what is new of it, for a log; empty if nothing is."""
        ended = self.record.ending is not Ending.OPEN
        said = f"{self.word()} {self._error()} {self.record.reason}" if ended else self.record.phase.value
        before, self.told = self.told, _clean(f"{self.record.name} {said}")
        return self.told if self.told != before else ""

    def text(self, width: int, now: float, fill: str) -> Text:
        """Write it out: name, word, time, and what can be said of its ending or its step."""
        style = "dim" if self.waits else _LOOK[self.record.ending][1]
        return Text.assemble(
            set_cell_size(self.name, width),
            "  ",
            (f"{self.word():{_WORD}}", style),
            f"  {self._elapsed(now):>7}  ",
            _clean(self._detail()),
            *self._bar(fill),
        )

    def _elapsed(self, now: float) -> str:
        if self.began is None:
            return ""
        start = self.since if self.record.ending is Ending.OPEN else self.began
        return str(timedelta(seconds=int((now if self.until is None else self.until) - start)))

    def _detail(self) -> str:
        if self.record.ending is Ending.OPEN:
            return f"{self.record.phase.value} {self._step()}"
        if (error := self.record.error) is None:
            return ""
        return f"{self._error()} {error.step}{': ' if error.step else ''}{error.message}"

    def _error(self) -> str:
        error = self.row().error
        return "" if error is UpdateError.NOT_SET else error.value

    def _step(self) -> str:
        if self.record.phase is Phase.INSTALL:
            percent = f"{self.percent} % " if self.percent else ""
            return f"{percent}{self.row().install_status.status_detail}"
        download = self.row().download_status
        if self.record.phase is not Phase.COPY:
            return ""
        if not download.transfer_bytes:
            return download.status_detail
        size = f"/{decimal(download.file_size)}" if download.file_size else ""
        rate = f" {decimal(download.transfer_rate)}/s" if download.transfer_rate else ""
        return f"{decimal(download.transfer_bytes)}{size}{rate}"

    def _bar(self, fill: str) -> tuple[str | tuple[str, str], ...]:
        download = self.row().download_status
        if download.status is not DownloadState.DOWNLOAD_IN_PROGRESS or not download.file_size:
            return ()
        done = _BAR * download.transfer_bytes // download.file_size
        return " ", (fill[0] * done, "cyan"), (fill[1] * (_BAR - done), "dim")


def _summary(lines: list[_Line]) -> Text:
    rows = [line.row().download_status for line in lines]
    rate = sum(row.transfer_rate for row in rows if row.status is DownloadState.DOWNLOAD_IN_PROGRESS)
    counts = Counter((line.rank()[0], line.word()) for line in lines)
    words = [f"{count} {word}" for (_, word), count in sorted(counts.items())]
    copied = f"{decimal(sum(row.transfer_bytes for row in rows))} copied, {decimal(rate)}/s"
    return Text(f"{len(lines)} switches: {', '.join(words)}; {copied}", "bold")


def _clean(text: str) -> str:
    # on one line, without anything that moves a cursor, hides, or turns the direction of what follows
    return "".join(filter(str.isprintable, " ".join(text[:_LONGEST].split())))


def _refuse() -> None:
    raise BrokenPipeError("nobody reads the display any more")


def _is_ours(task: Task) -> bool:
    return hasattr(task.task, "lcm_phase") or hasattr(task.task, "lcm_composite")
