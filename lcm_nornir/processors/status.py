"""The live report in the schema of the LCM API."""

from __future__ import annotations

import logging
import time
from threading import Lock

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Task

from lcm_nornir.errors import RequestError
from lcm_nornir.events import Event
from lcm_nornir.processors.run import Run
from lcm_nornir.record import SwitchRecord
from lcm_nornir.schema import JobStatus, UpdateJobStatus, overall
from lcm_nornir.tasks.step import new_record

logger = logging.getLogger(__name__)


class StatusProcessor:
    """A Nornir processor that keeps the status of a job, and gives it at any moment from any thread.

    Its rows are the hosts of the inventory in hand when one of our tasks runs for the first time, also those that
    Nornir will skip. Several runs (stage, then activate) add to one report; tasks that are not ours do not touch it.
    """

    def __init__(self) -> None:
        self._records: dict[str, SwitchRecord] = {}
        self._runs: list[Run] = []
        self._lock = Lock()
        self._start = 0

    def report(self) -> UpdateJobStatus:
        """Give the job's status now (`lcm-api.md` section 1).

        Raises:
            RequestError: There is no switch in it yet.
        """
        records = self.record()
        if not records:
            raise RequestError(
                "no switch was selected", field="inventory", cure="run one of our tasks on at least one host"
            )
        rows = [record.row() for record in records]
        status = overall((row.update_progress_status, record.ending) for row, record in zip(rows, records, strict=True))
        over = status not in (JobStatus.NOT_STARTED, JobStatus.IN_PROGRESS)
        return UpdateJobStatus(
            start_time=self._start,
            end_time=max((record.end_time for record in records), default=0) if over else 0,
            status=status,
            data=tuple(rows),
        )

    def record(self) -> tuple[SwitchRecord, ...]:
        """Give the detail of every switch now, in the job's order: steps, times, evidence, reason, remedy."""
        with self._lock:
            return tuple(record.copy() for record in self._records.values())

    def switch_event(self, task: Task, host: Host, event: Event) -> None:
        """Take in an event of a switch."""
        with self._lock:
            self._fix_rows(task)
            record = self._records.get(host.name)
            if record is None:
                record = self._records[host.name] = new_record(host)
            record.add(event)

    def task_started(self, task: Task) -> None:
        """Remember the inventory in hand; it becomes rows when one of our tasks is in this run."""
        run = Run(task)
        with self._lock:
            self._runs = [one for one in self._runs if not one.has(task)]  # one that raise_on_error cut short
            self._runs.append(run)
            if run.ours:
                self._fix(run)

    def task_completed(self, task: Task, result: AggregatedResult) -> None:
        """Give a verdict to hosts that were not begun, or that ended without telling."""
        with self._lock:
            run = next((run for run in self._runs if run.has(task)), None)
            if run is None:
                return
            self._runs.remove(run)
            if not run.seen:
                return
            for host in run.hosts:
                record = self._records[host.name]
                if verdict := run.left_open(record, result.get(host.name)):
                    record.add(verdict)

    def task_instance_started(self, task: Task, host: Host) -> None:
        """Nothing: steps tell themselves."""

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Nothing: steps tell themselves."""

    def subtask_instance_started(self, task: Task, host: Host) -> None:
        """Nothing: steps tell themselves."""

    def subtask_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Nothing: steps tell themselves."""

    def _fix_rows(self, task: Task) -> None:
        for run in self._runs:
            if not run.seen and run.has(task):
                self._fix(run)

    def _fix(self, run: Run) -> None:
        run.seen = True
        self._start = self._start or int(time.time())
        for host in run.hosts:
            record = self._records.setdefault(host.name, new_record(host))
            if verdict := run.skips(record):
                record.add(verdict)
        if run.excluded:
            logger.warning("excluded by failed_hosts, not touched: %s", ", ".join(sorted(run.excluded)))
