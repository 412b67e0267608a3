"""F31 and F38 on IOS-XE: the link drops or falls silent at a chosen line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.cases import ACTIVATION, DONE
from tests.faults.links import Case, Outcome, cut_over
from tests.proxy import Fate

pytestmark = pytest.mark.slow  # the same links as in the matrix of OS10

# Before each command it is looked at what runs, and before most what boots next and what is installed.
COPY, NAME = 4, 5  # the line, and its question for the file's name
ADD = 2
ACTIVATE, PROCEED = 4, 5  # the line, and its question
COMMIT = 3
CASES = {
    "F31-look-lost": Case("copy", 1, Fate.CUT, DONE, (1, 1, 1), sent=2),
    "F31-copy-kept": Case("copy", COPY, Fate.PASS_AND_CUT, DONE, (1, 1, 1), sent=2),  # it asks before it begins
    "F31-copy-lost": Case("copy", COPY, Fate.CUT, DONE, (1, 1, 1), sent=2),
    "F31-name-kept": Case("copy", NAME, Fate.PASS_AND_CUT, DONE, (1, 1, 1)),
    "F31-name-silent": Case("copy", NAME, Fate.PASS_AND_STALL, DONE, (1, 1, 1)),
    "F31-name-lost": Case("copy", NAME, Fate.CUT, DONE, (1, 1, 1), sent=2),
    "F31-install-kept": Case("install", ADD, Fate.PASS_AND_CUT, DONE, (1, 1, 1)),
    "F31-install-lost": Case("install", ADD, Fate.CUT, DONE, (1, 1, 1), sent=2),
    "F31-commit-kept": Case("commit", COMMIT, Fate.PASS_AND_CUT, DONE, (1, 1, 1)),
    "F31-commit-lost": Case("commit", COMMIT, Fate.CUT, DONE, (1, 1, 1), sent=2),
    "F38-activate-lost": Case("activate", ACTIVATE, Fate.CUT, ACTIVATION, (1, 1, 0)),
    "F38-activate-kept": Case("activate", ACTIVATE, Fate.PASS_AND_CUT, ACTIVATION, (1, 1, 0)),
    "F38-yes-lost": Case("activate", PROCEED, Fate.CUT, ACTIVATION, (1, 1, 0)),
    "F38-yes-kept": Case("activate", PROCEED, Fate.PASS_AND_CUT, DONE, (1, 1, 1)),
}
SILENT = {  # each waits for a limit
    "F31-install-silent": Case("install", ADD, Fate.PASS_AND_STALL, DONE, (1, 1, 1)),
    "F31-commit-silent": Case("commit", COMMIT, Fate.PASS_AND_STALL, DONE, (1, 1, 1)),
    "F38-activate-silent": Case("activate", ACTIVATE, Fate.PASS_AND_STALL, ACTIVATION, (1, 1, 0)),
    "F38-yes-silent": Case("activate", PROCEED, Fate.PASS_AND_STALL, DONE, (1, 1, 1)),
}


@pytest.fixture(scope="module")
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    with cut_over(tmp_path_factory.mktemp("links"), "cisco_xe", CASES, request) as run:
        yield run


@pytest.mark.parametrize("name", CASES)
def test_the_row_on_iosxe(outcome: Outcome, name: str) -> None:
    case = CASES[name]
    record = outcome.check(name, case)
    if case.words != DONE:
        assert "not activated; next boot is the old image 17.6.5" in record.reason


def test_F38_on_iosxe_an_activation_that_is_proven_not_to_have_happened_is_sent_by_a_retry(outcome: Outcome) -> None:
    outcome.check_retry()


@pytest.fixture(scope="module")
def silent(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    with cut_over(tmp_path_factory.mktemp("silent"), "cisco_xe", SILENT, request) as run:
        yield run


@pytest.mark.slow
@pytest.mark.parametrize("name", SILENT)
def test_F31_F38_on_iosxe_what_falls_silent_is_followed_in_another_session(silent: Outcome, name: str) -> None:
    silent.check(name, SILENT[name])
