"""Upgrade the operating system of a fleet of network switches with Nornir, and tell the truth about it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lcm_nornir.errors import LcmError, RequestError
    from lcm_nornir.image import Image, ImageCatalog
    from lcm_nornir.jobs import cancel_job, resume_job, retry_job
    from lcm_nornir.journal.intent import Decision
    from lcm_nornir.journal.reading import Reading
    from lcm_nornir.journal.store import Store
    from lcm_nornir.policy import Policy
    from lcm_nornir.processors.dialogue import DialogueRecorder
    from lcm_nornir.processors.journal import JournalProcessor
    from lcm_nornir.processors.progress import ProgressProcessor
    from lcm_nornir.processors.status import StatusProcessor
    from lcm_nornir.runners.waves import WaveRunner
    from lcm_nornir.secrets import SecretRef
    from lcm_nornir.tasks import (
        activate_image,
        check_readiness,
        clean_images,
        commit_image,
        copy_image,
        install_image,
        reboot_switch,
        record_dialogue,
        rollback_image,
        set_boot_image,
        stage_image,
        update_image,
        validate_image,
        verify_image,
        wait_reachable,
    )
    from lcm_nornir.timeouts import Timeouts

__all__ = [
    "Decision",
    "DialogueRecorder",
    "Image",
    "ImageCatalog",
    "JournalProcessor",
    "LcmError",
    "Policy",
    "ProgressProcessor",
    "Reading",
    "RequestError",
    "SecretRef",
    "StatusProcessor",
    "Store",
    "Timeouts",
    "WaveRunner",
    "activate_image",
    "cancel_job",
    "check_readiness",
    "clean_images",
    "commit_image",
    "copy_image",
    "install_image",
    "reboot_switch",
    "record_dialogue",
    "resume_job",
    "retry_job",
    "rollback_image",
    "set_boot_image",
    "stage_image",
    "update_image",
    "validate_image",
    "verify_image",
    "wait_reachable",
]

_HOMES = {
    "Decision": "journal.intent",
    "DialogueRecorder": "processors.dialogue",
    "Image": "image",
    "ImageCatalog": "image",
    "JournalProcessor": "processors.journal",
    "LcmError": "errors",
    "Policy": "policy",
    "ProgressProcessor": "processors.progress",
    "Reading": "journal.reading",
    "RequestError": "errors",
    "SecretRef": "secrets",
    "StatusProcessor": "processors.status",
    "Store": "journal.store",
    "Timeouts": "timeouts",
    "WaveRunner": "runners.waves",
    "cancel_job": "jobs",
    "resume_job": "jobs",
    "retry_job": "jobs",
}


def __getattr__(name: str) -> Any:
    # imported when used: the command line's help needs none of it
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'tasks')}"), name)
