"""Where configurations are kept before anything is changed. They may hold secrets: 0600 in folders of 0700."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from lcm_nornir.drivers.base import Configuration
from lcm_nornir.places import private_folder

_SAFE = re.compile(r"[^0-9A-Za-z._-]")


def keep(folder: Path, host: str, configuration: Configuration) -> Path:
    """Keep running and startup configuration of a switch, in a folder of its own per time.

    Args:
        folder: Below which they are kept.
        host: Inventory name.
        configuration: What the switch showed.

    Returns:
        The folder, with the files ``running.txt`` and ``startup.txt``.

    Raises:
        OSError: They cannot be kept; then nothing may be changed.
    """
    place = private_folder(folder / _SAFE.sub("_", host) / time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()))
    for name in ("running", "startup"):
        handle = os.open(place / f"{name}.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(getattr(configuration, name))
    return place
