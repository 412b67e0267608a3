"""From which branch of SONiC one may go to which: whether the new image takes the configuration database along.

An image migrates the database at its first boot, step by step from the form that it finds; a form of which the image
knows no step ends that, and the switch comes up without all of its configuration.
"""

from __future__ import annotations

from lcm_nornir.drivers.paths import Rule

_MIGRATOR = (
    "SONiC, sonic-utilities: db_migrator.py,"
    " https://github.com/sonic-net/sonic-utilities/blob/0817f3539f5c497911ed58785693507b5ea13937/scripts/db_migrator.py"
)
_LOST = (
    "SONiC, sonic-buildimage issue 11824: DB migration doesn't work,"
    " https://github.com/sonic-net/sonic-buildimage/issues/11824"
)
_BRANCHES = (
    "201811",
    "201911",
    "202012",
    "202205",
    "202211",
    "202305",
    "202311",
    "202405",
    "202411",
    "202505",
    "202511",
    "202605",
)

PATHS = (
    *(Rule(one, _BRANCHES[at:], (), "all platforms", _MIGRATOR, "S") for at, one in enumerate(_BRANCHES[:-1], start=1)),
    Rule("202111", ("202111",), (), "all platforms: no later branch knows its form of the database", _LOST, "S"),
)
"""No release need be run on the way; of 202111 no way is known that leads out of it."""
