"""Times, spans and versions as IOS-XE writes them."""

from __future__ import annotations

import re
import time

_UNITS = ((31_536_000, "year"), (604_800, "week"), (86_400, "day"), (3600, "hour"), (60, "minute"))


def stamp(epoch_s: float) -> str:
    """Print a time as ``show version`` does: ``13:40:54 UTC Mon Oct 31 2022``."""
    moment = time.gmtime(epoch_s)
    return f"{time.strftime('%H:%M:%S UTC %a %b', moment)} {moment.tm_mday} {moment.tm_year}"


def dated(epoch_s: float) -> str:
    """Print a time as the installer does: ``Fri Sep 22 16:06:47 UTC 2023``."""
    return time.strftime("%a %b %d %H:%M:%S UTC %Y", time.gmtime(epoch_s))


def logged(epoch_s: float) -> str:
    """Print a time as the system log does: ``*Sep 22 16:06:55.053``."""
    return time.strftime("*%b %d %H:%M:%S", time.gmtime(epoch_s)) + f".{int(epoch_s * 1000) % 1000:03}"


def filed(epoch_s: float) -> str:
    """Print the time of a file: ``Sep 22 2023 16:06:47 +00:00``."""
    return time.strftime("%b %d %Y %H:%M:%S +00:00", time.gmtime(epoch_s))


def uptime(seconds: float) -> str:
    """Print an uptime to the minute: ``4 weeks, 14 hours, 49 minutes``."""
    rest = int(seconds)
    parts: list[str] = []
    for length, word in _UNITS:
        number, rest = divmod(rest, length)
        if number or (word == "minute" and not parts):
            parts.append(f"{number} {word}{'' if number == 1 else 's'}")
    return ", ".join(parts)


def clock(seconds: float) -> str:
    """Print a span as the auto abort timer does: ``01:49:42``."""
    whole = max(0, int(seconds))
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def short(version: str) -> str:
    """Write a version without leading zeros: ``17.09.04a`` is ``17.9.4a``."""
    return re.sub(r"\b0+(?=\d)", "", version)


def train(version: str) -> str:
    """Give the train of a version: ``17.09.04a`` is of ``17.9``."""
    return ".".join(short(version).split(".")[:2])
