"""Jobs, image servers and images of the LCM API: `lcm-api.md` section 2.

Times are seconds since the epoch, 0 where there is none.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from lcm_nornir.schema.status import Count, Document, SwitchMember


class JobType(StrEnum):
    """When a job is to run; NOT_SET until it is deployed."""

    SCHEDULED = "SCHEDULED"
    NOW = "NOW"
    NOT_SET = "NOT_SET"


class JobState(StrEnum):
    """Where a job is in its life; NOT_SET where there is no job."""

    DRAFT = "DRAFT"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    APPROVED = "APPROVED"
    SCHEDULED = "SCHEDULED"
    IN_PROGRESS = "IN_PROGRESS"
    DONE = "DONE"
    FAILED = "FAILED"
    NOT_SET = "NOT_SET"
    PARTIAL_SUCCESS = "PARTIAL_SUCCESS"


ENDED = (JobState.DONE, JobState.PARTIAL_SUCCESS, JobState.FAILED)
"""States of a job that has run: nothing follows, unless somebody goes on with it."""


class Protocol(StrEnum):
    """How switches fetch an image."""

    HTTP = "http"
    HTTPS = "https"
    FTP = "ftp"
    TFTP = "tftp"
    SCP = "scp"
    SFTP = "sftp"


_PLAIN = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
Name = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_PLAIN)]
Text = Annotated[str, StringConstraints(max_length=1024, pattern=_PLAIN)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_PLAIN)]
Decided = Annotated[str, StringConstraints(pattern="^(done|again|give-up)$")]
Seconds = Annotated[int, Field(ge=0, le=253_402_300_799)]  # to the end of the year 9999


class Reference(Document):
    """Reference to a switch group or an image server; what is sent may leave the name out."""

    id: Id
    name: Text = ""


class UserInfo(Document):
    """Who made a job and who changed it last, and when."""

    created_by: str
    updated_by: str
    created_at: Count
    updated_at: Count


class UpdateJob(Document):
    """A job as it is told.

    Attributes:
        switch_group: Left out once the job is approved: then its members are told.
        switch_members: Empty until the job is approved.
    """

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)  # a group may be left out

    id: str
    name: str
    description: str
    job_type: JobType
    scheduled_at: Count
    os_image_version: str
    image_file_name: str
    job_state: JobState
    start_time: Count
    end_time: Count
    switch_group: Annotated[Reference | None, Field(exclude_if=lambda group: group is None)] = None
    switch_members: tuple[SwitchMember, ...]
    image_server: Reference
    user_info: UserInfo


class UpdateJobBody(Document):
    """What creates a job, or replaces a draft; nothing else of a job is for its author to say."""

    name: Name
    description: Text = ""
    os_image_version: Name
    image_file_name: Name
    switch_group: Reference
    image_server: Reference


class DeployBody(Document):
    """When an approved job is to run."""

    job_type: Annotated[JobType, Field(strict=False)]  # by its word, also from JSON that was read already
    scheduled_at: Seconds = 0

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.job_type is JobType.NOT_SET:
            raise ValueError("write NOW or SCHEDULED")
        if (self.job_type is JobType.SCHEDULED) != bool(self.scheduled_at):
            raise ValueError("scheduled_at belongs to SCHEDULED, and to nothing else")
        return self


class ResumeBody(Document):
    """What a person says of switches that are held: inventory name, and done, again or give-up."""

    decisions: dict[Name, Decided] = Field(default_factory=dict)


class ImageServerBody(Document):
    """What makes an image server, or replaces one.

    Attributes:
        port: The protocol's own if 0.
        path: Folder of the images there.
        secret: Where ``user:password`` is to be found (env:NAME, file:PATH, keyring:SERVICE/USER); never the secret.
    """

    name: Name
    protocol: Annotated[Protocol, Field(strict=False)]
    host: Name
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    path: Text = "/"
    secret: Text = ""


class ImageServer(ImageServerBody):
    """Where images lie."""

    id: str


class ImageBody(Document):
    """What puts an image into the catalogue: pinned there, by its digest, for every job that names it."""

    image_server: Reference
    image_file_name: Name
    os_image_version: Name
    sha256: Annotated[str, StringConstraints(pattern="^([0-9a-f]{64})?$")] = ""
    sha512: Annotated[str, StringConstraints(pattern="^([0-9a-f]{128})?$")] = ""
    size: Count = 0


class CataloguedImage(ImageBody):
    """An image of the catalogue; its size is in bytes, 0 if it is not known."""

    id: str


class UpdateJobList(Document):
    """All jobs, the oldest first."""

    data: tuple[UpdateJob, ...]


class ImageServerList(Document):
    """All image servers, the oldest first."""

    data: tuple[ImageServer, ...]


class CataloguedImageList(Document):
    """All images of the catalogue, the oldest first."""

    data: tuple[CataloguedImage, ...]
