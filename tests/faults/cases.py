"""What is wrong with a switch of a fleet of faults and what must come of it: what the matrices have in common."""

from __future__ import annotations

from typing import Any, NamedTuple


class Case(NamedTuple):
    """One switch with what is wrong with it, and what must come of it.

    Attributes:
        faults: Of the simulator's table, with ``+`` between them.
        words: ``progress / error``.
        reason: Pattern of what its reason tells.
        did: How many downloads, installs and reboots began, by the switch's own log.
        lcm: What the inventory says of it else.
    """

    faults: str
    words: str
    reason: str = "^$"
    did: tuple[int, int, int] = (0, 0, 0)
    lcm: dict[str, Any] = {}  # noqa: RUF012 - a table


DONE = "SUCCESS / NOT_SET"
REFUSED = "NOT_SET / NOT_SET"
UNREACHABLE = "FAILED / SWITCH_UNREACHABLE"
NOT_REACHABLE = "FAILED / IMAGE_URL_NOT_REACHABLE"
DOWNLOAD = "FAILED / DOWNLOAD_FAILED"
INVALID = "FAILED / DOWNLOAD_VALIDATION_FAILED"
EXTRACTION = "FAILED / EXTRACTION_FAILED"
INSTALL = "FAILED / IMAGE_INSTALL_FAILED"
SET_BOOT = "FAILED / IMAGE_SET_BOOT_FAILED"
ACTIVATION = "FAILED / IMAGE_ACTIVATION_FAILED"
BUSY = "FAILED / ANOTHER_INSTALL_IN_PROGRESS"

HASTY = {"timeouts": {"connect": 2.0, "login": 2.0, "reply": 2.0}}
NO_BYTES = "the switch could not fetch the image; 0 bytes arrived; the switch said: '"
WRONG_DIGEST = "the sha256 of the image on the switch is [0-9a-f]{64}, [0-9a-f]{64} was pinned"
NEW_NEXT = r"not activated, but THE NEXT POWER CYCLE MAY RUN THE NEW IMAGE: the next boot could not be put back"
ASKED = "an unknown question was interrupted, not answered; the switch said: '"
FULL = "the switch's disk is full, so the installation may be incomplete"
MOVED = "THE NEXT POWER CYCLE MAY RUN THE NEW IMAGE: the installation moved the next boot, and it could not be put back"
ONE_OF_EACH = ("download_started", "install_started", "reload")
