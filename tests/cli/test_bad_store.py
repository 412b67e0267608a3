"""What is wrong with a store is told in one line that says what to do, and what it tells to type can be typed."""

from __future__ import annotations

import os
import re
import resource
import shlex
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from lcm_nornir import Reading, Store
from lcm_nornir.cli import _exit, app
from lcm_nornir.cli.kept import Kept
from lcm_nornir.cli.watched import Goal, exit_code
from lcm_nornir.errors import DownloadFailed, Held, JournalFailed, LcmError, NotBegun, RequestError
from lcm_nornir.events import Ending, Verdict
from lcm_nornir.journal.codec import dump_event
from lcm_nornir.journal.definition import define
from lcm_nornir.journal.form import REVISION
from lcm_nornir.journal.reading import JobSwitch, StoredJob
from lcm_nornir.record import SwitchRecord
from tests.cli.test_bad_input import HOSTS, inventory, refused
from tests.journal.stores import ADDRESS, Disk, begun, filled, locked
from tests.postgres import PostgresServer

VERBS = ("status", "watch", "resume", "retry", "cancel")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "lcm.db"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return inventory(tmp_path, HOSTS)


def told(*words: str, code: int = 2, stdout: str | None = "") -> str:
    """Run a command, and give the one line that it tells."""
    done = CliRunner().invoke(app, words)
    assert done.exit_code == code, done.output
    assert stdout is None or done.stdout == stdout
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr.rstrip("\n")


@contextmanager
def small_files(size: int) -> Iterator[None]:
    """Have the kernel refuse files that are larger: SQLite takes it for a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_F58_a_cancellation_that_a_full_disk_does_not_take_is_told(path: Path) -> None:
    with Store(path) as store:
        job = begun(store)
        owner = store.own(job)
        disk = Disk(path)
        disk.fill()
        try:
            said = told("cancel", job.id, "--store", str(path))
        finally:
            disk.clear()
        assert said.startswith("lcm-nornir: --store: the journal cannot be written: ")
        assert "see that its disk has room" in said
        assert f"Ctrl-C asks the same of {os.environ.get('USER', '')}" in said
        assert f"process {os.getpid()}" in said
        assert told("cancel", job.id, "--store", str(path), code=0).startswith("asked to stop: ")
        owner.give_back()


def test_F58_a_cancellation_of_which_a_lock_keeps_the_store_is_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Kept, "store", lambda kept: Store(kept.place, wait=0.2))
    with Store(path) as store:
        job = begun(store)
        owner = store.own(job)
        with locked(path):
            said = told("cancel", job.id, "--store", str(path))
        assert said.startswith("lcm-nornir: --store: the journal cannot be written: database is locked; ")
        assert "that no program keeps it locked, then cancel again" in said
        owner.give_back()


def test_status_lists_jobs_whatever_a_runbooks_own_task_was_given(path: Path) -> None:
    given: list[dict[str, Any]] = [
        {"image": "http://192.0.2.10/os10.bin"},
        {"image": "x", "version": None},
        {"image": {"image": "x"}, "version": 10},
        {"version": "10.5.6.5"},
        {},
    ]
    with Store(path) as store:
        for params in given:
            members = [JobSwitch("leaf01", "id-1", "192.0.2.1:22")]
            store.begin_job(store.new_job("mine", define(params, str), members))
    done = CliRunner().invoke(app, ["status", "--all", "--output", "text", "--store", str(path)])
    assert done.exit_code == 0, done.output
    assert done.stdout.count("mine") == len(given)
    assert done.stdout.count("10.5.6.5") == 1


def another_program(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num)")
        connection.execute("INSERT INTO alembic_version VALUES (?)", (REVISION,))
        connection.commit()
    path.chmod(0o600)


def folder(path: Path) -> None:
    path.mkdir(parents=True, mode=0o700)


def two_names(path: Path) -> None:
    Store(path).close()
    os.link(path, path.with_name("other.db"))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (another_program, "it is a database, but no store of this program; name another"),
        (folder, "it is no file; name one, e.g. "),
        (two_names, "it has another name, too (hard link); remove the other"),
    ],
)
def test_F58_what_is_no_store_is_told_by_every_command(
    path: Path, config: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(path)
    assert f"lcm-nornir: --store: {path}: {said}" in refused(config, "--store", str(path))
    for verb in VERBS:
        assert f"lcm-nornir: --store: {path}: {said}" in told(verb, "last", "--store", str(path))


def test_F58_a_full_disk_on_which_a_store_is_to_be_made_is_told(path: Path, config: Path) -> None:
    with small_files(8192):
        said = refused(config, "--store", str(path))
    assert said.startswith(f"lcm-nornir: --store: {path}: its disk does not do what it should (")
    assert "; see that it has room and works, or name another place" in said


def test_a_sign_of_life_that_cannot_be_kept_is_told_before_anything_is_touched(path: Path, config: Path) -> None:
    Store(path).close()
    (path.parent / "lcm.db.owners").write_text("in the way")
    said = refused(config, "--store", str(path), "--limit", "leaf1")
    assert said.startswith(f"lcm-nornir: --store: no sign that this process lives can be kept in {path}.owners: ")
    assert "see that this is a folder that you may write" in said


def test_F58_damage_that_shows_late_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store(path) as store:
        filled(store)
    content, open_it = path.read_bytes(), Reading.at

    def spoilt(place: Path) -> Reading:
        path.write_bytes(content)
        reading = open_it(place)
        path.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))
        return reading

    monkeypatch.setattr(Reading, "at", spoilt)
    for words in (["status", "last"], ["status", "--all"], ["watch", "last"]):
        said = told(*words, "--store", str(path))
        assert said.startswith(f"lcm-nornir: --store: {path}: the store is damaged (")


def test_a_folder_that_one_may_not_enter_is_told(path: Path, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store(path).close()
    look = os.stat

    def refuse(place: str | Path, **options: bool) -> os.stat_result:
        if Path(place) == path:  # root may enter every folder
            raise PermissionError(13, "Permission denied", str(place))
        return look(place, **options)

    monkeypatch.setattr(os, "stat", refuse)
    for verb in VERBS:
        said = told(verb, "last", "--store", str(path))
        assert said.startswith(
            f"lcm-nornir: --store: {path}: it cannot be reached: Permission denied; see that you may"
        )
    assert "it cannot be reached or made: Permission denied" in refused(config, "--store", str(path))


def test_a_store_that_is_named_from_home_is_found_by_every_command(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store(path).close()
    monkeypatch.setenv("HOME", str(path.parent))
    for verb in VERBS:
        said = told(verb, "nope", "--store=~/lcm.db")
        assert said == (
            f"lcm-nornir: JOB: there is no job 'nope' in {path}; lcm-nornir status --all --store {path} lists them"
        )


def left(store: Store, *, held: bool = False) -> StoredJob:
    """Leave a job that nobody runs any more."""
    job = begun(store)
    if held:
        error = Held("it cannot be told", host="leaf01", remedy=f"see: lcm-nornir status {job.id}")
        kind, body = dump_event(Verdict(Ending.HELD, error), str)
        store.note(job.id, "leaf01", kind, body, wait=True)
    return job


def commands(text: str) -> list[str]:
    return re.findall(r"lcm-nornir (?:status|resume|retry|cancel) .*?(?=,|;|\)| finishes|$)", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["lcm.db", "of two words.db"])
def test_what_is_told_to_be_typed_names_the_store(path: Path, name: str) -> None:
    place = path.with_name(name)
    option = f"--store {shlex.quote(str(place))}"
    with Store(place) as store:
        job, held = left(store), left(store, held=True)
    done = CliRunner().invoke(app, ["status", job.id, "--store", str(place)])
    assert done.stderr == f"nobody runs it: lcm-nornir resume {job.id} {option}\n"
    done = CliRunner().invoke(app, ["status", held.id, "--output", "text", "--store", str(place)])
    assert f"see: lcm-nornir status {held.id} {option}" in done.stdout
    assert commands(done.stderr) == [
        f"lcm-nornir resume {held.id} {option}",
        f"lcm-nornir status {held.id} {option}",
        f"lcm-nornir resume {held.id} {option} --decide leaf01=done",
    ]
    assert commands(told("cancel", job.id, "--store", str(place))) == [f"lcm-nornir resume {job.id} {option}"]
    (line,) = commands(told("cancel", job.id, "--store", str(place)))
    again = CliRunner().invoke(app, [*shlex.split(line)[1:]])
    assert "--config: job " in again.stderr  # it was found


def test_the_usual_store_is_not_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with Kept().store() as store:
        assert store.place == tmp_path / "lcm_nornir" / "lcm.db"
        job = left(store)
    assert told("status", job.id, code=0, stdout=None) == f"nobody runs it: lcm-nornir resume {job.id}"


def test_a_run_that_is_refused_names_the_store_in_its_cure(path: Path, tmp_path: Path) -> None:
    config = inventory(tmp_path, "leaf01: {hostname: 192.0.2.1, platform: dell_os10, port: 22}")
    with Store(path) as store:
        job = begun(store)
        owner = store.own(job)
        owner.take([ADDRESS])
        assert f"or: lcm-nornir cancel {job.id} --store {path}\n" in refused(config, "--store", str(path))
        owner.give_back()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RequestError("it is wrong", field="--store", cure="right it"), 2),
        (JournalFailed("it cannot be written", remedy="make room"), 3),
        (DownloadFailed("no room", remedy="make room"), 1),
    ],
)
def test_no_error_of_ours_is_a_traceback(
    error: RequestError | LcmError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> int:
        raise error

    with pytest.raises(typer.Exit) as caught:
        _exit(fail)
    assert caught.value.exit_code == code
    assert capsys.readouterr().err == f"lcm-nornir: {error}\n"


def ended(ending: Ending, error: LcmError | None = None) -> SwitchRecord:
    record = SwitchRecord("id", "leaf01")
    record.add(Verdict(ending, error))
    return record


@pytest.mark.parametrize(
    ("endings", "stopped", "code"),
    [
        ([Ending.SUCCESS, Ending.NOT_BEGUN], True, 3),
        ([Ending.SUCCESS, Ending.NOT_BEGUN, Ending.FAILED], True, 3),
        ([Ending.SUCCESS, Ending.NOT_BEGUN], False, 1),
        ([Ending.SUCCESS, Ending.FAILED], True, 1),
        ([Ending.SUCCESS], True, 0),
    ],
)
def test_a_switch_that_was_not_begun_because_somebody_stopped_is_a_stop(
    endings: list[Ending],
    stopped: bool,  # noqa: FBT001 - a column of the table
    code: int,
) -> None:
    records = [ended(one, NotBegun("why") if one is Ending.NOT_BEGUN else None) for one in endings]
    assert exit_code(records, Goal(), stopped=stopped) == code


@pytest.mark.parametrize(
    "words",
    [
        *((verb, "last") for verb in VERBS),
        ("status", "--all"),
        ("audit", "verify"),
        ("users", "list"),
        ("users", "add", "ann", "--role", "viewer", "--password", "env:HOME"),
    ],
    ids=" ".join,
)
def test_S10_a_store_whose_url_has_a_password_is_refused_by_every_command(words: tuple[str, ...]) -> None:
    said = told(*words, "--store", "postgresql://lcm:hunter2@127.0.0.1/jobs")
    assert said.startswith("lcm-nornir: --store: there is a password in this URL; leave it out, and give it by ")
    assert "hunter2" not in said


def test_S10_a_run_whose_stores_url_has_a_password_is_refused(config: Path) -> None:
    said = refused(config, "--store", "postgresql://lcm:hunter2@127.0.0.1/jobs")
    assert "--store: there is a password in this URL" in said
    assert "hunter2" not in said


def test_a_store_on_a_server_is_named_by_its_url_in_what_is_to_be_typed(postgres: PostgresServer) -> None:
    url = f"{postgres.database()}?application_name=a&connect_timeout=5"
    with Store(url) as store:
        job = left(store)
    (line,) = commands(told("status", job.id, "--store", url, code=0, stdout=None))
    assert line == f"lcm-nornir resume {job.id} --store '{url}'"
    assert told("cancel", job.id, "--store", url).startswith(f"lcm-nornir: JOB: nobody runs job {job.id}: ")
    postgres.do(url.rpartition("/")[2].partition("?")[0], "DROP SCHEMA lcm_nornir CASCADE")
    assert told("status", job.id, "--store", url) == (
        f"lcm-nornir: --store: {url}: there is no store; name the one that the run had"
    )
