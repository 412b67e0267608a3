"""The live view of a run, for people: moving lines on a terminal, one line per change where there is none."""

from __future__ import annotations

import atexit
import sys
import weakref
from collections import deque
from collections.abc import Callable
from threading import Event as Flag
from threading import Lock, Thread

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Task
from rich.console import Console
from rich.live import Live

from lcm_nornir.events import Event, StepBegan, Verdict, isolated
from lcm_nornir.processors.lines import Board, Line
from lcm_nornir.processors.run import Run
from lcm_nornir.tasks.step import new_record

_PAUSE = 0.25  # seconds between two looks at what changed
_IDLE = 2  # pauses after which a run in which nobody is left is over


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
        self._lines: dict[str, Line] = {}  # kept from run to run: an activation goes on with what was staged
        self._runs: list[_LiveRun] = []
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
            self._runs.append(_LiveRun(task))

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
            if run.hosts and (run.seen or run.ours):
                self._show(run)
                for host in run.hosts:
                    self._conclude(host, run.left_open(self._line(host).record, result.get(host.name)))
            self._runs.remove(run)
        self._leave()

    def _run_of(self, task: Task) -> _LiveRun | None:
        return next((run for run in reversed(self._runs) if run.has(task)), None)

    def _show(self, run: _LiveRun) -> None:
        if run.seen:
            return
        run.seen = True
        if self._painter is None:
            self._painter = _Painter(self, self._console, self._lock, self._goes_on)
        self._painter.board.lines |= {host.name: self._line(host) for host in run.hosts}
        for host in run.hosts:
            self._conclude(host, run.skips(self._line(host).record))

    def _line(self, host: Host) -> Line:
        if host.name not in self._lines:
            self._lines[host.name] = Line(new_record(host))
        return self._lines[host.name]

    def _add(self, host: Host, event: Event) -> None:
        line = self._line(host)
        line.add(event, self._console.get_time())
        if self._painter and isinstance(event, StepBegan | Verdict) and (news := line.news()):
            self._painter.say(f"{self._console.get_datetime():%H:%M:%S} {news}")

    def _conclude(self, host: Host, verdict: Verdict | None) -> None:
        if verdict is not None:
            self._add(host, verdict)

    def _goes_on(self) -> bool:
        with self._lock:
            # raise_on_error, or a runner that raised: Nornir does not tell that such a run is completed
            self._runs = [run for run in self._runs if not run.is_over()]
            if not any(run.seen for run in self._runs):
                self._painter = None
            return self._painter is not None

    def _leave(self) -> None:
        with self._lock:
            painter = self._painter
            if painter is None or any(run.seen for run in self._runs):
                return
            self._painter = None
        painter.end()


class _LiveRun(Run):
    """A run, and whether it goes on; Nornir does not tell the end of every one."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.task = weakref.ref(task)
        self.pending = {host.name for host in self.hosts} - self.excluded
        self._idle = 0

    def is_over(self) -> bool:
        """Tell whether it ended without a word; asked once a pause."""
        self._idle = 0 if self.pending else self._idle + 1
        return self.task() is None or self._idle > _IDLE


class _Painter:
    """Shows what changed, four times a second, in a thread of its own. Its errors end nothing but itself."""

    def __init__(self, owner: object, console: Console, lock: Lock, goes_on: Callable[[], bool]) -> None:
        self.board = Board(lock)
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


def _refuse() -> None:
    raise BrokenPipeError("nobody reads the display any more")
