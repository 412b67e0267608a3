"""A rehearsal: a simulated fleet, upgraded as a real one would be."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from nornir import InitNornir
from nornir.core import Nornir
from ruamel.yaml import YAML

from lcm_nornir.door.host_keys import HostKeys
from lcm_nornir.errors import RequestError
from lcm_nornir.image import Image
from lcm_nornir.processors.status import StatusProcessor
from lcm_nornir.record import SwitchRecord
from lcm_nornir.schema import JobStatus
from lcm_nornir.simulator import Fleet, FleetSpec, ImageServerSpec, SimulatorError, SwitchSpec, inventory, start_fleet
from lcm_nornir.tasks import update_image


def run(switches: int, faults: tuple[str, ...], speed: float) -> int:
    """Upgrade a simulated fleet, print its `UpdateJobStatus` on stdout, and give the exit code."""
    with tempfile.TemporaryDirectory(prefix="lcm_nornir-") as folder:
        place = Path(folder)
        with _fleet(switches, faults, speed, place / "switches") as fleet:
            nornir = simulated_nornir(fleet, place, speed)
            status = StatusProcessor()
            nornir.with_processors([status]).run(task=update_image, image=image_of(fleet))
    report = status.report()
    _explain(status.record())
    print(report.model_dump_json(indent=2))  # noqa: T201 - the document is what was asked for
    return 0 if report.status is JobStatus.SUCCESS else 1


def _fleet(switches: int, faults: tuple[str, ...], speed: float, logs: Path) -> Fleet:
    names = [f"leaf{number:02}" for number in range(1, switches + 1)]
    chosen: dict[str, list[str]] = {name: [] for name in names}
    for text in faults:
        name, _, fault = text.partition("=")
        if name not in chosen or not fault:
            raise RequestError(
                f"{text!r} names no switch of this fleet", field="--fault", cure=f"write {names[0]}=FAULT"
            )
        chosen[name].append(fault)
    logs.mkdir()
    spec = FleetSpec(
        switches=tuple(
            SwitchSpec(name, faults=tuple(chosen[name]), variant=number) for number, name in enumerate(names)
        ),
        speed=speed,
        log_dir=str(logs),
        images=ImageServerSpec(),
    )
    try:
        return start_fleet(spec)
    except SimulatorError as error:
        raise RequestError(
            str(error).splitlines()[-1], field="simulator", cure="see lcm-nornir rehearse --help"
        ) from error


def image_of(fleet: Fleet) -> Image:
    """Give the image that the fleet's image server serves."""
    image = fleet.image
    if image is None:
        raise RequestError("the fleet has no image server", field="images", cure="start one with it")
    return Image(url=image.url, version=image.version, sha256=image.sha256, size=image.size)


def simulated_nornir(fleet: Fleet, place: Path, speed: float) -> Nornir:
    """Write the inventory and the trusted host keys of a simulated fleet to a folder, and open it with Nornir."""
    keys = HostKeys(place / "host_keys")
    for switch in fleet.switches:
        keys.trust(switch.host, switch.port, switch.host_key)
    hosts = place / "hosts.yaml"
    expected = {switch.name: {"serial": switch.serial, "model": switch.model} for switch in fleet.switches}
    with hosts.open("w", encoding="utf-8") as file:
        yaml = YAML(typ="safe")
        yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # the order of the fleet is the order of the job
        yaml.dump(inventory(fleet.switches, expected), file)
    options: dict[str, Any] = {
        "host_keys": str(keys.folder),
        "configurations": str(place / "configurations"),
        "time_scale": 1 / speed,
    }
    return InitNornir(
        runner={"plugin": "lcm_waves", "options": options},
        inventory={"plugin": "SimpleInventory", "options": {"host_file": str(hosts)}},
        logging={"enabled": False},
        ssh={"config_file": str(place / "no_ssh_config")},
    )


def _explain(records: tuple[SwitchRecord, ...]) -> None:
    for record in records:
        line = f"{record.name:12} {record.row().update_progress_status:30} {record.reason}"
        print(line.rstrip(), file=sys.stderr)  # noqa: T201 - for people
