"""A fleet of every network OS that there is, in equal shares, from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from lcm_nornir.drivers.registry import drivers
from lcm_nornir.simulator import PLATFORMS
from tests.cli.commands import effects, lcm, simulated, statuses

EACH = 2  # switches of each platform
ONE_OF_EACH = ("download_started", "install_started", "reload")


def test_every_driver_can_be_rehearsed() -> None:
    assert set(PLATFORMS) == set(drivers())


def test_a_fleet_of_all_platforms_is_updated_each_switch_once(tmp_path: Path) -> None:
    count = str(EACH * len(PLATFORMS))
    words = ("--platform", "all", "--switches", count, "--speed", "50", "--first-address", "")
    with simulated(*words, "--folder", str(tmp_path)) as hosts:
        assert sorted(host["platform"] for host in hosts.values()) == sorted([*PLATFORMS] * EACH)
        files = ("--config", str(tmp_path / "config.yaml"), "--images", str(tmp_path / "images.yaml"))
        done = lcm("run", *files, "--store", str(tmp_path / "lcm.db"), "--output", "json")
        assert statuses(done.stdout) == ["SUCCESS"] * len(hosts)
        for name, host in hosts.items():
            kinds = effects(tmp_path, name)
            assert [kinds.count(kind) for kind in ONE_OF_EACH] == [1, 1, 1], (name, host["platform"])


@pytest.mark.slow
def test_rehearse_takes_all_platforms() -> None:
    done = lcm("rehearse", "--platform", "all", "--switches", str(len(PLATFORMS)), "--speed", "50", "--output", "json")
    assert statuses(done.stdout) == ["SUCCESS"] * len(PLATFORMS)
