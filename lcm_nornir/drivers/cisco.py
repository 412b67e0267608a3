"""How answers are read that Cisco's network operating systems give in the same form. Pure functions.

The document of behaviour has only the trailer of ``dir``; its rows are known from public transcripts, so they are read
by their form, and a listing without its trailer is refused.
"""

from __future__ import annotations

import re

from lcm_nornir.drivers.answers import refuse

REFUSALS = r"(?im)^[ \t]*% ?(?:invalid|incomplete|ambiguous|unrecognized|permission|error|bad|cannot)\b"
"""Pattern of the CLI's error reply, such as ``% Invalid command at '^' marker.``"""
_TIME = (
    r"[A-Z][a-z]{2}[ \t]+\d{1,2}[ \t]+(?:\d{4}[ \t]+\d\d:\d\d:\d\d(?:[ \t]+[+-]\d\d:\d\d)?|\d\d:\d\d:\d\d[ \t]+\d{4})"
)
# NX-OS writes size, time and name; IOS-XE an index and permissions before, and its time in another order
_ROW = re.compile(rf"^[ \t]*(?:\d+[ \t]+-[-rwx]{{3}}[ \t]+)?(\d+)[ \t]+{_TIME}[ \t]+([^\s/]+)[ \t]*$", re.MULTILINE)
_FREE = re.compile(r"(?:^|[ \t(])(\d+) bytes free\b", re.MULTILINE)
_PROGRESS = re.compile(r"(\d{1,3})%[ \t]+(\d+(?:\.\d+)?)([KMGT]?B)[ \t]+(\d+(?:\.\d+)?)([KMGT]?B)/s")
_UNITS = {"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}


def listing(command: str, text: str) -> tuple[dict[str, int], int]:
    """Read ``dir`` of a file system: its plain files, name to bytes, and how many bytes are free.

    Raises:
        UnexpectedOutput: It has no trailer with the free bytes, so rows may be missing.
    """
    free = _FREE.search(text)
    if not free:
        raise refuse(command, text, "does not tell the bytes free")
    return {name: int(size) for size, name in _ROW.findall(text[: free.start()])}, int(free[1])


def progress(text: str) -> tuple[int, int, int]:
    """Read the last progress line of a copy by SSH: percent, bytes and bytes per second; zeros if there is none.

    Words of SSH itself (``Outbound-ReKey for …``) may stand in the middle of the line.
    """
    found = _PROGRESS.findall(text)
    if not found:
        return 0, 0, 0
    percent, amount, unit, rate, rate_unit = found[-1]
    return min(int(percent), 100), int(float(amount) * _UNITS[unit]), int(float(rate) * _UNITS[rate_unit])
