"""How IOS-XE's answers are read. Pure functions: text in, value out, or `UnexpectedOutput` with the text.

Layouts: fixtures of public parsers, and Cisco's guides. Not every screen has an end that can be told; where one has
none, another screen says how many members it must name. So an answer that was cut is refused, or the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from lcm_nornir.drivers.answers import refuse
from lcm_nornir.drivers.base import Member
from lcm_nornir.drivers.cisco_xe.versions import canonical
from lcm_nornir.errors import UnexpectedOutput

PACKAGES = "packages.conf"
LOG = re.compile(r"^[*.]?(?:\d+: )?[*.]?(?:[A-Z][a-z]{2} +\d+ [\d:. A-Z]+: )?%[A-Z0-9_]+(?:-[A-Z0-9_]+)*-\d-")
"""Pattern of a log line's begin, with or without its number and time."""
_SOFTWARE = re.compile(r"^Cisco IOS(?:[ -]XE)? Software\b.*\bVersion ([^\s,]+)", re.MULTILINE)
_IS_XE = re.compile(r"IOS[ -]?XE")
_UPTIME = re.compile(r"^\S+ uptime is (\d+ [a-z]+(?:, \d+ [a-z]+)*)[ \t]*$", re.MULTILINE)
_SECONDS = {"year": 365 * 86400, "week": 7 * 86400, "day": 86400, "hour": 3600, "minute": 60, "second": 1}
_SWITCH = re.compile(
    r"^(\*?)[ \t]*(\d+)[ \t]+\d+[ \t]+\S+[ \t]+(\S+)[ \t]+\S+[ \t]+(INSTALL|BUNDLE)[ \t]*$", re.MULTILINE
)
_REGISTER = re.compile(r"^Configuration register is 0x[0-9A-Fa-f]+", re.MULTILINE)
_FILE = re.compile(r'^System image file is "([^"\s]+)"', re.MULTILINE)
_SERIAL = re.compile(r"^(?:System Serial Number|Processor board ID)[ \t]*:?[ \t]+([^\s:]+)[ \t]*$", re.MULTILINE)
_DEVICE = re.compile(r"^[a-z][a-z0-9-]*:/?")
_NAMED = re.compile(
    r'^NAME: "([^"\n]*)",[ \t]*DESCR: .*\n(?:(?!NAME:|PID:).*\n)*?'  # log lines may stand between the two
    r"PID:[ \t]*([^\s,]*)[ \t]*,[ \t]*VID:[ \t]*[^\s,]*[ \t]*,[ \t]*SN:[ \t]*(\S*)[ \t]*$",
    re.MULTILINE,
)
_MEMBER = re.compile(r"Switch (\d+)(?: Chassis)?")
_PART = re.compile(r"^Switch (\d+)[ \t]*$", re.MULTILINE)
_NEXT = "Boot Variables on next reload:"
_VARIABLE = re.compile(r"^BOOT (?:variable|path-list)[ \t]*(?:[=:][ \t]*(\S*)|does not exist)[ \t]*$", re.MULTILINE)
_MANUAL = re.compile(r"^Manual Boot[ \t]*[=:][ \t]*(yes|no)[ \t]*$", re.MULTILINE)


class Version(NamedTuple):
    """What ``show version`` tells.

    Attributes:
        version: What runs on the active member.
        uptime: Seconds since the boot of the whole switch, in whole minutes.
        bundle: Whether it runs from an image file, and not from what was installed.
        file: That file, without its file system; ``packages.conf`` if it runs from what was installed.
        members: Each member of the stack with its version.
        serials: Serial numbers that stand there, of whichever member.
    """

    version: str
    uptime: float
    bundle: bool
    file: str
    members: tuple[Member, ...]
    serials: tuple[str, ...]


class Unit(NamedTuple):
    """A unit of ``show inventory``: what it is called there, its product and serial number."""

    name: str
    model: str
    serial: str


class Boots(NamedTuple):
    """What ``show boot`` tells of the next boot.

    Attributes:
        file: The first file of the boot variable, without its file system; empty if there is none, so that the switch
            looks for something itself. Several with commas if the members of a stack do not agree.
        manual: It does not boot by itself, but stops in its boot loader.
    """

    file: str
    manual: bool


def version(text: str) -> Version:
    """Read ``show version``. Its end is the table of members, or the register where there is no such table."""
    command = "show version"
    software, uptime, file = _SOFTWARE.search(text), _UPTIME.search(text), _FILE.search(text)
    rows = _SWITCH.findall(text)
    if not software or not uptime or not file or not _IS_XE.search(text) or not (rows or _REGISTER.search(text)):
        raise refuse(command, text, "has not the version of IOS-XE, uptime, image file and members")
    runs, name = canonical(software[1]), _DEVICE.sub("", file[1])
    members, bundle = tuple(Member(row[1], canonical(row[2])) for row in rows), not name.endswith(PACKAGES)
    if rows:
        active = next((row for row in rows if row[0]), rows[0] if len(rows) == 1 else None)
        if active is None or canonical(active[2]) != runs:
            raise refuse(command, text, "contradicts itself")
        bundle = active[3] == "BUNDLE"
    members = members or (Member("1", runs),)
    return Version(runs, _seconds(command, text, uptime[1]), bundle, name, members, tuple(_SERIAL.findall(text)))


def _seconds(command: str, text: str, told: str) -> float:
    total = 0
    for part in told.split(", "):
        count, unit = part.split(" ")
        if unit.removesuffix("s") not in _SECONDS:
            raise refuse(command, text, f"has no uptime that can be read: {told}")
        total += int(count) * _SECONDS[unit.removesuffix("s")]
    return float(total)


def unit(text: str, known: Version) -> Unit:
    """Read ``show inventory``: the member of the lowest number, so that another active one is no other switch.

    Args:
        text: The answer.
        known: What ``show version`` told: which members there are, and their serial numbers.
    """
    command = "show inventory"
    units = [Unit(*found) for found in _NAMED.findall(text)]
    numbers = {int(match[1]): one for one in units if (match := _MEMBER.fullmatch(one.name))}
    expected = {int(member.name) for member in known.members}
    if not units or not numbers.keys() <= expected or min(numbers, default=min(expected)) != min(expected):
        raise refuse(command, text, "has not the members that 'show version' has")
    if not numbers and (len(expected) > 1 or units[0].name.endswith("Stack")):
        raise refuse(command, text, "has no member of the stack")
    chosen = numbers[min(numbers)] if numbers else next((one for one in units if one.name == "Chassis"), units[0])
    # the last row may have been cut
    if chosen is units[-1] and (chosen.serial or known.serials) and chosen.serial not in known.serials:
        raise refuse(command, text, "is not whole, or names another serial number than 'show version'")
    return chosen


def boots(text: str, members: Iterable[Member]) -> Boots:
    """Read ``show boot``: one block, or one for each member.

    Args:
        text: The answer.
        members: Which members there are.
    """
    command = "show boot"
    pieces = _PART.split(text)
    blocks = pieces[2::2] or pieces
    if pieces[1::2] and set(pieces[1::2]) != {member.name for member in members}:
        raise refuse(command, text, "has not the members that 'show version' has")
    found = [_block(command, text, block) for block in blocks]
    files = dict.fromkeys(block.file for block in found)
    return Boots(", ".join(files), any(block.manual for block in found))


def _block(command: str, text: str, block: str) -> Boots:
    following = block.partition(_NEXT)[2] or block
    variable, manual = _VARIABLE.search(following), _MANUAL.search(following)
    if not variable or not (manual or _REGISTER.search(following)):
        raise refuse(command, text, "has no boot variable, or not what follows it")
    first = (variable[1] or "").split(";")[0].split(",")[0]
    return Boots(_DEVICE.sub("", first), bool(manual and manual[1] == "yes"))


def digest(text: str, name: str) -> str | None:
    """Read ``verify /sha512`` of a file in flash; None if there is no such file, or it cannot be read.

    Raises:
        UnexpectedOutput: Neither a digest nor an error.
    """
    form = rf"^verify /sha512 \(flash:/?{re.escape(name)}\) = ([0-9a-fA-F]{{128}})[ \t]*$"
    if found := re.search(form, text, re.MULTILINE):
        return found[1].lower()
    if re.search(r"(?im)^[ \t]*% ?(?:error|invalid)\b", text):
        return None
    raise UnexpectedOutput("the digest cannot be read", command="verify /sha512", said=text)


def configuration(command: str, text: str) -> str:
    """Give a configuration without the log lines that came meanwhile; it ends in a line ``end``."""
    lines = "\n".join(line for line in text.splitlines() if not LOG.match(line)).rstrip()
    if not re.search(r"^end\Z", lines, re.MULTILINE):
        raise refuse(command, text, "does not end in 'end'")
    return lines


def lines_of(text: str) -> list[str]:
    """Give the lines without log lines, empty ones and the blanks around them."""
    return [line.strip() for line in text.splitlines() if line.strip() and not LOG.match(line)]
