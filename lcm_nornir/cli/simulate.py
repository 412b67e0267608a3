"""A simulated fleet to play with."""

from __future__ import annotations

import signal
import tempfile
from contextlib import suppress
from pathlib import Path

from lcm_nornir.cli import Output
from lcm_nornir.cli.lab import LabSpec, hosts_of, start_lab, write_lab
from lcm_nornir.cli.terminal import data, data_json, note


def simulate(spec: LabSpec, folder: Path | None, output: Output) -> int:
    """Run a simulated fleet until Ctrl-C or SIGTERM; its inventory goes to stdout once every switch listens."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt), tempfile.TemporaryDirectory(prefix="lcm_nornir-") as temporary:
        place = folder or Path(temporary)
        with start_lab(spec, place / "switches") as fleet:
            config = write_lab(fleet, place, spec.speed)
            if output is Output.JSON:
                data_json(hosts_of(fleet))
            else:
                data((place / "hosts.yaml").read_text(encoding="utf-8").rstrip())
            note(f"{spec.switches} switches listen. In another terminal:")
            note(f"  lcm-nornir run --config {config} --images {place / 'images.yaml'}")
            note(f"Their own logs: {place / 'switches'}. Ctrl-C ends them.")
            while True:
                signal.pause()  # both signals raise
    return 0
