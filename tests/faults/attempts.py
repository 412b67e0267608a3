"""The attempts at the jobs of one small fleet, as their parent sees them: processes, and what they leave behind."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

from ruamel.yaml import YAML

from lcm_nornir import RequestError, Store
from lcm_nornir.door.host_keys import HostKeys
from lcm_nornir.jobs import cancel_job
from lcm_nornir.journal.reading import Reading, StoredJob
from lcm_nornir.record import SwitchRecord
from lcm_nornir.simulator import inventory
from tests.faults import one_attempt
from tests.faults.one_attempt import Told
from tests.fleets import Lab, store_of
from tests.forked import Forked
from tests.proxy import Proxy

LONGEST = 90.0  # seconds of one attempt, on a machine that has much to do


class Attempts:
    """Begins attempts in processes of their own, judges how they end, and keeps the story.

    Args:
        place: Folder of the inventory, the store, what each attempt says, and the story.
    """

    def __init__(self, place: Path) -> None:
        self.place = place
        self.count = 0
        self._number: dict[int, int] = {}  # of an attempt, by its process

    def say(self, text: str) -> str:
        """Add to the story."""
        with (self.place / "story.txt").open("a") as file:
            file.write(f"{time.time():.2f} {text}\n")
        return text

    def begin(self, *words: str) -> Forked:
        """Begin an attempt: ``run``, ``resume JOB`` or ``retry JOB KIND…``."""
        self.count += 1
        self.say(f"attempt {self.count}: {' '.join(words)}")
        process = Forked(one_attempt.main, str(self.place), *words, said=self._file("out"))
        self._number[process.pid] = self.count
        return process

    def judge(self, process: Forked) -> Told:
        """Wait for an attempt that is not killed: it ends in order, whatever becomes of the switches."""
        number = self._number[process.pid]
        try:
            code = process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(LONGEST)
            raise AssertionError(f"{self.place}: attempt {number} hangs") from None
        said = self._file("err", number).read_text()
        assert (code, "Traceback" in said) == (0, False), f"{self.place}: attempt {number} ended with {code}: {said}"
        told = Told(**json.loads(self._file("out", number).read_text()))
        self.say(f"attempt {number} ended: {told}, {self.words()}")
        return told

    def cancel(self) -> bool:
        """Cancel the first job; tells whether somebody runs it."""
        with Store(store_of(self.place)) as store:
            try:
                cancel_job(store, self.jobs()[0].id)
            except RequestError:
                return False
        return True

    def is_under_way(self, process: Forked) -> bool:
        """Tell whether an attempt at the first job owns its switches now: it has begun and not ended."""
        if process.poll() is not None or not (jobs := self.jobs()):
            return False
        with Reading.at(store_of(self.place)) as reading:
            spans = [note for note in reading.notes(jobs[0], switch="") if note.kind in ("began", "ended")]
        return (
            bool(spans)
            and spans[-1].kind == "began"
            and json.loads(spans[-1].body)["by"].endswith(f"process {process.pid}")
        )

    def jobs(self) -> tuple[StoredJob, ...]:
        """Give all jobs, the oldest first."""
        if not store_of(self.place).exists():
            return ()
        with Reading.at(store_of(self.place)) as reading:
            return reading.jobs()

    def records(self, job: StoredJob) -> tuple[SwitchRecord, ...]:
        """Give what a job tells of its switches."""
        with Reading.at(store_of(self.place)) as reading:
            return reading.record(job)

    def latest(self) -> dict[str, SwitchRecord]:
        """Give what the job that was begun last tells of each switch."""
        return {record.name: record for job in self.jobs()[-1:] for record in self.records(job)}

    def words(self) -> dict[str, str]:
        """Give how each switch ended, and why."""
        return {name: f"{one.ending} in {one.phase} {one.reason}".strip() for name, one in self.latest().items()}

    def _file(self, kind: str, number: int = 0) -> Path:
        return self.place / f"{number or self.count:02}.{kind}"


def linked(fleet: Lab, place: Path, peers: dict[str, str], resources: ExitStack) -> dict[str, Proxy]:
    """Put a proxy before each switch, and leave the inventory that names them, and the image, to other processes."""
    switches = fleet.fleet.switches
    links = {one.name: resources.enter_context(Proxy(one.host, one.port)) for one in switches}
    keys = HostKeys(place / "host_keys")
    hosts = inventory(switches, {name: {"peer": peer} for name, peer in peers.items()})
    for switch in switches:
        link = links[switch.name]
        hosts[switch.name] |= {"hostname": link.host, "port": link.port}
        keys.trust(link.host, link.port, switch.host_key)
    yaml = YAML(typ="safe")
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # the fleet's order is the job's
    yaml.dump(hosts, place / "hosts.yaml")
    (place / "image.json").write_text(json.dumps(fleet.image.dump()))
    return links
