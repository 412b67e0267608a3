"""Jobs that run, each in its thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from nornir.core import Nornir

from lcm_nornir.errors import LcmError, RequestError, WrongState
from lcm_nornir.jobs.approval import door_of
from lcm_nornir.jobs.live import LiveStatus
from lcm_nornir.schema.messages import refused

logger = logging.getLogger(__name__)

_ENDS = "the service ends; it goes on when that is started again"


class Run:
    """A job that runs, in a thread of its own.

    Attributes:
        name: The job's id.
        live: Its status.
        nornir: What it runs with.
        begun: Done once its switches are its own, or with the reason why they are not.
        is_over: Whether its work is done, and only that is still to be written down.
    """

    def __init__(self, name: str, live: LiveStatus, nornir: Nornir) -> None:
        self.name, self.live = name, live
        self.nornir = nornir.with_processors([*nornir.processors, live])
        self.begun: Future[None] = Future()
        self.is_over = False
        self._thread: threading.Thread | None = None

    def start(self, work: Callable[[], object]) -> None:
        """Begin to work."""
        self._thread = threading.Thread(target=work, name=f"lcm-job-{self.name}", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait until it is begun.

        Raises:
            WrongState: It is not: a switch is another job's, for example.
        """
        try:
            self.begun.result()
        except RequestError as error:
            if error.field in self.nornir.inventory.hosts:
                raise refused(WrongState, "lcm.job.refused", job=self.name, why=str(error)) from error
            raise refused(WrongState, "lcm.job.begin", job=self.name) from error  # it may tell of places, and is logged

    def join(self, timeout: float | None) -> bool:
        """Wait for its end, at most so many seconds; tells whether it has ended."""
        if self._thread is None:
            return False
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def is_interrupted(self) -> bool:
        """Whether it stops because the service ends."""
        return door_of(self.nornir).stop.reason == _ENDS

    def interrupt(self) -> None:
        """Stop each switch at its next safe point, to go on later."""
        door_of(self.nornir).stop.set(_ENDS)


class Runs:
    """The jobs that run in this process, by their ids. Safe to use from several threads.

    Args:
        ended: Writes down the end of one, and is told what ended it if that is an exception; its `Run.begun` is not
            done yet if it was never begun. Called in the run's thread, or in the caller's if there is none.
    """

    def __init__(self, ended: Callable[[Run, BaseException | None], None]) -> None:
        self._ended = ended
        self._runs: dict[str, Run] = {}
        self._lock = threading.Lock()
        self._closing = False

    @property
    def names(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(self._runs)

    def get(self, name: str) -> Run | None:
        """Give the run of a job; None if it does not run."""
        return self._runs.get(name)

    def launch(self, run: Run, work: Callable[[], object]) -> Run:
        """Let a job run: it does this work, in a thread of its own.

        Raises:
            WrongState: It runs already, the service ends, or this machine gives no thread more.
        """
        if (former := self._runs.get(run.name)) and former.is_over:
            former.join(None)
        failure: RuntimeError | None = None
        with self._lock:
            if run.name in self._runs:
                raise refused(WrongState, "lcm.job.runs", job=run.name)
            if is_open := not self._closing:
                self._runs[run.name] = run
                try:
                    run.start(partial(self._work, run, work))
                except RuntimeError as error:  # this machine gives no thread more
                    del self._runs[run.name]
                    failure = error
        if not is_open:
            raise refused(WrongState, "lcm.service.ends")
        if failure:
            try:
                self._ended(run, failure)
            finally:
                run.begun.set_exception(failure)  # whoever has it waits for that
            raise refused(WrongState, "lcm.job.begin", job=run.name) from failure
        return run

    def close(self) -> tuple[Run, ...]:
        """Launch nothing more, and stop each switch at its next safe point; gives what runs. May be called again."""
        with self._lock:
            self._closing = True
            runs = tuple(self._runs.values())
        for run in runs:
            run.interrupt()
        return runs

    def _work(self, run: Run, work: Callable[[], object]) -> None:
        failure: BaseException | None = None
        try:
            work()
        except BaseException as error:
            failure = error
            if run.begun.done() or not isinstance(error, RequestError):
                logger.exception("job %s was ended by an exception", run.name)
        run.is_over = True
        try:
            self._ended(run, failure)
        except (LcmError, RequestError) as error:
            logger.warning(
                "job %s: its end is not written down, the next start of the service sees to it: %s", run.name, error
            )
        finally:
            with self._lock:
                self._runs.pop(run.name, None)
            if not run.begun.done():
                run.begun.set_exception(failure) if failure else run.begun.set_result(None)
