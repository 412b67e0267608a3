"""SIGKILL at random moments of upgrades, resumed each time, until so many were killed: one JSON object on stdout.

``python tests/faults/kills.py --kills 30 --switches 20 --seed 1``

A fleet lives in one process, ``lcm-nornir run`` in another; that is killed at a moment drawn over the whole length of a
run, ``lcm-nornir resume last`` is killed as well, and so on. When a job is finished a new round with a fresh fleet
begins. At the end of each round a last resume must find or make every switch a success, each switch's own log must tell
of one installation and one reboot, and N1 to N12 must hold. The exit code tells whether all of that is so.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # a script finds what lies beside it, and no more

from lcm_nornir.events import Ending  # noqa: E402 - see above
from lcm_nornir.journal.reading import Reading  # noqa: E402 - see above
from tests.checker import check_store  # noqa: E402 - see above
from tests.cli.commands import COMMAND, statuses  # noqa: E402 - see above

SPEED = 40.0  # times as fast as real switches
LONGEST = 300.0  # seconds after which a command hangs
NO_JOB = "before the job"


@dataclass
class Figures:
    """What was counted over all rounds; `phases` tells what the switches of the killed runs were at."""

    kills: int = 0
    rounds: int = 0
    switches: int = 0
    phases: Counter[str] = field(default_factory=Counter)
    success: int = 0
    installed_twice: int = 0
    rebooted_twice: int = 0
    violations: list[str] = field(default_factory=list)


class Round:
    """One fleet and one job, over and over killed and resumed.

    Args:
        folder: Of the fleet.
        draws: Where moments are drawn from.
        figures: What is counted.
    """

    def __init__(self, folder: Path, draws: random.Random, figures: Figures) -> None:
        self.folder = folder
        self.store = folder / "store" / "lcm.db"
        self.draws = draws
        self.figures = figures
        hosts = YAML(typ="safe").load((folder / "hosts.yaml").read_text())
        self.peers = {name: host["data"]["lcm"].get("peer", "") for name, host in hosts.items()}
        self._commands = 0

    def play(self, kills: int, whole: float) -> None:
        """Kill up to so many times, then bring the job to its end, and look.

        Args:
            kills: How many are wanted.
            whole: Seconds that a run takes.
        """
        for _ in range(kills):
            if not self._killed(self.draws.uniform(0.0, whole)):
                break
            self.figures.kills += 1
            self.figures.phases.update(self._phases())
            if self.draws.random() < 1 / 2:  # else at once, while the switches are as they were left
                time.sleep(self.draws.uniform(0.0, whole / 3))
        self._look(self._finished())

    def _command(self) -> subprocess.Popen[bytes]:
        """Start what goes on with the job: `resume`, or `run` as long as there is none."""
        self._commands += 1
        words = ["resume", "last"]
        if not self._records():
            words = ["run", "--config", str(self.folder / "config.yaml"), "--images", str(self.folder / "images.yaml")]
        out, err = (self.folder / f"{self._commands:03}.{name}" for name in ("out", "err"))
        with out.open("wb") as stdout, err.open("wb") as stderr:
            return subprocess.Popen(
                [*COMMAND, *words, "--store", str(self.store)], cwd=ROOT, stdout=stdout, stderr=stderr
            )

    def _killed(self, moment: float) -> bool:
        """Start a command and kill it at a moment; False if it has ended before."""
        process = self._command()
        try:
            self._judge(process.wait(moment))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return True
        return False

    def _finished(self) -> list[str]:
        """Let a command go on to its end; gives the status word of each switch."""
        process = self._command()
        try:
            code = process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            self._violated(f"it hangs: no end within {LONGEST:g} s")
            return []
        self._judge(code)
        text = (self.folder / f"{self._commands:03}.out").read_text()
        return statuses(text) if text else []

    def _judge(self, code: int) -> None:
        said = (self.folder / f"{self._commands:03}.err").read_text()
        if code:
            self._violated(f"command {self._commands} ended with {code}: {said[-500:]}")
        if "Traceback" in said:
            self._violated(f"command {self._commands} shows a traceback: {said[-1500:]}")

    def _look(self, words: list[str]) -> None:
        figures = self.figures
        figures.switches += len(self.peers)
        figures.success += words.count("SUCCESS")
        if words != ["SUCCESS"] * len(self.peers):
            self._violated(f"the last document tells {Counter(words)}")
        logs = {name: _log(self.folder / "switches" / f"{name}.jsonl") for name in self.peers}
        for name in self.peers:
            installs, reboots = _done(logs[name])
            figures.installed_twice += installs > 1
            figures.rebooted_twice += reboots > 1
            if (installs, reboots) != (1, 1):
                self._violated(f"{name} was installed {installs} times and rebooted {reboots} times")
        peers = {name: peer for name, peer in self.peers.items() if peer}
        for text in check_store(self.store, logs, peers=peers):
            self._violated(text)

    def _violated(self, text: str) -> None:
        self.figures.violations.append(f"round {self.figures.rounds}: {text}")

    def _records(self) -> list[str]:
        """Give what each switch of the job was at; empty if there is no job on disk."""
        if not self.store.exists():
            return []
        with Reading.at(self.store) as reading:
            records = [record for job in reading.jobs()[-1:] for record in reading.record(job)]
        return [record.phase.value if record.ending is Ending.OPEN else "ended" for record in records]

    def _phases(self) -> list[str]:
        return self._records() or [NO_JOB] * len(self.peers)


def _log(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _done(log: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Tell how often a switch was installed and rebooted; an installation whose question nobody answered was none."""
    kinds = Counter(entry.get("kind") for entry in log)
    declined = sum(entry.get("kind") == "install_failed" and entry.get("cause") == "declined" for entry in log)
    return kinds["install_started"] - declined, kinds["reload"]


@contextmanager
def fleet(folder: Path, switches: int, platform: str) -> Iterator[None]:
    """Run a fleet in a process of its own, at addresses that are free; the first half of it are pairs."""
    words = [
        "simulate",
        "--switches",
        str(switches),
        "--speed",
        str(SPEED),
        "--first-address",
        "",
        "--platform",
        platform,
    ]
    with subprocess.Popen(
        [*COMMAND, *words, "--folder", str(folder)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            told = [process.stderr.readline() for _ in range(3)]
            assert "switches listen" in told[0], told
            _pair(folder / "hosts.yaml")
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0


def _pair(path: Path) -> None:
    yaml = YAML(typ="safe")
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # the order of the fleet is the job's
    hosts = yaml.load(path.read_text())
    names = list(hosts)[: len(hosts) // 2]
    for one, other in zip(names[::2], names[1::2], strict=False):
        hosts[one]["data"]["lcm"]["peer"] = other
        hosts[other]["data"]["lcm"]["peer"] = one
    yaml.dump(hosts, path)


def main() -> int:
    """Play rounds until so many runs were killed, and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--switches", type=int, default=20)
    parser.add_argument("--platform", default="dell_os10", help="what the switches run; all: each platform in turn")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--folder", type=Path, help="where all is kept; a temporary one that is removed if not given")
    chosen = parser.parse_args()
    draws, figures, began = random.Random(chosen.seed), Figures(), time.monotonic()  # noqa: S311 - no secret
    with tempfile.TemporaryDirectory(prefix="lcm_nornir-kills-") as temporary:
        whole = 0.0
        while figures.rounds == 0 or figures.kills < chosen.kills:
            folder = (chosen.folder or Path(temporary)) / f"round{figures.rounds:03}"
            with fleet(folder, chosen.switches, chosen.platform):
                start = time.monotonic()
                Round(folder, draws, figures).play(chosen.kills - figures.kills if whole else 0, whole)
                whole = whole or time.monotonic() - start  # the first round is not killed, and tells how long a run is
            figures.rounds += 1
            sys.stderr.write(f"round {figures.rounds}: {figures.kills} kills, {len(figures.violations)} violations\n")
    counted = {
        **vars(figures),
        "platform": chosen.platform,
        "seed": chosen.seed,
        "seconds": round(time.monotonic() - began, 1),
    }
    json.dump(counted, sys.stdout)
    sys.stdout.write("\n")
    return 1 if figures.violations or figures.success != figures.switches else 0


if __name__ == "__main__":
    sys.exit(main())
