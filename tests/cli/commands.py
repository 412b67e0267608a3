"""The command line in processes of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from lcm_nornir import cli
from lcm_nornir.journal.place import Address, Place, place_of
from lcm_nornir.places import state_folder
from lcm_nornir.schema import UpdateJobStatus
from tests.checker import check_store, log_of
from tests.forked import Forked

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from lcm_nornir.cli import main; main()"]


_stores: set[Place] = set()  # that were named to the command line, besides the one of the state folder


def named_stores(words: tuple[str, ...]) -> None:
    """Take notice of the stores that words of a command line name: what is in them is checked at the end."""
    _stores.update(place_of(name) for option, name in pairwise(words) if option == "--store")


def lcm(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, which must be with this exit code and without a stack trace."""
    done = ran(*words)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def ran(
    *words: str, main: Callable[..., None] | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in a process that need not import everything anew.

    Args:
        *words: What is typed behind ``lcm-nornir``.
        main: What is run, a function of a module; the command line by default.
        environment: What the environment has besides.
    """
    named_stores(words)
    with tempfile.TemporaryDirectory() as place:
        process = Forked(main or begun, *words, said=Path(place) / "said", environment=environment)
        code = process.wait(300)
        return subprocess.CompletedProcess(words, code, process.said.read_text(), process.complained.read_text())


def begun(*words: str) -> None:
    """Begin a command; this ends the process."""
    os.chdir(ROOT)
    sys.argv = ["lcm-nornir", *words]
    cli.main()


def statuses(text: str) -> list[str]:
    report = UpdateJobStatus.model_validate_json(text)
    return [row.update_progress_status.value for row in report.data]


def effects(folder: Path, name: str) -> list[str]:
    return [entry["kind"] for entry in log_of(folder / "switches" / f"{name}.jsonl") if entry["event"] == "effect"]


@contextmanager
def simulated(*words: str) -> Iterator[Any]:
    """Run ``lcm-nornir simulate`` in a process of its own, and give the inventory that it printed.

    When it ends well, and its folder was named, N1 to N12 are checked over everything that was done with it.
    """
    with subprocess.Popen(
        [*COMMAND, "simulate", "--output", "json", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        try:
            assert process.stderr is not None
            told = [process.stderr.readline() for _ in range(3)]
            assert "switches listen" in told[0], told
            assert process.stdout is not None
            os.set_blocking(process.stdout.fileno(), False)
            printed = json.loads(process.stdout.read())
            yield printed
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
    for option, folder in pairwise(words):
        if option == "--folder":
            check_fleet(Path(folder), printed)


def check_fleet(folder: Path, hosts: dict[str, Any]) -> None:
    """Check N1 to N12 over a simulated fleet and every store that the command line was given or made."""
    named: set[Place] = {state_folder() / "lcm.db", *_stores}
    stores = {one for one in named if isinstance(one, Address) or one.exists()}
    found = check_store(
        sorted(stores, key=str),
        {name: log_of(folder / "switches" / f"{name}.jsonl") for name in hosts},
        addresses={f"{host['hostname']}:{host['port']}": name for name, host in hosts.items()},
        secrets={host["password"] for host in hosts.values()},
    )
    assert found == [], "\n".join(found)
