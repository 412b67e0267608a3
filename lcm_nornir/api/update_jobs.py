"""Update jobs over HTTP: drafts, approval, deployment, status. What may be done when is `jobs.lifecycle`'s."""

from __future__ import annotations

import gzip
import re
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from lcm_nornir.api.conditions import CONDITIONAL, TAGGED, SeenDep, entity_tag
from lcm_nornir.api.parts import ActorDep, Id, OnceDep, PartsDep
from lcm_nornir.errors import JournalFailed, LcmError, NotReady, OwnershipLost, UnexpectedFailure
from lcm_nornir.journal.intent import Decision
from lcm_nornir.record import SwitchRecord
from lcm_nornir.schema import SwitchMember, UpdateJobStatus
from lcm_nornir.schema.jobs import (
    ENDED,
    DeployBody,
    JobState,
    JobType,
    ResumeBody,
    UpdateJob,
    UpdateJobBody,
    UpdateJobList,
)
from lcm_nornir.schema.messages import Message, message
from lcm_nornir.schema.reasons import SwitchReason, SwitchReasonList

PATH = "/lcm/update-jobs"
_IN_JSON: dict[int | str, dict[str, Any]] = {200: {"model": UpdateJobStatus}}
_OF_THIS_MACHINE = (NotReady, JournalFailed, OwnershipLost, UnexpectedFailure)
"""Errors that may tell of this machine: its inventory, its files, its store. Others tell what a switch said."""
_LARGE = 1 << 16  # bytes: in many pieces, before each of which this process may have much else to do
_GZIP = re.compile(r"(?i)(?:^|[,\s])gzip(?!\s*;\s*q=0(?:\.0*)?(?:\s|,|$))")
_QUICKLY = 1  # a tenth of its size, for a few milliseconds in which others go on
_KIND = re.compile(r"\w+(?=$|[:;])")
_PATH = re.compile(r"""(?<=')~?/[^']+(?=')|(?<=")~?/[^"]+(?=")|(?<![\w/.~-])~?/(?!/)[^\s'",;:)]+""")
"""An absolute path, in quotes or up to the next space; of a URL nothing."""

router = APIRouter(prefix=PATH, tags=["update jobs"])


@router.get("")
def list_jobs(shared: PartsDep) -> UpdateJobList:
    """Give all jobs, the oldest first."""
    return UpdateJobList(data=shared.jobs.all())


@router.post("")
def create_job(body: UpdateJobBody, shared: PartsDep, actor: ActorDep, once: OnceDep) -> Message:
    """Make a draft; `new_object_id` is its id."""

    def create() -> Message:
        states = shared.jobs.states()
        shared.limits.check_open_jobs(sum(states[state] for state in states if state not in ENDED))
        job = shared.jobs.create(actor, body)
        return message("lcm.job.created", job=job.id, new_object_id=job.id)

    return once(create)


@router.get("/{id}", responses=TAGGED)
def read_job(name: Id, shared: PartsDep, response: Response) -> UpdateJob:
    """Give a job; its `ETag` is another one after every change of it, and until it is approved of its image, too."""
    found = shared.jobs.seen(name)
    response.headers["ETag"] = entity_tag(found.tag)
    return found.job


@router.put("/{id}", responses=TAGGED | CONDITIONAL)
def replace_job(
    name: Id, body: UpdateJobBody, shared: PartsDep, actor: ActorDep, *, seen: SeenDep, response: Response
) -> Message:
    """Write a draft anew."""
    written = shared.jobs.replace(actor, name, body, seen=seen)
    response.headers["ETag"] = entity_tag(written.tag)
    return message("lcm.job.replaced", job=name)


@router.delete("/{id}")
def delete_job(name: Id, shared: PartsDep, actor: ActorDep) -> Message:
    """Delete a job that is neither scheduled nor running; its history stays."""
    shared.jobs.delete(actor, name)
    return message("lcm.job.deleted", job=name)


@router.post("/{id}/send-for-approval", responses=CONDITIONAL)
def send_for_approval(name: Id, shared: PartsDep, actor: ActorDep, once: OnceDep, seen: SeenDep) -> Message:
    """Ask for approval of a draft."""

    def send() -> Message:
        shared.jobs.send_for_approval(actor, name, seen=seen)
        return message("lcm.job.sent", job=name)

    return once(send)


@router.post("/{id}/approve", responses=CONDITIONAL)
def approve(name: Id, shared: PartsDep, actor: ActorDep, once: OnceDep, seen: SeenDep) -> Message:
    """Approve a job of somebody else: its switches, image and policy are frozen."""

    def approved() -> Message:
        job = shared.jobs.approve(actor, name, seen=seen)
        return message("lcm.job.approved", job=name, switches=len(job.switch_members))

    return once(approved)


@router.post("/{id}/deploy", responses=CONDITIONAL)
def deploy(name: Id, body: DeployBody, shared: PartsDep, actor: ActorDep, *, once: OnceDep, seen: SeenDep) -> Message:
    """Run an approved job, now or at a time; answers when it has begun, or is scheduled."""

    def deployed() -> Message:
        shared.running.deploy(actor, name, body, seen=seen)
        if body.job_type is JobType.SCHEDULED:
            return message("lcm.job.scheduled", job=name, time=body.scheduled_at)
        return message("lcm.job.begun", job=name)

    return once(deployed)


@router.post("/{id}/cancel")
def cancel(name: Id, shared: PartsDep, actor: ActorDep, once: OnceDep) -> Message:
    """Take back an approval or a time; of a job that runs, each switch stops at its next safe point."""

    def cancelled() -> Message:
        job = shared.running.cancel(actor, name)
        key = "lcm.job.stopping" if job.job_state is JobState.IN_PROGRESS else "lcm.job.taken_back"
        return message(key, job=name, state=job.job_state)

    return once(cancelled)


@router.post("/{id}/resume")
def resume(name: Id, shared: PartsDep, actor: ActorDep, once: OnceDep, body: ResumeBody | None = None) -> Message:
    """Go on with switches that are held or were stopped; `decisions` say what is so of those that are held."""

    def resumed() -> Message:
        decided = {switch: Decision(word) for switch, word in (body.decisions if body else {}).items()}
        shared.running.resume(actor, name, decided)
        return message("lcm.job.resumed", job=name)

    return once(resumed)


@router.post("/{id}/status", responses=_IN_JSON)
def status(
    name: Id,
    shared: PartsDep,
    accepted: Annotated[str, Header(alias="Accept-Encoding", include_in_schema=False)] = "",
) -> Response:
    """Give the status of a job and of each of its switches; a read, whatever its method."""
    document = shared.running.status_json(name)
    headers = {"Vary": "Accept-Encoding"}
    if len(document) > _LARGE and _GZIP.search(accepted):
        document, headers["Content-Encoding"] = gzip.compress(document, _QUICKLY), "gzip"
    return Response(document, headers=headers, media_type="application/json")


router.get("/{id}/status", responses=_IN_JSON, name="read_status")(status)


@router.get("/{id}/reasons")
def reasons(name: Id, shared: PartsDep) -> SwitchReasonList:
    """Give why each switch stands as it does, and what to do next: for those that are held, for example."""
    return SwitchReasonList(data=tuple(map(_reason, shared.running.records(name))))


def _reason(record: SwitchRecord) -> SwitchReason:
    error = record.error
    return SwitchReason(
        switch_member=SwitchMember(id=record.id, name=record.name),
        step=record.phase,
        ending=record.ending,
        reason=_for_everybody(error, error.message) if error else "",
        remedy=_for_everybody(error, error.remedy) if error else "",
    )


def _for_everybody(error: LcmError, text: str) -> str:
    """Leave out of a text what is of this machine: what an unforeseen exception says, and paths."""
    if not isinstance(error, _OF_THIS_MACHINE):
        return text
    if isinstance(error, UnexpectedFailure) and (kind := _KIND.match(text)):
        return f"{kind[0]}; the log of the service tells more"
    return _PATH.sub("(a path of the service)", text)
