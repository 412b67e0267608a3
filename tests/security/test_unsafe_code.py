"""No unsafe loaders and no unsafe calls of netmiko in the package; and what looks for them does find them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.security.netmiko_calls import SEAM, unsafe_calls

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
OURS = sorted([*(ROOT / "lcm_nornir").rglob("*.py"), *(ROOT / "runbooks").rglob("*.py")])


def bandit(*places: Path) -> set[tuple[int, str]]:
    """Give what bandit finds: line, and name of its test."""
    words = ["bandit", "-q", "-f", "json", "-c", str(ROOT / "pyproject.toml"), "-r", *map(str, places)]
    done = subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert found["errors"] == []
    return {(one["line_number"], one["test_id"]) for one in found["results"]}


@pytest.mark.slow
def test_S25_bandit_finds_nothing_in_the_package() -> None:
    assert bandit(ROOT / "lcm_nornir", ROOT / "runbooks") == set()


def test_S25_bandit_catches_every_unsafe_loader(tmp_path: Path) -> None:
    source = (HERE / "unsafe_code.txt").read_text()
    (tmp_path / "unsafe.py").write_text(source)
    lines = enumerate(source.splitlines(), 1)
    assert bandit(tmp_path) == {
        (number, found[1]) for number, line in lines if (found := re.search(r"# (B\d+)$", line))
    }


@pytest.mark.parametrize("file", OURS, ids=lambda file: str(file.relative_to(ROOT)))
def test_S25_nothing_of_ours_calls_netmiko_unsafely(file: Path) -> None:
    assert list(unsafe_calls(file.read_text(), file.as_posix())) == []


def test_S25_the_rule_catches_every_unsafe_call_and_no_other() -> None:
    source = (HERE / "unsafe_netmiko.txt").read_text()
    lines = enumerate(source.splitlines(), 1)
    caught = {finding.line for finding in unsafe_calls(source)}
    assert caught == {number for number, line in lines if line.endswith("# caught")}


@pytest.mark.parametrize("file", SEAM)
def test_S25_the_door_alone_may_do_what_it_is_there_for(file: str) -> None:
    source = (ROOT / "lcm_nornir" / file).read_text()
    assert {finding.what.split()[0] for finding in unsafe_calls(source, "elsewhere.py")} == SEAM[file]
