"""What users would run instead: a plain script, netmiko in a thread per switch, each holding its session.

``python -m tests.benchmarks.plain --switches 1000 --seconds 60`` prints the same figures as ``fleet.py``, for the same
fleet. It believes what the commands say: it checks no host key and no digest, keeps no configuration, and proves
nothing but the version.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from netmiko import ConnectHandler
from netmiko.base_connection import BaseConnection

from lcm_nornir.simulator import SimulatedImage, SimulatedSwitch, start_fleet
from tests.benchmarks import fleet as measured

PAUSE = 1.0  # seconds between two looks, as scripts have it


def main() -> int:
    """Run the script on every switch at once, and print its figures."""
    options = measured.options(__doc__ or "")
    speed = measured.speed(options.seconds)
    with tempfile.TemporaryDirectory(prefix="lcm_nornir-") as name:
        with start_fleet(measured.spec(options.switches, speed, Path(name) / "switches")) as simulated:
            image = simulated.image
            assert image is not None
            meter = measured.Meter()
            with meter, ThreadPoolExecutor(options.switches) as pool:
                done = list(pool.map(lambda switch: upgrade(switch, image), simulated.switches))
            figures = meter.figures(options, sum(done))
        figures |= measured.of_the_simulator(simulated)
    json.dump(figures, sys.stdout)
    sys.stdout.write("\n")
    return 0 if all(done) else 1


def upgrade(switch: SimulatedSwitch, image: SimulatedImage) -> bool:
    """Upgrade one switch as scripts do."""
    with connect(switch) as ssh:
        ssh.send_command(f"image download {image.url}", expect_string="#")
        wait_idle(ssh)
        ssh.send_command(f"image install image://{image.file_name}", expect_string="#")
        wait_idle(ssh)
        ssh.send_command("boot system standby", expect_string="#")
        ssh.send_command("write memory", expect_string="#")
        ssh.write_channel("reload\n")
        time.sleep(PAUSE)
        ssh.write_channel("yes\n")
        time.sleep(PAUSE)
        ssh.paramiko_cleanup()
    while True:
        time.sleep(PAUSE)
        try:
            with connect(switch) as ssh:
                said = str(ssh.send_command("show version", expect_string="#"))
        except Exception:  # noqa: BLE001, S112 - as scripts have it
            continue
        if "OS Version" in said:
            return image.version in said


def connect(switch: SimulatedSwitch) -> BaseConnection:
    """Open a session."""
    return ConnectHandler(
        device_type="dell_os10",
        host=switch.host,
        port=switch.port,
        username=switch.username,
        password=switch.password,
    )


def wait_idle(ssh: BaseConnection) -> None:
    """Look until the installer is idle, in the session that is held."""
    while True:
        time.sleep(PAUSE)
        said = str(ssh.send_command("show image status", expect_string="#"))
        if "Image Upgrade State" in said and "idle" in said.partition("Image Upgrade State")[2].splitlines()[0]:
            return


if __name__ == "__main__":
    sys.exit(main())
