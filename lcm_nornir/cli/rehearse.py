"""A rehearsal: a simulated fleet, upgraded as a real one would be."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from lcm_nornir.cli import Output
from lcm_nornir.cli.lab import LabSpec, image_of, simulated_nornir, start_lab
from lcm_nornir.cli.upgrade import Wanted
from lcm_nornir.cli.watched import watched
from lcm_nornir.journal.store import Store
from lcm_nornir.policy import CAREFUL
from lcm_nornir.processors.journal import JournalProcessor


def rehearse(spec: LabSpec, output: Output) -> int:
    """Upgrade a simulated fleet as a real one would be, print its status document, and give the exit code."""
    with tempfile.TemporaryDirectory(prefix="lcm_nornir-") as name:
        place = Path(name)
        with start_lab(spec, place / "switches") as fleet:
            nornir = simulated_nornir(fleet, place, spec.speed)
            wanted = Wanted("run", {"image": image_of(fleet), "policy": CAREFUL})
            with Store(place / "lcm.db") as store:  # it goes with the folder: nobody is told of a job
                run = partial(wanted.run, journal=JournalProcessor(store))
                return watched(nornir, run, output, wanted.goal)
