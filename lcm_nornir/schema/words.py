"""The words of the LCM API, and which of them tells what happened.

The enums are the contract (`lcm-api.md` section 1): they are never renamed and never extended.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from lcm_nornir.events import Ending, Phase


class JobStatus(StrEnum):
    """Overall status of a job."""

    NOT_STARTED = "NOT_STARTED"
    IN_PROGRESS = "IN_PROGRESS"
    PARTIAL_SUCCESS = "PARTIAL_SUCCESS"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


class UpdateProgress(StrEnum):
    """Progress word of a switch."""

    DOWNLOAD_IN_PROGRESS = "DOWNLOAD_IN_PROGRESS"
    INSTALL_IN_PROGRESS = "INSTALL_IN_PROGRESS"
    REBOOT_IN_PROGRESS = "REBOOT_IN_PROGRESS"
    SWITCH_UNREACHABLE = "SWITCH_UNREACHABLE"
    SWITCH_REACHABILITY_TIMED_OUT = "SWITCH_REACHABILITY_TIMED_OUT"
    INSTALL_REQUEST_RECEIVED = "INSTALL_REQUEST_RECEIVED"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    NOT_SET = "NOT_SET"


class UpdateError(StrEnum):
    """Error word of a switch."""

    NOT_SET = "NOT_SET"
    MALFORMED_IMAGE_URL = "MALFORMED_IMAGE_URL"
    ANOTHER_INSTALL_IN_PROGRESS = "ANOTHER_INSTALL_IN_PROGRESS"
    IMAGE_URL_NOT_REACHABLE = "IMAGE_URL_NOT_REACHABLE"
    DOWNLOAD_FAILED = "DOWNLOAD_FAILED"
    EXTRACTION_FAILED = "EXTRACTION_FAILED"
    DOWNLOAD_VALIDATION_FAILED = "DOWNLOAD_VALIDATION_FAILED"
    IMAGE_INSTALL_FAILED = "IMAGE_INSTALL_FAILED"
    IMAGE_ACTIVATION_FAILED = "IMAGE_ACTIVATION_FAILED"
    IMAGE_SET_BOOT_FAILED = "IMAGE_SET_BOOT_FAILED"
    SWITCH_UNREACHABLE = "SWITCH_UNREACHABLE"


class DownloadState(StrEnum):
    """State of a switch's download."""

    NOT_SET = "NOT_SET"
    IDLE = "IDLE"
    DOWNLOAD_IN_PROGRESS = "DOWNLOAD_IN_PROGRESS"
    DOWNLOAD_FAILED = "DOWNLOAD_FAILED"
    DOWNLOAD_SUCCESS = "DOWNLOAD_SUCCESS"


class InstallState(StrEnum):
    """State of a switch's installation."""

    NOT_SET = "NOT_SET"
    IDLE = "IDLE"
    INSTALL_IN_PROGRESS = "INSTALL_IN_PROGRESS"
    INSTALL_FAILED = "INSTALL_FAILED"
    INSTALL_SUCCESS = "INSTALL_SUCCESS"


_UNDER_WAY = {
    Phase.WAITING: UpdateProgress.NOT_SET,
    Phase.READINESS: UpdateProgress.INSTALL_REQUEST_RECEIVED,
    Phase.COPY: UpdateProgress.DOWNLOAD_IN_PROGRESS,
    Phase.VALIDATE: UpdateProgress.DOWNLOAD_IN_PROGRESS,
    Phase.INSTALL: UpdateProgress.INSTALL_IN_PROGRESS,
    Phase.STAGED: UpdateProgress.INSTALL_IN_PROGRESS,
    Phase.SET_BOOT: UpdateProgress.INSTALL_IN_PROGRESS,
    Phase.REBOOT: UpdateProgress.REBOOT_IN_PROGRESS,
    Phase.REACHABILITY: UpdateProgress.REBOOT_IN_PROGRESS,
    Phase.VERIFY: UpdateProgress.REBOOT_IN_PROGRESS,
    Phase.COMMIT: UpdateProgress.REBOOT_IN_PROGRESS,
}

_OF_THE_PHASE = {
    Phase.WAITING: UpdateError.IMAGE_INSTALL_FAILED,
    Phase.READINESS: UpdateError.IMAGE_INSTALL_FAILED,
    Phase.COPY: UpdateError.DOWNLOAD_FAILED,
    Phase.VALIDATE: UpdateError.DOWNLOAD_VALIDATION_FAILED,
    Phase.INSTALL: UpdateError.IMAGE_INSTALL_FAILED,
    Phase.STAGED: UpdateError.IMAGE_ACTIVATION_FAILED,
    Phase.SET_BOOT: UpdateError.IMAGE_SET_BOOT_FAILED,
    Phase.REBOOT: UpdateError.IMAGE_ACTIVATION_FAILED,
    Phase.REACHABILITY: UpdateError.IMAGE_ACTIVATION_FAILED,
    Phase.VERIFY: UpdateError.IMAGE_ACTIVATION_FAILED,
    Phase.COMMIT: UpdateError.IMAGE_ACTIVATION_FAILED,
}
"""The word of a failure that has none of its own: an unexpected question, an exception of ours."""


def words(
    phase: Phase, ending: Ending, error: UpdateError, *, changed: bool, down: bool
) -> tuple[UpdateProgress, UpdateError]:
    """Give the API's two words for what happened to a switch. Total: every combination has exactly one answer.

    Args:
        phase: How far it came.
        ending: How it ended, or OPEN.
        error: The word that the failure brought along, NOT_SET if it brought none.
        changed: Whether a device-changing command was sent.
        down: Whether the switch is seen down now (open and held only), or never came back (ended).
    """
    match ending:
        case Ending.SUCCESS:
            return UpdateProgress.SUCCESS, UpdateError.NOT_SET
        case Ending.REFUSED if changed:  # only half of what was asked for was done: that is no refusal
            return UpdateProgress.FAILED, _OF_THE_PHASE[phase]
        case Ending.NOT_BEGUN | Ending.REFUSED:
            return UpdateProgress.NOT_SET, UpdateError.NOT_SET
        case Ending.STOPPED if not changed:
            return UpdateProgress.NOT_SET, UpdateError.NOT_SET
        case Ending.STOPPED:
            return UpdateProgress.FAILED, UpdateError.IMAGE_ACTIVATION_FAILED
        case Ending.FAILED if down and error is UpdateError.SWITCH_UNREACHABLE:
            return UpdateProgress.SWITCH_REACHABILITY_TIMED_OUT, error
        case Ending.FAILED:
            return UpdateProgress.FAILED, _OF_THE_PHASE[phase] if error is UpdateError.NOT_SET else error
        case Ending.OPEN | Ending.HELD:
            progress = _UNDER_WAY[phase]
            if down and progress is UpdateProgress.REBOOT_IN_PROGRESS:
                progress = UpdateProgress.SWITCH_UNREACHABLE
            return progress, UpdateError.NOT_SET


def overall(rows: Iterable[tuple[UpdateProgress, Ending]]) -> JobStatus:
    """Give the job's word for its switches' rows.

    Args:
        rows: Progress word and ending of each switch, at least one.
    """
    listed = list(rows)
    if all(word is UpdateProgress.NOT_SET and ending in (Ending.OPEN, Ending.NOT_BEGUN) for word, ending in listed):
        return JobStatus.NOT_STARTED
    if any(ending in (Ending.OPEN, Ending.HELD) for _, ending in listed):
        return JobStatus.IN_PROGRESS
    good = sum(word is UpdateProgress.SUCCESS for word, _ in listed)
    if good == len(listed):
        return JobStatus.SUCCESS
    return JobStatus.PARTIAL_SUCCESS if good else JobStatus.FAILED
