from __future__ import annotations

from itertools import product

import pytest

from lcm_nornir.events import Ending, Phase
from lcm_nornir.schema import JobStatus, UpdateError, UpdateProgress, overall, words

EVERYTHING = list(product(Phase, Ending, UpdateError, (False, True), (False, True)))


def test_every_combination_has_an_answer_and_only_failures_an_error() -> None:
    for phase, ending, error, changed, down in EVERYTHING:
        progress, word = words(phase, ending, error, changed=changed, down=down)
        failed = progress in (UpdateProgress.FAILED, UpdateProgress.SWITCH_REACHABILITY_TIMED_OUT)
        assert failed == (word is not UpdateError.NOT_SET), (phase, ending, error, changed, down)


OF_A_PHASE = {
    Phase.WAITING: (UpdateProgress.NOT_SET, UpdateError.IMAGE_INSTALL_FAILED),
    Phase.READINESS: (UpdateProgress.INSTALL_REQUEST_RECEIVED, UpdateError.IMAGE_INSTALL_FAILED),
    Phase.COPY: (UpdateProgress.DOWNLOAD_IN_PROGRESS, UpdateError.DOWNLOAD_FAILED),
    Phase.VALIDATE: (UpdateProgress.DOWNLOAD_IN_PROGRESS, UpdateError.DOWNLOAD_VALIDATION_FAILED),
    Phase.INSTALL: (UpdateProgress.INSTALL_IN_PROGRESS, UpdateError.IMAGE_INSTALL_FAILED),
    Phase.STAGED: (UpdateProgress.INSTALL_IN_PROGRESS, UpdateError.IMAGE_ACTIVATION_FAILED),
    Phase.SET_BOOT: (UpdateProgress.INSTALL_IN_PROGRESS, UpdateError.IMAGE_SET_BOOT_FAILED),
    Phase.REBOOT: (UpdateProgress.REBOOT_IN_PROGRESS, UpdateError.IMAGE_ACTIVATION_FAILED),
    Phase.REACHABILITY: (UpdateProgress.REBOOT_IN_PROGRESS, UpdateError.IMAGE_ACTIVATION_FAILED),
    Phase.VERIFY: (UpdateProgress.REBOOT_IN_PROGRESS, UpdateError.IMAGE_ACTIVATION_FAILED),
    Phase.COMMIT: (UpdateProgress.REBOOT_IN_PROGRESS, UpdateError.IMAGE_ACTIVATION_FAILED),
}


@pytest.mark.parametrize("phase", Phase)
def test_a_phase_has_its_word_and_a_failure_without_one_that_of_its_phase(phase: Phase) -> None:
    under_way, error = OF_A_PHASE[phase]
    none = UpdateError.NOT_SET
    assert words(phase, Ending.OPEN, none, changed=True, down=False) == (under_way, none)
    assert words(phase, Ending.FAILED, none, changed=True, down=False) == (UpdateProgress.FAILED, error)


def test_success_is_said_of_nothing_but_success() -> None:
    for phase, ending, error, changed, down in EVERYTHING:
        progress, _ = words(phase, ending, error, changed=changed, down=down)
        assert (progress is UpdateProgress.SUCCESS) == (ending is Ending.SUCCESS)


def test_a_failure_keeps_the_word_that_it_brought() -> None:
    for phase, error in product(Phase, set(UpdateError) - {UpdateError.NOT_SET}):
        assert words(phase, Ending.FAILED, error, changed=True, down=False) == (UpdateProgress.FAILED, error)


def test_only_a_switch_that_never_came_back_has_timed_out() -> None:
    timed_out = [
        (ending, error, down)
        for ending, error, down in product(Ending, UpdateError, (False, True))
        if words(Phase.REBOOT, ending, error, changed=True, down=down)[0]
        is UpdateProgress.SWITCH_REACHABILITY_TIMED_OUT
    ]
    assert timed_out == [(Ending.FAILED, UpdateError.SWITCH_UNREACHABLE, True)]


@pytest.mark.parametrize("changed", [False, True])
def test_stopped_is_a_failure_only_after_a_change(changed: bool) -> None:  # noqa: FBT001 - a parameter of the test
    expected = (UpdateProgress.FAILED, UpdateError.IMAGE_ACTIVATION_FAILED)
    untouched = (UpdateProgress.NOT_SET, UpdateError.NOT_SET)
    found = words(Phase.COPY, Ending.STOPPED, UpdateError.NOT_SET, changed=changed, down=False)
    assert found == (expected if changed else untouched)


def test_a_refusal_after_a_change_is_a_failure() -> None:
    found = {
        changed: words(Phase.READINESS, Ending.REFUSED, UpdateError.NOT_SET, changed=changed, down=False)
        for changed in (False, True)
    }
    assert found[False] == (UpdateProgress.NOT_SET, UpdateError.NOT_SET)
    assert found[True] == (UpdateProgress.FAILED, UpdateError.IMAGE_INSTALL_FAILED)


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([(UpdateProgress.NOT_SET, Ending.OPEN)], JobStatus.NOT_STARTED),
        ([(UpdateProgress.INSTALL_IN_PROGRESS, Ending.OPEN)], JobStatus.IN_PROGRESS),
        ([(UpdateProgress.SUCCESS, Ending.SUCCESS), (UpdateProgress.NOT_SET, Ending.OPEN)], JobStatus.IN_PROGRESS),
        ([(UpdateProgress.SUCCESS, Ending.SUCCESS)], JobStatus.SUCCESS),
        ([(UpdateProgress.SUCCESS, Ending.SUCCESS), (UpdateProgress.FAILED, Ending.FAILED)], JobStatus.PARTIAL_SUCCESS),
        ([(UpdateProgress.FAILED, Ending.FAILED)], JobStatus.FAILED),
        ([(UpdateProgress.REBOOT_IN_PROGRESS, Ending.HELD)], JobStatus.IN_PROGRESS),
    ],
)
def test_the_job_is_told_by_its_rows(rows: list[tuple[UpdateProgress, Ending]], word: JobStatus) -> None:
    assert overall(rows) is word


@pytest.mark.parametrize("ending", [Ending.OPEN, Ending.HELD])
@pytest.mark.parametrize("phase", Phase)
def test_a_switch_is_called_unreachable_while_it_reboots_and_never_before(phase: Phase, ending: Ending) -> None:
    up, down = (words(phase, ending, UpdateError.NOT_SET, changed=True, down=seen)[0] for seen in (False, True))
    reboots = phase in (Phase.REBOOT, Phase.REACHABILITY, Phase.VERIFY, Phase.COMMIT)
    assert (up is UpdateProgress.REBOOT_IN_PROGRESS) == reboots
    assert down is (UpdateProgress.SWITCH_UNREACHABLE if reboots else up)
