"""What a switch prints on a terminal: its control codes, its prompt, the echo of what was typed."""

from __future__ import annotations

import re

ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]+[0-~]|[0-Z\\^-~])")
CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls
    r"\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"  # invisible, or turning words round
)
TAIL = 4096  # characters at the end in which a prompt is looked for
_LINE_END = re.compile(r"\r+\n|\n\r|\r")


def prompt_of(base: str) -> str:
    """Give the pattern of the prompt, at the end of what was printed, of a switch that calls itself `base`."""
    return rf"(?:^|\n){re.escape(base)}(?:\([^()\n]*\))?[#>$]!?\s*$"


def clean(text: str) -> str:
    """Take terminal control codes out of a switch's output; its line ends become plain newlines."""
    return CONTROL.sub("", ANSI.sub("", _LINE_END.sub("\n", text)))


def after_echo(text: str, command: str) -> str | None:
    """Give what was printed after the echo; None before the echo came: what stands there was printed unasked."""
    if not command:
        return text
    _, echo, after = text.partition(command)
    return after if echo else None
