"""The ways to a switch: a push, calls in other processes, sessions of the user's own, host keys."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from threading import Timer
from urllib.request import urlopen

import pytest
from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, Result, Task
from nornir_netmiko.tasks import netmiko_send_command  # type: ignore[import-untyped]  # it has no types

from lcm_nornir import Image, JournalProcessor, StatusProcessor, update_image
from lcm_nornir.door import the_door
from lcm_nornir.door.host_keys import HostKeys
from lcm_nornir.door.target import Call
from lcm_nornir.errors import NotReady, OwnershipLost, RequestError, SwitchUnreachable
from lcm_nornir.events import Acting, Event, Phase, StepBegan
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import TARGET, Lab, lab

ONE_OF_EACH = ("download_started", "install_started", "reload")
PASSWORD = "LCM_NORNIR_TEST_PASSWORD"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    names = ("pushed", "unpushed", "apart", "text", "unknown", "changed", "ended", "ended-apart")
    files = ("asked", "raced", "changed-file", "shorter-file")
    there = SwitchSpec("there", faults=("already-target",))
    with lab(tmp_path_factory.mktemp("ways"), *map(SwitchSpec, (*names, *files)), there) as running:
        yield running


@pytest.fixture
def password(fleet: Lab, monkeypatch: pytest.MonkeyPatch) -> str:
    """Put the switches' password into the environment and give the reference to it."""
    monkeypatch.setenv(PASSWORD, fleet.fleet.switches[0].password)
    return f"env:{PASSWORD}"


def update(fleet: Lab, name: str, status: StatusProcessor, **runner: object) -> Result:
    result: Result = fleet.nornir(name, processors=(status,), **runner).run(task=update_image, image=fleet.image)[name][
        0
    ]
    return result


def local(fleet: Lab, folder: Path) -> Image:
    """Give the fleet's image as a local file."""
    assert fleet.fleet.image is not None
    file = folder / fleet.fleet.image.file_name
    with urlopen(fleet.fleet.image.url) as answer:  # noqa: S310 - the fleet's own image server
        file.write_bytes(answer.read())
    return Image(file=file, version=TARGET)


def test_F57_a_push_ends_when_its_switch_is_not_ours_any_more(fleet: Lab, tmp_path: Path) -> None:
    image, asked = local(fleet, tmp_path), list[int]()

    def guard() -> None:
        asked.append(1)
        if len(asked) == 3:  # of the pieces, not the first
            raise OwnershipLost("the lease on it was lost")

    def push(task: Task) -> None:
        the_door(task).call(task, lambda target: Call(target, "copy", (image,)), held=True, guard=guard)

    result = fleet.nornir("unpushed", journal=False).run(task=push)["unpushed"][0]
    assert isinstance(result.exception, OwnershipLost)
    assert len(asked) == 3
    assert fleet.count("unpushed", "pushed", "moved") == [0, 0]


def test_S08_a_local_image_is_sent_from_one_open_file_whatever_becomes_of_its_name(fleet: Lab, tmp_path: Path) -> None:
    image, asked = local(fleet, tmp_path), list[int]()
    assert image.file is not None

    def guard() -> None:
        asked.append(1)
        if len(asked) == 3:  # of the pieces, not the first
            other = tmp_path / "other"
            other.write_bytes(b"another" * 1000)
            other.replace(image.file or other)

    def push(task: Task) -> None:
        the_door(task).call(task, lambda target: Call(target, "copy", (image,)), held=True, guard=guard)
        digest = the_door(task).call(task, lambda target: Call(target, "digest", (image, 30.0)))
        assert digest == image.digest

    result = fleet.nornir("raced", journal=False).run(task=push)["raced"]
    assert not result.failed, result.exception
    assert fleet.count("raced", "pushed", "moved") == [1, 1]


@pytest.mark.parametrize("changed", [b"another image, as long", b"short"])
def test_S08_a_local_image_that_was_changed_after_it_was_pinned_is_not_installed(
    fleet: Lab, tmp_path: Path, changed: bytes
) -> None:
    image, status = local(fleet, tmp_path), StatusProcessor()
    assert image.file is not None
    whole = (changed * (image.size or 0))[: image.size] if b"long" in changed else changed
    image.file.write_bytes(whole)
    name = "changed-file" if b"long" in changed else "shorter-file"
    fleet.nornir(name, processors=(status,)).run(task=update_image, image=image)
    row, record = status.report().data[0], status.record()[0]
    assert (row.update_progress_status, row.error) == ("FAILED", "DOWNLOAD_VALIDATION_FAILED")
    assert "the local image was changed after it was pinned" in record.reason
    assert fleet.count(name, "moved", "install_started") == [0, 0]


def test_S12_the_password_that_sudo_asks_for_is_answered_at_its_prompt_and_typed_nowhere_else(
    fleet: Lab, tmp_path: Path
) -> None:
    status = StatusProcessor()
    fleet.nornir("asked", processors=(status,)).run(task=update_image, image=local(fleet, tmp_path))
    assert status.report().data[0].update_progress_status == "SUCCESS"
    log = [entry for entry in fleet.fleet.log("asked") if entry["event"] == "command"]
    assert next(entry["line"] for entry in log if entry.get("prompt")) == "<password>"  # at a hidden question
    password = fleet.fleet.switch("asked").password
    assert [entry["line"] for entry in log if password in entry["line"]] == []


class Ends:
    """A processor that ends the job as soon as its first command is about to be sent: its intent is on disk by then."""

    def __init__(self, journal: JournalProcessor) -> None:
        self._journal = journal

    def switch_event(self, task: Task, host: Host, event: Event) -> None:
        del host
        if isinstance(event, Acting):
            self._journal.task_completed(task, AggregatedResult("update_image"))

    def __getattr__(self, name: str) -> Callable[..., None]:
        if not name.endswith(("_started", "_completed")):
            raise AttributeError(name)
        return lambda *_: None


@pytest.mark.parametrize("name", ["ended", "ended-apart"])
def test_F57_who_outlives_the_attempt_at_its_job_sends_nothing_more(fleet: Lab, password: str, name: str) -> None:
    journal = JournalProcessor(fleet.store)
    with ThreadPoolExecutor(1) as pool:
        executor = pool if name == "ended-apart" else None
        nornir = fleet.nornir(name, processors=(journal, Ends(journal)), executor=executor)
        nornir.inventory.hosts[name].password = password
        result = nornir.run(task=update_image, image=fleet.image, raise_on_error=False)[name]
    assert any("the attempt at its job has ended" in str(one.exception) for one in result)
    assert journal.job is not None
    assert [intent.command for intent in fleet.store.intents(journal.job)] == ["copy"]
    assert fleet.kinds(name) == []


def test_a_local_file_is_pushed_installed_and_run(fleet: Lab, tmp_path: Path) -> None:
    image, status = local(fleet, tmp_path), StatusProcessor()
    result = fleet.nornir("pushed", processors=(status,)).run(task=update_image, image=image)["pushed"]
    row = status.report().data[0]
    assert (row.update_progress_status, row.error) == ("SUCCESS", "NOT_SET"), status.record()[0].reason
    assert (row.download_status.status, row.download_status.transfer_bytes) == ("DOWNLOAD_SUCCESS", image.size)
    assert result.changed
    assert fleet.count("pushed", "pushed", "moved", *ONE_OF_EACH) == [1, 1, 0, 1, 1]
    assert fleet.state("pushed")["running"] == TARGET
    assert fleet.all_closed("pushed")


def test_calls_in_other_processes_update_a_switch(fleet: Lab, password: str) -> None:
    status = StatusProcessor()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        nornir = fleet.nornir("apart", processors=(status,), executor=pool)
        nornir.inventory.hosts["apart"].password = password
        result = nornir.run(task=update_image, image=fleet.image)["apart"]
    assert not result.failed, result.exception
    assert status.report().status == "SUCCESS"
    assert fleet.count("apart", *ONE_OF_EACH) == [1, 1, 1]
    assert fleet.state("apart")["running"] == TARGET
    assert fleet.all_closed("apart")


def test_a_password_as_text_does_not_leave_the_process(fleet: Lab) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        status = StatusProcessor()
        error = update(fleet, "text", status, executor=pool).exception
    assert isinstance(error, NotReady)
    assert "the password of text is text, which does not leave this process" in str(error)
    assert "write env:NAME" in str(error)
    assert fleet.fleet.switch("text").password not in str(error)
    assert [entry["event"] for entry in fleet.fleet.log("text")] == ["listening"]


def test_a_session_that_the_user_left_open_is_closed_and_a_new_one_opened(fleet: Lab) -> None:
    nornir = fleet.nornir("there")

    def runbook(task: Task) -> None:
        task.run(netmiko_send_command, command_string="show boot")
        assert "netmiko" in task.host.connections
        task.run(update_image, image=fleet.image)
        assert "netmiko" not in task.host.connections

    assert not nornir.run(task=runbook).failed
    assert fleet.sessions("there") == 2
    assert fleet.all_closed("there")


def fingerprint(key: str) -> str:
    digest = hashlib.sha256(base64.b64decode(key.split()[1])).digest()
    return f"ssh-ed25519 SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def test_S03_a_damaged_key_file_is_told_as_what_it_is(fleet: Lab, tmp_path: Path) -> None:
    keys, switch = HostKeys(tmp_path), fleet.fleet.switch("unknown")
    keys.trust(switch.host, switch.port, switch.host_key)
    file = keys.file(switch.host, switch.port)
    file.write_text(file.read_text().replace("AAAA", "A*AA"))
    error = update(fleet, "unknown", StatusProcessor(), host_keys=tmp_path).exception
    assert "the file of trusted host keys cannot be read" in str(error)
    assert fleet.sessions("unknown") == 0


def test_F14_a_switch_whose_host_key_is_unknown_is_asked_for_it_and_not_logged_in_to(
    fleet: Lab, tmp_path: Path
) -> None:
    status = StatusProcessor()
    error = update(fleet, "unknown", status, host_keys=tmp_path).exception
    row = status.report().data[0]
    assert (row.update_progress_status, row.error) == ("FAILED", "SWITCH_UNREACHABLE")
    assert isinstance(error, SwitchUnreachable)
    assert "host key unknown" in str(error)
    assert "timeout" not in str(error).lower()
    assert "the switch shows ssh-ed25519 SHA256:" in str(error)
    assert {entry["event"] for entry in fleet.fleet.log("unknown")} == {"listening", "connection"}


def test_F14_a_changed_host_key_is_told_with_both_fingerprints_and_tried_once(fleet: Lab, tmp_path: Path) -> None:
    switch, other = fleet.fleet.switch("changed"), fleet.fleet.switch("unknown")
    HostKeys(tmp_path).trust(switch.host, switch.port, other.host_key)
    status = StatusProcessor()
    error = update(fleet, "changed", status, host_keys=tmp_path).exception
    row = status.report().data[0]
    assert (row.update_progress_status, row.error) == ("FAILED", "SWITCH_UNREACHABLE")
    assert isinstance(error, SwitchUnreachable)
    trusted, shown = fingerprint(other.host_key), fingerprint(switch.host_key)
    assert f"host key changed: {trusted} is trusted, the switch shows {shown}" in status.record()[0].reason
    assert "timeout" not in str(error).lower()
    assert [entry["event"] for entry in fleet.fleet.log("changed")] == ["listening", "connection"]


class Meddles(StatusProcessor):
    """Does something as soon as the way back from a reload begins."""

    def __init__(self, meddle: Callable[[], object]) -> None:
        super().__init__()
        self._meddle = meddle

    def switch_event(self, task: Task, host: Host, event: Event) -> None:
        if isinstance(event, StepBegan) and event.phase is Phase.REACHABILITY:
            self._meddle()
        super().switch_event(task, host, event)


@pytest.mark.parametrize("what", ["inventory", "secret"])
def test_files_that_somebody_changes_in_mid_reload_end_nothing(tmp_path: Path, what: str) -> None:
    """The inventory gets readable by everybody, and stays so; the password's file is away for a moment."""
    secret, away = tmp_path / "secret", tmp_path / "away"
    switch = SwitchSpec("meddled", faults=("target-in-standby",))
    with lab(tmp_path, switch, password="s3cret-of-ours") as fleet:
        nornir = fleet.nornir()
        if what == "secret":
            secret.write_text("s3cret-of-ours")
            secret.chmod(0o600)
            nornir.inventory.hosts["meddled"].password = f"file:{secret}"

        def meddle() -> None:
            if what == "inventory":
                (tmp_path / "hosts.yaml").chmod(0o644)
            else:
                secret.rename(away)
                Timer(4.0, away.rename, [secret]).start()

        status = Meddles(meddle)
        nornir.with_processors([*nornir.processors, status]).run(task=update_image, image=fleet.image)
        assert status.report().status == "SUCCESS", status.record()[0].reason
        assert fleet.count("meddled", "reload") == [1]
        if what == "inventory":
            with pytest.raises(RequestError, match="everybody can read the password"):
                fleet.nornir().run(task=update_image, image=fleet.image)
