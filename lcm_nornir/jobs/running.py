"""The jobs that run, and those that wait for their time: begun, cancelled, gone on with, and told of."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from functools import partial
from typing import Any, Literal

from nornir.core import Nornir

from lcm_nornir.clock import elapsed
from lcm_nornir.errors import Invalid, LcmError, RequestError, WrongState
from lcm_nornir.events import Ending
from lcm_nornir.image import Image
from lcm_nornir.jobs.approval import Plan
from lcm_nornir.jobs.control import cancel_job
from lcm_nornir.jobs.lifecycle import SERVICE, Action, Actor, next_state
from lcm_nornir.jobs.live import LiveStatus
from lcm_nornir.jobs.resume import is_unfinished, resume_job
from lcm_nornir.jobs.runs import Run, Runs
from lcm_nornir.jobs.schedule import Schedule
from lcm_nornir.jobs.updates import UNAPPROVED, StoredUpdate, UpdateJobs
from lcm_nornir.journal.documents import Kept
from lcm_nornir.journal.intent import Decision
from lcm_nornir.journal.reading import StoredJob
from lcm_nornir.journal.store import Store
from lcm_nornir.policy import Policy
from lcm_nornir.processors.journal import JournalProcessor
from lcm_nornir.record import SwitchRecord, report_of
from lcm_nornir.schema import JobStatus
from lcm_nornir.schema.jobs import DeployBody, JobState, JobType, UpdateJob
from lcm_nornir.schema.messages import refused
from lcm_nornir.schema.words import UpdateProgress
from lcm_nornir.tasks import update_image

logger = logging.getLogger(__name__)

Late = Literal["start", "refuse"]

_KEPT = 16  # documents of ended jobs that are kept as they were told: at 10,000 switches each is some megabytes
_VERDICTS = {
    JobStatus.SUCCESS: Action.SUCCEED,
    JobStatus.PARTIAL_SUCCESS: Action.SUCCEED_PARTLY,
    JobStatus.FAILED: Action.FAIL,
    JobStatus.NOT_STARTED: Action.FAIL,  # it has ended, and no switch was begun
}
_NO_TIME: Mapping[str, Any] = {"job_type": JobType.NOT_SET, "scheduled_at": 0}
_NO_RUN: Mapping[str, Any] = {**_NO_TIME, "start_time": 0}


class RunningJobs:
    """Runs jobs: each in a thread, with a Nornir object of its own; several at once, never two on one switch.

    Safe to use from several threads. One per store.

    Args:
        store: Where the jobs are kept.
        jobs: The jobs.
        late: What becomes of a job whose time was missed (the service was down, the clock was set): it starts at once,
            or it goes back to APPROVED. Either is told in its history.
        tolerance: Seconds after its time in which a job is not late yet.
        every: Seconds between two looks at the clock.
        config: Nornir's configuration file, for whoever resumes a job at the command line.
        now: Gives epoch seconds of the wall clock, however it is set.
    """

    def __init__(
        self,
        store: Store,
        jobs: UpdateJobs,
        *,
        late: Late = "start",
        tolerance: float = 60.0,
        every: float = 1.0,
        config: str = "",
        now: Callable[[], float] | None = None,
    ) -> None:
        self._store, self._jobs = store, jobs
        self._late, self._tolerance, self._config = late, tolerance, config
        self._now = now or time.time
        self._runs = Runs(self._end)
        self._schedule = Schedule(self._due, self._now, every)
        self._told: dict[str, tuple[int, bytes]] = {}  # documents of jobs that do not run, and up to which line
        self._timing = threading.Lock()  # a time is written down and waited for, or taken back and dropped, as one step

    def start(self) -> None:
        """Go on with what was under way when the service ended, and wait for what is scheduled. Called once."""
        for kept in self._jobs.in_state(JobState.IN_PROGRESS, JobState.SCHEDULED):
            if kept.document.state is JobState.SCHEDULED:
                self._schedule.add(kept.id, kept.document.scheduled_at)
                continue
            try:
                self._recover(kept.document)
            except (LcmError, RequestError) as error:
                logger.warning("job %s is not gone on with: %s", kept.id, error)
            except Exception:  # the others are gone on with all the same
                logger.exception("job %s is not gone on with", kept.id)
        self._schedule.start()

    def stop(self, timeout: float | None = None) -> bool:
        """Begin nothing more, and stop each switch at its next safe point; the jobs are gone on with by `start`.

        Args:
            timeout: Seconds to wait for the last; None: as long as it takes.

        Returns:
            Whether all have ended. May be called again.
        """
        runs = self._runs.close()
        self._schedule.stop()
        end = None if timeout is None else elapsed() + timeout

        def left() -> float | None:
            return None if end is None else max(0.0, end - elapsed())

        return all([self._schedule.join(left()), *(run.join(left()) for run in runs)])

    def deploy(self, actor: Actor, name: str, body: DeployBody, *, seen: Container[str] | None = None) -> UpdateJob:
        """Run an approved job, now or at a time. Returns when it is begun and its switches are its own, or scheduled.

        Args:
            actor: Who wants it.
            name: The job's id.
            body: When.
            seen: As for `UpdateJobs.check_seen`.

        Raises:
            NotAsSeen: It is not what was seen.
            NotAllowed: This user may not.
            NotFound: There is no such job.
            Invalid: The time is past.
            WrongState: It is not approved, or is not what was approved, or another job has one of its switches.
            RequestError: Images may not lie any more on the host of its server.
        """
        kept = self._jobs.stored(name)
        self._jobs.check_seen(kept, seen)
        if body.job_type is JobType.SCHEDULED:
            return self._wait_until(actor, kept, body.scheduled_at)
        next_state(name, kept.document.state, Action.DEPLOY, actor)
        plan, nornir = self._jobs.checked(kept)
        now = int(self._now())
        fields: dict[str, Any] = {"job_type": JobType.NOW, "scheduled_at": now, "start_time": now, "end_time": 0}
        kept = self._jobs.move(actor, kept, Action.DEPLOY, **fields)
        self._asked_for(name, partial(self._begin, kept.document, plan, nornir))
        return self._jobs.get(name)

    def cancel(self, actor: Actor, name: str) -> UpdateJob:
        """Take back what was asked for: an approval, a time; of a job that runs, each switch stops at a safe point.

        Raises:
            NotAllowed: This user may not.
            NotFound: There is no such job.
            WrongState: There is nothing to take back, or nobody runs it.
        """
        if run := self._runs.get(name):
            run.begun.exception()  # wait: only from then on it hears
        kept = self._jobs.stored(name)
        job = kept.document
        next_state(name, job.state, Action.CANCEL, actor)
        if job.state is JobState.IN_PROGRESS:
            return self._interrupt(actor, kept)
        fields = _NO_TIME if job.state is JobState.SCHEDULED else UNAPPROVED
        with self._timing:
            told = self._jobs.move(actor, kept, Action.CANCEL, **fields).document.told()
            self._schedule.drop(name, job.scheduled_at)
        return told

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
            WrongState: It was never begun, runs, or every switch has its verdict; or a switch that was not begun yet is
                not any more what was approved.
            RequestError: A switch was not begun yet, and images may not lie any more on the host of the job's server.
        """
        kept = self._jobs.stored(name)
        next_state(name, kept.document.state, Action.RESUME, actor)
        if self._runs.get(name):
            raise refused(WrongState, "lcm.job.runs", job=name)
        journal = self._journal_job(kept.document)
        known = self._store.record(journal) if journal else ()
        names = {record.name for record in known if journal and is_unfinished(journal, record)}
        if journal is None or not names:
            self._conclude(name, known)
            raise refused(WrongState, "lcm.job.nothing", job=name)
        decided = dict(decisions or {})
        if unknown := sorted(set(decided) - names):
            raise refused(Invalid, "lcm.job.decision", field="decisions", job=name, switch=unknown[0])
        nornir = self._reopened(kept, journal, known, decided)
        told = {"decisions": {switch: str(decision) for switch, decision in decided.items()}}
        kept = self._jobs.move(actor, kept, Action.RESUME, told=told, cancelled_by="", end_time=0)
        self._asked_for(name, partial(self._go_on, kept.document, journal, known, nornir, decided))
        return self._jobs.get(name)

    def status_json(self, name: str) -> bytes:
        """Give a job's status now (`lcm-api.md` section 1) as JSON; while it runs, only what has changed is made anew.

        Raises:
            NotFound: There is no such job.
            WrongState: It has no switches yet: it was not approved.
        """
        if (run := self._runs.get(name)) and run.live.has_rows:
            return run.live.json()
        job = self._jobs.stored(name).document
        last = self._store.last(job.run) if job.run else 0
        known, told = self._told.get(name, (-1, b""))
        if not last or known != last:
            told = report_of(self._records(job), job.start_time).model_dump_json().encode()
            if last:
                self._told = {**dict(list(self._told.items())[-_KEPT:]), name: (last, told)}
        return told

    def records(self, name: str) -> tuple[SwitchRecord, ...]:
        """Give the detail of every switch of a job: steps, times, evidence, reason, remedy; empty before its begin.

        Raises:
            NotFound: There is no such job.
        """
        if run := self._runs.get(name):
            return run.live.record()
        job = self._jobs.stored(name).document
        journal = self._journal_job(job)
        return self._store.record(journal) if journal else ()

    def words(self) -> Counter[UpdateProgress]:
        """Give how many switches of the jobs that run in this process have which progress word now."""
        words = Counter[UpdateProgress]()
        for name in self._runs.names:
            if run := self._runs.get(name):
                words += run.live.words()
        return words

    @property
    def running(self) -> tuple[str, ...]:
        """Ids of the jobs that run in this process now."""
        return self._runs.names

    def _records(self, job: StoredUpdate) -> tuple[SwitchRecord, ...]:
        if journal := self._journal_job(job):
            return self._store.record(journal)
        if job.plan is None:
            raise refused(WrongState, "lcm.job.no_switches", job=job.id)
        return tuple(SwitchRecord(one.id, one.name) for one in job.plan.switches)

    def _journal_job(self, job: StoredUpdate) -> StoredJob | None:
        if job.run:
            return self._store.job(job.run)
        return self._store.job_of(job.id) if job.state is JobState.IN_PROGRESS else None

    def _wait_until(self, actor: Actor, kept: Kept[StoredUpdate], at: int) -> UpdateJob:
        next_state(kept.id, kept.document.state, Action.SCHEDULE, actor)
        if at <= self._now():
            raise refused(Invalid, "lcm.job.past", field="scheduled_at")
        self._jobs.checked(kept)  # again when its time has come; but now somebody is there to hear of it
        with self._timing:
            told = self._jobs.move(actor, kept, Action.SCHEDULE, job_type=JobType.SCHEDULED, scheduled_at=at)
            self._schedule.add(kept.id, at)
        return told.document.told()

    def _interrupt(self, actor: Actor, kept: Kept[StoredUpdate]) -> UpdateJob:
        journal = self._journal_job(kept.document)
        owner = self._store.owner(journal) if journal else None
        if journal is None or owner is None or not owner.alive:
            raise refused(WrongState, "lcm.job.idle", job=kept.id)
        told = self._jobs.move(actor, kept, Action.CANCEL, cancelled_by=actor.name).document.told()
        try:
            cancel_job(self._store, journal.id, by=actor.name)
        except RequestError as error:
            if error.field != "JOB":  # else it has ended in this moment
                raise
        return told

    def _due(self, name: str, looked: float) -> None:
        kept = self._jobs.stored(name)
        job = kept.document
        if job.state is not JobState.SCHEDULED or job.scheduled_at > looked:
            return
        behind = int(looked) - job.scheduled_at
        told = {"late": behind} if behind > self._tolerance else {}
        if told and self._late == "refuse":
            self._miss(kept, f"it is {behind} s late", told)
            return
        try:
            plan, nornir = self._jobs.checked(kept)
        except RequestError as error:
            self._miss(kept, str(error), told)
            return
        if told:
            logger.warning("job %s begins %d s late", name, behind)
        # what was checked is begun, and nothing that was approved since: else the schedule looks again
        kept = self._jobs.move(SERVICE, kept, Action.BEGIN, told=told, start_time=int(self._now()), end_time=0)
        self._begin(kept.document, plan, nornir)

    def _miss(self, kept: Kept[StoredUpdate], why: str, told: Mapping[str, Any]) -> None:
        logger.warning("job %s is not begun at its time: %s", kept.id, why)
        self._jobs.move(SERVICE, kept, Action.MISS, told={**told, "why": why}, **_NO_TIME)

    def _recover(self, job: StoredUpdate) -> None:
        """Go on with a job that was under way when the service ended."""
        if (journal := self._journal_job(job)) is None:  # nothing was touched
            try:
                plan, nornir = self._jobs.checked(self._jobs.stored(job.id))
            except RequestError as error:
                self._not_begun(job.id, error)
                return
            self._begin(job, plan, nornir)
            return
        known = self._store.record(journal)
        if not any(is_unfinished(journal, record) for record in known):
            self._conclude(job.id, known)
        elif job.cancelled_by:
            logger.warning("job %s was cancelled by %s and is not gone on with: resume it, or give its switches up",
                           job.id, job.cancelled_by)  # fmt: skip
            self._conclude(job.id, known)
        else:
            nornir = self._reopened(self._jobs.stored(job.id), journal, known, {})
            self._go_on(job, journal, known, nornir, {})

    def _reopened(
        self,
        kept: Kept[StoredUpdate],
        journal: StoredJob,
        known: Iterable[SwitchRecord],
        decisions: Mapping[str, Decision],
    ) -> Nornir:
        """Give an inventory in which what was not begun yet is what was approved; what is under way is looked at.

        Raises:
            WrongState: It is not. A switch that is given up may be what it likes.
        """
        names = frozenset(one.name for one in known if is_unfinished(journal, one) and not one.steps)
        names -= {name for name, decision in decisions.items() if decision is Decision.GIVE_UP}
        return self._jobs.checked(kept, names)[1] if names else self._jobs.open_inventory()

    def _begin(self, job: StoredUpdate, plan: Plan, nornir: Nornir) -> Run:
        names = {one.name for one in plan.switches}
        chosen = nornir.filter(filter_func=lambda host: host.name in names)
        image, policy = Image.restore(plan.image), Policy(**plan.policy)  # type: ignore[arg-type]  # its own dump
        run = Run(job.id, LiveStatus((), job.start_time), chosen)
        return self._runs.launch(run, partial(self._update, run, image, policy))

    def _update(self, run: Run, image: Image, policy: Policy) -> None:
        journal = JournalProcessor(
            self._store, config=self._config, update_job=run.name, announce=partial(self._announced, run)
        )
        ready = run.nornir.with_processors([*run.nornir.processors, journal])
        ready.run(task=update_image, raise_on_error=False, image=image, policy=policy)

    def _go_on(
        self,
        job: StoredUpdate,
        journal: StoredJob,
        known: Iterable[SwitchRecord],
        nornir: Nornir,
        decisions: Mapping[str, Decision],
    ) -> Run:
        run = Run(job.id, LiveStatus(known, job.start_time), nornir)
        announce = partial(self._announced, run)
        work = partial(resume_job, run.nornir, self._store, journal.id, decisions=decisions, announce=announce)
        return self._runs.launch(run, work)

    def _announced(self, run: Run, journal: StoredJob) -> None:
        try:
            self._jobs.link(run.name, journal.id)
        except (LcmError, RequestError) as error:  # it is found without, too
            logger.warning("job %s: %s", run.name, error)
        run.begun.set_result(None)

    def _asked_for(self, name: str, begin: Callable[[], Run]) -> None:
        """Begin what somebody waits for; what waits for nobody is begun by the next start if this one ends now.

        Raises:
            WrongState: It is not begun: a switch is another job's, for example, or the service ends.
        """
        try:
            run = begin()
        except WrongState as error:
            if error.key == "lcm.service.ends":
                self._not_begun(name, error)
            raise
        run.wait()

    def _end(self, run: Run, failure: BaseException | None) -> None:
        if not run.begun.done() and failure is not None:
            self._not_begun(run.name, failure)
            return
        records = run.live.record()
        unfinished = any(record.goes_on for record in records)
        if not (run.is_interrupted and unfinished):
            self._conclude(run.name, records)

    def _not_begun(self, name: str, why: BaseException) -> None:
        """Put a job back that could not be begun; one that was begun before, to how it stood."""
        job = self._jobs.stored(name).document
        if journal := self._journal_job(job):
            self._conclude(name, self._store.record(journal))
            return
        logger.warning("job %s is not begun: %s", name, why)
        self._jobs.settle(name, Action.NOT_BEGUN, told={"why": str(why)}, **_NO_RUN)

    def _conclude(self, name: str, records: tuple[SwitchRecord, ...]) -> None:
        """End a job, if it runs and its switches have all ended."""
        job = self._jobs.stored(name).document
        if job.state is not JobState.IN_PROGRESS or not records:
            return
        if any(record.ending in (Ending.OPEN, Ending.HELD) for record in records):
            return  # it waits for somebody to go on with it
        report = report_of(records, job.start_time)
        self._jobs.settle(name, _VERDICTS[report.status], end_time=report.end_time or int(self._now()))
