"""Saving the running configuration before what would lose it, or before what the switch refuses without it."""

from __future__ import annotations

from nornir.core.task import Task

from lcm_nornir.door import act
from lcm_nornir.drivers.base import Driver, SwitchFacts
from lcm_nornir.errors import CommandRefused, LcmError
from lcm_nornir.policy import Policy


def save_first(task: Task, policy: Policy, facts: SwitchFacts, failure: type[LcmError]) -> None:
    """Save the running configuration, if the policy allows it. May be called again.

    Args:
        task: The Nornir task.
        policy: What is allowed; where saving is not, the switch itself will refuse to lose what is unsaved.
        facts: On what it was decided.
        failure: The error if it cannot be saved.

    Raises:
        LcmError: That error.
    """
    if policy.unsaved != "save":
        return
    try:
        act(task, Driver.save_config, facts)
    except CommandRefused as error:
        raise failure(
            "the configuration cannot be saved",
            command=error.command,
            said=error.said,
            remedy="save it by hand, then run again",
        ) from error
