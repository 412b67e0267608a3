"""A fleet in one process, the command line in another, as a new user walks through it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.cli.commands import ROOT, effects, lcm, simulated, statuses

pytestmark = pytest.mark.slow  # each command line starts a Python of its own


def test_the_sample_inventory_is_the_simulated_lab_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    with simulated("--folder", str(tmp_path)) as printed:
        sample = YAML(typ="safe").load((ROOT / "inventory/hosts.yaml").read_text())
        assert list(sample) == list(printed)
        for name, host in printed.items():
            assert sample[name]["hostname"] == host["hostname"]
            assert sample[name]["data"]["lcm"].items() >= host["data"]["lcm"].items()
            key = f"host_keys/{host['hostname']}_{host['port']}"
            assert (ROOT / "inventory" / key).read_text() == (tmp_path / key).read_text()
        first = lcm("run", "--config", "inventory/config.yaml", "--images", "inventory/images.yaml")
        assert statuses(first.stdout) == ["SUCCESS"] * 4
        before = {name: effects(tmp_path, name) for name in printed}
        second = lcm("run", "--config", "inventory/config.yaml", "--images", "inventory/images.yaml")
        assert statuses(second.stdout) == ["SUCCESS"] * 4
        assert {name: effects(tmp_path, name) for name in printed} == before
        assert [before[name].count("reload") for name in before] == [1] * 4


def test_a_rehearsal_tells_nothing_of_a_job_that_is_gone_with_it() -> None:
    done = lcm("rehearse", "--switches", "2", "--speed", "60", "--fault", "leaf02=refused", code=1)
    assert statuses(done.stdout) == ["SUCCESS", "FAILED"]
    assert "leaf02 FAILED" in done.stderr
    assert "job" not in done.stderr
    assert "resume" not in done.stderr


def test_doctor_and_drivers_tell_data_too() -> None:
    checks = json.loads(lcm("doctor", "--config", "inventory/config.yaml", "--output", "json").stdout)
    found = {check["name"]: check["state"] for check in checks}
    assert found["inventory"] == found["host keys"] == found["interpreter"] == found["extra rehearse"] == "ok"
    assert {"clock", "file descriptors", "threads", "loopback"} <= set(found)
    assert "inventory" in lcm("doctor", "--config", "nowhere.yaml", code=1).stdout
    drivers = {driver["platform"]: driver for driver in json.loads(lcm("drivers", "--output", "json").stdout)}
    assert drivers["dell_os10"]["point_of_no_return"] == "set_next_boot"
    told = lcm("drivers").stdout
    assert all(platform in told for platform in drivers)
