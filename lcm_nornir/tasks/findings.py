"""How an attempt goes on from where an earlier one ended: what is found on the switch decides, by this one table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Finding(StrEnum):
    """What is found of a command that was sent before, or was about to be. Its value is told to people."""

    BUSY = "its installer is busy"
    STORED = "the file is stored, with the pinned digest"
    NOT_STORED = "the file is not stored, or with another digest"
    INSTALLED = "a slot holds the version"
    AS_BEFORE = "the installer stands as it did before the command, also at a second look"
    ENDED = "the installer has ended since, and no slot holds the version"
    TOLD = "the installer has ended since, no slot holds the version, and that it failed was told"
    NOT_ACTIVATED = "its installer says that the activation has failed"
    REFUSED = "the switch refused it, and nothing was changed"
    NEW_BOOT = "it is usable in another boot"
    OLD_BOOT = "the boot from before still runs when it should have ended (`go_down`)"
    SILENT = "it is not usable, as long as a reload may take (`come_back`)"
    CANNOT_TELL = "it is usable, and it cannot be told whether it has rebooted"


class Action(StrEnum):
    """What is done then."""

    ADOPT = "follow it as our own"
    SKIP = "go on: it is done"
    AGAIN = "send it again: it did not happen, or was not finished"
    PROVE = "follow until it is stable, and prove it"
    FAIL = "end with a failure; `retry` begins anew"
    LOOK_LATER = "end as not returned; `resume` looks again"
    HOLD = "hold it for a person: `resume JOB --decide SWITCH=done`, `=again` or `=give-up`"


@dataclass(frozen=True, slots=True)
class Case:
    """One row: what was sent, what is found, what is done."""

    command: str
    finding: Finding
    action: Action


CASES = (
    Case("copy", Finding.BUSY, Action.ADOPT),
    Case("copy", Finding.STORED, Action.SKIP),
    Case("copy", Finding.NOT_STORED, Action.AGAIN),
    Case("install", Finding.BUSY, Action.ADOPT),
    Case("install", Finding.INSTALLED, Action.SKIP),
    Case("install", Finding.AS_BEFORE, Action.AGAIN),
    Case("install", Finding.ENDED, Action.FAIL),
    Case("install", Finding.TOLD, Action.AGAIN),
    Case("reload", Finding.REFUSED, Action.AGAIN),
    Case("reload", Finding.NEW_BOOT, Action.PROVE),
    Case("reload", Finding.OLD_BOOT, Action.AGAIN),
    Case("reload", Finding.SILENT, Action.LOOK_LATER),
    Case("reload", Finding.CANNOT_TELL, Action.HOLD),
    Case("activate", Finding.REFUSED, Action.AGAIN),
    Case("activate", Finding.NOT_ACTIVATED, Action.FAIL),
    Case("activate", Finding.NEW_BOOT, Action.PROVE),
    Case("activate", Finding.OLD_BOOT, Action.AGAIN),
    Case("activate", Finding.SILENT, Action.LOOK_LATER),
    Case("activate", Finding.CANNOT_TELL, Action.HOLD),
)
_ACTION_OF = {(case.command, case.finding): case.action for case in CASES}


def action_on(command: str, finding: Finding) -> Action:
    """Give what is done about a command that was sent before, when this is found.

    Raises:
        KeyError: Nobody asks this of such a command.
    """
    return _ACTION_OF[command, finding]


def table() -> str:
    """Give the table in Markdown, for the documents."""
    rows = [f"| `{case.command}` | {case.finding.value} | {case.action.value} |" for case in CASES]
    return "\n".join(["| last sent | found on the switch | what `resume` does |", "|---|---|---|", *rows])
