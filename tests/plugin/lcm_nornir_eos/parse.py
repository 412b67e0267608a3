"""How EOS's answers are read. Pure functions: text in, value out, or `UnexpectedOutput` with the text.

JSON proves its own end, so it is asked for where there is some; what is text must have its last line.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from lcm_nornir.drivers.base import Slot
from lcm_nornir.errors import UnexpectedOutput

_ROW = re.compile(
    r"^[ \t]+-[-rwx]{3}[ \t]+(\d+)[ \t]+[A-Z][a-z]{2}[ \t]+\d+[ \t]+[\d:]+[ \t]+(\S+)[ \t]*$", re.MULTILINE
)
_FREE = re.compile(r"^\d+ bytes total \((\d+) bytes free\)[ \t]*$", re.MULTILINE)
_VERSION = re.compile(r"(?:EOS(?:64)?-)?(\d+\.\d+\.\d+(?:\.\d+)*[A-Z]*)")


class Version(NamedTuple):
    """What ``show version | json`` tells."""

    version: str
    model: str
    serial: str


class Listing(NamedTuple):
    """What ``dir flash:`` tells: name to bytes of each file, and how many bytes are free."""

    files: dict[str, int]
    free: int


def refuse(command: str, text: str, what: str) -> UnexpectedOutput:
    """Make the error for an answer that cannot be read."""
    return UnexpectedOutput(f"the answer to '{command}' {what}", command=command, said=text)


def version(command: str, text: str) -> Version:
    """Read ``show version | json``; the serial is empty on virtual switches."""
    told = _json(command, text, "version", "modelName", "serialNumber")
    if not told["version"] or not told["modelName"]:
        raise refuse(command, text, "has no version or no model")
    return Version(str(told["version"]), str(told["modelName"]), str(told["serialNumber"]))


def uptime(command: str, text: str) -> float:
    """Read ``show uptime | json``: seconds."""
    value = _json(command, text, "upTime")["upTime"]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refuse(command, text, "has no number as upTime")
    return float(value)


def next_boot(command: str, text: str) -> str:
    """Read ``show boot-config | json``: the name of the file on the flash that the next boot runs."""
    path = str(_json(command, text, "softwareImage")["softwareImage"])
    found = re.fullmatch(r"flash:/?([^/\s]+)", path)
    if not found:
        raise refuse(command, text, f"names {path!r}, which is no file on the flash")
    return found[1]


def listing(command: str, text: str) -> Listing:
    """Read ``dir flash:``; without its last line files may be missing."""
    free = _FREE.search(text)
    if not free:
        raise refuse(command, text, "does not tell the bytes free")
    return Listing({name: int(size) for size, name in _ROW.findall(text[: free.start()])}, int(free[1]))


def digest(text: str, name: str) -> str:
    """Read ``verify /sha512``; empty if there is no such line for that file."""
    found = re.search(rf"^verify /sha512 \(flash:/?{re.escape(name)}\) = ([0-9a-f]{{128}})\s*$", text, re.MULTILINE)
    return found[1] if found else ""


def version_of(name: str) -> str:
    """Give the version that an image file's name tells, such as 4.31.2F of EOS-4.31.2F.swi; empty if it tells none."""
    stem, _, end = name.rpartition(".")
    found = _VERSION.fullmatch(stem)
    return found[1] if found and end == "swi" else ""


def canonical(text: str) -> str:
    """Write a version as the switch does: EOS-4.31.2F is 4.31.2F."""
    found = _VERSION.fullmatch(text.strip())
    return found[1] if found else text


def slots(files: dict[str, int], running: str, following: str) -> tuple[Slot, ...]:
    """Make slots of image files: the one that runs first.

    No command tells which file runs. It is the one that boots next, if its name does not tell another version; else
    the one whose name tells the version that runs. If that was deleted the switch runs from memory.
    """
    named = {name: version_of(name) for name in (following, *files) if name == following or version_of(name)}
    runs = next((name for name, told in named.items() if told == running), "")
    if not named[following]:  # EOS.swi: what it is was told when it was booted, unless another file has the version
        runs = runs or following
        named[following] = running if runs == following else ""
    found = [
        Slot(name, told, running=name == runs, next_boot=name == following, is_file=True)
        for name, told in named.items()
    ]
    if not runs:
        found.append(Slot("memory", running, running=True, next_boot=False))
    return tuple(sorted(found, key=lambda slot: not slot.running))


def order(one: str, other: str) -> int | None:
    """Compare two versions by their numbers; None if one has none, or they differ in their letter only."""
    both = [_VERSION.fullmatch(text) for text in (one, other)]
    if not both[0] or not both[1]:
        return None
    first, second = ([int(number) for number in re.findall(r"\d+", match[1])] for match in both if match)
    if first == second and canonical(one) != canonical(other):
        return None
    return (first > second) - (first < second)


def _json(command: str, text: str, *keys: str) -> dict[str, Any]:
    try:
        told = json.loads(text[max(text.find("{"), 0) :])
    except ValueError as error:
        raise refuse(command, text, "is no JSON") from error
    if not isinstance(told, dict) or not told.keys() >= set(keys):
        raise refuse(command, text, f"has not all of {', '.join(keys)}")
    return told
