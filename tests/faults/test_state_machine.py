"""Whatever is done to upgrades, in whatever order: a state machine over real switches, real SSH and real processes.

Each example has a fleet of its own: a pair and a single switch, each healthy or with a fault of the simulator, each
reached through a proxy. A job is begun at once; then attempts at it are cancelled, killed, resumed and tried again,
links are cut, and others try to work on the same switches. Whenever nobody works on them, and at the end, N1 to N12
must hold. With other seeds: ``python -m tests.faults.test_state_machine SEED EXAMPLES``.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from lcm_nornir.events import Ending
from lcm_nornir.record import report_of
from lcm_nornir.simulator import SwitchSpec
from tests.checker import check_store
from tests.faults.attempts import LONGEST, Attempts, linked
from tests.fleets import happens, lab, store_of
from tests.forked import Forked

NAMES = ("east", "west", "alone")
PEERS = {"east": "west", "west": "east"}
ENDS_WELL = ("healthy", "fast-reboot", "slow-down", "late-return:8", "second-reboot", "silent-install")
ENDS_BADLY = ("reload-never", "old-version", "never-returns", "install-failed", "set-boot-ignored")
ALL = ("failed", "unreachable", "refused", "stopped")  # kinds of a retry

faults = st.sampled_from(ENDS_WELL[:1] * 6 + ENDS_WELL[1:] + ENDS_BADLY)
moments = st.integers(0, 20).map(lambda tenths: tenths / 10)  # seconds; one upgrade takes about three, a pair five
SETTINGS = settings(
    max_examples=6,
    stateful_step_count=6,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # what happened depends on moments: it would not happen again while it is made smaller
    suppress_health_check=[HealthCheck.too_slow],
)


class Upgrades(RuleBasedStateMachine):
    """A job over three switches, and what may be done to it.

    What may be done next depends only on what was done, never on how far a process has come: so an example can be
    replayed. An attempt that has ended by itself is there until somebody looks.

    Attributes:
        folder: Where each example has a folder of its own.
    """

    folder: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(prefix="example-", dir=self.folder))
        self.attempts = Attempts(self.place)
        self.child: Forked | None = None  # the attempt whose end nobody has seen
        self.rival = 0  # number of the latest attempt at what another one works on
        self.verdicts: dict[tuple[str, str], list[tuple[int, Ending, str]]] = {}
        self.cut: set[str] = set()
        self.resources = ExitStack()

    @initialize(east=faults, west=faults, alone=faults)
    def begin(self, east: str, west: str, alone: str) -> None:
        self.faults = dict(zip(NAMES, (east, west, alone), strict=True))
        self._say(f"the fleet: {self.faults}")
        specs = [SwitchSpec(name, faults=() if fault == "healthy" else (fault,)) for name, fault in self.faults.items()]
        self.lab = self.resources.enter_context(lab(self.place / "fleet", *specs, checked=False))
        self.links = linked(self.lab, self.place, PEERS, self.resources)
        self._running()

    @rule(seconds=moments)
    def go_on(self, seconds: float) -> None:
        time.sleep(seconds)

    @rule(seconds=moments)
    def kill(self, seconds: float) -> None:
        child = self._running()
        time.sleep(seconds)
        child.kill()
        if child.wait(LONGEST) < 0:
            self._say("killed")
        else:
            self.attempts.judge(child)  # it had ended before
        self.child = None

    @rule(seconds=moments)
    def cancel(self, seconds: float) -> None:
        child = self._begun()
        time.sleep(seconds)
        was_heard = self.attempts.cancel()
        self._say(f"cancelled: {was_heard}")
        assert was_heard or not self.attempts.is_under_way(child), self._words()

    @rule(name=st.sampled_from(NAMES), seconds=moments)
    def drop_link(self, name: str, seconds: float) -> None:
        self._running()
        time.sleep(seconds)
        if self.links[name].cut():
            self.cut.add(name)
            self._say(f"cut the link of {name}")

    @precondition(lambda self: self.child is None or self.rival != self.attempts.count)
    @rule(word=st.sampled_from(("run", "resume")))
    def second_run(self, word: str) -> None:
        """While an attempt goes on nobody else works on its switches, be it for another job or for this one."""
        child = self._begun()
        jobs = self.attempts.jobs()
        told = self.attempts.judge(self.attempts.begin(*(("run",) if word == "run" else ("resume", jobs[0].id))))
        self.rival = self.attempts.count  # one for each attempt is enough
        if self.attempts.is_under_way(child):
            assert told.connects == 0
            assert "works on it" in told.refusal or (word == "resume" and not told.refusal)  # all had their verdict
            assert self.attempts.jobs() == jobs

    @precondition(lambda self: self.child is not None)
    @rule()
    def wait(self) -> None:
        assert self.child is not None
        self.attempts.judge(self.child)
        self.child = None

    @precondition(lambda self: self.child is None)
    @rule()
    def resume(self) -> None:
        self._running()

    @precondition(lambda self: self.child is None)
    @rule(kinds=st.sampled_from((("failed", "unreachable"), ("stopped",), ALL)))
    def retry(self, kinds: tuple[str, ...]) -> None:
        if jobs := self.attempts.jobs():  # else it was killed before there was one
            self.child = self.attempts.begin("retry", jobs[0].id, *kinds)

    @precondition(lambda self: self.child is None)
    @invariant()
    def nothing_is_lost_and_nothing_happens_twice(self) -> None:
        jobs = self.attempts.jobs()
        for job in jobs:
            records = self.attempts.records(job)
            assert [row.switch_member.name for row in report_of(records, 1).data] == list(NAMES), "N1"
            for record in records:
                before = self.verdicts.get((job.id, record.name), [])
                assert record.verdicts[: len(before)] == before, "N2"
                self.verdicts[job.id, record.name] = list(record.verdicts)
        if jobs:
            logs = {name: self.lab.fleet.log(name) for name in NAMES}
            secrets = {switch.password for switch in self.lab.fleet.switches}
            found = check_store(store_of(self.place), logs, peers=PEERS, secrets=secrets)
            assert found == [], "\n".join((f"{self.place}: {self.faults}", *found))

    def teardown(self) -> None:
        """Bring every job to its end, if nothing was found before: what can end well has."""
        try:
            if self.attempts.count and not sys.exception():
                self._finish()
        finally:
            if self.child:
                self.child.kill()
                self.child.wait(LONGEST)
            self.resources.close()

    def _finish(self) -> None:
        if self.child:
            self.wait()
        well = {name for name in NAMES if {self.faults[name], self.faults[PEERS.get(name, name)]} <= {*ENDS_WELL}}
        self._to_the_end("resume")
        if any(self.attempts.latest()[name].goes_on for name in well):  # it returned too late for the last one
            self._to_the_end("resume")
        missing = {name for name in well if self.attempts.latest()[name].ending is not Ending.SUCCESS}
        assert missing <= self.cut | {PEERS.get(name) for name in self.cut}, self._words()
        if missing:  # a link that was cut may cost an attempt, and no more
            self._to_the_end("retry", *ALL)
        for name, record in self.attempts.latest().items():
            assert record.ending not in (Ending.OPEN, Ending.NOT_BEGUN), self._words()
            assert record.ending is Ending.SUCCESS or name not in well, self._words()
            assert record.ending is not Ending.SUCCESS or self.faults[name] in ENDS_WELL, self._words()

    def _to_the_end(self, word: str, *kinds: str) -> None:
        if not self.attempts.jobs():
            self.attempts.judge(self.attempts.begin("run"))
        for job in reversed(self.attempts.jobs()):
            self.attempts.judge(self.attempts.begin(word, job.id, *kinds))
        self.nothing_is_lost_and_nothing_happens_twice()

    def _running(self) -> Forked:
        """Give the attempt that was begun last, if nobody has seen its end; else go on with the job."""
        if self.child is None:
            jobs = self.attempts.jobs()
            self.child = self.attempts.begin(*(("resume", jobs[0].id) if jobs else ("run",)))
        return self.child

    def _begun(self) -> Forked:
        """Give the attempt that was begun last once it owns its switches, or has ended."""
        child = self._running()
        assert happens(lambda: child.poll() is not None or self.attempts.is_under_way(child), LONGEST)
        return child

    def _words(self) -> str:
        return f"{self.place}: {self.faults}, {self.attempts.words()}"

    def _say(self, text: str) -> None:
        note(self.attempts.say(text))


@pytest.mark.slow
def test_whatever_is_done_to_upgrades_nothing_is_lost_and_nothing_happens_twice(tmp_path: Path) -> None:
    Upgrades.folder = tmp_path
    run_state_machine_as_test(Upgrades, settings=SETTINGS)


def main(number: str, examples: str) -> None:
    """Look further, with another seed; what was done stays in the folder that is told."""
    Upgrades.folder = Path(tempfile.mkdtemp(prefix="lcm_nornir-machine-"))
    sys.stderr.write(f"{Upgrades.folder}\n")
    wider = settings(SETTINGS, max_examples=int(examples), derandomize=False)
    run_state_machine_as_test(seed(int(number))(Upgrades), settings=wider)


if __name__ == "__main__":
    main(*sys.argv[1:])
