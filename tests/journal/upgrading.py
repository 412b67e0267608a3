"""What another process does that upgrades switches; `other.another` begins it."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

from lcm_nornir import Image, JournalProcessor, StatusProcessor, Store, clock, update_image
from lcm_nornir.journal.points import listen
from tests.fleets import opened


def main(text: str) -> None:
    """Upgrade, and print as JSON what became of each switch.

    Args:
        text: JSON: the fleet's folder, the store, the names of the switches, the image, and how it is to fare.
    """
    order: dict[str, Any] = json.loads(text)
    if boot := order["boot"]:
        vars(clock).update(machine_boot=lambda: boot, synchronised=lambda: False)
    listen(lambda point: os.kill(os.getpid(), signal.SIGKILL) if point == order["die"] else None)
    with Store(order["store"], lease=order["lease"]) as store:
        status = StatusProcessor()
        nornir = opened(Path(order["place"]), journal=False)
        nornir = nornir.filter(filter_func=lambda host: host.name in order["names"])
        nornir = nornir.with_processors([status, JournalProcessor(store)])
        nornir.run(task=update_image, image=Image.restore(order["image"]))
    told = [
        {"name": record.name, "ending": record.ending, "error": type(record.error).__name__, "reason": record.reason}
        for record in status.record()
    ]
    print(json.dumps(told))  # noqa: T201 - the answer
