"""What the README shows is run here."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from lcm_nornir import Reading
from lcm_nornir.cli.lab import LabSpec, start_lab, write_lab
from lcm_nornir.events import Ending
from lcm_nornir.schema import UpdateJobStatus
from tests.cli.commands import lcm

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", pytest.param("docs/journal.md", marks=pytest.mark.slow))
SPEED = 60.0


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_ten_line_runbook_upgrades_a_fleet(document: str, tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / document).read_text(), re.DOTALL)
    assert len(code.strip().splitlines()) <= 10
    with start_lab(LabSpec(2, speed=SPEED), tmp_path / "switches") as fleet:
        assert fleet.image is not None
        config = write_lab(fleet, tmp_path, SPEED)
        for shown, real in (
            ("http://192.0.2.10/OS10-10.5.6.5.bin", fleet.image.url),
            ('sha256="…"', f'sha256="{fleet.image.sha256}"'),
            ("inventory/config.yaml", str(config)),
            ("lcm.db", str(tmp_path / "store" / "lcm.db")),
        ):
            assert shown in code or shown == "lcm.db"
            code = code.replace(shown, real)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert [fleet.effects(switch.name)[-1]["state"]["running"] for switch in fleet.switches] == ["10.5.6.5"] * 2
    if done.stdout:
        report = UpdateJobStatus.model_validate_json(done.stdout)
        assert [row.update_progress_status.value for row in report.data] == ["SUCCESS", "SUCCESS"]
    else:
        with Reading.at(tmp_path / "store" / "lcm.db") as store:
            assert {record.ending for record in store.record(store.job("last"))} == {Ending.SUCCESS}


def test_what_the_page_on_recordings_shows_is_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    failed, tried = doctest.testfile(str(ROOT / "docs/record.md"), module_relative=False)
    assert (failed, tried) == (0, 4)


@cache
def help_of(command: str) -> str:
    return lcm(*command.split(), "--help").stdout


@pytest.mark.parametrize("document", [*DOCUMENTS, "docs/record.md", "docs/api.md"])
def test_every_command_option_and_file_that_a_document_names_is_there(document: str) -> None:
    text = (ROOT / document).read_text()
    helps = "".join(map(help_of, sorted(set(re.findall(r"lcm-nornir (audit [a-z]+|[a-z]+)", text)))))
    for option in set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", text)) - {
        "--seconds",  # of the benchmark, as the next
        "--journal",
        "--json",  # of curl
    }:
        assert f"{option} " in helps.replace(",", " ").replace("\n", " "), option
    for path in re.findall(r"\]\(([\w./-]+)\)", text):
        assert ((ROOT / document).parent / path).exists(), path
