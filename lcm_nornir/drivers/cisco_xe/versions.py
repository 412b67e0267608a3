"""How IOS-XE writes versions: in several ways, of which one is used here. Pure functions.

``show version`` writes 17.09.04a or 17.9.4a, ``show install summary`` 17.09.04a.0.6 with the number of the build, and a
file is called cat9k_iosxe.17.09.04a.SPA.bin. Here it is 17.9.4a.
"""

from __future__ import annotations

import re

_RELEASE = re.compile(r"(\d+)\.(\d+)\.(\d+)([a-z]*)(?:\.\d+)*")
_FILE = re.compile(r"[A-Za-z0-9_-]+\.(\d{1,2}\.\d{1,2}\.\d{1,2}[a-z]?)\.S[PS]A\.bin")


def canonical(version: str) -> str:
    """Give a version without leading zeros and without the build; one of another form as it stands."""
    found = _RELEASE.fullmatch(version)
    return "{}.{}.{}{}".format(*map(int, found.groups()[:3]), found[4]) if found else version


def is_release(version: str) -> bool:
    """Tell whether a text has the form of a version, and not of a file's name."""
    return _RELEASE.fullmatch(version) is not None


def order(version: str, other: str) -> int | None:
    """Compare two versions: by their numbers, then a rebuild's letter; None if one has another form."""
    found = [_RELEASE.fullmatch(text) for text in (version, other)]
    if not found[0] or not found[1]:
        return None
    one, two = ((*map(int, match.groups()[:3]), match[4]) for match in found if match)
    return (one > two) - (one < two)


def version_of(name: str) -> str:
    """Give the version that the name of an image's file tells; empty if it tells none, or is a patch's (SMU)."""
    found = _FILE.fullmatch(name)
    return canonical(found[1]) if found else ""
