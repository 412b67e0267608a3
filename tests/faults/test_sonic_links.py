"""F31 and F38 on SONiC: the link drops or falls silent at a chosen line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.cases import ACTIVATION, DONE
from tests.faults.links import Case, Outcome, cut_over
from tests.proxy import Fate

pytestmark = pytest.mark.slow  # the same links as in the matrix of OS10

REBOOT = 4  # the line that reboots; before it the configurations and the next image are looked at
CASES = {
    "F31-copy-kept": Case("copy", 1, Fate.PASS_AND_CUT, DONE, (1, 1, 1)),
    "F31-copy-lost": Case("copy", 1, Fate.CUT, DONE, (1, 1, 1), sent=2),
    "F31-install-kept": Case("install", 2, Fate.PASS_AND_CUT, DONE, (1, 1, 1)),
    "F31-install-silent": Case("install", 2, Fate.PASS_AND_STALL, DONE, (1, 1, 1)),
    "F31-install-lost": Case("install", 2, Fate.CUT, DONE, (1, 1, 1), sent=2),
    "F38-reload-lost": Case("reload", REBOOT, Fate.CUT, ACTIVATION, (1, 1, 0)),
    "F38-reload-kept": Case("reload", REBOOT, Fate.PASS_AND_CUT, DONE, (1, 1, 1)),
    "F38-reload-silent": Case("reload", REBOOT, Fate.PASS_AND_STALL, DONE, (1, 1, 1)),
}


@pytest.fixture(scope="module")
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    with cut_over(tmp_path_factory.mktemp("links"), "edgecore_sonic", CASES, request) as run:
        yield run


@pytest.mark.parametrize("name", CASES)
def test_the_row_on_sonic(outcome: Outcome, name: str) -> None:
    case = CASES[name]
    record = outcome.check(name, case)
    if case.words != DONE:
        assert "not activated; next boot is the old image" in record.reason


def test_F38_on_sonic_a_reboot_that_is_proven_not_to_have_happened_is_sent_by_a_retry(outcome: Outcome) -> None:
    outcome.check_retry()
