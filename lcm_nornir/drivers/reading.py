"""Commands that only read, whatever the network OS: what a person may have typed for a recording."""

from __future__ import annotations

import re

from lcm_nornir.drivers.base import Driver, Session
from lcm_nornir.errors import RequestError

_WORD = r"[0-9A-Za-z][0-9A-Za-z:./_-]*"
_FILTERS = "begin|count|detail|display|display-xml|except|exclude|grep|include|json|match|no-more|section|xml"
_READS = re.compile(rf"(?:show(?: {_WORD})+|dir(?: {_WORD})*)(?: \| (?:{_FILTERS})(?: {_WORD})*)*")
_LONGEST = 200  # characters


def check_reading(line: str) -> str:
    """Give a command back if it certainly only reads: ``show …`` or ``dir …``, with filters, written out.

    Raises:
        RequestError: It may do something else, such as write what it shows to a file.
    """
    if len(line) > _LONGEST or not _READS.fullmatch(line):
        raise RequestError(
            "this is not certain to only read", field=repr(line), cure="write show … or dir …, in full, on one line"
        )
    return line


def show(_driver: Driver, ssh: Session, line: str) -> str:
    """Type a command that only reads, and give what came. Changes nothing.

    Args:
        _driver: Not needed; so that it is called as a driver's query is.
        ssh: The session.
        line: The command.

    Raises:
        RequestError: It may do something else; it was not sent.
    """
    return ssh.send(check_reading(line))
