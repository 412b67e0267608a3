"""What a switch says that is out to harm whoever shows it: a terminal, a web page, a spreadsheet, a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lcm_nornir.simulator.chassis import Chassis

_LONGEST = 63  # characters of a host name
_CODES = "\x1b[31m\x1b[2J\x1b]0;owned\x07"
_PAGE = "<script>alert(1)</script><img src=x onerror=alert(1)>"
_UNSEEN = "\u202egnp.exe\u2066\u200b\u2028\x85\x0b"  # bidi, a blank without width, line ends to Python
_CELLS = ("=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1+1)")

# Names of files. Linux allows any character but the slash; the blank and the line end are kept for the last.
FILES = (
    f"=cmd|calc!A0{_PAGE.partition('</')[0]}{_UNSEEN}.bin",
    f"-rf{_CODES}.bin",
    "@SUM(1+1) \r\n=1+1.txt",
)


def host_name(name: str) -> str:
    """Give a host name of letters, digits and hyphens, as long as one may be."""
    return f"{name}-Error-Failed-config-conf-if-".ljust(_LONGEST, "x")


def line(text: str) -> str:
    """Add to a line what leaves it one line on a terminal."""
    return f"{text} {_CODES}{_PAGE}{_UNSEEN}"


def words(text: str) -> str:
    """Add to a text what breaks its line and goes on as cells of a spreadsheet."""
    return line(text) + "\r" + "\n".join(("", *_CELLS))


def error(switch: Chassis, text: str) -> str:
    """Add to an error the switch's own password, and hostile words."""
    return words(f"{text} for {switch.username} with password {switch.password}")
