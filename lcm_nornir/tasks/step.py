"""What makes a function a step of an update, or a composite of steps."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, cast

from nornir.core.exceptions import NornirSubTaskError
from nornir.core.inventory import Host
from nornir.core.processor import Processors
from nornir.core.task import AggregatedResult, MultiResult, Result, Task

from lcm_nornir.door import journal_of, the_door
from lcm_nornir.errors import (
    CommandRefused,
    DownloadFailed,
    DownloadValidationFailed,
    Held,
    ImageActivationFailed,
    ImageInstallFailed,
    ImageSetBootFailed,
    LcmError,
    NotBegun,
    NotReady,
    OwnershipLost,
    ReplyTimeout,
    RequestError,
    SessionError,
    Stopped,
    SwitchUnreachable,
    UnexpectedFailure,
    UnexpectedOutput,
    UnexpectedQuestion,
)
from lcm_nornir.events import Ending, Event, Phase, StepBegan, StepEnded, Verdict, tell
from lcm_nornir.host_data import switch_id
from lcm_nornir.record import SwitchRecord

P = ParamSpec("P")
TaskFunction = Callable[Concatenate[Task, P], Result]

_HEEDS_STOP = (Phase.READINESS, Phase.COPY, Phase.VALIDATE, Phase.INSTALL, Phase.SET_BOOT, Phase.REBOOT)
_ANSWERED = (CommandRefused, ReplyTimeout, UnexpectedOutput, UnexpectedQuestion)
_FAILURE_OF: dict[Phase, type[LcmError]] = {
    Phase.COPY: DownloadFailed,
    Phase.VALIDATE: DownloadValidationFailed,
    Phase.INSTALL: ImageInstallFailed,
    Phase.SET_BOOT: ImageSetBootFailed,
}
_ENDING_OF: dict[type[LcmError], Ending] = {
    NotReady: Ending.REFUSED,
    NotBegun: Ending.NOT_BEGUN,
    Stopped: Ending.STOPPED,
    Held: Ending.HELD,
}
"""How an error, also of a class below these, ends a switch; FAILED if it is none of them."""


def step(phase: Phase) -> Callable[[TaskFunction[P]], TaskFunction[P]]:
    """Make a function a step: a Nornir task that tells its begin and end, and returns its failure.

    A failure is returned as ``Result(failed=True, exception=LcmError)``, so that nobody logs a traceback for a
    switch's fault. An exception that is none of ours goes on to Nornir, as the cause of an `UnexpectedFailure` that
    tells the step.
    """

    def decorate(function: TaskFunction[P]) -> TaskFunction[P]:
        @functools.wraps(function)
        def run(task: Task, *args: P.args, **kwargs: P.kwargs) -> Result:
            failure: BaseException | None = None
            changed = False
            try:
                tell(task, StepBegan(phase))  # the journal refuses it if it cannot store it
                if phase in _HEEDS_STOP:
                    the_door(task).stop.check()
                result = function(task, *args, **kwargs)
                changed = result.changed
            except (LcmError, SessionError, RequestError) as caught:
                failure = error = (_lost(task) or meaning(caught, phase)).at(task.host.name, phase.value)
                return Result(host=task.host, failed=True, exception=error, result=str(error))
            except Exception as caught:
                failure = error = _unexpected(caught).at(task.host.name, phase.value)
                raise error from caught
            except BaseException as caught:
                failure = caught
                raise
            else:
                return result
            finally:
                if not inside_composite(task):
                    the_door(task).leave(task.host)
                tell(task, StepEnded(phase, changed, failure))

        run.lcm_phase = phase  # type: ignore[attr-defined]  # how a processor knows one of our tasks
        return cast("TaskFunction[P]", run)

    return decorate


def _lost(task: Task) -> OwnershipLost | None:
    """Give the loss of a switch on which another works by now: what is seen of it may be their work, and no failure."""
    try:
        if journal := journal_of(task):
            journal.confirm(task.host)
    except OwnershipLost as lost:
        return lost
    return None


def composite(function: Callable[Concatenate[Task, P], Verdict]) -> TaskFunction[P]:
    """Make a function of steps a Nornir task whose result is the switch's row (`SwitchUpdateStatus`)."""

    @functools.wraps(function)
    def run(task: Task, *args: P.args, **kwargs: P.kwargs) -> Result:
        recorder = Recorder(task)
        task.processors = Processors([*task.processors, recorder])
        try:
            verdict = function(task, *args, **kwargs)
        except Exception as caught:  # noqa: BLE001 - whatever it is, it is this switch's verdict and nobody else's
            verdict = verdict_of(cause_of(caught), task.host.name)
        except BaseException as caught:
            tell(task, verdict_of(caught, task.host.name))
            raise
        finally:
            the_door(task).leave(task.host)
        tell(task, verdict)
        would = recorder.record.evidence.get("would do", "")
        return Result(
            host=task.host,
            result=recorder.record.row(),
            changed=recorder.record.changed or bool(would),
            failed=verdict.error is not None,
            exception=verdict.error,
            diff=would,
        )

    run.lcm_composite = True  # type: ignore[attr-defined]  # how a step knows that its session is still wanted
    return cast("TaskFunction[P]", run)


class Recorder:
    """A processor that keeps the record of one switch, for the row that a composite returns."""

    def __init__(self, task: Task) -> None:
        self.host = task.host
        journal = journal_of(task)
        self.record = (journal and journal.record(task.host)) or new_record(task.host)

    def switch_event(self, task: Task, host: Host, event: Event) -> None:
        """Take in an event of our switch."""
        del task
        if host is self.host:
            self.record.add(event)

    def task_started(self, task: Task) -> None:
        """Nothing to record."""

    def task_completed(self, task: Task, result: AggregatedResult) -> None:
        """Nothing to record."""

    def task_instance_started(self, task: Task, host: Host) -> None:
        """Nothing to record."""

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Nothing to record."""

    def subtask_instance_started(self, task: Task, host: Host) -> None:
        """Nothing to record."""

    def subtask_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Nothing to record."""


def new_record(host: Host) -> SwitchRecord:
    """Begin the record of a switch under its id in the API."""
    return SwitchRecord(id=switch_id(host), name=host.name)


def meaning(error: LcmError | SessionError | RequestError, phase: Phase) -> LcmError:
    """Give what an error means in a phase, in the words of the API.

    A prompt that did not come, an unknown question, unreadable output: the phase's word, never "unreachable", since
    the switch answered. At readiness, where nothing was changed yet, they mean "not ready".
    """
    if isinstance(error, LcmError):
        return error
    if isinstance(error, RequestError):
        return NotReady(str(error))
    kind: type[LcmError] = SwitchUnreachable
    remedy = "see that it is reachable, then run again: that looks first"
    if isinstance(error, _ANSWERED):
        kind = NotReady if phase is Phase.READINESS else _FAILURE_OF.get(phase, ImageActivationFailed)
        if phase is Phase.READINESS and isinstance(error, UnexpectedQuestion):
            kind = UnexpectedFailure
        remedy = "see by hand what it answers, then run again: that looks first"
    return kind(error.message, command=error.command, said=error.said, remedy=error.remedy or remedy)


def cause_of(error: BaseException) -> BaseException:
    """Give the exception with which a subtask ended, however deep it is wrapped."""
    while isinstance(error, NornirSubTaskError):
        results = [result for result in _flat(error.result) if result.exception is not None]
        if not results:
            break
        error = results[-1].exception or error
    return error


def _flat(result: Any) -> list[Result]:
    if isinstance(result, MultiResult):
        return [leaf for part in result for leaf in _flat(part)]
    return [result]


def verdict_of(error: BaseException, host: str) -> Verdict:
    """Give the verdict with which an error ends a switch."""
    if isinstance(error, SessionError | RequestError):
        error = meaning(error, Phase.READINESS)
    if not isinstance(error, LcmError):
        error = _unexpected(error)
    ending = next((ending for kind, ending in _ENDING_OF.items() if isinstance(error, kind)), Ending.FAILED)
    return Verdict(ending, error.at(host, ""))


def _unexpected(error: BaseException) -> UnexpectedFailure:
    name = type(error).__name__
    return UnexpectedFailure(f"{name}: {error}" if str(error) else name, remedy="report this as a bug")


def inside_composite(task: Task) -> bool:
    """Tell whether a composite runs this step, and gives the verdict."""
    parent = task.parent_task
    while parent is not None:
        if getattr(parent.task, "lcm_composite", False):
            return True
        parent = parent.parent_task
    return False
