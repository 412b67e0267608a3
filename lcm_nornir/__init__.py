"""Upgrade the operating system of a fleet of network switches with Nornir, and tell the truth about it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lcm_nornir.errors import LcmError, RequestError
    from lcm_nornir.image import Image, ImageCatalog
    from lcm_nornir.policy import Policy
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
    "Image",
    "ImageCatalog",
    "LcmError",
    "Policy",
    "ProgressProcessor",
    "RequestError",
    "SecretRef",
    "StatusProcessor",
    "Timeouts",
    "WaveRunner",
    "activate_image",
    "check_readiness",
    "clean_images",
    "commit_image",
    "copy_image",
    "install_image",
    "reboot_switch",
    "rollback_image",
    "set_boot_image",
    "stage_image",
    "update_image",
    "validate_image",
    "verify_image",
    "wait_reachable",
]

_HOMES = {
    "Image": "image",
    "ImageCatalog": "image",
    "LcmError": "errors",
    "Policy": "policy",
    "ProgressProcessor": "processors.progress",
    "RequestError": "errors",
    "SecretRef": "secrets",
    "StatusProcessor": "processors.status",
    "Timeouts": "timeouts",
    "WaveRunner": "runners.waves",
}


def __getattr__(name: str) -> Any:
    # imported when used: the command line's help needs none of it
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'tasks')}"), name)
