"""How SONiC's answers are read. Pure functions: text in, value out, or `UnexpectedOutput` with the text.

Layouts: the command reference of SONiC, and the source of ``sonic-installer``.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from lcm_nornir.drivers.answers import refuse
from lcm_nornir.drivers.base import Slot

PREFIX = "SONiC-OS-"
_VERSION = re.compile(r"^SONiC Software Version: SONiC\.(\S+)\s*$", re.MULTILINE)
_HARDWARE = re.compile(r"^HwSKU: +(\S+)\s*$", re.MULTILINE)
_MODEL = re.compile(r"^Model Number:[ \t]+(\S+)\s*$", re.MULTILINE)
_SERIAL = re.compile(r"^Serial Number:[ \t]+(\S+)\s*$", re.MULTILINE)
_EEPROM_SERIAL = re.compile(
    r"^(?:Serial Number|Service Tag)[ \t]+(?:0x[0-9A-Fa-f]{2}[ \t]+)?\d+[ \t]+(\S+)\s*$", re.MULTILINE
)
_IMAGE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._+~-]*")
_RELEASE = re.compile(r"(?:.*[./-])?(20\d{4})(?:\.(\d+))?(?:[-._].*)?")
_UPTIME = re.compile(r"^(\d+\.\d\d) \d+\.\d\d\s*$", re.MULTILINE)


class Platform(NamedTuple):
    """What the switch tells of its hardware; the serial is empty where it has none (virtual switches).

    The model is the maker's where it is told, as newer releases do; else the name of SONiC's profile for it (HwSKU).
    """

    model: str
    serial: str


def version(text: str) -> str:
    """Read the version that runs from ``show version``."""
    found = _VERSION.search(text)
    if not found:
        raise refuse("show version", text, "has no 'SONiC Software Version'")
    return found[1]


def platform(text: str) -> Platform:
    """Read ``show platform summary``; older releases print no serial there."""
    profile, model, serial = (form.search(text) for form in (_HARDWARE, _MODEL, _SERIAL))
    if not profile:
        raise refuse("show platform summary", text, "has no 'HwSKU'")
    return Platform(_told(model) or profile[1], _told(serial))


def _told(found: re.Match[str] | None) -> str:
    return found[1] if found and found[1] != "N/A" else ""


def eeprom_serial(text: str) -> str:
    """Read the serial, on Dell's hardware the service tag, from ``show platform syseeprom``; empty if it has none."""
    found = _EEPROM_SERIAL.search(text)
    return found[1] if found else ""


def images(text: str) -> tuple[Slot, ...]:
    """Read ``sonic-installer list``: the running image first."""
    command = "sonic-installer list"
    lines = [line.strip() for line in text.strip("\n").split("\n")]
    heads = dict(line.split(": ", 1) for line in lines if line.startswith(("Current: ", "Next: ")))
    if "Available:" not in lines or set(heads) != {"Current", "Next"}:
        raise refuse(command, text, "has not its three parts")
    names = [line for line in lines[lines.index("Available:") + 1 :] if _IMAGE.fullmatch(line)]  # no log lines
    if not {*heads.values()} <= {*names} or len({*names}) != len(names):
        raise refuse(command, text, "contradicts itself")
    slots = [Slot(name, name.removeprefix(PREFIX), name == heads["Current"], name == heads["Next"]) for name in names]
    return tuple(sorted(slots, key=lambda slot: not slot.running))


def uptime(text: str) -> float:
    """Read ``/proc/uptime``."""
    found = _UPTIME.search(text)
    if not found:
        raise refuse("cat /proc/uptime", text, "is no uptime")
    return float(found[1])


def order(one: str, other: str) -> int | None:
    """Compare two versions by their branch and the number in it, such as 202311.2; None if one has none."""
    found = [_RELEASE.fullmatch(text) for text in (one, other)]
    if not found[0] or not found[1]:
        return None
    first, second = ((int(match[1]), int(match[2]) if match[2] else -1) for match in found if match)
    return (first > second) - (first < second)


def comparable(text: str) -> list[str]:
    """Give a configuration's lines so that order and spacing play no part; the text's own if it is no JSON."""
    try:
        data: Any = json.loads(text)
    except ValueError:
        return [line.rstrip() for line in text.splitlines() if line.strip()]
    return json.dumps(data, indent=1, sort_keys=True).splitlines()
