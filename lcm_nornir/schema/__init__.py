"""The LCM API's documents: strict, frozen, exactly its fields and words."""

from lcm_nornir.schema.status import (
    DownloadStatus,
    InstallStatus,
    SwitchMember,
    SwitchUpdateStatus,
    UpdateJobStatus,
)
from lcm_nornir.schema.words import (
    DownloadState,
    InstallState,
    JobStatus,
    UpdateError,
    UpdateProgress,
    overall,
    words,
)

__all__ = [
    "DownloadState",
    "DownloadStatus",
    "InstallState",
    "InstallStatus",
    "JobStatus",
    "SwitchMember",
    "SwitchUpdateStatus",
    "UpdateError",
    "UpdateJobStatus",
    "UpdateProgress",
    "overall",
    "words",
]
