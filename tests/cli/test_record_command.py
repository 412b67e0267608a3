"""Recording at the command line, against a fleet in another process."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from lcm_nornir.cli import app
from lcm_nornir.dialogue import Recording
from lcm_nornir.drivers.dell_os10 import DellOS10
from lcm_nornir.drivers.replay import replayed
from tests.checker import log_of
from tests.cli.commands import effects, lcm, simulated, statuses

RECORDING = Path(__file__).parents[1] / "recordings" / "dell_os10-simulated.json"
NOBODY = "leaf1: {hostname: 127.9.9.9, platform: dell_os10}\n"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("lab")
    words = ["--switches", "4", "--speed", "40", "--first-address", "127.52.0.1", "--fault", "leaf04=refused"]
    with simulated("--folder", str(folder), *words, "--recording", f"leaf03={RECORDING}"):
        yield folder


def config(lab: Path) -> list[str]:
    return ["--config", str(lab / "config.yaml")]


def private(lab: Path, *names: str) -> set[str]:
    """Name what must not be in a recording: names, addresses, serials and the password of switches."""
    hosts: dict[str, Any] = YAML(typ="safe").load(lab / "hosts.yaml")
    chosen = {name: hosts[name] for name in names}
    values = {host[key] for host in chosen.values() for key in ("hostname", "password")}
    return {*chosen, *values, *(host["data"]["lcm"]["serial"] for host in chosen.values())}


def test_switches_are_recorded_and_what_is_sent_tells_nothing_of_whose_they_are(lab: Path, tmp_path: Path) -> None:
    words = ["--folder", str(tmp_path / "r"), "--about", "a lab, leaf01 and leaf02", "--output", "json"]
    done = lcm("record", *config(lab), "-l", "leaf01,leaf02", *words)
    rows = json.loads(done.stdout)
    assert [(row["switch"], row["left out"], row["told"]) for row in rows] == [("leaf01", 0, ""), ("leaf02", 0, "")]
    assert "Read it before you send it." in done.stderr
    assert (tmp_path / "r").stat().st_mode & 0o777 == 0o700
    for row in rows:
        path = Path(row["file"])
        assert path.stat().st_mode & 0o777 == 0o600
        text = path.read_text()
        assert not [word for word in private(lab, "leaf01", "leaf02") if word in text + path.name]
        recording = Recording.read(path)
        assert len(recording.exchanges) == row["exchanges"] > len(DellOS10.screens)
        assert DellOS10().facts(replayed(path)).running == "10.5.4.1"
        assert not [one for one in recording.exchanges if "configuration" in one.typed]
        assert path.name in done.stderr
    assert effects(lab, "leaf01") == []


def test_commands_are_typed_and_shown(lab: Path, tmp_path: Path) -> None:
    words = ["--folder", str(tmp_path), "--show", "show running-configuration", "show boot"]
    done = lcm("record", *config(lab), "-l", "leaf01", *words)
    assert "hostname host1\\r" not in done.stdout
    assert "\nhostname host1\n" in done.stdout
    assert "username admin password secret" in done.stdout
    assert "--- line 'show boot': prompt after" in done.stdout
    assert "$6$" not in done.stdout
    typed = [entry["line"] for entry in log_of(lab / "switches" / "leaf01.jsonl") if entry["event"] == "command"]
    assert typed[-3:] == ["terminal length 0", "show running-configuration", "show boot"]


def test_configurations_are_recorded_if_that_is_wanted(lab: Path, tmp_path: Path) -> None:
    lcm("record", *config(lab), "-l", "leaf01", "--folder", str(tmp_path), "--configuration")
    (path,) = tmp_path.iterdir()
    assert "hostname host1" in DellOS10().configuration(replayed(path)).running


def test_one_that_cannot_be_reached_costs_nobody_else_a_recording(lab: Path, tmp_path: Path) -> None:
    done = lcm("record", *config(lab), "-l", "leaf01,leaf04", "--folder", str(tmp_path), "show boot", code=1)
    assert len(list(tmp_path.iterdir())) == 1
    assert "leaf04: record: 127.52.0.4 port 2222 refuses the connection" in done.stdout


@pytest.mark.parametrize("word", ["reload", "show version; reload", "write memory"])
def test_a_command_that_may_change_something_is_refused_before_anything_is_sent(
    lab: Path, tmp_path: Path, word: str
) -> None:
    before = len(log_of(lab / "switches" / "leaf02.jsonl"))
    done = lcm("record", *config(lab), "-l", "leaf02", "--folder", str(tmp_path / "r"), "show boot", word, code=2)
    assert done.stderr.startswith(f"lcm-nornir: {word!r}: this is not certain to only read; write show")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "r").exists()
    assert len(log_of(lab / "switches" / "leaf02.jsonl")) == before


@pytest.mark.slow
def test_a_run_is_recorded_and_replayed_by_a_simulated_switch(lab: Path, tmp_path: Path) -> None:
    words = ["--images", str(lab / "images.yaml"), "--record", str(tmp_path)]
    staged = lcm("stage", *config(lab), "-l", "leaf03", *words)
    assert statuses(staged.stdout) == ["INSTALL_IN_PROGRESS"]
    assert "Read it before you send it." in staged.stderr
    (path,) = tmp_path.iterdir()
    recording, told = Recording.read(path), Recording.read(RECORDING)
    assert recording.facts is not None
    assert told.facts is not None
    assert recording.facts.slots == told.facts.slots
    assert {"copy", "install", "digest"} <= {one.call for one in recording.exchanges}
    first, before = (re.sub(r"host\d", "host", one.exchanges[0].came) for one in (recording, told))
    assert first == before
    done = lcm("activate", *config(lab), "-l", "leaf03", *words)
    assert statuses(done.stdout) == ["SUCCESS"]
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.slow
def test_another_attempt_at_a_job_is_recorded(lab: Path, tmp_path: Path) -> None:
    (entry,) = YAML(typ="safe").load(lab / "images.yaml")["images"]
    image = ["--image-url", entry["url"], "--version", entry["version"], "--sha256", "0" * 64]
    lcm("stage", *config(lab), "-l", "leaf02", *image, code=1)
    (tmp_path / "file").write_text("")
    for command in ("resume", "retry"):
        done = lcm(command, "last", "--record", str(tmp_path / "file"), code=2)
        assert "no recordings can be written there" in done.stderr
    lcm("retry", "last", "--record", str(tmp_path / "again"), code=1)
    (path,) = (tmp_path / "again").iterdir()
    assert "digest" in {one.call for one in Recording.read(path).exchanges}


@pytest.fixture
def nobody(tmp_path: Path) -> list[str]:
    (tmp_path / "hosts.yaml").write_text(NOBODY)
    (tmp_path / "config.yaml").write_text(
        f"inventory: {{plugin: SimpleInventory, options: {{host_file: {tmp_path}/hosts.yaml}}}}\n"
        "runner: {plugin: lcm_waves}\nlogging: {enabled: false}\n"
    )
    return ["--config", str(tmp_path / "config.yaml")]


def refused(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_a_folder_that_cannot_be_is_refused_before_any_switch_is_touched(nobody: list[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = refused("record", *nobody, "--folder", str(tmp_path / "file"))
    assert f"lcm-nornir: {tmp_path}/file: no recordings can be written there" in said
    image = ["--image-url", "http://192.0.2.10/os10.bin", "--version", "10.5.6.5", "--sha256", "0" * 64]
    said = refused("run", *nobody, *image, "--record", str(tmp_path / "file" / "below"))
    assert "no recordings can be written there" in said


@pytest.mark.parametrize("word", ["-l", "--filter"])
def test_a_selection_of_nothing_is_refused(nobody: list[str], word: str) -> None:
    assert "no switch" in refused("record", *nobody, word, "site=nowhere")


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("leaf09=x.json", "names no switch of this fleet"),
        ("leaf01", "names no switch of this fleet"),
        ("leaf01=nowhere.json", "cannot be read"),
        (f"leaf01={__file__}", "is no recording"),
    ],
)
def test_a_recording_that_is_none_starts_no_fleet(word: str, why: str) -> None:
    assert why in refused("simulate", "--switches", "1", "--first-address", "", "--recording", word)


def test_a_recording_of_another_os_starts_no_fleet(tmp_path: Path) -> None:
    text = RECORDING.read_text().replace('"platform": "dell_os10"', '"platform": "cisco_nxos"')
    (tmp_path / "x.json").write_text(text)
    said = refused("simulate", "--switches", "1", "--first-address", "", "--recording", f"leaf01={tmp_path}/x.json")
    assert said.startswith("lcm-nornir: --recording: ")
    assert "of a dell_os10 switch" in said
