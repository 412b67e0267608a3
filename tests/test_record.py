"""The record of one switch keeps what was settled, and only that."""

from __future__ import annotations

from lcm_nornir.errors import NotBegun
from lcm_nornir.events import Ending, Phase, StepBegan, Verdict
from lcm_nornir.record import SwitchRecord

UNTOUCHED = Verdict(Ending.NOT_BEGUN)  # how a dry run or a cleaning ends


def record(*events: StepBegan | Verdict) -> SwitchRecord:
    made = SwitchRecord("1", "leaf1")
    for event in events:
        made.add(event)
    return made


def test_what_changes_nothing_leaves_the_verdict_before_it() -> None:
    made = record(Verdict(Ending.SUCCESS), StepBegan(Phase.READINESS), UNTOUCHED)
    assert (made.ending, made.error) == (Ending.SUCCESS, None)


def test_a_host_that_was_taken_for_skipped_and_was_run_is_not_called_skipped_again() -> None:
    skipped = Verdict(Ending.NOT_BEGUN, NotBegun("excluded by failed_hosts"))
    made = record(skipped, StepBegan(Phase.READINESS), UNTOUCHED)
    assert (made.ending, made.error, made.reason) == (Ending.NOT_BEGUN, None, "")
