"""The words of NX-OS that tell of a failure, in one table: what each means, what brings it, and how sure that is.

They never decide whether something failed; that is told by what is there, and by the phases of an installation. They
only tell which failure it is.
"""

from __future__ import annotations

import re

from lcm_nornir.drivers import words
from lcm_nornir.drivers.words import Means, Word

TABLE = (
    Word(
        r"Another install procedure may\s*be in progress",
        Means.BUSY,
        "another installation runs",
        "F",
        "Another install procedure may be in progress. (0x401E0007)",
    ),
    Word(
        r"There is an on-going installation",
        Means.BUSY,
        "another installation runs",
        "F",
        "There is an on-going installation...",
    ),
    Word(r"Backend processing error", Means.GOES_ON, "only the session's side gave up", "S"),
    Word(
        r"Pre-upgrade of a module failed|DO NOT reboot",
        Means.BROKEN,
        "the flash of a module",
        "F",
        "Install has failed. Return code 0x40930015 (Pre-upgrade of a module failed).",
    ),
    Word(r"Verifying image[^\n]*-- FAIL", Means.REJECTED, "the image's check or its type", "F"),
    Word(r"MD5Sum mismatch", Means.REJECTED, "an image that was damaged", "F"),
    Word(r"Notifying services[^\n]*-- FAIL", Means.VETOED, "a service speaks against it", "F"),
    Word(
        r'Service "[^"\n]+" in vdc',
        Means.VETOED,
        "a service speaks against it",
        "F",
        'Service "icam" in vdc 1: iCAM service downgrade to the target version is not supported.',
    ),
    Word(
        r"incompatible with the new image",
        Means.VETOED,
        "the running configuration",
        "F",
        "Running-config contains configuration that is incompatible with the new image (strict incompatibility).",
    ),
    Word(r"Setting boot variables[^\n]*-- FAIL", Means.NOT_SET, "the boot variable", "U"),
    Word(r"Performing module support checks[^\n]*-- FAIL", Means.VETOED, "what the modules support", "U"),
    Word(r'Preparing "[^"\n]*" version info[^\n]*-- FAIL', Means.UNPACKING, "an image that cannot be read", "U"),
    Word(r"(?i)no space|space left|disk full", Means.UNPACKING, "no room for what is unpacked", "U"),
    Word(r"(?i)extract|unpack|untar|uncompress|decompress|archive", Means.UNPACKING, "a damaged archive", "U"),
    Word(
        r"(?i)signature|digest|checksum|(?:not a|in)valid image|(?:another|wrong|unsupported) (?:platform|module)",
        Means.REJECTED,
        "a bad signature, or an image for other hardware",
        "U",
    ),
    Word(r"Pre-upgrade check failed", Means.VETOED, "what the switch runs or is configured for", "F"),
    Word(r"Could not resolve hostname", Means.FAILED, "the server's name", "F"),
    Word(
        r"No such file|% ?Error listing directory|Path does not exist|No files found",
        Means.FAILED,
        "a file that is not there",
        "S",
    ),
    Word(r"(?i)\b(?:error|invalid|failed|aborted|denied)\b", Means.FAILED, "a copy that ended early", "S"),
)
"""The first row that fits decides."""

LOG = re.compile(r"(?m)^[^\n]*%[A-Z][\w.-]*-\d-[A-Z0-9_]+[^\n]*\n?")
"""A line of the switch's log, which may stand anywhere."""
_FILE = re.compile(r"\w+:/*[\w.+/-]+\.\w+")


def meaning(text: str) -> Means | None:
    """Tell what a failure's text means, None if no row fits; names of files and lines of the log are no words of it."""
    said = _FILE.sub("FILE", LOG.sub("", text))
    return words.meaning(said, TABLE)


def telling(text: str) -> str:
    """Give the lines in which a word of the table stands; the last that was said if there is none."""
    lines = [line.strip() for line in LOG.sub("", text).splitlines() if line.strip()]
    told = [line for line in lines if meaning(line)]
    return "\n".join(told or lines[-1:])
