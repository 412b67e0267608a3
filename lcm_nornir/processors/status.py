"""The live report in the schema of the LCM API."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from threading import Lock

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Task

from lcm_nornir.events import Event
from lcm_nornir.processors.run import Run
from lcm_nornir.record import SwitchRecord, report_of
from lcm_nornir.schema import UpdateJobStatus
from lcm_nornir.tasks.step import new_record

logger = logging.getLogger(__name__)


class StatusProcessor:
    """A Nornir processor that keeps the status of a job, and gives it at any moment from any thread.

    Its rows are the hosts of the inventory in hand when one of our tasks runs for the first time, also those that
    Nornir will skip. Several runs (stage, then activate) add to one report; tasks that are not ours do not touch it.

    Args:
        known: Records of earlier attempts, in the job's order: with them the report goes on where it was.
        start_time: When the job began, epoch seconds; 0 if it begins now.
    """

    def __init__(self, known: Iterable[SwitchRecord] = (), start_time: int = 0) -> None:
        self._records = {record.name: record.copy() for record in known}
        self._runs: list[Run] = []
        self._lock = Lock()
        self._start = start_time

    def report(self) -> UpdateJobStatus:
        """Give the job's status now (`lcm-api.md` section 1).

        Raises:
            RequestError: There is no switch in it yet.
        """
        return report_of(self.record(), self._start)

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
