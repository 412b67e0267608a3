"""How NX-OS versions are written: as ``show version`` prints them, as file names and people do. Pure functions.

``show version`` prints 10.4(5), and 7.0(3)I4(6) for a release of a train; file names write nxos.10.4.5.M.bin and
nxos.7.0.3.I4.6.bin. Whether a release is a feature or a maintenance release (F, M) is no part of the version.
"""

from __future__ import annotations

import re

_PART = r"(\d{1,3})([a-z]?)"
_WRITTEN = re.compile(
    rf"(\d{{1,2}})\.(\d{{1,2}})(?:\({_PART}\)|\.{_PART})"  # 10.4(5), 10.4.5
    rf"(?:\.?([A-Z])(\d{{1,2}})(?:\({_PART}\)|\.{_PART}))?"  # I4(6), .I4.6
    r"(?:[FM]|\([FM]\)|\.[FM])?"
)
_FILE = re.compile(r"n(?:xos|9000-dk9)[0-9A-Za-z]*(?:-[0-9A-Za-z]+)*\.([0-9][0-9A-Za-z.]*)\.bin")


def canonical(version: str) -> str:
    """Give a version as ``show version`` prints it; what has no known form stays as it is."""
    parts = _parts(version)
    if parts is None:
        return version
    major, minor, number, letter, train, train_number, rebuild, rebuild_letter = parts
    text = f"{major}.{minor}({number}{letter})"
    return f"{text}{train}{train_number}({rebuild}{rebuild_letter})" if train else text


def of_file(name: str) -> str:
    """Give the version that an image's file name tells, empty if it tells none.

    Known are names such as nxos.9.3.7.bin, nxos64-cs.10.2.5.M.bin and nxos.7.0.3.I4.6.bin.
    """
    found = _FILE.fullmatch(name)
    return canonical(found[1]) if found and _parts(found[1]) else ""


def order(version: str, other: str) -> int | None:
    """Compare two versions: below 0 if the first is older; None if one has no known form, or their trains differ.

    Releases of the trains I and F (before 9.2) are for different hardware, so their numbers say nothing.
    """
    one, two = _parts(version), _parts(other)
    if one is None or two is None:
        return None
    train, other_train = one[4], two[4]
    if one[:3] == two[:3] and train != other_train:
        return None
    return (one > two) - (one < two)


def _parts(version: str) -> tuple[int, int, int, str, str, int, int, str] | None:
    found = _WRITTEN.fullmatch(version)
    if not found:
        return None
    major, minor, n1, l1, n2, l2, train, train_number, r1, rl1, r2, rl2 = found.groups()
    return (
        *(int(major), int(minor), int(n1 or n2), l1 or l2 or ""),
        *(train or "", int(train_number or 0), int(r1 or r2 or 0), rl1 or rl2 or ""),
    )
