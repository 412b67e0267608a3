"""A switch's own log: one JSON object a line, on disk before the next thing happens.

This is a test's independent witness: it says what the switch was told and what it did, whatever the client believes.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class Journal:
    """The log of one switch, append-only.

    Each line is one ``write`` to a file in append mode, so a killed process leaves whole lines.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._fd = os.open(folder / f"{name}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, event: str, **fields: Any) -> None:
        """Append an event, with the time in epoch seconds."""
        line = json.dumps({"t": time.time(), "event": event, **fields}, ensure_ascii=False)
        os.write(self._fd, line.encode(errors="backslashreplace") + b"\n")

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)
