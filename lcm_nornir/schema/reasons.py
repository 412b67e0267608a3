"""Why a job's switches stand as they do: what the status document, by its contract, has no place for."""

from __future__ import annotations

from lcm_nornir.events import Ending, Phase
from lcm_nornir.schema.status import Document, SwitchMember


class SwitchReason(Document):
    """Why a switch stands as it does.

    Attributes:
        switch_member: Which.
        step: Where it is, or where it ended.
        ending: How it ended; ``open`` while it has not, ``held`` while it waits for somebody to decide.
        reason: What happened; empty if all is well.
        remedy: What to do next; empty if nothing is to be done.
    """

    switch_member: SwitchMember
    step: Phase
    ending: Ending
    reason: str
    remedy: str


class SwitchReasonList(Document):
    """The switches of a job, in its order; none before it has begun."""

    data: tuple[SwitchReason, ...]
