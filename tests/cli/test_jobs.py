"""Jobs at the command line, each in a process of its own: owned, watched, cancelled, killed, resumed, retried."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from lcm_nornir.journal.place import place_of
from tests.cli.commands import COMMAND, ROOT, effects, lcm, simulated, statuses
from tests.fleets import happens
from tests.journal.other import suspend
from tests.postgres import PostgresServer

pytestmark = pytest.mark.slow  # each of a dozen command lines starts a Python of its own
FAULTS = {"leaf03": "slow:8", "leaf05": "http-404", "leaf06": "slow:3", "leaf09": "late-return:4"}
IN_A_FILE = pytest.mark.parametrize("place", ["sqlite"], indirect=True)
ANYWHERE = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
READS = ("show ", "terminal length", 'system "ls', 'system "df', 'system "cat', 'system "sha', "exit")


class Place:
    """A simulated fleet, and a store: beside it, if it has no URL."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder = folder
        self.config = ["--config", str(folder / "config.yaml")]
        self.images = ["--images", str(folder / "images.yaml")]
        self.store = ["--store", url or str(folder / "store" / "lcm.db")]

    def run(self, switch: str, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        return lcm("run", *self.config, *self.images, *self.store, "--limit", switch, *words, code=code)

    @contextmanager
    def running(self, switch: str, *words: str) -> Iterator[subprocess.Popen[str]]:
        """Run in the background."""
        command = [*COMMAND, "run", *self.config, *self.images, *self.store, "--limit", switch, *words]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    def log(self, switch: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "switches" / f"{switch}.jsonl").read_text().splitlines()]

    def did(self, switch: str) -> list[str]:
        return effects(self.folder, switch)

    def document(self, *words: str) -> Any:
        return json.loads(lcm("status", *words, *self.store).stdout)


def heard(process: subprocess.Popen[str], text: str) -> None:
    """Read what a process tells until it has told something."""
    assert process.stderr is not None
    told = []
    while text not in (line := process.stderr.readline()):
        told.append(line)
        assert line, told


@pytest.fixture(scope="module")
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder, url = tmp_path_factory.mktemp("jobs"), ""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.database()
    faults = [word for name, fault in FAULTS.items() for word in ("--fault", f"{name}={fault}")]
    with simulated(
        "--switches", "10", "--folder", str(folder), "--first-address", "127.70.0.1", "--speed", "50", *faults
    ):
        yield Place(folder, url)


@ANYWHERE
def test_F57_a_second_run_is_refused_names_the_owner_and_sends_nothing(place: Place) -> None:
    with place.running("leaf01,leaf02") as first:
        heard(first, "leaf02 copy")
        before = [entry for entry in place.log("leaf02") if entry["event"] == "session_opened"]
        second = place.run("leaf02", code=2)
        assert f"process {first.pid}, since" in second.stderr
        assert second.stderr.startswith("lcm-nornir: leaf02: job ")
        assert re.search(rf"or: lcm-nornir cancel [0-9a-f]{{8}} --store {place.store[1]}$", second.stderr.rstrip())
        assert second.stdout == ""
        watching = lcm("watch", "last", *place.store)
        assert statuses(watching.stdout) == ["SUCCESS", "SUCCESS"]
        assert "leaf02 SUCCESS" in watching.stderr
        out, _ = first.communicate(timeout=60)
        assert first.returncode == 0
    assert json.loads(out) == json.loads(watching.stdout) == place.document("last")
    opened = [entry for entry in place.log("leaf02") if entry["event"] == "session_opened"]
    assert 0 < len(before) <= len(opened) <= 6  # as many as one run needs
    assert [place.did(name).count("reload") for name in ("leaf01", "leaf02")] == [1, 1]


@ANYWHERE
def test_a_run_that_is_cancelled_from_elsewhere_ends_at_its_safe_point_and_is_resumed(place: Place) -> None:
    with place.running("leaf03") as process:
        heard(process, "leaf03 copy")
        assert happens(lambda: "download_started" in place.did("leaf03"))
        assert f"process {process.pid}" in lcm("cancel", "last", *place.store).stderr
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 3
    (row,) = json.loads(out)["data"]
    assert (row["update_progress_status"], row["error"]) == ("FAILED", "IMAGE_ACTIVATION_FAILED")
    assert place.did("leaf03") == ["download_started", "cancelled"]
    assert "nobody runs job" in lcm("cancel", "last", *place.store, code=2).stderr
    assert statuses(lcm("resume", "last", *place.store).stdout) == ["SUCCESS"]
    assert [place.did("leaf03").count(kind) for kind in ("install_started", "reload")] == [1, 1]


def one_at_a_time(place: Place) -> list[str]:
    """Give the options of a run with a configuration by which one switch follows the other."""
    config = YAML(typ="safe").load((place.folder / "config.yaml").read_text())
    config["runner"]["options"]["threads"] = 1
    alone = place.folder / "one_at_a_time.yaml"
    with alone.open("w") as file:
        YAML(typ="safe").dump(config, file)
    return ["--config", str(alone)]


@IN_A_FILE
def test_a_run_that_is_cancelled_before_the_turn_of_a_switch_is_stopped_though_nothing_failed(place: Place) -> None:
    with place.running("leaf09,leaf10", *one_at_a_time(place)) as process:
        heard(process, "leaf09 reboot")
        lcm("cancel", "last", *place.store)
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 3
    assert statuses(out)[0] == "SUCCESS"
    assert place.did("leaf10") == []
    assert lcm("watch", "last", *place.store, code=3).stdout == out
    assert statuses(lcm("resume", "last", *place.store).stdout) == ["SUCCESS", "SUCCESS"]
    lcm("watch", "last", *place.store)


@ANYWHERE
def test_F53_after_a_kill_status_only_reads_another_run_is_refused_and_resume_finishes(place: Place) -> None:
    with place.running("leaf04") as process:
        heard(process, "leaf04 install")
        assert happens(lambda: "install_started" in place.did("leaf04"))
        process.kill()
        process.wait()
    sessions = len(place.log("leaf04"))
    told = lcm("status", "last", *place.store)
    assert json.loads(told.stdout)["status"] == "IN_PROGRESS"
    assert statuses(told.stdout) == ["INSTALL_IN_PROGRESS"]
    assert told.stderr.startswith("nobody runs it: lcm-nornir resume ")
    assert told.stderr.endswith(f" --store {place.store[1]}\n")
    jobs = place.document("--all")
    assert (jobs[-1]["status"], jobs[-1]["unfinished"], jobs[-1]["run by"]) == ("IN_PROGRESS", 1, "")
    assert jobs[-1]["job"] in lcm("status", "--all", "--output", "text", *place.store).stdout
    refused = place.run("leaf04", code=2)
    assert f"job {jobs[-1]['job']} has left it unfinished" in refused.stderr
    assert f"run: lcm-nornir resume {jobs[-1]['job']} --store {place.store[1]}\n" in refused.stderr
    assert len(place.document("--all")) == len(jobs)  # what is refused is no job
    assert [entry for entry in place.log("leaf04")[sessions:] if entry["event"] == "command"] == []
    assert statuses(lcm("resume", jobs[-1]["job"][:5], *place.store).stdout) == ["SUCCESS"]
    assert [place.did("leaf04").count(kind) for kind in ("install_started", "reload")] == [1, 1]
    assert statuses(lcm("resume", jobs[-1]["job"], *place.store).stdout) == ["SUCCESS"]
    assert place.did("leaf04").count("reload") == 1


@IN_A_FILE
def test_retry_tries_again_what_failed_and_leaves_the_rest(place: Place) -> None:
    place.run("leaf05,leaf07", code=1)
    asked = [entry for entry in place.log("leaf05") if entry.get("line", "").startswith("image download")]
    before = place.did("leaf07")
    told = lcm("retry", "last", "--only", "failed", *place.store, code=1)
    rows = {row["switch_member"]["name"]: row["error"] for row in json.loads(told.stdout)["data"]}
    assert rows == {"leaf05": "IMAGE_URL_NOT_REACHABLE", "leaf07": "NOT_SET"}
    again = [entry for entry in place.log("leaf05") if entry.get("line", "").startswith("image download")]
    assert (len(asked), len(again)) == (1, 2)
    assert place.did("leaf07") == before
    assert "one of: failed" in lcm("retry", "last", "--only", "broken", *place.store, code=2).stderr


@ANYWHERE
def test_F57_a_suspended_run_that_was_taken_over_sends_nothing_more_when_it_wakes_up(place: Place) -> None:
    with place.running("leaf06", "--lease", "12") as process:
        heard(process, "leaf06 copy")
        assert happens(lambda: "download_started" in place.did("leaf06"))
        suspend(process, place_of(place.store[1]))
        assert "works on it" in lcm("resume", "last", *place.store, code=2).stderr  # its lease still holds
        time.sleep(12.5)
        taken = time.time()
        assert statuses(lcm("resume", "last", *place.store).stdout) == ["SUCCESS"]
        known = sum(entry["event"] == "session_opened" for entry in place.log("leaf06"))
        process.send_signal(signal.SIGCONT)
        out, said = process.communicate(timeout=60)
    assert process.returncode == 3, said
    assert json.loads(out)["status"] == "IN_PROGRESS"  # it does not know, and says no more than that
    assert "another controller may work on it now" in said
    sessions = {entry["session"] for entry in place.log("leaf06") if entry["event"] == "session_opened"}
    late = [
        entry["line"]
        for entry in place.log("leaf06")
        if entry["event"] == "command" and entry["session"] > known and entry["t"] > taken and not entry.get("prompt")
    ]
    assert len(sessions) >= known
    assert [line for line in late if not line.startswith(READS)] == []
    assert [place.did("leaf06").count(kind) for kind in ("install_started", "reload")] == [1, 1]
    assert place.document("last")["status"] == "SUCCESS"


@IN_A_FILE
def test_a_dry_run_is_no_job_and_what_cannot_be_used_is_refused(place: Place, tmp_path: Path) -> None:
    elsewhere = ["--store", str(tmp_path / "new" / "lcm.db")]
    lcm("run", *place.config, *place.images, *elsewhere, "--limit", "leaf08", "--dry-run")
    assert not (tmp_path / "new").exists()
    for words in (["status", "last"], ["status", "--all"], ["watch", "x"], ["resume", "x"], ["cancel", "x"]):
        assert "there is no store" in lcm(*words, *elsewhere, code=2).stderr
    assert "give either a JOB or --all" in lcm("status", *place.store, code=2).stderr
    assert "there is no job 'nope'" in lcm("status", "nope", *place.store, code=2).stderr
    assert "is no decision" in lcm("resume", "last", "--decide", "leaf01=perhaps", *place.store, code=2).stderr
    damaged = tmp_path / "lcm.db"
    damaged.write_bytes(b"no database at all")
    damaged.chmod(0o600)
    told = lcm("run", *place.config, *place.images, "--store", str(damaged), "--limit", "leaf08", code=2)
    assert "the store is damaged (it is no SQLite file) and is left as it is" in told.stderr
    assert damaged.read_bytes() == b"no database at all"
    damaged.unlink()
    assert place.did("leaf08") == []


@IN_A_FILE
def test_without_an_option_jobs_are_kept_in_the_users_state_folder(place: Place, tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    words = ["run", *place.config, *place.images, "--limit", "leaf08"]
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    store = tmp_path / "lcm_nornir" / "lcm.db"
    assert store.stat().st_mode & 0o777 == 0o600
    assert store.parent.stat().st_mode & 0o777 == 0o700
    assert f"in {store}; after a crash: lcm-nornir resume " in done.stderr
    assert statuses(lcm("status", "last", "--store", str(store)).stdout) == ["SUCCESS"]
