"""What is installed, what runs, what boots next, and what is on trial: ``show install summary``. Pure functions.

An image is added (``I``), activated, which reboots (``U``; the former one is ``D``), and committed (``C``). Until it is
committed it is on trial: the switch goes back by itself when the auto-abort timer ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from lcm_nornir.drivers.answers import refuse
from lcm_nornir.drivers.base import Commitment, Member, Slot
from lcm_nornir.drivers.cisco_xe.parse import PACKAGES, Boots
from lcm_nornir.drivers.cisco_xe.versions import canonical, is_release, version_of

COMMAND = "show install summary"
COMMITTED = "the committed image"
DEFAULT = "the boot loader's choice"
LOADER = "none: it stops in the boot loader"
_SECTION = re.compile(r"^\[ ?([^\]\n]+?) ?\] Installed Package\(s\) Information:", re.MULTILINE)
_ROW = re.compile(r"^([A-Z]+)[ \t]+([IUCD])[ \t]+(\S+)[ \t]*$", re.MULTILINE)
_TIMER = re.compile(
    r"^Auto abort timer: (?:inactive|active on \S+, time before rollback - (\d+):(\d\d):(\d\d))[ \t]*$", re.MULTILINE
)
_END = re.compile(r"^-{3,}[ \t]*$", re.MULTILINE)


class Row(NamedTuple):
    """A package: its kind (``IMG``, ``SMU``), its state (``I``, ``U``, ``C``, ``D``), and its version or file."""

    kind: str
    state: str
    name: str

    @property
    def version(self) -> str:
        """Its version, as `canonical` writes it."""
        return canonical(self.name)


@dataclass(frozen=True, slots=True)
class Summary:
    """What ``show install summary`` tells.

    Attributes:
        rows: What every member has, in the same state.
        time_left: Seconds until the auto-abort timer ends; None if it does not run.
    """

    rows: tuple[Row, ...]
    time_left: float | None

    @property
    def images(self) -> tuple[Row, ...]:
        """The images, without patches; older trains call them packages, as they do single files."""
        return tuple(row for row in self.rows if row.kind == "IMG" or (row.kind == "PKG" and is_release(row.name)))

    def running(self, version: str) -> Row:
        """Give the image that runs, which has this version.

        Raises:
            UnexpectedOutput: There is none that may run.
        """
        # one that is only added may have the same version: another build of it
        found = [row for row in self.images if row.version == version and row.state != "I"]
        if len(found) != 1:
            told = ", ".join(" ".join(row) for row in self.rows)
            raise refuse(COMMAND, told, f"has not one image that runs {version}, as 'show version' says")
        return found[0]

    def commitment(self, version: str) -> Commitment:
        """Tell whether the image that runs is permanent: as long as any image is on trial nothing is."""
        self.running(version)
        if any(row.state in "UD" for row in self.images):
            return Commitment(done=False, time_left=self.time_left)
        return Commitment(done=True)


def summary(text: str, members: Iterable[Member]) -> Summary:
    """Read ``show install summary``; its end is a line below the timer.

    Members that have the same share one part, others have a part each: what they do not all have is in no slot.

    Args:
        text: The answer.
        members: Which members there are.
    """
    pieces = _SECTION.split(text)
    heads, parts, timers = pieces[1::2], pieces[2::2], list(_TIMER.finditer(text))
    end = timers[-1].end() if timers else 0
    if not parts or not timers or not _END.search(text, end) or _SECTION.search(text, end):
        raise refuse(COMMAND, text, "has no part, or no timer at its end")
    named = {number for head in heads if head.startswith("Switch") for number in re.findall(r"\d+", head)}
    if named and named != {member.name for member in members}:
        raise refuse(COMMAND, text, "has not the members that 'show version' has")
    rows = [[Row(*found) for found in _ROW.findall(part)] for part in parts]
    common = tuple(row for row in rows[0] if all(row in others for others in rows))
    times = [int(t[1]) * 3600 + int(t[2]) * 60 + int(t[3]) for t in timers if t[1]]
    return Summary(common, float(min(times)) if times else None)


def slots(now: Summary, version: str, boots: Boots) -> tuple[Slot, ...]:
    """Give the installed images, the running one first, and what else the next power cycle would run.

    Args:
        now: What is installed.
        version: What runs, as ``show version`` says.
        boots: What the boot variable says.
    """
    running = now.running(version)
    rows = (running, *(row for row in now.images if row != running))
    following = other_boot(boots, installed=True) or _next(rows)
    found = tuple(Slot(row.name, row.version, row == running, row.name == following) for row in rows)
    return found if any(slot.next_boot for slot in found) else (*found, _apart(following))


def _next(rows: tuple[Row, ...]) -> str:
    """Name what boots next from ``packages.conf``.

    What was activated and does not run yet boots next. What runs on trial does not: it is not permanent, so the former
    one, whose deactivation is not committed, boots next.
    """
    running, *others = rows
    wanted = "U" if running.state != "U" else "CD"
    found = [row.name for state in wanted for row in others if row.state == state]
    return found[0] if found else running.name if running.state != "U" else COMMITTED


def other_boot(boots: Boots, *, installed: bool) -> str:
    """Name what boots next by the boot variable; empty if that is what was installed."""
    if boots.manual:
        return LOADER
    if installed and boots.file in (PACKAGES, ""):
        return ""  # without a boot variable it booted what was installed, so it will again
    return boots.file or DEFAULT


def _apart(name: str) -> Slot:
    version = version_of(name)
    return Slot(name, version, running=False, next_boot=True, is_file=bool(version))


def files(stored: Iterable[str], running: str, version: str, boots: Boots) -> tuple[Slot, ...]:
    """Give the image files from which a switch in bundle mode may boot, the running one first.

    Args:
        stored: Names of the files in flash.
        running: The file from which it runs.
        version: What runs.
        boots: What the boot variable says.
    """
    following = other_boot(boots, installed=False)
    versions = {running: version} | {name: version_of(name) for name in stored if name != running and version_of(name)}
    found = tuple(Slot(name, its, name == running, name == following, is_file=True) for name, its in versions.items())
    return found if following in versions else (*found, _apart(following))


def objection(now: Summary, slot: Slot) -> str:
    """Tell what speaks against activating a slot; empty if nothing does. The command takes no version."""
    added = [row for row in now.rows if row.state == "I"]
    if slot.name not in [row.name for row in added]:
        return f"{slot.name} is not added and inactive"
    if len(added) > 1:
        return f"several are inactive ({', '.join(row.name for row in added)}), and the command takes no version"
    return ""


def on_trial(now: Summary) -> bool:
    """Tell whether another activation waits for its commit."""
    return now.time_left is not None or any(row.state in "UD" for row in now.rows)
