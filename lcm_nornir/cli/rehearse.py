"""A rehearsal: a simulated fleet, upgraded as a real one would be."""

from __future__ import annotations

import tempfile
from pathlib import Path

from lcm_nornir.cli import Output
from lcm_nornir.cli.lab import LabSpec, image_of, simulated_nornir, start_lab
from lcm_nornir.cli.upgrade import watched
from lcm_nornir.policy import CAREFUL


def rehearse(spec: LabSpec, output: Output) -> int:
    """Upgrade a simulated fleet as a real one would be, print its status document, and give the exit code."""
    with tempfile.TemporaryDirectory(prefix="lcm_nornir-") as name:
        place = Path(name)
        with start_lab(spec, place / "switches") as fleet:
            nornir = simulated_nornir(fleet, place, spec.speed)
            return watched(nornir, "run", output, image=image_of(fleet), policy=CAREFUL)
