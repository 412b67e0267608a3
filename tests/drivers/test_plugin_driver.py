"""A driver from outside arrives by its entry point, and is one like ours: the example of docs/add-a-network-os.md."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from lcm_nornir.drivers.base import Activity, CopyState, InstallerState, Session
from lcm_nornir.drivers.conformance import QUESTIONS, cases_of, recordings_of
from lcm_nornir.image import Image
from tests.cli.commands import COMMAND

PLUGIN = Path(__file__).parents[1] / "plugin"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the plug-in into a folder as an installer does, but without a network: files, and their metadata."""
    project = tomllib.loads((PLUGIN / "pyproject.toml").read_text())["project"]
    site, ignored = tmp_path_factory.mktemp("site"), shutil.ignore_patterns("__pycache__")
    (package,) = (path for path in PLUGIN.iterdir() if (path / "__init__.py").exists())
    shutil.copytree(package, site / package.name, ignore=ignored)
    metadata = site / f"{package.name}-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    groups = project["entry-points"].items()
    (metadata / "entry_points.txt").write_text(
        "\n".join(
            line
            for group, entries in groups
            for line in (f"[{group}]", *(f"{name} = {value}" for name, value in entries.items()))
        )
    )
    return site


def ran(installed: Path, *words: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        cwd=installed,
        env={**os.environ, "PYTHONPATH": str(installed)},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_the_command_line_shows_it(installed: Path) -> None:
    rows = json.loads(ran(installed, *COMMAND[1:], "drivers", "--output", "json").stdout)
    (row,) = (row for row in rows if row["platform"] == "arista_eos")
    assert (row["copy"], row["install"], row["digests"]) == ("held", "with_copy", ["sha512"])
    assert {"dell_os10", "edgecore_sonic"} < {row["platform"] for row in rows}


def test_its_own_test_is_three_lines_and_passes(installed: Path) -> None:
    shutil.copytree(PLUGIN / "recordings", installed / "recordings", dirs_exist_ok=True)
    shutil.copy(PLUGIN / "conforms.py", installed)
    done = ran(installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "conforms.py")
    assert f"{len(QUESTIONS)} passed" in done.stdout


@pytest.mark.slow
def test_the_kit_passes_over_it_from_the_command_line(installed: Path) -> None:
    done = ran(installed, "-m", "lcm_nornir.drivers.conformance", "eos", str(PLUGIN / "recordings"))
    assert done.stdout == ""
    assert "1 recordings that show boot_identity, configuration, copy, delete, digest" in done.stderr


def test_what_it_says_is_written_by_hand() -> None:
    recordings = list((PLUGIN / "recordings").glob("*.json"))
    assert recordings
    for path in recordings:
        assert json.loads(path.read_text())["about"].startswith("WRITTEN BY HAND")


def test_a_held_copy_that_goes_on_when_nobody_wants_it_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(PLUGIN)
    from lcm_nornir_eos import AristaEOS  # noqa: PLC0415 - it is not installed here

    class GoesOn(AristaEOS):
        def copy(self, ssh: Session, image: Image) -> Iterator[InstallerState]:
            ssh.send(f"copy {image.url} flash:{image.name}")
            yield InstallerState(CopyState(Activity.RUNNING), busy=True)
            yield self._copied(ssh, image, "Copy completed successfully.")

    recordings = recordings_of(AristaEOS(), [PLUGIN / "recordings"])
    for driver, told in ((AristaEOS(), []), (GoesOn(), ["was closed while it was busy, and is not interrupted"])):
        (case,) = (case for case in cases_of(driver, recordings) if case.question == "left-off")
        assert [finding.detail for finding in case.findings()] == told


def test_the_page_shows_the_example_s_own_code_and_every_question() -> None:
    page = (PLUGIN.parents[1] / "docs" / "add-a-network-os.md").read_text()
    files = [path for path in PLUGIN.rglob("*") if path.suffix in {".py", ".toml"}]
    code = {line.strip() for path in files for line in path.read_text().splitlines()}
    blocks = re.findall(r"^ *```(?:python|toml)\n(.*?)^ *```", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) > 5
    assert {line.strip() for block in blocks for line in block.splitlines()} - code - {""} == set()
    table = page.partition("| Question |")[2]
    assert re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE) == list(QUESTIONS)
