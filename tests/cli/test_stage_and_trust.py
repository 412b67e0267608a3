"""Trust, dry run, stage and activate against a fleet in another process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands import effects, lcm, simulated, statuses

pytestmark = pytest.mark.slow  # each of a dozen command lines starts a Python of its own


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Path]:
    with simulated("--folder", str(tmp_path), "--switches", "3", "--speed", "40", "--first-address", "127.44.0.1"):
        yield tmp_path


def test_trust_dry_run_stage_and_activate(lab: Path) -> None:
    config, images = ["--config", str(lab / "config.yaml")], ["--images", str(lab / "images.yaml")]
    (lab / "host_keys" / "127.44.0.2_2222").unlink()
    untrusted = lcm("run", *config, *images, "-l", "leaf02", code=1)
    assert "host key unknown" in untrusted.stderr
    assert statuses(untrusted.stdout) == ["FAILED"]
    assert "SHA256:" in lcm("trust", *config, "--output", "json", code=2).stdout
    assert not (lab / "host_keys" / "127.44.0.2_2222").exists()
    trusted = json.loads(lcm("trust", *config, "--yes", "--output", "json").stdout)
    assert [row["standing"] for row in trusted] == ["trusted", "new", "trusted"]

    dry = lcm("run", *config, *images, "--dry-run", "--confirm", "3")
    assert statuses(dry.stdout) == ["NOT_SET"] * 3
    assert "leaf03 would:\n  copy PKGS_OS10" in dry.stderr
    assert effects(lab, "leaf03") == []

    refused = lcm("activate", *config, *images, "-l", "leaf01", code=1)
    assert "is not staged on it" in refused.stderr
    staged = lcm("stage", *config, *images, "-l", "leaf01")
    assert statuses(staged.stdout) == ["INSTALL_IN_PROGRESS"]
    assert json.loads(staged.stdout)["status"] == "IN_PROGRESS"
    assert "set_boot" not in effects(lab, "leaf01")
    active = lcm("activate", *config, *images, "-l", "leaf01", "--output", "text")
    assert "leaf01" in active.stdout
    assert "SUCCESS" in active.stdout
    assert effects(lab, "leaf01").count("install_started") == 1
