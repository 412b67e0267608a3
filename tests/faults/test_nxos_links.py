"""F31 and F38 on NX-OS: the link drops or falls silent at a chosen line; what was begun is followed to its verdict."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.cases import ACTIVATION, DONE
from tests.faults.links import Case, Outcome, cut_over
from tests.proxy import Fate

LOOKS = 3  # lines that are typed before the copy: what runs, what boots next, what is stored
COPY = LOOKS + 1
INSTALL, YES = 1, 2
CASES = {
    "F31-copy-kept": Case("copy", COPY, Fate.PASS_AND_CUT, DONE, (2, 1, 1), sent=2),
    "F31-copy-lost": Case("copy", COPY, Fate.CUT, DONE, (1, 1, 1), sent=2),
    "F31-copy-silent": Case("copy", COPY, Fate.PASS_AND_STALL, DONE, (2, 1, 1), sent=2),
    "F31-install-lost": Case("activate", INSTALL, Fate.CUT, ACTIVATION, (1, 0, 0)),
    "F31-install-kept": Case("activate", INSTALL, Fate.PASS_AND_CUT, ACTIVATION, (1, 1, 0)),
    "F31-install-silent": Case("activate", INSTALL, Fate.PASS_AND_STALL, ACTIVATION, (1, 1, 0)),
    "F38-yes-lost": Case("activate", YES, Fate.CUT, ACTIVATION, (1, 1, 0)),
    "F38-yes-kept": Case("activate", YES, Fate.PASS_AND_CUT, DONE, (1, 1, 1)),
    "F38-yes-silent": Case("activate", YES, Fate.PASS_AND_STALL, DONE, (1, 1, 1)),
}


@pytest.fixture(scope="module")
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    with cut_over(tmp_path_factory.mktemp("links"), "cisco_nxos", CASES, request) as run:
        yield run


@pytest.mark.parametrize("name", CASES)
def test_the_row_on_nxos(outcome: Outcome, name: str) -> None:
    case = CASES[name]
    record = outcome.check(name, case)
    if case.words != DONE:
        assert "did not reboot within 6 s; not activated; next boot is the old image 10.2(5)" in record.reason
        assert "may go on" in record.evidence["activation"]


def test_F38_on_nxos_an_installation_that_is_proven_not_to_go_on_is_sent_by_a_retry(outcome: Outcome) -> None:
    outcome.check_retry()
