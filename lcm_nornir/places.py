"""Where this program keeps things, for nobody else to read."""

from __future__ import annotations

import os
from pathlib import Path


def state_folder() -> Path:
    """Give the user's state folder of this program, by the XDG base directory specification."""
    base = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(base).expanduser() / "lcm_nornir"


def private_folder(path: Path) -> Path:
    """Make a folder, and those above it that are missing, each of mode 0700; give it back.

    Raises:
        OSError: It cannot be made.
    """
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(exist_ok=True, mode=0o700)
    return path
