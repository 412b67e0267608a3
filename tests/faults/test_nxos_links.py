"""F31 and F38 on NX-OS: the link drops or falls silent at a chosen line; what was begun is followed to its verdict."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lcm_nornir import retry_job
from lcm_nornir.errors import MayYetReboot
from lcm_nornir.events import Ending
from tests.faults.cases import ACTIVATION, DONE, ONE_OF_EACH
from tests.faults.links import Case, Outcome, cut_over
from tests.fleets import QUICK
from tests.proxy import Fate

pytestmark = pytest.mark.slow  # the same links as in the matrix of OS10

LOOKS = 3  # lines that are typed before the copy: what runs, what boots next, what is stored
COPY = LOOKS + 1
INSTALL, YES = 1, 2
IMPATIENT = QUICK | {
    "download_stall": 100.0,
    "install_stall": 100.0,
    "install": 300.0,
}  # seconds before they are scaled
CASES = {
    "F31-copy-kept": Case("copy", COPY, Fate.PASS_AND_CUT, DONE, (1, 1, 1)),
    "F31-copy-lost": Case("copy", COPY, Fate.CUT, DONE, (1, 1, 1), sent=2),
    "F31-copy-silent": Case("copy", COPY, Fate.PASS_AND_STALL, DONE, (1, 1, 1)),
    "F38-install-lost": Case("activate", INSTALL, Fate.CUT, ACTIVATION, (1, 0, 0)),
    "F38-install-kept": Case("activate", INSTALL, Fate.PASS_AND_CUT, ACTIVATION, (1, 1, 0)),
    "F38-install-silent": Case("activate", INSTALL, Fate.PASS_AND_STALL, ACTIVATION, (1, 1, 0)),
    "F38-yes-lost": Case("activate", YES, Fate.CUT, ACTIVATION, (1, 1, 0)),
    "F31-yes-kept": Case("activate", YES, Fate.PASS_AND_CUT, DONE, (1, 1, 1)),
    "F31-yes-silent": Case("activate", YES, Fate.PASS_AND_STALL, DONE, (1, 1, 1)),
}
ASKED_STILL = ("F38-install-kept", "F38-install-silent")  # a dead session, of which the switch does not know it yet
AFTER = {
    "F38-install-lost": (1,),
    "F38-yes-lost": (2,),
}  # begun installations; the question of the first was not answered


@pytest.fixture(scope="module")
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    with cut_over(tmp_path_factory.mktemp("links"), "cisco_nxos", CASES, request, timeouts=IMPATIENT) as run:
        yield run


@pytest.mark.parametrize("name", CASES)
def test_the_row_on_nxos(outcome: Outcome, name: str) -> None:
    case = CASES[name]
    record = outcome.check(name, case)
    if case.words != DONE:
        assert "may go on" in record.evidence["activation"]
    if name in ASKED_STILL:  # nothing is put back under an installation that still works
        assert "IT MAY YET REBOOT" in record.reason
        assert "set_next_boot" not in [command for _, command in record.commands]
    elif case.words != DONE:
        assert "it did not reboot within 6 s; not activated; next boot is the old image 10.2(5)" in record.reason


def test_F38_on_nxos_an_installation_is_sent_again_by_a_retry_if_none_waits_for_its_answer(outcome: Outcome) -> None:
    (job,) = outcome.fleet.store.jobs()
    retry_job(outcome.nornir, outcome.fleet.store, job.id, only=("failed",))
    after = {record.name: record for record in outcome.fleet.store.record(job)}
    assert {*ASKED_STILL, *AFTER} == {name for name, case in CASES.items() if case.words != DONE}
    for name in ASKED_STILL:
        assert isinstance(after[name].error, MayYetReboot), after[name].reason
        assert outcome.fleet.count(name, *ONE_OF_EACH) == [1, 1, 0]
    for name, installations in AFTER.items():
        assert after[name].ending is Ending.SUCCESS, after[name].reason
        assert outcome.fleet.count(name, *ONE_OF_EACH, "install_done") == [1, *installations, 1, 1]
