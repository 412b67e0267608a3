"""Whatever is done to upgrades, in whatever order: a state machine over real switches, real SSH and real processes.

Each example has a fleet of its own: a pair and a single switch, each healthy or with a fault of the simulator, each
reached through a proxy. A job is begun at once; then attempts at it are cancelled, killed, resumed and tried again,
links are cut, and a second job is begun on the same switches. Whenever nobody works on them, and at the end, N1 to N12
must hold. With other seeds: ``python -m tests.faults.test_state_machine SEED EXAMPLES``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

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
from ruamel.yaml import YAML

from lcm_nornir import RequestError, Store
from lcm_nornir.door.host_keys import HostKeys
from lcm_nornir.events import Ending
from lcm_nornir.jobs import cancel_job
from lcm_nornir.journal.reading import Reading, StoredJob
from lcm_nornir.record import SwitchRecord, report_of
from lcm_nornir.simulator import SwitchSpec, inventory
from tests.checker import check_store
from tests.faults.one_attempt import Told, begun
from tests.fleets import Lab, happens, lab, store_of
from tests.proxy import Proxy

NAMES = ("east", "west", "alone")
PEERS = {"east": "west", "west": "east"}
ENDS_WELL = ("healthy", "fast-reboot", "slow-down", "late-return:8", "second-reboot", "silent-install")
ENDS_BADLY = ("reload-never", "old-version", "never-returns", "install-failed", "set-boot-ignored")
ALL = ("failed", "unreachable", "refused", "stopped")  # kinds of a retry
LONGEST = 90.0  # seconds of one attempt, on a machine that has much to do

faults = st.sampled_from(ENDS_WELL[:1] * 6 + ENDS_WELL[1:] + ENDS_BADLY)
moments = st.integers(0, 20).map(lambda tenths: tenths / 10)  # seconds; one upgrade takes about three, a pair five
SETTINGS = settings(
    max_examples=7,
    stateful_step_count=7,
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
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(prefix="example-", dir=folder))
        self.attempts = self.rival_of = 0
        self.child: subprocess.Popen[bytes] | None = None
        self.told: dict[tuple[str, str], list[tuple[int, Ending, str]]] = {}
        self.cut: set[str] = set()
        self._resources = ExitStack()

    @initialize(east=faults, west=faults, alone=faults)
    def begin(self, east: str, west: str, alone: str) -> None:
        self.faults = dict(zip(NAMES, (east, west, alone), strict=True))
        self._say(f"the fleet: {self.faults}")
        specs = [SwitchSpec(name, faults=() if fault == "healthy" else (fault,)) for name, fault in self.faults.items()]
        self.lab = self._resources.enter_context(lab(self.place / "fleet", *specs, checked=False))
        self.links = _linked(self.lab, self.place, self._resources)
        self.child = self._begun("run")

    @rule(seconds=moments)
    def go_on(self, seconds: float) -> None:
        time.sleep(seconds)

    @precondition(lambda self: self.child is not None)
    @rule(seconds=moments)
    def kill(self, seconds: float) -> None:
        assert self.child is not None
        time.sleep(seconds)
        self.child.kill()
        self._say(f"killed; it had ended: {self.child.wait(LONGEST) >= 0}")
        if self.child.returncode >= 0:
            self._judge(self.child)
        self.child = None

    @precondition(lambda self: self.child is not None)
    @rule(seconds=moments)
    def cancel(self, seconds: float) -> None:
        time.sleep(seconds)
        self._until_begun()
        with Store(store_of(self.place)) as store:
            try:
                cancel_job(store, self._jobs()[0].id)
            except RequestError as error:
                if "nobody runs job" not in error.message or self._under_way():
                    raise
                self._say("cancelled: too late")
                return
        self._say("cancelled")

    @precondition(lambda self: self.child is not None)
    @rule(name=st.sampled_from(NAMES), seconds=moments)
    def drop_link(self, name: str, seconds: float) -> None:
        time.sleep(seconds)
        if self.links[name].cut():
            self.cut.add(name)
            self._say(f"cut the link of {name}")

    @precondition(lambda self: self.child is not None and self.rival_of != self.attempts)
    @rule()
    def second_run(self) -> None:
        """Nobody can begin a second job while the first goes on; nor is anything sent."""
        self.rival_of = self.attempts + 1  # one for an attempt
        self._until_begun()
        told = self._judge(self._begun("run"))
        if self._under_way():
            assert "works on it" in told.refusal
            assert told.connects == 0
            assert len(self._jobs()) == 1

    @precondition(lambda self: self.child is not None)
    @rule()
    def wait(self) -> None:
        assert self.child is not None
        self._judge(self.child)
        self.child = None

    @precondition(lambda self: self.child is None)
    @rule()
    def resume(self) -> None:
        jobs = self._jobs()
        self.child = self._begun(*(("resume", jobs[0].id) if jobs else ("run",)))

    @precondition(lambda self: self.child is None)
    @rule(kinds=st.sampled_from((("failed", "unreachable"), ("stopped",), ALL)))
    def retry(self, kinds: tuple[str, ...]) -> None:
        if jobs := self._jobs():  # else it was killed before there was one
            self.child = self._begun("retry", jobs[0].id, *kinds)

    @precondition(lambda self: self.child is None)
    @invariant()
    def nothing_is_lost_and_nothing_happens_twice(self) -> None:
        for job in self._jobs():
            records = self._records(job)
            assert [row.switch_member.name for row in report_of(records, 1).data] == list(NAMES), "N1"
            for record in records:
                told = self.told.setdefault((job.id, record.name), [])
                assert record.verdicts[: len(told)] == told, "N2"
                self.told[job.id, record.name] = list(record.verdicts)
        if self._jobs():
            logs = {name: self.lab.fleet.log(name) for name in NAMES}
            secrets = {switch.password for switch in self.lab.fleet.switches}
            found = check_store(store_of(self.place), logs, peers=PEERS, secrets=secrets)
            assert found == [], "\n".join((f"{self.place}: {self.faults}", *found))

    def teardown(self) -> None:
        """Bring every job to its end: what can end well has."""
        try:
            if hasattr(self, "links") and not sys.exception():
                self._finish()
        finally:
            if self.child:
                self.child.kill()
                self.child.wait()
            self._resources.close()

    def _finish(self) -> None:
        if self.child:
            self.wait()
            self.nothing_is_lost_and_nothing_happens_twice()
        self._to_the_end("resume")
        if any(self._record(name).goes_on for name in self._can_end_well()):  # it returned too late for the last one
            self._to_the_end("resume")
        missing = {name for name in self._can_end_well() if self._record(name).ending is not Ending.SUCCESS}
        self._say(f"after the last resume: {self._words()}")
        excused = self.cut | {PEERS.get(name) for name in self.cut}
        assert missing <= excused, f"{self.place}: {self._words()}"
        if missing:  # a link that was cut may have cost an attempt, and no more
            self._to_the_end("retry", *ALL)
            self._say(f"after the last retry: {self._words()}")
        for name in NAMES:
            record = self._record(name)
            assert record.ending not in (Ending.OPEN, Ending.NOT_BEGUN), f"{self.place}: {self._words()}"
            if name in self._can_end_well():
                assert record.ending is Ending.SUCCESS, f"{self.place}: {self._words()}"
            if self.faults[name] in ENDS_BADLY:
                assert record.ending is not Ending.SUCCESS, f"{self.place}: {self._words()}"

    def _to_the_end(self, word: str, *kinds: str) -> None:
        for job in reversed(self._jobs()):
            self._judge(self._begun(word, job.id, *kinds))
        if not self._jobs():
            self._judge(self._begun("run"))
        self.nothing_is_lost_and_nothing_happens_twice()

    def _can_end_well(self) -> set[str]:
        """Name those that are well, and whose peer is: nobody follows a peer that is not proven."""
        return {name for name in NAMES if {self.faults[name], self.faults[PEERS.get(name, name)]} <= {*ENDS_WELL}}

    def _begun(self, *words: str) -> subprocess.Popen[bytes]:
        self.attempts += 1
        self._say(f"attempt {self.attempts}: {' '.join(words)}")
        with self._file("out").open("wb") as out, self._file("err").open("wb") as err:
            process = begun(self.place, words, out, err)
        self._number = {**getattr(self, "_number", {}), process.pid: self.attempts}
        return process

    def _file(self, kind: str, number: int = 0) -> Path:
        return self.place / f"{number or self.attempts:02}.{kind}"

    def _judge(self, process: subprocess.Popen[bytes]) -> Told:
        """Wait for an attempt; it has ended in order, whatever became of the switches."""
        try:
            code = process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            code = None
        number = self._number[process.pid]
        said = self._file("err", number).read_text()
        assert code == 0, f"{self.place}: attempt {number} ended with {code}: {said}"
        assert "Traceback" not in said, f"{self.place}: attempt {number}: {said}"
        told = Told(**json.loads(self._file("out", number).read_text()))
        self._say(f"attempt {number} ended: {told}, {self._words()}")
        return told

    def _until_begun(self) -> None:
        """Wait until the attempt owns its switches, or has ended."""
        assert self.child is not None
        process = self.child
        assert happens(lambda: process.poll() is not None or self._under_way(), LONGEST)

    def _under_way(self) -> bool:
        if self.child is None or self.child.poll() is not None or not (jobs := self._jobs()):
            return False
        with Reading.at(store_of(self.place)) as reading:
            spans = [note for note in reading.notes(jobs[0], switch="") if note.kind in ("began", "ended")]
        by = f"process {self.child.pid}"
        return bool(spans) and spans[-1].kind == "began" and json.loads(spans[-1].body)["by"].endswith(by)

    def _jobs(self) -> tuple[StoredJob, ...]:
        if not store_of(self.place).exists():
            return ()
        with Reading.at(store_of(self.place)) as reading:
            return reading.jobs()

    def _records(self, job: StoredJob) -> tuple[SwitchRecord, ...]:
        with Reading.at(store_of(self.place)) as reading:
            return reading.record(job)

    def _record(self, name: str) -> SwitchRecord:
        """Give what the job that was begun last tells of a switch."""
        return next(record for record in self._records(self._jobs()[-1]) if record.name == name)

    def _words(self) -> dict[str, str]:
        return {
            one.name: f"{one.ending} in {one.phase} {one.reason}" for job in self._jobs() for one in self._records(job)
        }

    def _say(self, text: str) -> None:
        """Keep the story with the example's files, and for hypothesis to tell."""
        note(text)
        with (self.place / "story.txt").open("a") as file:
            file.write(f"{time.time():.2f} {text}\n")


def _linked(fleet: Lab, place: Path, resources: ExitStack) -> dict[str, Proxy]:
    """Put a proxy before each switch, and leave the inventory that names them, and the image, to other processes."""
    switches = fleet.fleet.switches
    links = {one.name: resources.enter_context(Proxy(one.host, one.port)) for one in switches}
    keys, peers = HostKeys(place / "host_keys"), {name: {"peer": peer} for name, peer in PEERS.items()}
    hosts = inventory(switches, peers)
    for switch in switches:
        link = links[switch.name]
        hosts[switch.name] |= {"hostname": link.host, "port": link.port}
        keys.trust(link.host, link.port, switch.host_key)
    yaml = YAML(typ="safe")
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # the fleet's order is the job's
    yaml.dump(hosts, place / "hosts.yaml")
    (place / "image.json").write_text(json.dumps(fleet.image.dump()))
    return links


@pytest.mark.slow
def test_whatever_is_done_to_upgrades_nothing_is_lost_and_nothing_happens_twice(tmp_path: Path) -> None:
    factory: Any = lambda: Upgrades(tmp_path)  # noqa: E731 - hypothesis calls it like a class
    run_state_machine_as_test(factory, settings=SETTINGS)


def main(number: str, examples: str) -> None:
    """Look further, with another seed; what was done stays where it is told."""
    folder = Path(tempfile.mkdtemp(prefix="lcm_nornir-machine-"))
    sys.stderr.write(f"{folder}\n")
    wider = settings(SETTINGS, max_examples=int(examples), derandomize=False)
    machine: Any = seed(int(number))(lambda: Upgrades(folder))
    run_state_machine_as_test(machine, settings=wider)


if __name__ == "__main__":
    main(*sys.argv[1:])
