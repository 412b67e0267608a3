"""The jobs that run, and those that wait for their time: begun, cancelled, gone on with, and told of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from lcm_nornir.jobs.lifecycle import Actor
from lcm_nornir.jobs.updates import UpdateJobs
from lcm_nornir.journal.intent import Decision
from lcm_nornir.journal.store import Store
from lcm_nornir.record import SwitchRecord
from lcm_nornir.schema import UpdateJobStatus
from lcm_nornir.schema.jobs import DeployBody, UpdateJob

Late = Literal["start", "refuse"]


class RunningJobs:
    """Runs jobs: each in a thread, with a Nornir object of its own; several at once, never two on one switch.

    Safe to use from several threads. One per store.

    Args:
        store: Where the jobs are kept.
        jobs: The jobs.
        late: What becomes of a job whose time was missed (the service was down, the clock was set): it starts at once,
            or it goes back to APPROVED. Either is told in its history.
        grace: Seconds after its time in which a job is not late yet.
        now: Gives epoch seconds of the wall clock, however it is set.
    """

    def __init__(
        self,
        store: Store,
        jobs: UpdateJobs,
        *,
        late: Late = "start",
        grace: float = 60.0,
        now: Callable[[], float] | None = None,
    ) -> None:
        raise NotImplementedError

    def start(self) -> None:
        """Go on with what was under way when the service ended, and wait for what is scheduled. Called once."""
        raise NotImplementedError

    def stop(self, timeout: float | None = None) -> bool:
        """Begin nothing more, and stop each switch at its next safe point; the jobs are gone on with by `start`.

        Args:
            timeout: Seconds to wait for the last; None: as long as it takes.

        Returns:
            Whether all have ended. May be called again.
        """
        raise NotImplementedError

    def deploy(self, actor: Actor, name: str, body: DeployBody) -> UpdateJob:
        """Run an approved job, now or at a time. Returns when it is begun and its switches are its own, or scheduled.

        Raises:
            NotAllowed: This user may not.
            NotFound: There is no such job.
            Invalid: The time is past.
            WrongState: It is not approved, or is not what was approved, or another job has one of its switches.
        """
        raise NotImplementedError

    def cancel(self, actor: Actor, name: str) -> UpdateJob:
        """Take back what was asked for: an approval, a time; of a job that runs, each switch stops at a safe point.

        Raises:
            NotAllowed: This user may not.
            NotFound: There is no such job.
            WrongState: There is nothing to take back, or nobody runs it.
        """
        raise NotImplementedError

    def resume(self, actor: Actor, name: str, decisions: Mapping[str, Decision] | None = None) -> UpdateJob:
        """Go on with the switches of a job that have no final verdict: held ones, stopped ones.

        Args:
            actor: Who wants it.
            name: The job's id.
            decisions: What is to be done with switches that are held, by inventory name.

        Raises:
            NotAllowed: This user may not.
            NotFound: There is no such job.
            Invalid: A decision is about no switch that is unfinished.
            WrongState: It was never begun, runs, or every switch has its verdict.
        """
        raise NotImplementedError

    def status(self, name: str) -> UpdateJobStatus:
        """Give a job's status now (`lcm-api.md` section 1).

        Raises:
            NotFound: There is no such job.
            WrongState: It has no switches yet: it was not approved.
        """
        raise NotImplementedError

    def status_json(self, name: str) -> bytes:
        """Give the same as JSON; of a job that runs only the rows that have changed are written anew.

        Raises:
            NotFound: There is no such job.
            WrongState: It has no switches yet: it was not approved.
        """
        raise NotImplementedError

    def records(self, name: str) -> tuple[SwitchRecord, ...]:
        """Give the detail of every switch of a job: steps, times, evidence, reason, remedy; empty before its begin.

        Raises:
            NotFound: There is no such job.
        """
        raise NotImplementedError

    @property
    def running(self) -> tuple[str, ...]:
        """Ids of the jobs that run in this process now."""
        raise NotImplementedError
