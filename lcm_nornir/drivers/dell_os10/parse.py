"""How OS10's answers are read. Pure functions: text in, value out, or `UnexpectedOutput` with the text.

Layouts: Dell's user guide for releases up to 10.6, and recorded output of 10.3, 10.5 and 10.6. Indentation, column
widths and the form of an empty time differ between releases, so lines are read by their names and columns by their
headers. An answer that was cut short is refused, never read as another value.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.etree import ElementTree as ET

from lcm_nornir.drivers.answers import refuse
from lcm_nornir.drivers.base import Activity, CopyState, InstallerState, InstallState, Slot
from lcm_nornir.drivers.dell_os10 import words

_UPTIME = re.compile(
    r"^Up Time:\s+(?:(\d+) years?,? )?(?:(\d+) weeks?,? )?(?:(\d+) days?,? )?(\d+):(\d{2}):(\d{2})\s*$", re.MULTILINE
)
_UNIT_SECONDS = (365 * 86400, 7 * 86400, 86400, 3600, 60, 1)
_TIME = r"-?\d{3,4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|\+\d\d:\d\d)"
_EMPTY_TIMES = ("0000-00-00", "-001-11-30")
_SLOT = re.compile(r"\[([AB])\]\s+(\S+)")
_STEPS = re.compile(r"\((\d+) of (\d+)\)")


class Version(NamedTuple):
    """What ``show version`` tells: the release, and seconds since the boot."""

    version: str
    uptime: float


class Inventory(NamedTuple):
    """What ``show inventory`` tells: the unit's product name and service tag."""

    model: str
    serial: str


def version_xml(text: str) -> Version:
    """Read ``show version | display-xml``."""
    command = "show version | display-xml"
    leaves = _leaves(command, text)
    version, uptime = leaves.get("sw-version", ""), leaves.get("uptime", "")
    if not version or not uptime.isdecimal():
        raise refuse(command, text, "has no sw-version or no uptime")
    return Version(version, float(uptime))


def version_text(text: str) -> Version:
    """Read ``show version``."""
    version = re.search(r"^OS Version:\s+(\S+)\s*$", text, re.MULTILINE)
    uptime = _UPTIME.search(text)
    if not version or not uptime:
        raise refuse("show version", text, "has no 'OS Version' or no 'Up Time'")
    units = zip(uptime.groups(), _UNIT_SECONDS, strict=True)
    return Version(version[1], float(sum(int(count or 0) * seconds for count, seconds in units)))


def boot(text: str) -> tuple[Slot, ...]:
    """Read ``show boot``: the slots A and B. Read by its ``[A]`` tokens, since columns grow with the versions."""
    rows = [line for line in text.split("\n") if line.count("[") == 3]  # noqa: PLR2004 - active, standby, next boot
    if len(rows) != 1 or len(slots := _SLOT.findall(rows[0])) != 3:  # noqa: PLR2004 - as above
        raise refuse("show boot", text, "has not exactly one row of three slots")
    (active, active_version), (standby, standby_version), (following, role) = slots
    roles = {"active": active, "standby": standby}
    if active == standby or roles.get(role) != following or not rows[0].isascii():
        raise refuse("show boot", text, "contradicts itself")
    return (
        Slot(active, active_version, running=True, next_boot=following == active),
        Slot(standby, standby_version, running=False, next_boot=following == standby),
    )


def inventory_text(text: str) -> Inventory:
    """Read ``show inventory``: the row of the unit that starts with ``*``, by the header's columns."""
    command = "show inventory"
    lines = text.split("\n")
    header = next((line for line in lines if "Svc Tag" in line), "")
    row = next((line for line in lines if line.startswith("*")), "")
    product = re.search(r"^Product\s*: (\S+)\s*$", text, re.MULTILINE)
    tag, code = header.find("Svc Tag"), header.find("Exprs")
    if not product or code < 0 or len(row) <= code:
        raise refuse(command, text, "has no product or no whole row of the unit")
    return Inventory(product[1], row[tag:code].strip())


def inventory_xml(text: str) -> Inventory:
    """Read ``show inventory | display-xml``: the node's block, which is filled where the unit's is empty."""
    leaves = _leaves("show inventory | display-xml", text)
    if not leaves.get("service-tag") or not leaves.get("product-name"):
        raise refuse("show inventory | display-xml", text, "has no service-tag or no product-name")
    return Inventory(leaves["product-name"], leaves["service-tag"])


def installer(text: str) -> InstallerState:
    """Read ``show image status``. Busy if any of its three states is: a recorded one showed only the third.

    A word for the whole that no document knows is taken for work, unless it tells of a failure.
    """
    command = "show image status"
    head, transfer, install = _sections(command, text)
    copying, installing = transfer["File Transfer State"], install["Installation State"]
    details = transfer["State Detail"], install["State Detail"]
    busy = (
        (head["Image Upgrade State"] != "idle" and "fail" not in head["Image Upgrade State"].lower())
        or copying == "download"
        or installing == "install"
        or any(detail.startswith("In progress") for detail in details)
    )
    return InstallerState(_copy_state(command, text, transfer), _install_state(install), busy)


def _leaves(command: str, text: str) -> dict[str, str]:
    start = text.find("<")
    try:
        root = ET.fromstring(text[max(start, 0) :].strip())  # noqa: S314  # nosec B314 - expat limits what entities may grow to
    except ET.ParseError as error:
        raise refuse(command, text, "is no XML") from error
    leaves: dict[str, str] = {}
    for element in root.iter():
        value = (element.text or "").strip()
        if value and not len(element):
            leaves.setdefault(element.tag.rpartition("}")[2], value)
    return leaves


_HEADS = ("Image Upgrade State", "File Transfer State", "Installation State")
_FIELDS = ("State Detail", "Task Start", "Task End")


def _sections(command: str, text: str) -> list[dict[str, str]]:
    sections: list[dict[str, str]] = []
    for line in text.split("\n"):
        name, colon, value = line.partition(":")
        if not colon:
            continue
        if name.strip() in _HEADS:
            sections.append({})
        if sections:
            sections[-1].setdefault(name.strip(), value.strip())
    heads = [next(iter(section)) for section in sections]
    if heads != list(_HEADS) or not re.fullmatch(_TIME, sections[-1].get("Task End", "")):
        raise refuse(command, text, "has not the three states, whole")
    for section in sections[1:]:
        head = next(iter(section))
        if missing := [name for name in _FIELDS if name not in section]:
            raise refuse(command, text, f"has no {missing[0]} of the {head}")
    return sections


def _copy_state(command: str, text: str, section: dict[str, str]) -> CopyState:
    state, detail = section["File Transfer State"], section["State Detail"]
    known = {"idle": Activity.IDLE, "download": Activity.RUNNING, "transfer-success": Activity.DONE}
    failed = state == "idle" and "fail" in detail.lower()
    return CopyState(
        activity=Activity.FAILED if failed else known.get(state) or _ended_badly(state, detail),
        detail=detail,
        started=_moment(section["Task Start"]),
        transferred=_number(command, text, section, "Transfer Bytes"),
        size=_number(command, text, section, "File Size"),
        rate=_number(command, text, section, "Transfer Rate") * 1000,  # printed "kbps", measured to be kilobytes
        percent=min(_number(command, text, section, "Transfer Progress"), 100),
    )


def _install_state(section: dict[str, str]) -> InstallState:
    state, detail = section["Installation State"], section["State Detail"]
    known = {"install": Activity.RUNNING, "install-success": Activity.DONE}
    if state == "idle":
        activity = Activity.DONE if detail == "Completed: Success" else Activity.IDLE
        if "Failed" in detail:
            activity = Activity.FAILED
    else:
        activity = known.get(state) or _ended_badly(state, detail)
    steps = _STEPS.search(detail)
    percent = _percent(int(steps[1]), int(steps[2])) if steps else 0
    unpacking = bool(words.UNPACKING.search(detail))
    return InstallState(
        activity, detail, _moment(section["Task Start"]), percent, unpacking, rejected=not unpacking and rejects(detail)
    )


def rejects(text: str) -> bool:
    """Tell whether a refusal is about the image itself: its signature, or the platform that it is for."""
    return bool(words.REJECTED.search(text))


def _percent(step: int, steps: int) -> int:
    # step 3 of 9 is under way: two are done, and as far as anybody can tell half of the third; the first says nothing
    return 100 * (2 * step - 1) // (2 * steps) if 1 < step <= steps else 0


def _ended_badly(state: str, detail: str) -> Activity:
    return Activity.FAILED if "fail" in f"{state} {detail}".lower() else Activity.UNKNOWN


def _moment(text: str) -> str:
    return "" if text.startswith(_EMPTY_TIMES) else text


def _number(command: str, text: str, section: dict[str, str], name: str) -> int:
    value = section.get(name, "")
    if not value:
        return 0
    number = re.fullmatch(r"(-?\d+)(?: ?(?:%|bytes|kbps))?", value)
    if not number:
        raise refuse(command, text, f"has no number as {name}")
    return max(int(number[1]), 0)
