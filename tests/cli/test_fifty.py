"""Fifty switches at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import lcm, simulated, statuses

pytestmark = pytest.mark.slow  # scale


def test_fifty_switches_one_document_and_one_of_each(tmp_path: Path) -> None:
    with simulated("--switches", "50", "--folder", str(tmp_path), "--first-address", "127.46.0.1"):
        done = lcm("run", "--config", str(tmp_path / "config.yaml"), "--images", str(tmp_path / "images.yaml"))
        names = [f"leaf{number:02}" for number in range(1, 51)]
        assert statuses(done.stdout) == ["SUCCESS"] * 50
        for name in names:
            lines = (tmp_path / "switches" / f"{name}.jsonl").read_text().splitlines()
            events = [json.loads(line) for line in lines]
            kinds = [entry.get("kind", "") for entry in events]
            assert [kinds.count(kind) for kind in ("download_started", "install_started", "reload")] == [1, 1, 1]
            assert sum(entry["event"] == "session_opened" for entry in events) <= 6, name
