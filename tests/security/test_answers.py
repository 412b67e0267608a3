"""What a person is told carries no stack trace, no path of the program, and no secret, whatever went wrong."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

import lcm_nornir
from lcm_nornir.cli import jobs
from lcm_nornir.drivers.dell_os10 import DellOS10
from tests.checker import log_of
from tests.cli.commands import begun, ran, simulated

PACKAGE = str(Path(lcm_nornir.__file__).parent)


def broken(*_: object) -> None:
    raise RuntimeError("the token is swordfish-1234")


def with_a_broken_driver(*words: str) -> None:
    DellOS10.facts = broken  # type: ignore[assignment,method-assign]  # what a bug of ours would be like
    begun(*words)


def with_a_broken_command(*words: str) -> None:
    jobs.status = broken  # type: ignore[assignment]  # as above
    begun(*words)


class Place:
    """A simulated fleet of hostile switches, and the folder in which everything is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def told(
        self, *words: str, main: Callable[..., None] = begun, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        own = {"HOME": str(self.folder), "XDG_STATE_HOME": str(self.folder / "state"), **environment}
        return ran(*words, "--store", str(self.folder / "store" / "lcm.db"), main=main, environment=own)

    def run(self, *words: str, main: Callable[..., None] = begun) -> subprocess.CompletedProcess[str]:
        files = ["--config", str(self.folder / "config.yaml"), "--images", str(self.folder / "images.yaml")]
        return self.told("run", *files, *words, main=main)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("answers")
    faults = ["--fault", "leaf01=hostile", "--fault", "leaf02=hostile:refuse"]
    with simulated(
        "--switches", "3", "--folder", str(folder), "--first-address", "127.73.0.1", "--speed", "50", *faults
    ):
        yield Place(folder)


def test_S23_a_bug_in_the_midst_of_a_run_is_told_without_trace_and_path(place: Place) -> None:
    done = place.run("--limit", "leaf03", main=with_a_broken_driver)
    assert done.returncode == 1
    assert json.loads(done.stdout)["data"][0]["update_progress_status"] in ("NOT_SET", "FAILED")
    for text in (done.stdout, done.stderr):
        assert "Traceback" not in text
        assert PACKAGE not in text


def test_S23_a_bug_of_the_command_line_is_told_in_one_line_without_trace_path_and_text(place: Place) -> None:
    done = place.told("status", "last", main=with_a_broken_command)
    assert done.returncode == 70
    assert done.stderr == "lcm-nornir: RuntimeError: a bug of ours; LCM_NORNIR_TRACEBACK=1 shows where\n"
    assert "Traceback" in place.told("status", "last", main=with_a_broken_command, LCM_NORNIR_TRACEBACK="1").stderr


@pytest.fixture(scope="module")
def hostile(place: Place) -> subprocess.CompletedProcess[str]:
    """Run an upgrade of switches whose words are hostile, with everything that may be written."""
    return place.run("--limit", "leaf01,leaf02", "--record", str(place.folder / "recorded"))


def test_S09_hostile_words_change_nothing_of_the_status(hostile: subprocess.CompletedProcess[str]) -> None:
    assert hostile.returncode == 1, hostile.stderr
    rows = [(row["update_progress_status"], row["error"]) for row in json.loads(hostile.stdout)["data"]]
    assert rows == [("SUCCESS", "NOT_SET"), ("FAILED", "IMAGE_URL_NOT_REACHABLE")]


def test_S09_no_control_code_of_a_switch_reaches_the_terminal(
    place: Place, hostile: subprocess.CompletedProcess[str]
) -> None:
    shown = [
        hostile.stdout,
        hostile.stderr,
        *(
            place.told(*words).stdout
            for words in (
                ("status", "last", "--output", "text"),
                ("status", "--all", "--output", "text"),
                ("watch", "last"),
            )
        ),
    ]
    for text in shown:
        assert [letter for letter in text if not letter.isprintable() and letter != "\n"] == []


def test_S10_the_switch_s_password_stands_in_nothing_that_was_written_or_told(
    place: Place, hostile: subprocess.CompletedProcess[str]
) -> None:
    password = "admin-simulated"
    forms = {password, quote(password, safe=""), base64.b64encode(password.encode()).decode()}
    told = [hostile.stdout, hostile.stderr, place.told("status", "last", "--output", "text").stdout]
    written = {
        file: file.read_bytes()
        for folder in ("store", "state", "recorded")
        for file in (place.folder / folder).rglob("*")
        if file.is_file()
    }
    assert len(written) > 2
    for form in forms:
        assert [file for file, data in written.items() if form.encode() in data] == []
        assert not any(form in text for text in told)


def test_S12_no_secret_is_typed_in_a_command(place: Place, hostile: subprocess.CompletedProcess[str]) -> None:
    assert hostile.stdout
    for name in ("leaf01", "leaf02"):
        log = log_of(place.folder / "switches" / f"{name}.jsonl")
        typed = [entry["line"] for entry in log if entry["event"] == "command"]
        assert typed
        assert not any("admin-simulated" in line for line in typed)
