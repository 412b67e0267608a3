"""The journal as a Nornir processor: every event, intent and outcome of a run goes to the store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Task

from lcm_nornir.door import the_door
from lcm_nornir.door.target import Call
from lcm_nornir.drivers.base import Configuration, InstallerState, SwitchFacts
from lcm_nornir.errors import JournalFailed, RequestError
from lcm_nornir.events import Event, StepBegan
from lcm_nornir.image import ImageCatalog, check_images
from lcm_nornir.journal.definition import define
from lcm_nornir.journal.intent import Decision, Unfinished
from lcm_nornir.journal.reading import JobSwitch, StoredJob
from lcm_nornir.journal.store import Sent, Store
from lcm_nornir.processors.attempt import Attempt
from lcm_nornir.processors.run import Run
from lcm_nornir.record import SwitchRecord
from lcm_nornir.tasks.step import new_record


class JournalProcessor:
    """A Nornir processor that makes a run a job of a store: recorded, owned, and resumable after a crash.

    A job begins with the first of our tasks in a run; later runs with the same processor (stage, then activate) each
    begin one of their own. A dry run is no job. Before anything is touched it takes a lease on each switch; one that
    another job works on, or has left unfinished, ends the run with `RequestError`.

    Args:
        store: Where to.
        job: A job of the store to go on with, for switches that it has; a new one if not given.
        decisions: What a person says of switches that are held, by inventory name.
        purpose: How the history calls this attempt: ``run``, ``resume`` or ``retry``.
        config: Nornir's configuration file, for whoever resumes the job by its id.
        update_job: Id of the API's job that this one runs; empty if it is none of the API's.
        announce: Called with the job once it is begun, and its switches are ours.
    """

    essential = True
    """It may stop a switch: without an intent on disk nothing is sent."""

    def __init__(
        self,
        store: Store,
        *,
        job: StoredJob | None = None,
        decisions: Mapping[str, Decision] | None = None,
        purpose: str = "run",
        config: str = "",
        update_job: str = "",
        announce: Callable[[StoredJob], None] | None = None,
    ) -> None:
        self.store = store
        self.job: StoredJob | None = job
        self._goes_on = job is not None
        self._decisions = dict(decisions or {})
        self._purpose, self._announce = purpose, announce
        self._origin = {"config": config, **({"update_job": update_job} if update_job else {})}
        self._attempt: Attempt | None = None
        self._refusal: RequestError | None = None
        self._runs: list[Run] = []
        self._lock = threading.Lock()

    def task_started(self, task: Task) -> None:
        """Begin the job, if the task is one of ours.

        Raises:
            RequestError: A switch is somebody else's; nothing was touched.
        """
        run = Run(task)
        if self._attempt is not None and self._attempt.is_under_way:
            if run.ours:
                raise RequestError(
                    "a run within a run, or beside it", field="JournalProcessor", cure="give each run one of its own"
                )
            return  # a task of the user's own, which we need not know of
        self._end(None)  # one that raise_on_error cut short
        self._runs, self._refusal = [run], None
        if run.ours and run.hosts and not task.is_dry_run():
            with self._lock:
                self._begin(run, task)

    def task_completed(self, task: Task, result: AggregatedResult) -> None:
        """End the attempt: give the verdict on those that told none, and the leases back."""
        if any(run.has(task) for run in self._runs):
            self._end(result)

    def _end(self, result: AggregatedResult | None) -> None:
        with self._lock:
            attempt, self._attempt = self._attempt, None
        if attempt:
            attempt.end(result)

    def switch_event(self, task: Task, host: Host, event: Event) -> None:
        """Store an event of a switch; its first step begins the job, if that is not begun yet.

        Raises:
            RequestError: The step must not begin.
        """
        attempt = self._attempt_of(task) if isinstance(event, StepBegan) else self._attempt
        if attempt and attempt.has(host):  # what a refused step tells further belongs to no job
            attempt.add(host, event)

    def task_instance_started(self, task: Task, host: Host) -> None:
        """Nothing: steps tell themselves."""

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """End the attempt with its last switch: of a run that raises Nornir tells no end."""
        if (attempt := self._attempt) and attempt.run.has(task) and attempt.completed(host, result):
            self._end(None)

    def subtask_instance_started(self, task: Task, host: Host) -> None:
        """Nothing: steps tell themselves."""

    def subtask_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Nothing: steps tell themselves."""

    def intend(self, task: Task, call: Call, facts: SwitchFacts, installer: InstallerState | None) -> object:
        """As `Journal.intend`."""
        attempt = self._own(task)
        return _Sent(attempt, task.host, attempt.intend(task.host, call, facts, installer))

    def outcome(self, task: Task, intent: object, error: BaseException | None) -> None:
        """As `Journal.outcome`."""
        sent = cast("_Sent", intent)
        self.store.outcome(sent.intent, error, the_door(task).redact)

    def check(self, intent: object) -> None:
        """As `Journal.check`."""
        sent = cast("_Sent", intent)
        sent.attempt.check(sent.host)

    def confirm(self, host: Host) -> None:
        """As `Journal.confirm`."""
        if (attempt := self._attempt) and attempt.has(host):
            attempt.confirm(host)

    def identify(self, task: Task, serial: str) -> None:
        """As `Journal.identify`."""
        if attempt := self._attempt_of(task):
            attempt.identify(task.host, serial)

    def unfinished(self, host: Host) -> Unfinished | None:
        """As `Journal.unfinished`."""
        return self._attempt.left.get(host.name) if self._attempt else None

    def settle(self, host: Host) -> None:
        """As `Journal.settle`."""
        if attempt := self._attempt:
            attempt.left.pop(host.name, None)

    def before(self, host: Host) -> SwitchFacts | None:
        """As `Journal.before`."""
        return self._attempt.before.get(host.name) if self._attempt else None

    def keep(self, task: Task, configuration: Configuration) -> None:
        """As `Journal.keep`."""
        if attempt := self._attempt_of(task):
            self.store.keep(attempt.job.id, task.host.name, configuration, owner=attempt.owner)

    def claim(self, task: Task, peer: str) -> None:
        """As `Journal.claim`."""
        if attempt := self._attempt_of(task):
            attempt.claim(task.host, peer)

    def unclaim(self, task: Task, peer: str) -> None:
        """As `Journal.unclaim`."""
        if attempt := self._attempt_of(task):
            attempt.unclaim(task.host, peer)

    def record(self, host: Host) -> SwitchRecord | None:
        """As `Journal.record`."""
        return self._attempt.record(host) if self._attempt else None

    def _own(self, task: Task) -> Attempt:
        attempt = self._attempt_of(task)
        if attempt is None:
            raise JournalFailed("no job was begun", remedy="run a task of ours through Nornir's run")
        return attempt

    def _attempt_of(self, task: Task) -> Attempt | None:
        attempt = self._attempt
        if attempt is not None and not attempt.has(task.host):
            raise RequestError(f"job {attempt.job.id} has no switch {task.host.name!r}", cure="run it on its own")
        if attempt is not None or task.is_dry_run():
            return attempt
        with self._lock:
            run = next((run for run in self._runs if run.has(task)), None)
            if self._attempt is None and run is not None:
                self._begin(run, _top(task))  # one of our tasks below a wrapper of the user's
            return self._attempt

    def _begin(self, run: Run, task: Task) -> None:
        if self._refusal is not None:
            raise self._refusal
        if isinstance(image := task.params.get("image"), ImageCatalog):
            check_images(run.hosts, image)  # what the runner refuses is no job
        door = the_door(task)
        targets = {host.name: door.target_for(host, task.nornir.config) for host in run.hosts}
        addresses = {name: f"{target.address}:{target.port}" for name, target in targets.items()}
        if not self._goes_on:
            members = [JobSwitch(host.name, new_record(host).id, addresses[host.name]) for host in run.hosts]
            definition = {**define(task.params, door.redact), **self._origin}
            self.job = self.store.new_job(task.name, definition, members)
        assert self.job is not None  # noqa: S101  # nosec B101 - it was given, or made above
        if strangers := sorted(set(addresses) - {switch.name for switch in self.job.switches}):
            raise RequestError(f"job {self.job.id} has no switch {strangers[0]!r}", field="job", cure="filter it out")
        try:
            self._attempt = Attempt(
                self.store,
                self.job,
                run,
                task,
                addresses,
                is_new=not self._goes_on,
                decisions=self._decisions,
                purpose=self._purpose,
            )
        except JournalFailed as error:
            raise RequestError(error.message, field="--store", cure=error.remedy) from error
        except RequestError as error:
            self._refusal = error
            raise
        if self._announce:
            self._announce(self.job)


@dataclass(frozen=True, slots=True)
class _Sent:
    """An intent that is on disk, and the attempt whose it is."""

    attempt: Attempt
    host: Host
    intent: Sent


def _top(task: Task) -> Task:
    while task.parent_task is not None:
        task = task.parent_task
    return task
