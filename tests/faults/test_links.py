"""F31 and F38: the link to an OS10 switch drops or falls silent at a chosen line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.cases import ACTIVATION, DONE
from tests.faults.links import Case, Outcome, cut_over
from tests.proxy import Fate

CASES = {
    "F31-copy-kept": Case("copy", 1, Fate.PASS_AND_CUT, DONE, (1, 1, 1)),
    "F31-copy-lost": Case("copy", 1, Fate.CUT, DONE, (1, 1, 1), sent=2),
    "F31-install-kept": Case("install", 1, Fate.PASS_AND_CUT, DONE, (1, 1, 1)),
    "F31-install-silent": Case("install", 1, Fate.PASS_AND_STALL, DONE, (1, 1, 1)),
    "F31-install-lost": Case("install", 1, Fate.CUT, DONE, (1, 1, 1), sent=2),
    "F38-reload-lost": Case("reload", 1, Fate.CUT, ACTIVATION, (1, 1, 0)),
    "F38-reload-kept": Case("reload", 1, Fate.PASS_AND_CUT, ACTIVATION, (1, 1, 0)),
    "F38-yes-lost": Case("reload", 2, Fate.CUT, ACTIVATION, (1, 1, 0)),
    "F38-yes-kept": Case("reload", 2, Fate.PASS_AND_CUT, DONE, (1, 1, 1)),
    "F38-yes-silent": Case("reload", 2, Fate.PASS_AND_STALL, DONE, (1, 1, 1)),
}


@pytest.fixture(scope="module")
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    with cut_over(tmp_path_factory.mktemp("links"), "dell_os10", CASES, request) as run:
        yield run


@pytest.mark.parametrize("name", CASES)
def test_the_row(outcome: Outcome, name: str) -> None:
    case = CASES[name]
    record = outcome.check(name, case)
    if case.words != DONE:
        assert "it did not reboot within 6 s; not activated; next boot is the old image 10.5.4.1" in record.reason
        assert case.line > 1 or "may have been sent" in record.evidence["reload"]


def test_F38_a_reload_that_is_proven_not_to_have_happened_is_sent_by_a_retry(outcome: Outcome) -> None:
    outcome.check_retry()
