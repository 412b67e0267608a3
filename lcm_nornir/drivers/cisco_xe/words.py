"""The words in which IOS-XE tells that something failed: one table, from which the documentation's is made.

Words only narrow which error it is; that something failed is told by the form of the answer, and by what is read back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Means(StrEnum):
    """What became of a copy or an installation that failed."""

    UNREACHED = "no byte arrived"
    BROKEN = "it broke off"
    BUSY = "the installer is busy"
    VETOED = "what the switch does or is configured for does not go with it"
    UNPACKING = "it could not be unpacked"
    REJECTED = "the image itself is rejected"
    FAILED = "it failed"


@dataclass(frozen=True, slots=True)
class Words:
    """A row.

    Attributes:
        pattern: Of the line that tells it.
        means: What it means.
        trigger: When it is said.
        evidence: ``S`` read in a source, ``V`` the vendor's document, ``F`` a real transcript, ``T`` third parties,
            ``U`` unverified.
        example: The words themselves; empty where none are known.
    """

    pattern: str
    means: Means
    trigger: str
    evidence: str
    example: str = ""


COPY = (
    Words(
        r"^%Error opening .*\(Timed out\)",
        Means.UNREACHED,
        "the server is silent",
        "F",
        "%Error opening tftp://H/F (Timed out)",
    ),
    Words(
        r"^%Error opening .*\(Socket error\)",
        Means.UNREACHED,
        "no interface or no address",
        "F",
        "%Error opening tftp://H/F (Socket error)",
    ),
    Words(
        r"^%Error opening .*\(Permission denied\)",
        Means.UNREACHED,
        "the server refuses",
        "F",
        "%Error opening tftp://H/F (Permission denied)",
    ),
    Words(
        r"^%Error opening .*\(No such file or directory\)",
        Means.UNREACHED,
        "the server has no such file",
        "F",
        "%Error opening http://H/F (No such file or directory)",
    ),
    Words(r"^%Error opening ", Means.UNREACHED, "anything else before the first byte", "U"),
    Words(
        r"^%Error reading ",
        Means.BROKEN,
        "it stalls midway, often because flash is full",
        "F",
        "%Error reading tftp://H/F (Timed out)",
    ),
    Words(r"\[timed out\]", Means.BROKEN, "as above", "F", "Loading F from H (via Vlan1): !!!!... [timed out]"),
    Words(
        r"^(?:Login incorrect|Permission denied|No route to host|Could not resolve)",
        Means.UNREACHED,
        "the server, or the way to it",
        "S",
        "Login incorrect",
    ),
    Words(r"^% ?Error ", Means.BROKEN, "anything else", "U"),
)
"""What is said of a copy; whether bytes had arrived is told by the marks of progress before."""

INSTALL = (
    Words(
        r"\bin progress\b",
        Means.BUSY,
        "another operation",
        "F",
        "[1]  R1 FAILED: Install ISSU in progress. Abort the ISSU upgrade to proceed",
    ),
    Words(
        r"Super package already added",
        Means.BUSY,
        "an image that was added before waits for its activation",
        "F",
        "[1] Switch 1 FAILED: Super package already added. Add operation not allowed. "
        "install remove inactive can be used to discard added packages",
    ),
    Words(
        r"System configuration has been modified",
        Means.VETOED,
        "the configuration is not saved",
        "F",
        "[1]  R0 FAILED: System configuration has been modified. Please save configuration and resubmit command.",
    ),
    Words(
        r"Booted in bundle mode",
        Means.VETOED,
        "it runs from an image file",
        "V",
        "[1]  R0 FAILED: Booted in bundle mode. For Bundle-to-Install mode conversion, please use one-shot CLI",
    ),
    Words(
        r"package file\(s\) for running image is not present",
        Means.VETOED,
        "packages of the running image are missing",
        "S",
        "FAILED: Install Operation failed as one or more package file(s) for running image is not present "
        "in the device",
    ),
    Words(
        r"Improper State",
        Means.VETOED,
        "a file of an earlier installation is missing",
        "F",
        "FAILED: install_add /flash/F: Improper State./flash/OTHER not present. Please restore file for stability.",
    ),
    Words(
        r"requires \d+ KB of free space",
        Means.UNPACKING,
        "no space to unpack it",
        "F",
        "FAILED: flash: requires 455144 KB of free space, but only 99460 KB is available",
    ),
    Words(
        r"No space left on device",
        Means.UNPACKING,
        "no space on a member",
        "F",
        "rsync: write failed on F: No space left on device (28)",
    ),
    Words(
        r"Failed to extract",
        Means.UNPACKING,
        "the archive is damaged (old releases)",
        "F",
        "[1]: % Failed to extract consolidated content. Operation aborted.",
    ),
    Words(
        r"Signature Verification failed",
        Means.REJECTED,
        "the signature is wrong (old releases)",
        "F",
        "[1]: % Signature Verification failed on X.pkg. Operation aborted.",
    ),
    Words(
        r"(?i)xFSU",
        Means.FAILED,
        "a fast reload is not possible",
        "F",
        "FAILED: xFSU requirement pre-check",
    ),
    Words(
        r"Activate failed",
        Means.FAILED,
        "a member does not activate it",
        "F",
        "[3]: FAILED: Activate failed in switch",
    ),
    Words(
        r"(?i)signature|signed|checksum|digest|platform|compatib|not supported|corrupt|invalid image|not a valid",
        Means.REJECTED,
        "the checks of `install add`: words without which it could not tell it",
        "U",
    ),
    Words(r"(?i)extract|unpack|archive|free space", Means.UNPACKING, "as above, of the unpacking", "U"),
)
"""What is said of an addition, an activation or a commit."""


def meaning(said: str, rows: tuple[Words, ...]) -> Means:
    """Give what words mean: the first row that fits; `Means.FAILED` if none does."""
    return next((row.means for row in rows if re.search(row.pattern, said, re.MULTILINE)), Means.FAILED)


def table() -> str:
    """Give the table as Markdown: the words, when they are said, what they mean, how sure that is."""
    lines = ["| Words | When | Taken for | Evidence |", "|---|---|---|---|"]
    for row in (*COPY, *INSTALL):
        shown = f"`{row.example}`" if row.example else "none known"
        lines.append(f"| {shown} | {row.trigger} | {row.means} | {row.evidence} |")
    return "\n".join(lines)
