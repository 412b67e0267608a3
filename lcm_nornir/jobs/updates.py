"""The jobs of the API as they are kept: made, approved, scheduled, ended. Running them is `running`'s."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections import Counter
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any

from nornir.core import Nornir

from lcm_nornir.errors import NotAllowed, NotAsSeen, NotFound, Refused, WrongState
from lcm_nornir.jobs.approval import MOST_SWITCHES, Draft, Plan, Planner, check_same
from lcm_nornir.jobs.images import Images
from lcm_nornir.jobs.lifecycle import SERVICE, Action, Actor, next_state
from lcm_nornir.journal.documents import Change, Collection, Kept
from lcm_nornir.journal.reading import Note
from lcm_nornir.journal.store import Store
from lcm_nornir.policy import CAREFUL, Policy
from lcm_nornir.schema.jobs import JobState, JobType, Reference, UpdateJob, UpdateJobBody, UserInfo
from lcm_nornir.schema.messages import refused
from lcm_nornir.schema.status import Count, Document

OpenInventory = Callable[[], Nornir]
"""Opens the inventory as it is now, each time as a Nornir of its own under a `WaveRunner` of its own."""


class StoredUpdate(Document):
    """A job as it is kept.

    Attributes:
        authors: Who wrote something of it: none of them may approve it.
        plan: What was approved; None until then.
        digest: Of that plan.
        approved_by: Who approved it.
        run: Id of the journal's job that runs it; empty until it is begun.
        cancelled_by: Who asked to stop it while it ran; empty once it is gone on with.
    """

    id: str
    name: str
    description: str
    job_type: JobType = JobType.NOT_SET
    scheduled_at: Count = 0
    os_image_version: str
    image_file_name: str
    state: JobState = JobState.DRAFT
    start_time: Count = 0
    end_time: Count = 0
    switch_group: Reference
    image_server: Reference
    user_info: UserInfo
    authors: tuple[str, ...]
    plan: Plan | None = None
    digest: str = ""
    approved_by: str = ""
    run: str = ""
    cancelled_by: str = ""

    def told(self) -> UpdateJob:
        """Give it as the API tells it."""
        return UpdateJob(
            **{name: getattr(self, name) for name in _AS_IT_IS},
            job_state=self.state,
            switch_group=None if self.plan else self.switch_group,
            switch_members=self.plan.members if self.plan else (),
        )

    @property
    def draft(self) -> Draft:
        """What its author wants."""
        return Draft(
            job=self.id,
            switch_group=self.switch_group.id,
            os_image_version=self.os_image_version,
            image_file_name=self.image_file_name,
            image_server=self.image_server.id,
        )


_AS_IT_IS = (
    "id", "name", "description", "job_type", "scheduled_at", "os_image_version", "image_file_name", "start_time",
    "end_time", "image_server", "user_info",
)  # fmt: skip
UNAPPROVED: Mapping[str, Any] = {
    "plan": None, "digest": "", "approved_by": "", "job_type": JobType.NOT_SET, "scheduled_at": 0,
}  # fmt: skip
"""What a job that goes back to its draft has lost."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A job as somebody sees it.

    Attributes:
        job: The job.
        tag: Another one after every change of it and, until it is approved, of its image server or its image in the
            catalogue: whoever decides tells by it what he has seen.
    """

    job: UpdateJob
    tag: str


class UpdateJobs:
    """The jobs of the API. Safe to use from several threads; a change that another overtook is refused.

    Args:
        store: Where they are kept.
        images: Image servers and the catalogue.
        inventory: Opens the inventory as it is now.
        policy: What updates may do where there is a choice.
        most: How many switches a job may have.
        now: Gives epoch seconds.
    """

    def __init__(
        self,
        store: Store,
        images: Images,
        inventory: OpenInventory,
        *,
        policy: Policy = CAREFUL,
        most: int = MOST_SWITCHES,
        now: Callable[[], float] | None = None,
    ) -> None:
        self._jobs = Collection(store, "job", StoredUpdate, lambda job: job.id)
        self._open = inventory
        self._images = images
        self._planner = Planner(images, policy, most)
        self._now = now or time.time

    def all(self) -> tuple[UpdateJob, ...]:
        """Give all jobs, the oldest first."""
        return tuple(kept.document.told() for kept in self._jobs.all())

    def states(self) -> Counter[JobState]:
        """Give how many jobs are in which state."""
        return Counter(kept.document.state for kept in self._jobs.all())

    def get(self, name: str) -> UpdateJob:
        """Give the job with this id.

        Raises:
            NotFound: There is none.
        """
        return self.stored(name).document.told()

    def seen(self, name: str) -> Seen:
        """Give the job with this id, and the tag by which `check_seen` knows it again.

        Raises:
            NotFound: There is none.
        """
        return self._seen(self.stored(name))

    def check_seen(self, kept: Kept[StoredUpdate], seen: Container[str] | None) -> None:
        """Refuse what somebody decides on a job that is not what he has seen.

        Args:
            kept: The job as it was read, which is what he changes: if it is another by then, that is refused, too.
            seen: Tags (`Seen.tag`) of which one has to be its own; None: whatever it is.

        Raises:
            NotAsSeen: None of them is.
        """
        if seen is not None and self._tag(kept) not in seen:
            raise refused(NotAsSeen, "lcm.job.not_as_seen", job=kept.id)

    def history(self, name: str) -> tuple[Note, ...]:
        """Give who did what to a job, and from which state to which; also of one that was deleted.

        Raises:
            NotFound: There never was one.
        """
        notes = self._jobs.history(name)
        if not notes:
            raise refused(NotFound, "lcm.document.unknown", name=name)
        return notes

    def create(self, actor: Actor, body: UpdateJobBody) -> UpdateJob:
        """Make a draft.

        Raises:
            NotAllowed: This user may not.
            NotFound: There is no such image server.
            Invalid: There is no such group or image, or the group has too many switches.
            RequestError: Images may not lie on that server's host.
        """
        name = str(uuid.uuid4())
        next_state(name, JobState.NOT_SET, Action.CREATE, actor)
        now = int(self._now())
        user = UserInfo(created_by=actor.name, updated_by=actor.name, created_at=now, updated_at=now)
        job = self._checked_draft(StoredUpdate(id=name, **dict(body), user_info=user, authors=(actor.name,)))
        told = {"from": JobState.NOT_SET, "to": job.state}
        return self._jobs.add(name, job, Change(actor.name, Action.CREATE, told)).document.told()

    def replace(self, actor: Actor, name: str, body: UpdateJobBody, *, seen: Container[str] | None = None) -> Seen:
        """Write a draft anew.

        Args:
            actor: Who wants it.
            name: The job's id.
            body: What it says from now on.
            seen: As for `check_seen`, and so it is for every other action.

        Raises:
            NotAsSeen: It is not what was seen.
            NotAllowed: This user may not.
            NotFound: There is no such job or image server.
            Invalid: There is no such group or image, or the group has too many switches.
            RequestError: Images may not lie on that server's host.
            WrongState: It is no draft.
        """
        kept = self.stored(name)
        self.check_seen(kept, seen)
        next_state(name, kept.document.state, Action.REPLACE, actor)
        job = self._checked_draft(kept.document.model_copy(update=dict(body)))
        fields = {field: getattr(job, field) for field in type(body).model_fields}
        authors = tuple(dict.fromkeys((*job.authors, actor.name)))
        return self._seen(self.move(actor, kept, Action.REPLACE, **fields, authors=authors))

    def delete(self, actor: Actor, name: str) -> None:
        """Delete a job; its history stays.

        Raises:
            NotAllowed: This user may not.
            NotFound: There is no such job.
            WrongState: It is scheduled, or runs.
        """
        kept = self.stored(name)
        to = next_state(name, kept.document.state, Action.DELETE, actor)
        told = {"from": kept.document.state, "to": to}
        self._jobs.remove(kept, Change(actor.name, Action.DELETE, told))

    def send_for_approval(self, actor: Actor, name: str, *, seen: Container[str] | None = None) -> UpdateJob:
        """Ask for approval.

        Raises:
            NotAsSeen: It is not what was seen.
            NotAllowed: This user may not.
            NotFound: There is no such job.
            WrongState: It is no draft.
        """
        kept = self.stored(name)
        self.check_seen(kept, seen)
        return self.move(actor, kept, Action.SEND_FOR_APPROVAL).document.told()

    def approve(self, actor: Actor, name: str, *, seen: Container[str] | None = None) -> UpdateJob:
        """Approve a job: the members of its group, its image and the policy are frozen into it.

        Raises:
            NotAsSeen: It, its image or its image server is not what was seen.
            NotAllowed: This user may not, or has written something of it, its image or its image server.
            NotFound: There is no such job.
            WrongState: It does not wait for approval.
            Invalid: Its group has no member any more, or has too many by now, or the image is not in the catalogue any
                more.
            RequestError: Images may not lie any more on the host of its server.
        """
        kept = self.stored(name)
        job = kept.document
        self.check_seen(kept, seen)
        next_state(name, job.state, Action.APPROVE, actor)
        if actor.name in job.authors:
            raise refused(NotAllowed, "lcm.job.own", user=actor.name, job=name)
        plan = self._planner.plan(self._open(), job.draft)
        self.check_seen(kept, seen)  # revisions only grow: what is still the one that was seen, the plan is made of
        if actor.name in self._images.writers(plan.image_server, plan.image_file_name):  # from where, is half of what
            raise refused(NotAllowed, "lcm.job.own_image", user=actor.name, job=name)
        frozen = {"plan": plan, "digest": plan.digest, "approved_by": actor.name}
        told = {"digest": plan.digest, "switches": [one.name for one in plan.switches]}
        return self.move(actor, kept, Action.APPROVE, told=told, **frozen).document.told()

    def stored(self, name: str) -> Kept[StoredUpdate]:
        """Give a job as it is kept.

        Raises:
            NotFound: There is none.
        """
        return self._jobs.get(name)

    def in_state(self, *states: JobState) -> tuple[Kept[StoredUpdate], ...]:
        """Give the jobs that are in one of these states, the oldest first."""
        return tuple(kept for kept in self._jobs.all() if kept.document.state in states)

    def checked(self, kept: Kept[StoredUpdate], names: frozenset[str] = frozenset()) -> tuple[Plan, Nornir]:
        """Give what was approved of a job, once it is known to be that still, and an inventory to run it with.

        Args:
            kept: The job as it was read.
            names: The switches that are looked at; all if none is named.

        Raises:
            WrongState: It was changed since it was approved, or the inventory, the image or its server was.
            RequestError: Images may not lie any more on the host of its server.
        """
        job, plan = kept.document, kept.document.plan
        if plan is None or plan.digest != job.digest:
            raise refused(WrongState, "lcm.job.altered", job=job.id)
        if names:
            plan = plan.model_copy(update={"switches": tuple(one for one in plan.switches if one.name in names)})
        nornir = self._open()
        try:
            now = self._planner.plan(nornir, job.draft, [one.name for one in plan.switches])
        except Refused as error:
            raise refused(WrongState, "lcm.job.drifted", job=job.id, what=error.message) from error
        check_same(plan, now)
        return plan, nornir

    def move(
        self,
        actor: Actor,
        kept: Kept[StoredUpdate],
        action: Action,
        *,
        told: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> Kept[StoredUpdate]:
        """Do what the table allows, and write it down.

        Args:
            actor: Who wants it.
            kept: The job as it was read.
            action: What is done.
            told: What else the history is to tell of it.
            **fields: What changes beside the state.

        Raises:
            NotAllowed: This user may not.
            WrongState: Not in this state, or it was changed meanwhile.
        """
        job = kept.document
        to = next_state(job.id, job.state, action, actor)
        user = job.user_info
        if actor is not SERVICE:
            user = user.model_copy(update={"updated_by": actor.name, "updated_at": int(self._now())})
        changed = job.model_copy(update={**fields, "state": to, "user_info": user})
        return self._jobs.replace(
            kept, changed, Change(actor.name, action, {"from": job.state, "to": to, **(told or {})})
        )

    def settle(
        self, name: str, action: Action, *, told: Mapping[str, Any] | None = None, **fields: Any
    ) -> Kept[StoredUpdate]:
        """Do what the service itself does to a job, whoever changes it meanwhile; as `move`.

        Raises:
            NotFound: There is no such job any more.
            WrongState: It is in a state in which that is not done.
        """
        return self._insist(name, lambda kept: self.move(SERVICE, kept, action, told=told, **fields))

    def link(self, name: str, run: str) -> Kept[StoredUpdate]:
        """Note which job of the journal runs a job.

        Raises:
            NotFound: There is no such job.
        """
        change = Change(SERVICE.name, "run", {"run": run})
        return self._insist(
            name, lambda kept: self._jobs.replace(kept, kept.document.model_copy(update={"run": run}), change)
        )

    def _insist(self, name: str, do: Callable[[Kept[StoredUpdate]], Kept[StoredUpdate]]) -> Kept[StoredUpdate]:
        while True:
            kept = self.stored(name)
            try:
                return do(kept)
            except WrongState:
                if self.stored(name).revision == kept.revision:
                    raise  # nobody was in between: it is refused for what it is

    def _seen(self, kept: Kept[StoredUpdate]) -> Seen:
        return Seen(kept.document.told(), self._tag(kept))

    def _tag(self, kept: Kept[StoredUpdate]) -> str:
        job = kept.document
        # with its approval a job has its image and its server in itself
        others = () if job.plan else self._images.revisions(job.image_server.id, job.image_file_name)
        return hashlib.sha256(json.dumps([kept.id, kept.revision, others]).encode()).hexdigest()

    def open_inventory(self) -> Nornir:
        """Open the inventory as it is now."""
        return self._open()

    def _checked_draft(self, job: StoredUpdate) -> StoredUpdate:
        """Check what a draft refers to, and name it."""
        server = self._planner.check(self._open(), job.draft)
        group = job.switch_group.model_copy(update={"name": job.switch_group.id})
        named = Reference(id=server.id, name=server.name)
        return job.model_copy(update={"switch_group": group, "image_server": named})
