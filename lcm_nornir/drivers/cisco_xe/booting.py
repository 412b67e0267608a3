"""The boot variable, and the reload with its questions."""

from __future__ import annotations

import re
from typing import Literal

from lcm_nornir.drivers import orders
from lcm_nornir.drivers.base import Session
from lcm_nornir.drivers.cisco_xe.parse import Boots
from lcm_nornir.errors import CommandRefused, NextBootRefused, ReplyTimeout, SessionLost, UnexpectedQuestion

_CONFIGURING = r"(?:^|\n)[^\s#>()]{1,64}\(config[^()\n]*\)#[ \t]*$"  # a long name is cut short in this mode
_SAVE = r"System configuration has been modified\. Save\? \[yes/no\]:"
_PROCEED = r"Proceed with (?:quick |fast )?reload\? ?\[confirm\]"
_KNOWN = {
    _SAVE: "yes",
    _PROCEED: "",
    r"Do you wish to proceed with reload anyway ?\[confirm\]": "",
    r"Do you want to reload the internal AP ?\? ?\[yes/no\]:": "no",
}
HALF = (
    "; the boot variable may be changed in the running configuration alone: whoever saves that makes it the next boot"
)
_MOST = 8  # questions of a reload
_FAREWELL = 5.0  # seconds in which a refusal of the reload would be printed
_REFUSED = re.compile(r"^[ \t]*% ?(?!\w+-\d-)\S", re.MULTILINE)  # but no log line


def check(boots: Boots, command: str) -> None:
    """Refuse what would leave the switch in its boot loader.

    Raises:
        NextBootRefused: It does not boot by itself.
    """
    if boots.manual:
        raise NextBootRefused(
            "it boots by hand only (Manual Boot = yes): it would stop in its boot loader",
            command=command,
            remedy="type 'no boot manual' in its configuration and save it, then run again",
        )


def choose(ssh: Session, name: str, refusals: str) -> None:
    """Make a file in flash the boot variable, and nothing else; the mode is left also if a line is refused.

    What is raised after the first line was taken tells what that leaves.

    Args:
        ssh: The session.
        name: The file; if empty there is no boot variable any more.
        refusals: Pattern of the CLI's error reply.
    """
    until = f"{ssh.prompt}|{_CONFIGURING}|{orders.ASKS}"
    orders.checked("configure terminal", ssh.send("configure terminal", until=until), refusals)
    try:
        for line in ("no boot system", *([f"boot system flash:{name}"] if name else [])):
            reply = ssh.send(line, until=until)
            if not re.search(rf"{_CONFIGURING}|{ssh.prompt}", reply):
                raise orders.interrupted(ssh, line, reply)
            orders.checked(line, reply, refusals)
    except (CommandRefused, UnexpectedQuestion) as error:
        ssh.send("end")
        error.message += HALF
        raise
    ssh.send("end")


def reload(ssh: Session, unsaved: Literal["save", "refuse"]) -> None:
    """Reboot; as `Driver.reload`. What is not asked in the known words is interrupted."""
    until = "|".join((ssh.prompt, *_KNOWN, orders.ASKS))
    reply, confirmed = orders.answered(ssh, "reload", lambda: ssh.send("reload", until=until)), False
    for _ in range(_MOST):
        question = next((form for form in _KNOWN if re.search(form, reply)), "")
        if not question:
            break
        if question == _SAVE and unsaved == "refuse":
            ssh.interrupt()
            raise orders.called_off()
        confirmed = confirmed or question == _PROCEED
        try:
            reply = _answer(ssh, _KNOWN[question], until, _FAREWELL if confirmed else None)
        except (SessionLost, ReplyTimeout):
            if not confirmed:
                raise
            return  # the socket closes shortly after the last answer, or falls silent: that is how it is taken
    if not re.search(ssh.prompt, reply) or not confirmed or _REFUSED.search(reply):
        raise orders.not_taken(ssh, reply)


def _answer(ssh: Session, text: str, until: str, timeout: float | None) -> str:
    if timeout is not None:
        return ssh.answer(text, until=until, timeout=timeout)
    return orders.answered(ssh, "reload", lambda: ssh.answer(text, until=until))
