"""The life of a job of the API: one table of what may be done in which state, by whom, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lcm_nornir.access.roles import Role
from lcm_nornir.errors import NotAllowed, WrongState
from lcm_nornir.schema.jobs import ENDED, JobState
from lcm_nornir.schema.messages import refused


class Action(StrEnum):
    """What is done to a job."""

    CREATE = "create"
    REPLACE = "replace"
    DELETE = "delete"
    SEND_FOR_APPROVAL = "send-for-approval"
    APPROVE = "approve"
    DEPLOY = "deploy"
    SCHEDULE = "schedule"
    CANCEL = "cancel"
    RESUME = "resume"
    BEGIN = "begin"
    MISS = "miss"
    NOT_BEGUN = "not-begun"
    SUCCEED = "succeed"
    SUCCEED_PARTLY = "succeed-partly"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something.

    Attributes:
        name: The user's name.
        roles: What that user may do.
    """

    name: str
    roles: frozenset[Role]


SERVICE = Actor("the service", frozenset())
"""The service itself: this value, and no other with the same name."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table.

    Attributes:
        state: In which state.
        action: What is done.
        roles: Who may do it; empty: the service itself.
        to: The state that follows; NOT_SET if there is no job then.
        meaning: What it means, in a sentence.
    """

    state: JobState
    action: Action
    roles: frozenset[Role]
    to: JobState
    meaning: str


_S, _A = JobState, Action
_OPERATORS = frozenset({Role.OPERATOR})
_APPROVERS = frozenset({Role.APPROVER})
_BOTH = _OPERATORS | _APPROVERS
_ITSELF = frozenset[Role]()

TABLE = (
    Transition(_S.NOT_SET, _A.CREATE, _OPERATORS, _S.DRAFT, "A draft is made."),
    Transition(_S.DRAFT, _A.REPLACE, _OPERATORS, _S.DRAFT, "The draft is written anew."),
    Transition(_S.DRAFT, _A.DELETE, _OPERATORS, _S.NOT_SET, "The draft is thrown away."),
    Transition(_S.DRAFT, _A.SEND_FOR_APPROVAL, _OPERATORS, _S.PENDING_APPROVAL, "It waits for somebody else's word."),
    Transition(
        _S.PENDING_APPROVAL,
        _A.APPROVE,
        _APPROVERS,
        _S.APPROVED,
        "Somebody who did not write it agrees; its switches and its image are frozen.",
    ),
    Transition(_S.PENDING_APPROVAL, _A.CANCEL, _BOTH, _S.DRAFT, "It is taken back, or refused."),
    Transition(_S.PENDING_APPROVAL, _A.DELETE, _OPERATORS, _S.NOT_SET, "It is thrown away."),
    Transition(_S.APPROVED, _A.DEPLOY, _OPERATORS, _S.IN_PROGRESS, "It runs now."),
    Transition(_S.APPROVED, _A.SCHEDULE, _OPERATORS, _S.SCHEDULED, "It runs at its time."),
    Transition(_S.APPROVED, _A.CANCEL, _BOTH, _S.DRAFT, "The approval is taken back."),
    Transition(_S.APPROVED, _A.DELETE, _OPERATORS, _S.NOT_SET, "It is thrown away."),
    Transition(_S.SCHEDULED, _A.CANCEL, _OPERATORS, _S.APPROVED, "Its time is taken back."),
    Transition(_S.SCHEDULED, _A.BEGIN, _ITSELF, _S.IN_PROGRESS, "Its time has come."),
    Transition(
        _S.SCHEDULED,
        _A.MISS,
        _ITSELF,
        _S.APPROVED,
        "It is late and may not be, or is not any more what was approved, or its image server is not allowed any more.",
    ),
    Transition(
        _S.IN_PROGRESS,
        _A.NOT_BEGUN,
        _ITSELF,
        _S.APPROVED,
        "Nothing was touched: a switch is another job's or not as it was approved, or its image server is not allowed.",
    ),
    Transition(_S.IN_PROGRESS, _A.CANCEL, _OPERATORS, _S.IN_PROGRESS, "Each switch stops at its next safe point."),
    Transition(_S.IN_PROGRESS, _A.RESUME, _OPERATORS, _S.IN_PROGRESS, "Nobody runs it: it is gone on with."),
    Transition(_S.IN_PROGRESS, _A.SUCCEED, _ITSELF, _S.DONE, "Every switch is proven to run the image."),
    Transition(_S.IN_PROGRESS, _A.SUCCEED_PARTLY, _ITSELF, _S.PARTIAL_SUCCESS, "Some switches are, some are not."),
    Transition(_S.IN_PROGRESS, _A.FAIL, _ITSELF, _S.FAILED, "No switch is."),
    Transition(
        _S.PARTIAL_SUCCESS, _A.RESUME, _OPERATORS, _S.IN_PROGRESS, "Switches that were stopped are gone on with."
    ),
    Transition(_S.FAILED, _A.RESUME, _OPERATORS, _S.IN_PROGRESS, "Switches that were stopped are gone on with."),
    *(
        Transition(state, _A.DELETE, _OPERATORS, _S.NOT_SET, "It is no longer listed; its history stays.")
        for state in ENDED
    ),
)
"""All that may be done; what is not in it is refused."""

_BY_STATE_AND_ACTION = {(row.state, row.action): row for row in TABLE}
_ROLES_OF = {action: frozenset().union(*(row.roles for row in TABLE if row.action is action)) for action in Action}


def next_state(job: str, state: JobState, action: Action, actor: Actor) -> JobState:
    """Give the state that follows.

    Args:
        job: The job's id, for the message.
        state: Where it is.
        action: What is to be done.
        actor: Who wants it.

    Raises:
        NotAllowed: This user may not do it, at all or in this state.
        WrongState: Nobody may in this state.
    """
    row = _BY_STATE_AND_ACTION.get((state, action))
    if not _may(actor, row.roles if row else _ROLES_OF[action]):
        raise refused(NotAllowed, "lcm.job.role", user=actor.name, action=action, job=job)
    if row is None:
        raise refused(WrongState, "lcm.job.state", job=job, state=state, action=action)
    return row.to


def _may(actor: Actor, roles: frozenset[Role]) -> bool:
    return bool(actor.roles & roles) if roles else actor is SERVICE


def roles_for(action: Action) -> frozenset[Role]:
    """Give who may do it in one state or another; empty: the service itself."""
    return _ROLES_OF[action]


def picture() -> str:
    """Give the table as a Mermaid state diagram, for the docs."""
    lines = ["stateDiagram-v2"]
    for row in TABLE:
        begin, end = (("[*]" if state is _S.NOT_SET else state.value) for state in (row.state, row.to))
        lines.append(f"    {begin} --> {end}: {row.action}")
    return "\n".join(lines) + "\n"


def table() -> str:
    """Give the table as Markdown, for the docs."""
    lines = ["| State | Action | Who | Then | Means |", "|---|---|---|---|---|"]
    for row in TABLE:
        who = ", ".join(role.value for role in Role if role in row.roles) or "the service itself"
        begin, end = (("none" if state is _S.NOT_SET else f"`{state.value}`") for state in (row.state, row.to))
        lines.append(f"| {begin} | `{row.action}` | {who} | {end} | {row.meaning} |")
    return "\n".join(lines) + "\n"
