"""The jobs of the API as they are kept: made, approved, scheduled, ended. Running them is `running`'s."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nornir.core import Nornir

from lcm_nornir.jobs.approval import Plan
from lcm_nornir.jobs.images import Images
from lcm_nornir.jobs.lifecycle import Action, Actor
from lcm_nornir.journal.documents import Kept
from lcm_nornir.journal.reading import Note
from lcm_nornir.journal.store import Store
from lcm_nornir.policy import CAREFUL, Policy
from lcm_nornir.schema.jobs import JobState, JobType, Reference, UpdateJob, UpdateJobBody, UserInfo
from lcm_nornir.schema.status import Count, Document

Open = Callable[[], Nornir]
"""Opens the inventory as it is now, each time as a Nornir of its own under a `WaveRunner` of its own."""


class StoredUpdate(Document):
    """A job as it is kept.

    Attributes:
        authors: Who wrote something of it: none of them may approve it.
        plan: What was approved; None until then.
        digest: Of that plan.
        approved_by: Who approved it.
        run: Id of the journal's job that runs it; empty until it is begun.
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

    def told(self) -> UpdateJob:
        """Give it as the API tells it."""
        raise NotImplementedError


class UpdateJobs:
    """The jobs of the API. Safe to use from several threads; a change that another overtook is refused.

    Args:
        store: Where they are kept.
        images: Image servers and the catalogue.
        inventory: Opens the inventory as it is now.
        policy: What updates may do where there is a choice.
        now: Gives epoch seconds.
    """

    def __init__(
        self,
        store: Store,
        images: Images,
        inventory: Open,
        *,
        policy: Policy = CAREFUL,
        now: Callable[[], float] | None = None,
    ) -> None:
        raise NotImplementedError

    def all(self) -> tuple[UpdateJob, ...]:
        """Give all jobs, the oldest first."""
        raise NotImplementedError

    def get(self, name: str) -> UpdateJob:
        """Give the job with this id.

        Raises:
            NotFound: There is none.
        """
        raise NotImplementedError

    def history(self, name: str) -> tuple[Note, ...]:
        """Give who did what to a job, and from which state to which; also of one that was deleted.

        Raises:
            NotFound: There never was one.
        """
        raise NotImplementedError

    def create(self, actor: Actor, body: UpdateJobBody) -> UpdateJob:
        """Make a draft.

        Raises:
            NotAllowed: This user may not.
            NotFound: There is no such image server.
            Invalid: There is no such group or image.
        """
        raise NotImplementedError

    def replace(self, actor: Actor, name: str, body: UpdateJobBody) -> UpdateJob:
        """Write a draft anew.

        Raises:
            NotAllowed: This user may not.
            NotFound: There is no such job or image server.
            Invalid: There is no such group or image.
            WrongState: It is no draft.
        """
        raise NotImplementedError

    def delete(self, actor: Actor, name: str) -> None:
        """Delete a job; its history stays.

        Raises:
            NotAllowed: This user may not.
            NotFound: There is no such job.
            WrongState: It is scheduled, or runs.
        """
        raise NotImplementedError

    def send_for_approval(self, actor: Actor, name: str) -> UpdateJob:
        """Ask for approval.

        Raises:
            NotAllowed: This user may not.
            NotFound: There is no such job.
            WrongState: It is no draft.
        """
        raise NotImplementedError

    def approve(self, actor: Actor, name: str) -> UpdateJob:
        """Approve a job: the members of its group, its image and the policy are frozen into it.

        Raises:
            NotAllowed: This user may not, or has written something of it.
            NotFound: There is no such job.
            WrongState: It does not wait for approval.
            Invalid: Its group has no member any more, or the image is not in the catalogue any more.
        """
        raise NotImplementedError

    def stored(self, name: str) -> Kept[StoredUpdate]:
        """Give a job as it is kept.

        Raises:
            NotFound: There is none.
        """
        raise NotImplementedError

    def in_state(self, *states: JobState) -> tuple[Kept[StoredUpdate], ...]:
        """Give the jobs that are in one of these states, the oldest first."""
        raise NotImplementedError

    def checked(self, kept: Kept[StoredUpdate]) -> tuple[Plan, Nornir]:
        """Give what was approved of a job, once it is known to be that still, and an inventory to run it with.

        Raises:
            WrongState: It was changed since it was approved, or the inventory, the image or its server was.
        """
        raise NotImplementedError

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
        raise NotImplementedError
