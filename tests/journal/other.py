"""Another process that works with the same store: it upgrades switches until it is done, stopped or killed."""

from __future__ import annotations

import json
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lcm_nornir.journal.place import Place
from tests.fleets import Lab, happens, store_of
from tests.forked import Forked
from tests.journal import upgrading
from tests.journal.stores import is_free

ROOT = Path(__file__).parents[2]


@contextmanager
def another(fleet: Lab, *names: str, die: str = "", lease: float = 60.0, boot: str = "") -> Iterator[Forked]:
    """Run an upgrade of switches in a process of its own, with the fleet's store.

    Args:
        fleet: In which the switches are.
        *names: Which.
        die: Point of persistence at which the process kills itself.
        lease: Seconds.
        boot: What it takes for the boot of this machine, whose wall clock is then not synchronised.
    """
    order = {"place": str(fleet.place), "store": str(store_of(fleet.place)), "names": names}
    fate = {"image": fleet.image.dump(), "die": die, "lease": lease, "boot": boot}
    said = Path(tempfile.mkstemp(prefix=f"{'-'.join(names)}-", suffix=".out", dir=fleet.place)[1])
    process = Forked(upgrading.main, json.dumps(order | fate), said=said)
    try:
        yield process
    finally:
        process.kill()
        process.wait(60)


def answer(process: Forked) -> dict[str, dict[str, Any]]:
    """Wait for the end of a process and give what it says of each switch."""
    assert process.wait(60) == 0, process.complained.read_text()
    return {told["name"]: told for told in json.loads(process.said.read_text())}


def killed(fleet: Lab, *names: str, die: str, boot: str = "") -> None:
    """Run an upgrade in a process that kills itself at a point of persistence; return when it is dead."""
    with another(fleet, *names, die=die, boot=boot) as process:
        assert process.wait(60) == -signal.SIGKILL, f"it never came to {die!r}"


def downloads(fleet: Lab, name: str) -> bool:
    """Wait until a switch downloads."""
    return happens(lambda: "download_started" in fleet.kinds(name), 20)


def suspend(process: subprocess.Popen[str] | Forked, place: Place) -> None:
    """Stop a process where it does not keep the store locked, for then nobody could go on."""
    while True:
        process.send_signal(signal.SIGSTOP)
        assert happens(lambda: state_of(process) == "T")
        if is_free(place):
            return
        process.send_signal(signal.SIGCONT)
        time.sleep(0.05)


def state_of(process: subprocess.Popen[str] | Forked) -> str:
    """Give the letter for the state of a process: ``T`` if it is stopped."""
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
