"""The words of a recording, for a switch that begins with them.

Until something about it is changed, such a switch answers the ``show`` and ``dir`` commands of the recording with the
recorded words; from then on, and for all other commands from the begin, with its own. It has the recorded serial,
model and versions, so that both tell of one switch.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMAT = 1
PLATFORM = "dell_os10"
_READS = ("show ", "dir ", "system ")
_SHOWN = ("show ", "dir ")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recording tells.

    Attributes:
        serial: Service tag.
        model: System type.
        versions: The version in the partitions ``A`` and ``B``.
        active: Letter of the partition that runs.
        next_boot: Letter of the partition that the next boot loads.
        words: What came after each command.
    """

    serial: str
    model: str
    versions: dict[str, str]
    active: str
    next_boot: str
    words: dict[str, str]

    @classmethod
    def read(cls, path: str) -> Recorded:
        """Read a file.

        Raises:
            ValueError: It is no recording of this format, not of a switch of this OS, or its facts are not known.
            OSError: It cannot be read.
        """
        try:
            document = json.loads(Path(path).read_text(encoding="utf-8"))
            if document["recording"] != FORMAT:
                raise ValueError(f"it is of another format than {FORMAT}")  # noqa: TRY301 - all told alike
            facts, platform, words = document["facts"], document["platform"], _words(document["exchanges"])
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"{path} is no recording: {error}") from error
        if platform != PLATFORM or not facts or set(facts["slots"]) != {"A", "B"}:
            raise ValueError(f"the recording {path} does not tell serial, model and versions of a {PLATFORM} switch")
        return cls(facts["serial"], facts["model"], facts["slots"], facts["running"], facts["next_boot"], words)


def _words(exchanges: list[dict[str, Any]]) -> dict[str, str]:
    """Give the first words after each command, as far as nothing was changed when they were recorded."""
    words: dict[str, str] = {}
    for one in exchanges:
        typed = one["typed"]
        if one["kind"] != "line" or not typed.startswith(_READS):
            break
        if one["ended"] == "prompt" and typed.startswith(_SHOWN):
            words.setdefault(typed, _body("".join(one["came"]), typed))
    return words


def _body(came: str, typed: str) -> str:
    """Give what stands between the echo and the prompt; its line ends become plain newlines."""
    lines = re.sub(r"\r+\n", "\n", came.partition(typed)[2]).split("\n")
    return "\n".join(lines[1:-1])
