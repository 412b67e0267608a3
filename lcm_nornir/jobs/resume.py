"""Going on with a job after a crash, or trying again what failed: the same job, another attempt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nornir.core import Nornir
from nornir.core.task import AggregatedResult

from lcm_nornir.errors import RequestError, SwitchUnreachable
from lcm_nornir.events import Ending, Phase
from lcm_nornir.host_data import pair_up
from lcm_nornir.journal.definition import params_of
from lcm_nornir.journal.intent import Decision
from lcm_nornir.journal.reading import StoredJob
from lcm_nornir.journal.store import Store
from lcm_nornir.processors.journal import JournalProcessor
from lcm_nornir.record import SwitchRecord
from lcm_nornir.tasks import activate_image, clean_images, rollback_image, stage_image, update_image
from lcm_nornir.tasks.recover import give_up_switch

_TASKS: dict[str, Callable[..., Any]] = {
    task.__name__: task for task in (update_image, stage_image, activate_image, rollback_image, clean_images)
}
_KINDS: dict[str, Callable[[SwitchRecord], bool]] = {
    "failed": lambda record: record.ending is Ending.FAILED and not isinstance(record.error, SwitchUnreachable),
    "unreachable": lambda record: record.ending is Ending.FAILED and isinstance(record.error, SwitchUnreachable),
    "refused": lambda record: record.ending is Ending.REFUSED,
    "stopped": lambda record: record.ending in (Ending.STOPPED, Ending.NOT_BEGUN),
}


def is_unfinished(job: StoredJob, record: SwitchRecord) -> bool:
    """Tell whether a switch of a job is one with which `resume_job` goes on."""
    staged = record.phase is Phase.STAGED and record.ending is Ending.OPEN
    return record.goes_on and not (staged and job.task == stage_image.__name__)


def resume_job(
    nornir: Nornir,
    store: Store,
    name: str,
    *,
    decisions: Mapping[str, Decision] | None = None,
    announce: Callable[[StoredJob], None] | None = None,
) -> AggregatedResult:
    """Go on with each switch of a job that has no final verdict: look first, adopt what runs, do what is missing.

    May be called at any time, any number of times; who still works on the job is not disturbed.

    Args:
        nornir: With the inventory in which the job's switches are; its runner and processors are used.
        store: Where the job is.
        name: Its id, or the begin of it.
        decisions: What a person says of switches that are held, by inventory name.
        announce: Called with the job once it is begun, and those switches are ours.

    Returns:
        The results of those switches; empty if all have their verdict.

    Raises:
        RequestError: There is no such job or switch, somebody else runs it, or its task is none that can be resumed.
    """
    job, decided = store.job(name), dict(decisions or {})
    names = {record.name for record in store.record(job) if is_unfinished(job, record)}
    for switch in decided:
        if switch not in names:
            raise RequestError(
                f"job {job.id} has no switch {switch!r} that is unfinished",
                field="--decide",
                cure=f"see: lcm-nornir status {job.id}",
            )
    return _attempt(nornir, store, job, names, decisions=decided, purpose="resume", announce=announce)


def retry_job(
    nornir: Nornir, store: Store, name: str, *, only: Iterable[str] = ("failed", "unreachable")
) -> AggregatedResult:
    """Try again the switches of a job that ended without success: a new attempt, from the beginning.

    Args:
        nornir: As for `resume_job`.
        store: Where the job is.
        name: Its id, or the begin of it.
        only: Which: ``failed``, ``unreachable``, ``refused``, ``stopped``.

    Returns:
        The results of those switches; empty if there are none.

    Raises:
        RequestError: As for `resume_job`, or there is no such kind.
    """
    kinds = list(only)
    for kind in kinds:
        if kind not in _KINDS:
            raise RequestError(f"there is no {kind!r}", field="--only", cure=f"one of: {', '.join(_KINDS)}")
    job = store.job(name)
    names = {record.name for record in store.record(job) if any(_KINDS[kind](record) for kind in kinds)}
    return _attempt(nornir, store, job, names, decisions={}, purpose="retry")


def _attempt(
    nornir: Nornir,
    store: Store,
    job: StoredJob,
    names: set[str],
    *,
    decisions: Mapping[str, Decision],
    purpose: str,
    announce: Callable[[StoredJob], None] | None = None,
) -> AggregatedResult:
    task, params = _TASKS.get(job.task), {}
    is_update = task not in (None, clean_images)
    if decisions and set(decisions.values()) == {Decision.GIVE_UP} and not is_update:
        task, names = give_up_switch, set(decisions)  # that needs no more than the journal
    elif task is not None:
        params = params_of(job.definition)
    else:
        raise RequestError(
            f"job {job.id} ran {job.task!r}, which is none that can be resumed",
            field="JOB",
            cure="run your runbook again with JournalProcessor(store, job=store.job(…)): every step looks first;"
            " or end a switch with the decision give-up",
        )
    if not names:
        return AggregatedResult(job.task)
    if missing := sorted(names - set(nornir.inventory.hosts)):
        raise RequestError(f"not in this inventory: {', '.join(missing)}", field="--config", cure="name the job's own")
    for switch in names:  # they are meant, whatever became of them in this process
        nornir.data.recover_host(switch)
    pair_up(nornir.inventory.hosts.values())
    journal = JournalProcessor(store, job=job, decisions=decisions, purpose=purpose, announce=announce)
    chosen = nornir.filter(filter_func=lambda host: host.name in names)
    return chosen.with_processors([*nornir.processors, journal]).run(task=task, raise_on_error=False, **params)
