"""One upgrade in a process of its own, which kills itself at a persistence point: how a crash is aimed."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nornir.core import Nornir

from lcm_nornir import Image, tasks
from lcm_nornir.jobs import resume_job
from lcm_nornir.journal import points
from lcm_nornir.journal.store import Store
from lcm_nornir.processors.journal import JournalProcessor
from tests.fleets import Lab, opened
from tests.forked import Forked

LEASE = 9.0  # seconds; short enough that it is renewed within one upgrade, long enough for a busy machine
LONGEST = 120.0  # seconds for one upgrade on a machine that has much to do


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What a killed upgrade, and what followed, came to.

    Attributes:
        code: How the killed process ended.
        was_begun: Whether its job was on disk.
        words: Progress and error, once it was resumed (or, if it was not begun, run again).
    """

    code: int
    was_begun: bool
    words: tuple[str, str]


def share(fleet: Lab) -> None:
    """Leave the image where other processes find it."""
    (fleet.place / "image.json").write_text(json.dumps(fleet.image.dump()))


def store_of(place: Path, name: str) -> Path:
    """Give the path of the store in which one switch's jobs are."""
    return place / "stores" / name / "lcm.db"


def watched_store(fleet: Lab, name: str) -> Path:
    """Give that path, and let the checker read what is there."""
    path = store_of(fleet.place, name)
    fleet.stores.add(path)
    return path


def upgraded(place: Path, name: str, *point: str) -> Forked:
    """Upgrade one switch in a process of its own, and wait for its end.

    Args:
        place: Of the fleet.
        name: Of the switch.
        *point: At which it dies, how many times that is reached until then, and which task it runs. Without a point it
            lives, and prints the points that it reached, one a line.
    """
    process = Forked(main, str(place), name, *point, said=place / f"{name}.out")
    process.wait(LONGEST)
    return process


def killed_and_resumed(place: Path, name: str, point: str, times: int) -> Aftermath:
    """Upgrade one switch in a process that dies at a point, and go on at once; a job that was not begun is run anew."""
    killed = upgraded(place, name, point, str(times))
    after = Forked(_go_on, str(place), name, said=place / f"{name}.after")
    assert after.wait(LONGEST) == 0, after.complained.read_text()
    was_begun, *words = json.loads(after.said.read_text())
    return Aftermath(killed.wait(0), was_begun, tuple(words))


def _go_on(folder: str, name: str) -> None:
    place = Path(folder)
    with Store(store_of(place, name)) as store:
        was_begun = bool(store.jobs())
        if was_begun:
            resume_job(_switch(place, name), store, "last")
        else:
            _upgrade(place, name, store)
        (record,) = store.record(store.job("last"))
    row = record.row()
    json.dump((was_begun, row.update_progress_status.value, row.error.value), sys.stdout)


def _switch(place: Path, name: str) -> Nornir:
    nornir = opened(place, journal=False).filter(filter_func=lambda host: host.name == name)
    # a peer that is elsewhere: what is stored of the right to be down is stored for it, too
    nornir.inventory.hosts[name].data["lcm"]["peer"] = f"peer of {name}"
    return nornir


def _upgrade(place: Path, name: str, store: Store, task: str = "update_image") -> None:
    image = Image.restore(json.loads((place / "image.json").read_text()))
    nornir = _switch(place, name).with_processors([JournalProcessor(store)])
    params: dict[str, Any] = {} if task == "reboot_switch" else {"image": image}
    nornir.run(task=getattr(tasks, task), raise_on_error=False, **params)


def main(place: str, name: str, point: str = "", times: str = "0", task: str = "update_image") -> None:
    """Upgrade, or do a step of it alone, and die or tell."""
    reached: list[str] = []

    def listener(one: str) -> None:
        reached.append(one)
        if one == point and reached.count(point) == int(times):
            os.kill(os.getpid(), signal.SIGKILL)

    points.listen(listener)
    with Store(store_of(Path(place), name), lease=LEASE) as store:
        _upgrade(Path(place), name, store, task)
    sys.stdout.write("\n".join(reached))
