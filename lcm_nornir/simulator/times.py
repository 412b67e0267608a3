"""Times and spans as the screens print them."""

from __future__ import annotations

from datetime import UTC, datetime

_MINUTE, _HOUR, _DAY, _WEEK = 60, 3600, 86_400, 604_800


def zulu(epoch_s: float) -> str:
    """Print a time as the image screens do: ``2021-02-08T21:24:14Z``."""
    return f"{datetime.fromtimestamp(epoch_s, UTC):%Y-%m-%dT%H:%M:%SZ}"


def offset(epoch_s: float) -> str:
    """Print a time as the XML replies do: ``2018-01-09T06:14:25+00:00``."""
    return f"{datetime.fromtimestamp(epoch_s, UTC):%Y-%m-%dT%H:%M:%S}+00:00"


def plain(epoch_s: float) -> str:
    """Print a time as ``uptime -s`` does: ``2018-01-09 06:14:25``."""
    return f"{datetime.fromtimestamp(epoch_s, UTC):%Y-%m-%d %H:%M:%S}"


def span(seconds: float) -> str:
    """Print an uptime: ``00:02:40``, ``1 day 00:11:14``, ``6 weeks 1 day 17:55:03``."""
    whole = int(seconds)
    parts = [
        f"{number} {word}{'s' if number > 1 else ''}"
        for number, word in ((whole // _WEEK, "week"), (whole % _WEEK // _DAY, "day"))
        if number
    ]
    rest = whole % _DAY
    return " ".join([*parts, f"{rest // _HOUR:02}:{rest % _HOUR // _MINUTE:02}:{rest % _MINUTE:02}"])


def short(seconds: float) -> str:
    """Print a span as routing protocols do: ``00:02:40``, ``1d02h``."""
    whole = int(seconds)
    if whole >= _DAY:
        return f"{whole // _DAY}d{whole % _DAY // _HOUR:02}h"
    return f"{whole // _HOUR:02}:{whole % _HOUR // _MINUTE:02}:{whole % _MINUTE:02}"
