"""The program of another process that upgrades switches; `other.another` runs it.

Its one argument is JSON: the fleet's folder, the store, the names of the switches, the image, and how it is to fare.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from lcm_nornir import clock


def main(order: dict[str, Any]) -> None:
    if boot := order["boot"]:
        vars(clock).update(machine_boot=lambda: boot, synchronised=lambda: False)
    # only now, since what the clock says is imported by name
    from lcm_nornir import Image, JournalProcessor, StatusProcessor, Store, update_image  # noqa: PLC0415
    from lcm_nornir.journal.points import listen  # noqa: PLC0415
    from tests.fleets import opened  # noqa: PLC0415

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


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
