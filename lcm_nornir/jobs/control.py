"""Asking a job that runs, in whichever process, to end."""

from __future__ import annotations

from lcm_nornir.errors import JournalFailed, RequestError
from lcm_nornir.journal.codec import text
from lcm_nornir.journal.leases import who
from lcm_nornir.journal.store import Store


def cancel_job(store: Store, name: str, *, by: str = "") -> str:
    """Ask whoever runs a job to stop each switch at its next safe point; heard within a second or so.

    A copy is cancelled, an installation awaited, a former next boot restored, a reload followed to its end. May be
    called again.

    Args:
        store: Where the job is.
        name: Its id, or the begin of it.
        by: Who asks; this process's user if empty.

    Returns:
        Who was asked.

    Raises:
        RequestError: There is no such job, nobody runs it, or the store does not take it.
    """
    job = store.job(name)
    owner = store.owner(job)
    if owner is None or not owner.alive:
        raise RequestError(
            f"nobody runs job {job.id}: there is nothing to stop",
            field="JOB",
            cure=f"lcm-nornir resume {job.id} finishes it, with --decide SWITCH=give-up it ends a switch",
        )
    try:
        store.note(job.id, "", "cancelled", text({"by": by or who()}), wait=True)
    except JournalFailed as error:
        raise RequestError(
            error.message,
            field="--store",
            cure="see that its disk has room and that no program keeps it locked, then cancel again;"
            f" Ctrl-C asks the same of {owner.who}",
        ) from error
    return owner.who
