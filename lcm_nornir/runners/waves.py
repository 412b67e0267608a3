"""The Nornir runner ``lcm_waves``."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Result, Task

from lcm_nornir.door import Door
from lcm_nornir.door.gates import whole_number
from lcm_nornir.errors import NotBegun
from lcm_nornir.events import isolated
from lcm_nornir.image import ImageCatalog, check_images

logger = logging.getLogger(__name__)

_HOOKS = (
    "task_started",
    "task_completed",
    "task_instance_started",
    "task_instance_completed",
    "subtask_instance_started",
    "subtask_instance_completed",
    "switch_event",
    "dialogues",
)
_PAUSE = 0.5  # seconds after which somebody who asked to stop is answered
_WHY = "stopped by the user"
_ONE_AT_A_TIME = threading.Lock()  # the size of stacks is the process's: else another run's small one might stay
_STACK = 256 * 1024  # bytes; a waiting thread needs little, and there may be thousands


class WaveRunner:
    """Runs a task with a thread per switch, and keeps the one door through which these reach their switches.

    Any Nornir task may be run by it. A task's exception ends its switch only; a host that was not begun is in the
    result, failed with `NotBegun`. Ctrl-C asks every switch to end at its next safe point, and then the results are
    complete.

    Args:
        threads: How many switches may be under way at once.
        **door: Options of `Door`: sessions, held, downloads_per_server, refused_logins, host_keys, configurations,
            timeouts, time_scale.
    """

    def __init__(self, threads: int = 10_000, **door: Any) -> None:
        self.threads = whole_number(threads, "threads")
        self.door = Door(**door)
        self._asked = 0  # how often somebody asked to stop

    def run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
        """Run the task on the hosts; returns when the last has ended.

        Raises:
            RequestError: A host has no image in the catalogue that was given to the task; none was touched.
        """
        if isinstance(image := task.params.get("image"), ImageCatalog):
            check_images(hosts, image)
        run = _Run(task, hosts, self.door, self.threads)
        told = 0
        while not run.done.is_set():
            try:
                run.start_workers()
                if told < self._asked:
                    told += 1
                    self.door.stop.set(_WHY)
                    self._tell(run, told)
                run.done.wait(_PAUSE)
            except KeyboardInterrupt:
                self._asked += 1  # and no more here, where the next one would end the run
        return run.results()

    @property
    def interrupted(self) -> bool:
        """Whether somebody asked to stop."""
        return self._asked > 0

    def interrupt(self) -> None:
        """Ask every switch to end at its next safe point; asked again, the log tells who is waited for.

        What Ctrl-C does. May be called from a signal handler or another thread, at any time: it only leaves a note.
        """
        self._asked += 1
        self.door.stop.set(_WHY)

    def _tell(self, run: _Run, time: int) -> None:
        if time == 1:
            logger.warning(
                "stopping: nobody new begins, each switch goes to its next safe point, a reboot is followed to its end"
            )
            return
        logger.warning(
            "still stopping, waiting for: %s. A switch that installs or reboots cannot be left alone without losing "
            "what became of it.",
            ", ".join(run.under_way()) or "none",
        )


class _Run:
    """One run of one task over hosts."""

    def __init__(self, task: Task, hosts: list[Host], door: Door, threads: int) -> None:
        self.task = task
        self.door = door
        self.done = threading.Event()
        self._hosts = hosts
        self._queue = deque(hosts)
        self._results: dict[str, MultiResult] = {}
        self._working: set[str] = set()
        self._workers, self._missing = 0, min(threads, len(hosts))
        self._lock = threading.Lock()
        # in place: Nornir itself calls task_completed, around the runner, on this same list
        task.processors[:] = [_isolated(one) for one in task.processors]
        self._processors = task.processors
        if not hosts:
            self.done.set()

    def start_workers(self) -> None:
        """Start the threads, as many as this machine lets us; called again, start what is missing.

        Raises:
            RuntimeError: Not even one can be started.
        """
        if not self._missing:
            return
        with _small_stacks():
            while self._missing:
                try:
                    threading.Thread(target=self._work, name=f"lcm-{self._workers}", daemon=True).start()
                except RuntimeError:
                    if not self._workers:
                        raise
                    logger.warning("this machine allows %d threads: the other switches wait", self._workers)
                    self._missing = 0
                    return
                self._workers, self._missing = self._workers + 1, self._missing - 1

    def _work(self) -> None:
        """Take hosts from the queue until it is empty."""
        while True:
            with self._lock:
                if not self._queue:
                    return
                host = self._queue.popleft()
                self._working.add(host.name)
            result = self._one(host)
            with self._lock:
                self._working.discard(host.name)
                self._results[host.name] = result
                if len(self._results) == len(self._hosts):
                    self.done.set()

    def under_way(self) -> list[str]:
        """Name the hosts that are not done."""
        return sorted(self._working.copy())

    def results(self) -> AggregatedResult:
        """Give the results in the order of the hosts."""
        results = AggregatedResult(self.task.name)
        for host in self._hosts:
            results[host.name] = self._results[host.name]
        return results

    def _one(self, host: Host) -> MultiResult:
        if self.door.stop.is_set:
            return self._failed(host, NotBegun(self.door.stop.reason, host=host.name))
        task = self.task.copy()
        task.processors = self._processors
        try:
            return task.start(host)
        except BaseException as error:
            logger.exception("Host %r: task %r was ended by %s", host.name, task.name, type(error).__name__)
            return self._failed(host, error)
        finally:
            self.door.leave(host)

    def _failed(self, host: Host, error: BaseException) -> MultiResult:
        result = Result(host=host, failed=True, exception=error, result=str(error), severity_level=logging.ERROR)
        result.name = self.task.name  # type: ignore[assignment]  # nornir types it as None and sets it like this
        results = MultiResult(self.task.name)
        results.append(result)
        return results


class _Isolated:
    """A processor whose exceptions end nothing but its own view of things."""

    def __init__(self, processor: Any) -> None:
        for name in _HOOKS:  # as attributes: isinstance of a protocol looks at these only
            if not hasattr(processor, name):
                continue
            value = getattr(processor, name)
            setattr(self, name, partial(isolated, processor, value) if callable(value) else value)


def _isolated(processor: Any) -> Any:
    if isinstance(processor, _Isolated) or getattr(processor, "essential", False):
        return processor  # the journal may stop a switch, and is asked for more than Nornir's processors are
    return _Isolated(processor)


@contextmanager
def _small_stacks() -> Iterator[None]:
    with _ONE_AT_A_TIME:
        before = threading.stack_size(_STACK)
        try:
            yield
        finally:
            threading.stack_size(before)
