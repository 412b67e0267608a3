"""How an installation's words are read, as ``install all`` prints them and as its log keeps them. Pure functions.

It goes through phases, each of which ends in ``-- SUCCESS`` or ``-- FAIL``; the log adds times. How it ended is told by
its phases and its last line; other words only tell which failure it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

from lcm_nornir.drivers.answers import refuse
from lcm_nornir.drivers.base import Activity, InstallerState, InstallState
from lcm_nornir.drivers.cisco_nxos import words
from lcm_nornir.drivers.words import Means

ON_GOING = re.compile(r"(?i)on-going installation|Enter Ctrl-C to go back")
"""What the log says while an installation runs; it then waits for Ctrl-C."""
BEGUN = re.compile(r"(?m)^[ \t]*Install is in progress")
"""What ``install all`` says when it begins to change the switch."""
STAYS_UP = ("Install has been successful",)
"""Last words after which the switch does not reboot."""
_NONE = "No install all data found"
_TITLE = re.compile(r"^[ \t]*((?:Module \d+: )?(?!Warning|Running)[A-Z][a-z]+ing\b[^\[<\n]*?)[ \t]*(?:\[|--|<|$)")
_RESULT = re.compile(r"-- (SUCCESS|FAIL)\b")
_STAMP = re.compile(r"<([A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d(?: \d{4})?)>")
_FAILED = re.compile(r"(?m)^[ \t]*(?:Install has failed|Pre-upgrade check failed)")
_DONE = re.compile(r"(?m)^[ \t]*(Finishing the upgrade|Install has been successful|Switching over onto standby)")
_BROKEN = re.compile(r"(?s).*Install has failed\. Return code [^\n]*\)\.")
_CHECKED = "Compatibility check is done"
_UPGRADED = "Images will be upgraded according to following table"
_IMPACT = re.compile(r"(?m)^[ \t]*(\d+)[ \t]+(yes|no)[ \t]+(\S+)[ \t]+(\S+)(?:[ \t]+(\S[^\n]*?))?[ \t]*$")
_COMPATIBLE = "No incompatible configurations"
_INCOMPATIBLE = re.compile(r"(?im)\bincompatible with\b|^[ \t]*\d+\)[ \t]")  # not in the document: public transcripts
_BAR = re.compile(r"\[[# ]*\][ \t]*\d{1,3}%")
_PHASES = 10  # of an installation of one module; further modules stay at its end, so that it never falls
_DETAIL = 2000  # characters


@dataclass(slots=True)
class Phase:
    """A phase: its title, how it ended (``SUCCESS``, ``FAIL`` or empty), and in which lines it begins and ends."""

    title: str
    begin: int
    end: int = -1
    result: str = ""


class Progress(NamedTuple):
    """How far an installation is: the phase in which it is, and percent over all of them."""

    detail: str
    percent: int


def phases(text: str) -> list[Phase]:
    """Read the phases in their order; lines of the log may stand between."""
    found: list[Phase] = []
    for number, line in enumerate(words.LOG.sub("\n", text).split("\n")):
        if title := _TITLE.match(line):
            found.append(Phase(title[1].rstrip(" ."), number))
        if found and (result := _RESULT.search(line)):
            found[-1].result, found[-1].end = result[1], number
    return found


def progress(text: str) -> Progress:
    """Tell how far an installation is that runs."""
    found = phases(text)
    done = sum(phase.result == "SUCCESS" for phase in found)
    return Progress(found[-1].title if found else "", min(100 * done // _PHASES, 99))


def ended(text: str, started: str = "") -> InstallState:
    """Tell how an installation ended that does not run any more; unknown if its words do not tell, or both."""
    plain, found = words.LOG.sub("", text), phases(text)
    failed = bool(_FAILED.search(plain)) or any(phase.result == "FAIL" for phase in found)
    done = _DONE.search(plain)
    if failed and not done:
        return failure(text, started)
    if done and not failed:
        return InstallState(Activity.DONE, done[1], started, 100)
    detail, percent = progress(text)
    return InstallState(Activity.UNKNOWN, detail, started, percent)


def failure(text: str, started: str = "") -> InstallState:
    """Make the state of an installation that failed: what is said of it, and what that means."""
    found = phases(text)
    told = "\n".join(f"{phase.title} -- FAIL" for phase in found if phase.result == "FAIL")
    detail = _detail(text, found)
    means = words.meaning(f"{told}\n{detail}")
    return InstallState(
        Activity.FAILED,
        detail,
        started,
        progress(text).percent,
        unpacking=means is Means.UNPACKING,
        rejected=means is Means.REJECTED,
        vetoed=means is Means.VETOED,
        not_set=means is Means.NOT_SET,
    )


def log(text: str) -> InstallerState:
    """Read ``show install all status``. Its first time tells one installation from the next.

    An installation that has no end and does not run is one of which nobody knows what became of it: not busy.
    """
    command = "show install all status"
    stamp = _STAMP.search(text)
    started = stamp[1] if stamp else ""
    if ON_GOING.search(text):
        detail, percent = progress(text)
        return InstallerState(install=InstallState(Activity.RUNNING, detail, started, percent), busy=True)
    if stamp or phases(text):
        return InstallerState(install=_logged(text, started))
    if _NONE in text:
        return InstallerState()
    raise refuse(command, text, "is no log of an installation")


def _logged(text: str, started: str) -> InstallState:
    """Tell how an installation ended of which only the log is there, which may have been cut.

    A phase that failed tells by itself which failure it is; a module's is told with the warning that belongs to it, so
    it is unknown without its last words.
    """
    state = ended(text, started)
    failed = next((phase for phase in phases(text) if phase.result == "FAIL"), None)
    if state.activity is not Activity.FAILED:
        return state
    if failed and failed.title.startswith("Module"):
        whole = _BROKEN.match(text)
        return failure(whole[0], started) if whole else replace(state, activity=Activity.UNKNOWN)
    return failure(f"{failed.title}.\n -- FAIL." if failed else _FAILED.findall(text)[0], started)


def impact(command: str, text: str) -> InstallState:
    """Read ``show install all impact``: what the switch says of the effect, or what speaks against it."""
    state = ended(text)
    if state.activity is Activity.FAILED:
        return state
    _, checked, table = text.partition(_CHECKED)
    table, upgraded, _ = table.partition(_UPGRADED)
    rows = _IMPACT.findall(words.LOG.sub("", table))
    if any(bootable == "no" for _, bootable, *_ in rows):
        return InstallState(Activity.FAILED, table.strip("\n: "), rejected=True)
    if checked and upgraded and rows:
        said = (f"module {module}: {effect}, {kind}, {reason}".rstrip(", ") for module, _, effect, kind, reason in rows)
        return InstallState(Activity.DONE, "; ".join(said))
    if words.meaning(text):
        return failure(text)
    raise refuse(command, text, "tells neither the effect nor what speaks against it")


def incompatible(command: str, text: str) -> str:
    """Read ``show incompatibility-all``: what speaks against the image; empty if nothing does."""
    plain = words.LOG.sub("", text)
    if _INCOMPATIBLE.search(plain):
        return plain.strip()
    if _COMPATIBLE in plain:
        return ""
    raise refuse(command, text, "tells neither that the configuration is compatible nor what is not")


def _detail(text: str, found: list[Phase]) -> str:
    """Give what is said of a failure: from the phase that failed, else after the last that went well."""
    lines = words.LOG.sub("\n", text).split("\n")
    well = max((phase.end + 1 for phase in found if phase.result == "SUCCESS"), default=0)
    first = next((phase.begin for phase in found if phase.result == "FAIL"), well)
    told = (line.strip() for line in lines[first:])
    return "\n".join(line for line in told if line and not _BAR.fullmatch(line))[-_DETAIL:]
