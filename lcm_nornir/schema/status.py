"""Status of a job: the body of ``POST /lcm/update-jobs/{id}/status``, `lcm-api.md` section 1.

Times are seconds since the epoch, 0 where unknown; sizes are bytes, rates bytes per second.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from lcm_nornir.schema.words import DownloadState, InstallState, JobStatus, UpdateError, UpdateProgress

Count = Annotated[int, Field(ge=0)]
Percent = Annotated[int, Field(ge=0, le=100)]


class Document(BaseModel):
    """A strict, frozen document with exactly the fields of the contract."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, json_schema_serialization_defaults_required=True
    )


class SwitchMember(Document):
    """Reference to a switch."""

    id: str
    name: str


class DownloadStatus(Document):
    """How the image's way to the switch stands."""

    status: DownloadState = DownloadState.NOT_SET
    status_detail: str = ""
    start_time: Count = 0
    end_time: Count = 0
    progress_percentage: Percent = 0
    transfer_bytes: Count = 0
    file_size: Count = 0
    transfer_rate: Count = 0


class InstallStatus(Document):
    """How the installation stands."""

    status: InstallState = InstallState.NOT_SET
    status_detail: str = ""
    start_time: Count = 0
    end_time: Count = 0


class SwitchUpdateStatus(Document):
    """The row of one switch."""

    switch_member: SwitchMember
    update_progress_status: UpdateProgress = UpdateProgress.NOT_SET
    error: UpdateError = UpdateError.NOT_SET
    download_status: DownloadStatus = DownloadStatus()
    install_status: InstallStatus = InstallStatus()


class UpdateJobStatus(Document):
    """The whole document: one row per switch, in the job's order; `end_time` is 0 until the job ended."""

    start_time: Count
    end_time: Count
    status: JobStatus
    data: Annotated[tuple[SwitchUpdateStatus, ...], Field(min_length=1)]


def published() -> dict[str, Any]:
    """Give the JSON Schema of the job's status as we write it: every field is there."""
    schema = UpdateJobStatus.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
