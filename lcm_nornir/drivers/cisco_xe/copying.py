"""A copy to flash, which keeps the session busy. Pure functions, but for the dialogue.

Progress is a mark (``!``) now and then, without a number: the bytes told while it works are the marks, each at least
one byte. They tell that it moves, and whether any byte came; how many, the switch tells at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from lcm_nornir.drivers import orders
from lcm_nornir.drivers.base import Activity, CopyState, InstallerState, Session
from lcm_nornir.drivers.cisco_xe.parse import lines_of
from lcm_nornir.drivers.cisco_xe.words import COPY
from lcm_nornir.drivers.words import Means, meaning
from lcm_nornir.errors import CommandRefused, SessionError, UnexpectedOutput

_COPIED = re.compile(r"^(\d+) bytes copied in ", re.MULTILINE)
_RECEIVED = re.compile(r"^\[OK - (\d+) bytes\]", re.MULTILINE)
_REMOTE = "Login incorrect|Permission denied|No route to host|Could not resolve"  # words of other programs (unicon)
_TRANSFER = re.compile(
    rf"^(?:Accessing|Loading|Writing) |^% ?Error (?:opening|reading|writing|copying|transferring) |^(?:{_REMOTE})",
    re.MULTILINE,
)
# an error of the file system tells its reason in brackets, or has a colon; what else begins so is a refusal, but for
# warnings and what was cut
_ERROR = re.compile(rf"^% ?Error(?:: ?\S| .*\([^()]+\))|^% ?(?![EW])\S|\[timed out\]$|^(?:{_REMOTE})")
_OVERWRITE = r"Do you want to over ?write\? \[confirm\]"


def fetched(ssh: Session, command: str, name: str, timeout: float) -> Iterator[InstallerState]:
    """Copy an image to flash; as `Driver.copy`.

    Args:
        ssh: The session.
        command: The whole line.
        name: The file's name in flash, which is offered as the destination.
        timeout: Seconds in all.

    Raises:
        CommandRefused: The line was refused before anything was transferred.
        UnexpectedOutput: What became of it cannot be told.
    """
    known = {rf"Destination filename \[{re.escape(name)}\]\?": "", _OVERWRITE: ""}
    said = ""
    try:
        for said in orders.held(ssh, command, known, timeout=timeout):
            yield InstallerState(CopyState(Activity.RUNNING, _last(said), transferred=_marks(said)), busy=True)
    except GeneratorExit:
        with suppress(SessionError):  # whoever left it wants to know why, and not that it does not answer
            ssh.interrupt()
        raise
    yield InstallerState(outcome(command, said))


def outcome(command: str, said: str) -> CopyState:
    """Read how a copy has ended.

    Raises:
        CommandRefused: The line was refused before anything was transferred.
        UnexpectedOutput: It cannot be told.
    """
    lines = lines_of(said)
    text = "\n".join(lines)
    errors = [line for line in lines if _ERROR.search(line)]
    done = _COPIED.findall(text) or _RECEIVED.findall(text)
    if errors and not _TRANSFER.search(text):
        raise CommandRefused("the switch does not take the copy", command=command, said=said)
    if errors:
        arrived = _marks(said)
        if meaning("\n".join(errors), COPY) is Means.UNREACHED:
            arrived = 0
        return CopyState(Activity.FAILED, "; ".join(errors), transferred=arrived)
    if done:
        size = int(done[-1])
        return CopyState(Activity.DONE, f"{size} bytes copied", transferred=size, size=size, percent=100)
    raise UnexpectedOutput("what became of the copy cannot be read", command=command, said=said)


def _marks(said: str) -> int:
    return sum(line.count("!") for line in lines_of(said))


def _last(said: str) -> str:
    return next((line.rstrip("!.OE ") or line for line in reversed(lines_of(said))), "")
