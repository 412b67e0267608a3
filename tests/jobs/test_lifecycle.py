"""The table of a job's life: every state, action and role, and the picture of it in the docs."""

from __future__ import annotations

from contextlib import suppress
from itertools import product
from pathlib import Path

import pytest

from lcm_nornir.access.roles import Role
from lcm_nornir.errors import NotAllowed, WrongState
from lcm_nornir.jobs.lifecycle import SERVICE, TABLE, Action, Actor, next_state, picture, table
from lcm_nornir.schema.jobs import JobState

PAGE = Path(__file__).parents[2] / "docs" / "api-jobs.md"
# state, action: who (v, o, a, m: viewer, operator, approver, admin; S: the service itself), and what follows
EXPECTED = """
NOT_SET create o DRAFT
DRAFT replace o DRAFT
DRAFT delete o NOT_SET
DRAFT send-for-approval o PENDING_APPROVAL
PENDING_APPROVAL approve a APPROVED
PENDING_APPROVAL cancel oa DRAFT
PENDING_APPROVAL delete o NOT_SET
APPROVED deploy o IN_PROGRESS
APPROVED schedule o SCHEDULED
APPROVED cancel oa DRAFT
APPROVED delete o NOT_SET
SCHEDULED cancel o APPROVED
SCHEDULED begin S IN_PROGRESS
SCHEDULED miss S APPROVED
IN_PROGRESS not-begun S APPROVED
IN_PROGRESS cancel o IN_PROGRESS
IN_PROGRESS resume o IN_PROGRESS
IN_PROGRESS succeed S DONE
IN_PROGRESS succeed-partly S PARTIAL_SUCCESS
IN_PROGRESS fail S FAILED
PARTIAL_SUCCESS resume o IN_PROGRESS
FAILED resume o IN_PROGRESS
DONE delete o NOT_SET
PARTIAL_SUCCESS delete o NOT_SET
FAILED delete o NOT_SET
"""
ROWS = {
    (state, action): (who, to) for state, action, who, to in (line.split() for line in EXPECTED.split("\n") if line)
}
ACTORS = {
    **{letter: Actor(role, frozenset({role})) for letter, role in zip("voam", Role, strict=True)},
    "S": SERVICE,
    "nobody": Actor("the service", frozenset()),  # by that name alone nobody is the service
}


@pytest.mark.parametrize(("state", "action"), [*product(JobState, Action)])
def test_S17_each_action_in_each_state_is_for_those_whom_the_table_names_and_leads_where_it_says(
    state: JobState, action: Action
) -> None:
    who, to = ROWS.get((state, action), ("", ""))
    elsewhere = {letter for (_, one), (letters, _) in ROWS.items() if one == action for letter in letters}
    for letter, actor in ACTORS.items():
        if letter in who:
            assert next_state("1", state, action, actor) == to
            continue
        expected = WrongState if not who and letter in elsewhere else NotAllowed
        with pytest.raises(expected):
            next_state("1", state, action, actor)


def test_the_table_has_one_row_for_a_state_and_an_action() -> None:
    assert len({(row.state, row.action) for row in TABLE}) == len(TABLE) == len(ROWS)


def test_every_state_is_reached_and_left() -> None:
    assert {row.to for row in TABLE} == {row.state for row in TABLE} == set(JobState)


def allowed(state: JobState, roles: set[Role]) -> tuple[Action, ...]:
    """Give what somebody with these roles may do in a state, in the table's order."""
    actor, found = Actor("somebody", frozenset(roles)), list[Action]()
    for action in (row.action for row in TABLE if row.state is state):
        with suppress(NotAllowed):
            next_state("1", state, action, actor)
            found.append(action)
    return tuple(found)


def test_a_user_of_two_roles_may_do_what_either_may() -> None:
    both = {Role.OPERATOR, Role.APPROVER}
    assert allowed(JobState.PENDING_APPROVAL, both) == (Action.APPROVE, Action.CANCEL, Action.DELETE)
    assert allowed(JobState.PENDING_APPROVAL, {Role.VIEWER, Role.ADMIN}) == ()


def test_a_refusal_says_what_was_wanted_of_which_job_in_which_state() -> None:
    with pytest.raises(WrongState) as caught:
        next_state("42", JobState.DONE, Action.DEPLOY, ACTORS["o"])
    assert caught.value.key == "lcm.job.state"
    assert caught.value.values == ("42", "DONE", "deploy")


@pytest.mark.parametrize("part", [picture(), table()], ids=["picture", "table"])
def test_the_page_shows_the_table_as_it_is(part: str) -> None:
    assert part in PAGE.read_text()
