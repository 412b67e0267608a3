"""The record of one switch keeps what was settled, and only that."""

from __future__ import annotations

from lcm_nornir.errors import ExtractionFailed, NotBegun, Stopped
from lcm_nornir.events import Down, Ending, Event, InstallDone, Phase, StepBegan, StepEnded, Verdict
from lcm_nornir.record import SwitchRecord

UNTOUCHED = Verdict(Ending.NOT_BEGUN)  # how a dry run or a cleaning ends


def record(*events: Event) -> SwitchRecord:
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


def test_F28_an_image_that_may_be_incomplete_is_remembered_until_it_is_installed_whole() -> None:
    failed = StepEnded(Phase.INSTALL, changed=True, error=ExtractionFailed("full"))
    made = record(failed, Verdict(Ending.FAILED, ExtractionFailed("full")), Verdict(Ending.STOPPED, Stopped("asked")))
    assert made.spoilt
    made.add(InstallDone(already=True))
    assert made.spoilt
    made.add(InstallDone())
    assert not made.spoilt


def test_a_step_that_begins_has_not_seen_it_down() -> None:
    assert not record(StepBegan(Phase.REACHABILITY), Down(), StepBegan(Phase.REACHABILITY)).down
