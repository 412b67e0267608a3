"""The simulator as a process: it starts fast, repeats itself by seed, and never outlives its parent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lcm_nornir.simulator import (
    FleetSpec,
    ImageServerSpec,
    SimulatorError,
    SwitchSpec,
    inventory,
    spec,
    start_fleet,
)

from .console import Console, install, login, reload

if TYPE_CHECKING:
    from .conftest import StartsFleets

ROOT = Path(__file__).parents[2]


def gone(pid: int) -> bool:
    """Wait a moment for a process to end."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.01)
    return False


def run_simulator(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lcm_nornir.simulator", *arguments],
        input=text,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=20,
        check=False,
    )


def test_the_same_seed_gives_the_same_fleet_again(start: StartsFleets) -> None:
    switches = (SwitchSpec("leaf1"), SwitchSpec("leaf2"))
    one, two = (start(*switches, seed=5, images=None) for _ in range(2))
    other = start(*switches, seed=6, images=None)
    assert [switch.host_key for switch in one.switches] == [switch.host_key for switch in two.switches]
    assert [switch.serial for switch in one.switches] == [switch.serial for switch in two.switches]
    assert one.switches[0].host_key != one.switches[1].host_key
    assert one.switches[0].host_key != other.switches[0].host_key
    boot_ids = []
    for fleet in (one, two):
        with Console(fleet.switches[0]) as console:
            boot_ids.append(console.run('system "cat /proc/sys/kernel/random/boot_id"'))
    assert boot_ids[0] == boot_ids[1]


def test_two_fleets_at_once_have_addresses_of_their_own(start: StartsFleets) -> None:
    fleets = [start(SwitchSpec("leaf1"), SwitchSpec("leaf2"), images=None) for _ in range(2)]
    hosts = {switch.host for fleet in fleets for switch in fleet.switches}
    assert len(hosts) == 4
    assert all(host.startswith("127.") for host in hosts)
    for fleet in fleets:
        Console(fleet.switches[0]).transport.close()


def test_addresses_count_up_from_the_first(start: StartsFleets) -> None:
    net = f"127.{100 + os.getpid() // 240 % 100}.{os.getpid() % 240}"  # another one in each run
    switches = (SwitchSpec("s1"), SwitchSpec("s2"))
    fleet = start(*switches, images=None, first_address=f"{net}.254", port=2299)
    assert [(switch.host, switch.port) for switch in fleet.switches] == [(f"{net}.254", 2299), (f"{net}.255", 2299)]
    with pytest.raises(SimulatorError, match="in use"):
        start(SwitchSpec("late"), images=None, first_address=f"{net}.255", port=2299)


def test_one_address_with_a_port_for_each_and_http_faults_too(start: StartsFleets) -> None:
    fleet = start(
        SwitchSpec("leaf1", faults=("http-403",)),
        SwitchSpec("leaf2"),
        SwitchSpec("leaf3"),
        one_address=True,
        images=ImageServerSpec(faults={"leaf3": "http-404"}),
    )
    assert fleet.image is not None
    assert {switch.host for switch in fleet.switches} == {"127.0.0.1"}
    assert len({switch.port for switch in fleet.switches}) == 3
    for name in ("leaf1", "leaf3"):
        with Console(fleet.switch(name)) as console:
            console.run(f"image download {fleet.image.url}")
            console.wait_for("show image status", "Failed")
    assert fleet.effects("leaf1")[-1]["cause"] == "403"
    assert fleet.effects("leaf3")[-1]["cause"] == "404"
    with Console(fleet.switch("leaf2")) as console:
        install(console, fleet.image.url)
        reload(console)
    login(fleet.switch("leaf2")).transport.close()


def test_an_image_server_fault_of_one_client(start: StartsFleets) -> None:
    fleet = start(SwitchSpec("leaf1"), images=ImageServerSpec(faults=(("leaf1", "http-401"),)))
    assert fleet.image is not None
    with Console(fleet.switches[0]) as console:
        console.run(f"image download {fleet.image.url}")
        console.wait_for("show image status", "Failed")
    assert fleet.effects("leaf1")[-1]["cause"] == "401"


def test_the_process_ends_when_its_standard_input_does(tmp_path: Path) -> None:
    fleet = FleetSpec((SwitchSpec("leaf1"),), log_dir=str(tmp_path), images=ImageServerSpec())
    ended = run_simulator(text=spec.to_json(fleet) + "\n")
    assert ended.returncode == 0
    assert ended.stderr == ""
    ready, last = ended.stdout.splitlines()
    assert gone(json.loads(ready)["images_pid"])
    assert json.loads(last)["cpu_seconds"] > 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_ends_in_order_on_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    with start_fleet(FleetSpec((SwitchSpec("leaf1"),), log_dir=str(tmp_path))) as fleet:
        os.kill(fleet.pid, number)
        assert gone(fleet.pid)
        assert fleet.complaints() == ""


def test_a_killed_simulator_leaves_whole_lines_and_no_image_server(tmp_path: Path) -> None:
    with start_fleet(FleetSpec((SwitchSpec("leaf1"),), log_dir=str(tmp_path), images=ImageServerSpec())) as fleet:
        with Console(fleet.switches[0]) as console:
            console.run("show clock")
            os.kill(fleet.pid, signal.SIGKILL)
        pids = fleet.pids
        assert all(map(gone, pids))
        assert [entry.get("line") for entry in fleet.log("leaf1")][-1] == "show clock"
    assert len(pids) == 2


def test_errors_before_ready_are_one_line_and_exit_code_2(tmp_path: Path) -> None:
    good = {"switches": [{"name": "leaf1"}], "log_dir": str(tmp_path)}
    twice = json.dumps(good | {"switches": [{"name": "leaf1"}, {"name": "leaf1"}]})
    for text in ("no json", "{}", json.dumps(good | {"log_dir": ""}), json.dumps(good | {"colour": "red"}), twice):
        ended = run_simulator(text=text + "\n")
        assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1), ended.stderr
    with pytest.raises(SimulatorError, match="unknown fault 'stahl'"):
        start_fleet(FleetSpec((SwitchSpec("leaf1", faults=("stahl",)),), log_dir=str(tmp_path)))


def test_the_fault_table_is_printed_for_people() -> None:
    printed = run_simulator("faults").stdout
    assert "stall" in printed
    assert "[:percent=40]" in printed


def test_inventory_is_what_nornir_reads(start: StartsFleets) -> None:
    fleet = start(SwitchSpec("leaf1"), images=None)
    switch = fleet.switches[0]
    assert inventory(fleet.switches, {"leaf1": {"role": "leaf"}}) == {
        "leaf1": {
            "hostname": switch.host,
            "port": 2222,
            "username": "admin",
            "password": "admin-simulated",
            "platform": "dell_os10",
            "data": {"lcm": {"role": "leaf"}},
        }
    }


def test_cpu_seconds_grow_and_are_final_after_stop(start: StartsFleets) -> None:
    fleet = start(SwitchSpec("leaf1"))
    before = fleet.cpu_seconds()
    assert before > 0
    fleet.stop()
    fleet.stop()
    assert fleet.cpu_seconds() >= before


def test_importing_the_package_loads_no_ssh_and_no_http() -> None:
    code = "import sys, lcm_nornir.simulator; print({'asyncssh', 'aiohttp', 'cryptography'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.slow
def test_a_thousand_switches_start_in_one_process_and_answer(tmp_path: Path) -> None:
    switches = tuple(SwitchSpec(f"s{number}", variant=number) for number in range(1000))
    with start_fleet(FleetSpec(switches, log_dir=str(tmp_path), images=ImageServerSpec())) as fleet:
        assert len({(switch.host, switch.port) for switch in fleet.switches}) == 1000
        for switch in (fleet.switches[0], fleet.switches[-1]):
            with Console(switch) as console:
                assert switch.serial in console.run("show license status")
