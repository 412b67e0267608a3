"""What may stand behind the bar: ``include``, ``exclude``, ``begin``, ``section``, ``count``."""

from __future__ import annotations

import re

from lcm_nornir.simulator.cisco_xe.commands import INVALID


def filtered(text: str, wanted: str) -> str:
    """Keep the lines of an output that a filter lets through.

    Args:
        text: The output.
        wanted: What stands behind the bar: a verb, which may be cut short, and a regular expression.
    """
    verb, _, pattern = wanted.strip().partition(" ")
    lines = text.split("\n")
    try:
        looked = [re.search(pattern.strip().strip('"'), line) is not None for line in lines]
    except re.error:
        return "% Failed to compile regular expression."
    if "include".startswith(verb):
        return "\n".join(line for line, found in zip(lines, looked, strict=True) if found)
    if "exclude".startswith(verb):
        return "\n".join(line for line, found in zip(lines, looked, strict=True) if not found)
    if "begin".startswith(verb):
        return "\n".join(lines[looked.index(True) :]) if True in looked else ""
    if "section".startswith(verb):
        return "\n".join(_sections(lines, looked))
    return f"Number of lines which match regexp = {sum(looked)}" if "count".startswith(verb) else INVALID


def _sections(lines: list[str], looked: list[bool]) -> list[str]:
    kept, inside = [], False
    for line, found in zip(lines, looked, strict=True):
        inside = found or (inside and line.startswith(" "))
        if inside:
            kept.append(line)
    return kept
