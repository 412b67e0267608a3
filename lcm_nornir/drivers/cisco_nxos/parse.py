"""How NX-OS's answers are read. Pure functions: text in, value out, or `UnexpectedOutput` with the text.

Layouts: recorded output of releases 7.0(3)I4 to 10.4, for switches that run one image. An answer that was cut short is
refused, never read as another value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from lcm_nornir.drivers.answers import refuse
from lcm_nornir.drivers.base import Member, Slot
from lcm_nornir.drivers.cisco_nxos import versions

_VERSION = re.compile(r"^[ \t]*NXOS:[ \t]+version[ \t]+(\S+)", re.MULTILINE)
_FILE = re.compile(r"^[ \t]*NXOS image file is:[ \t]+(\S+)[ \t]*\n", re.MULTILINE)
_UPTIME = re.compile(
    r"^[ \t]*Kernel uptime is (\d+) day\(s\), (\d+) hour\(s\), (\d+) minute\(s\), (\d+) second\(s\)", re.MULTILINE
)
_UNIT_SECONDS = (86400, 3600, 60, 1)
_RESET = re.compile(
    r"^[ \t]*Last reset at (\d+) usecs after +"
    r"([A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d(?: [A-Z]{2,5})? \d{4})\b",
    re.MULTILINE,
)
_NO_RESET = re.compile(r"^[ \t]*Last reset\b[^\n]*\n(?:[^\n]*\n)*?[ \t]*Reason:", re.MULTILINE)
_CHASSIS = re.compile(
    r'^NAME: +"Chassis"[^\n]*\n(?:(?!NAME:)[^\n]*\n)*?'
    r"PID: +(\S+)[ \t]*,[^\n]*\bSN: +([0-9A-Za-z]{11}(?![0-9A-Za-z])|[0-9A-Za-z]+(?=[ \t]*\n))",
    re.MULTILINE,
)
_SUPERVISOR = re.compile(r'^NAME: +"Slot \d+", +DESCR: +"[^"\n]*Supervisor', re.MULTILINE)
# the columns and the states are evidenced; that a supervisor is told by its type is not
_MODULE = re.compile(
    r"^[ \t]*(\d+)[ \t]+\d+[ \t]+[^\n]*?\bSupervisor\b[^\n]*?[ \t]{2,}(\S+)[ \t]+(\S[^\n]*?)[ \t]*$", re.MULTILINE
)
_SOFTWARE = re.compile(r"(?s)^[ \t]*Mod[ \t]+Sw[ \t][^\n]*\n(.*?)(?:\n[ \t]*\n|\Z)", re.MULTILINE)
_RUNS = re.compile(r"^[ \t]*(\d+)[ \t]+(\d\S*)[ \t]+\S", re.MULTILINE)
_READY = ("active *", "active", "ha-standby", "standby")
_BLOCKS = re.compile(r"(?s)^(?:.*\n)?[ \t]*Current Boot Variables:(.*)\n[ \t]*Boot Variables on next reload:(.*)")
# at the end of what was said a name may be cut, unless it ends as images' names do
_VARIABLE = re.compile(
    r"^[ \t]*NXOS variable[ \t]*=[ \t]*bootflash:/*(\S+?);?(?:[ \t]*\n|(?<=\.bin)[ \t]*\Z)", re.MULTILINE
)


class Version(NamedTuple):
    """What ``show version`` tells.

    Attributes:
        version: What runs, such as 9.3(7) or 7.0(3)I4(6).
        file: The file from which it runs, without ``bootflash:``.
        uptime: Seconds since the kernel's boot.
        boot_id: When it was last reset, to the microsecond; empty where the switch does not tell.
    """

    version: str
    file: str
    uptime: float
    boot_id: str


class Chassis(NamedTuple):
    """What ``show inventory`` tells of the chassis: its product number and its serial."""

    model: str
    serial: str


def version(text: str) -> Version:
    """Read ``show version``."""
    command = "show version"
    release, file, uptime = (form.search(text) for form in (_VERSION, _FILE, _UPTIME))
    if not release or not file or not uptime:
        raise refuse(command, text, "has not 'NXOS: version', 'NXOS image file is' and 'Kernel uptime is'")
    reset = _RESET.search(text)
    if not reset and not _NO_RESET.search(text):
        raise refuse(command, text, "does not tell the last reset, or not all of it")
    seconds = sum(int(count) * unit for count, unit in zip(uptime.groups(), _UNIT_SECONDS, strict=True))
    boot_id = f"{' '.join(reset[2].split())} +{reset[1]} us" if reset else ""
    return Version(versions.canonical(release[1]), re.sub(r"^bootflash:/*", "", file[1]), float(seconds), boot_id)


def chassis(text: str) -> Chassis:
    """Read ``show inventory``: the row of the chassis. A serial at the very end counts only if it is whole."""
    found = _CHASSIS.search(text)
    if not found:
        raise refuse("show inventory", text, "has no whole row of the chassis")
    return Chassis(found[1], found[2])


def has_two_supervisors(text: str) -> bool:
    """Read ``show inventory``: whether there is a second supervisor, which runs its own copy of the OS."""
    return len(_SUPERVISOR.findall(text)) > 1


def supervisors(text: str) -> tuple[Member, ...]:
    """Read ``show module`` of a switch with two supervisors: what each of them runs. Both must be ready."""
    found = {slot: state for slot, _, state in _MODULE.findall(text)}
    software = _SOFTWARE.search(text)
    runs = dict(_RUNS.findall(software[1])) if software else {}
    if len(found) < 2 or not all(slot in runs and state in _READY for slot, state in found.items()):  # noqa: PLR2004 - two
        raise refuse("show module", text, "does not show two supervisors that are ready, and what they run")
    return tuple(Member(slot, versions.canonical(runs[slot])) for slot in found)


def next_boot(text: str) -> str:
    """Read ``show boot``: the file that boots next, without ``bootflash:``. All supervisors must agree."""
    command = "show boot"
    blocks = _BLOCKS.match(text)
    if not blocks:
        raise refuse(command, text, "has not its two blocks")
    now, later = (_VARIABLE.findall(block) for block in blocks.groups())
    if not later or len(later) < len(now):
        raise refuse(command, text, "does not name one NXOS image for the next reload, or not all of it")
    if len({*later}) > 1:
        raise refuse(command, text, "names different images for the supervisors")
    return str(later[0])


def slots(now: Version, following: str, files: Mapping[str, int]) -> tuple[Slot, ...]:
    """Give the image files as slots: what runs first, then what boots next, then the others that tell a version.

    Of the running file the switch itself tells the version, of another one its name; a file that is not there holds
    none.
    """
    names = dict.fromkeys((now.file, following, *sorted(name for name in files if versions.of_file(name))))
    return tuple(
        Slot(
            name=name,
            version=now.version if name == now.file else versions.of_file(name) if name in files else "",
            running=name == now.file,
            next_boot=name == following,
            is_file=True,
        )
        for name in names
    )
