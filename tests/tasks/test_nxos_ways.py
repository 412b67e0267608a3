"""The ways of NX-OS to an image: a session lost in mid-install, in two steps, back, pushed, and once more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.request import urlopen

import pytest
from nornir.core import Nornir
from nornir_netmiko.tasks import (  # type: ignore[import-untyped]  # it has no types
    netmiko_save_config,
    netmiko_send_config,
)

from lcm_nornir import (
    Image,
    StatusProcessor,
    activate_image,
    retry_job,
    rollback_image,
    stage_image,
    tasks,
    update_image,
)
from lcm_nornir.record import SwitchRecord
from lcm_nornir.simulator import ImageServerSpec, SwitchSpec
from tests.faults.cases import ACTIVATION, ASKED, DONE, ONE_OF_EACH, SET_BOOT
from tests.fleets import QUICK, SPEED, Lab, lab
from tests.proxy import Chunk, Fate, Judge, Proxy

NXOS = "cisco_nxos"
OLD, TARGET = "10.2(5)", "10.4(5)"
OLD_FILE, FILE = "nxos64-cs.10.2.5.M.bin", "nxos64-cs.10.4.5.M.bin"
EARLY, LATE = ("command", "y"), ("effect", "set_boot")
LOST = {
    "cut-early": ((), EARLY, Fate.CUT, DONE),
    "cut-late": ((), LATE, Fate.CUT, DONE),
    "silent-early": ((), EARLY, Fate.STALL, DONE),
    "silent-late": ((), LATE, Fate.STALL, DONE),
    "failed-cut": (("install-failed",), LATE, Fate.CUT, ACTIVATION),
    "failed-silent": (("install-failed",), EARLY, Fate.STALL, ACTIVATION),
    "refused-cut": (("set-boot-refused",), EARLY, Fate.CUT, SET_BOOT),
    "backend-error": (("backend-error",), EARLY, Fate.PASS, DONE),
    "backend-error-failed": (("backend-error", "install-failed"), EARLY, Fate.PASS, ACTIVATION),
}
"""Name to what is wrong with a switch, what it has seen when the link is lost, how, and what must come of it."""


def losing(fleet: Lab, name: str) -> Judge:
    """Lose the one connection that installs, at what the switch says next when its own log tells of something."""
    _, (kind, what), fate, _ = LOST[name]
    lost: list[int] = []

    def judge(chunk: Chunk) -> Fate:
        if not lost and not chunk.from_client:
            log = fleet.fleet.log(name)
            lost.extend(
                chunk.link for one in log if one["event"] == kind and what in (one.get("line"), one.get("kind"))
            )
        return fate if lost and chunk.link == lost[0] else Fate.PASS

    return judge


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lab, dict[str, SwitchRecord]]]:
    place = tmp_path_factory.mktemp("lost")
    switches = [SwitchSpec(name, NXOS, faults=faults) for name, (faults, *_) in LOST.items()]
    with ExitStack() as resources:
        fleet = resources.enter_context(lab(place, *switches, images=ImageServerSpec(), install_s=2 * SPEED))
        links = {one.name: resources.enter_context(Proxy(one.host, one.port)) for one in fleet.fleet.switches}
        for switch in fleet.fleet.switches:
            fleet.keys.trust(links[switch.name].host, links[switch.name].port, switch.host_key)
            links[switch.name].judge = losing(fleet, switch.name)
            fleet.addresses[f"{links[switch.name].host}:{links[switch.name].port}"] = switch.name
        status = StatusProcessor()
        nornir = fleet.nornir(processors=(status,), timeouts=QUICK | {"install_stall": 75.0})
        for name, host in nornir.inventory.hosts.items():
            host.hostname, host.port = links[name].host, links[name].port
            host.data["lcm"]["timeouts"] = {"reply": 2.0}
        nornir.run(task=update_image, image=fleet.image)
        yield fleet, {record.name: record for record in status.record()}


@pytest.mark.parametrize("name", LOST)
def test_F31_on_nxos_a_session_lost_while_it_installs_is_followed_to_its_verdict(
    lost: tuple[Lab, dict[str, SwitchRecord]], name: str
) -> None:
    fleet, records = lost
    record, words = records[name], LOST[name][3]
    assert f"{record.row().update_progress_status.value} / {record.row().error.value}" == words, record.reason
    assert "may go on" in record.evidence["activation"]
    assert fleet.count(name, *ONE_OF_EACH) == [1, 1, int(words == DONE)]
    assert [command for _, command in record.commands].count("activate") == 1
    state = fleet.state(name)
    if words == DONE:
        assert (state["running"], state["next_image"]) == (TARGET, FILE)
    else:
        assert "the switch did not activate the image; not activated; next boot is the old image" in record.reason
        assert (state["running"], state["next_image"]) == (OLD, OLD_FILE)
    assert ("DO NOT reboot" in record.reason) is (words == ACTIVATION)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    there = SwitchSpec("question", NXOS, faults=("unexpected-question",))
    with lab(
        tmp_path_factory.mktemp("ways"),
        *(SwitchSpec(name, NXOS) for name in ("steps", "pushed", "unpushed", "again")),
        there,
        images=ImageServerSpec(),
    ) as running:
        yield running


def ran(nornir: Nornir, status: StatusProcessor, task: object, **arguments: object) -> tuple[str, SwitchRecord]:
    nornir.run(task=task, **arguments)  # type: ignore[arg-type]  # one of ours
    (row,), (record,) = status.report().data, status.record()
    return f"{row.update_progress_status.value} / {row.error.value}", record


def test_an_image_is_staged_activated_and_taken_back_on_nxos(fleet: Lab) -> None:
    status = StatusProcessor()
    nornir = fleet.nornir("steps", processors=(status,))
    words, record = ran(nornir, status, stage_image, image=fleet.image)
    assert words == "INSTALL_IN_PROGRESS / NOT_SET", record.reason
    assert fleet.kinds("steps") == ["download_started", "download_done"]
    words, record = ran(nornir, status, activate_image, image=fleet.image)
    assert words == DONE, record.reason
    assert (fleet.state("steps")["running"], fleet.state("steps")["next_image"]) == (TARGET, FILE)
    assert fleet.count("steps", *ONE_OF_EACH) == [1, 1, 1]
    for _ in range(2):  # once more changes nothing
        status = StatusProcessor()
        nornir = fleet.nornir("steps", processors=(status,))
        words, record = ran(nornir, status, rollback_image, version=OLD)
        assert words == DONE, record.reason
        assert (fleet.state("steps")["running"], fleet.state("steps")["next_image"]) == (OLD, OLD_FILE)
        assert fleet.count("steps", *ONE_OF_EACH) == [1, 2, 2]


def local(fleet: Lab, folder: Path) -> Image:
    assert fleet.fleet.image is not None
    file = folder / fleet.fleet.image.file_name
    with urlopen(fleet.fleet.image.url) as answer:  # noqa: S310 - the fleet's own image server
        file.write_bytes(answer.read())
    return Image(file=file, version=TARGET)


def test_a_push_to_nxos_needs_its_server_and_says_so(fleet: Lab, tmp_path: Path) -> None:
    status = StatusProcessor()
    nornir = fleet.nornir("unpushed", processors=(status,))
    words, record = ran(nornir, status, update_image, image=local(fleet, tmp_path))
    assert words == "FAILED / DOWNLOAD_FAILED"
    assert "the push failed: the switch takes no file by SCP" in record.reason
    assert "switch its SCP server on" in record.reason
    assert fleet.kinds("unpushed") == []


def test_a_file_is_pushed_to_nxos_where_its_server_is_on(fleet: Lab, tmp_path: Path) -> None:
    prepare = fleet.nornir("pushed", journal=False)
    prepare.run(task=netmiko_send_config, config_commands=["feature scp-server"])
    prepare.run(task=netmiko_save_config)
    prepare.close_connections()
    image, status = local(fleet, tmp_path), StatusProcessor()
    words, record = ran(fleet.nornir("pushed", processors=(status,)), status, update_image, image=image)
    assert words == DONE, record.reason
    assert fleet.count("pushed", "pushed", *ONE_OF_EACH) == [1, 0, 1, 1]
    assert status.report().data[0].download_status.transfer_bytes == image.size


def test_F25_on_nxos_what_was_wrong_is_overwritten_by_the_next_run(fleet: Lab) -> None:
    good, status = fleet.image, StatusProcessor()
    other = Image(url=good.url, version=good.version, sha256="0" * 64)
    words, _ = ran(fleet.nornir("again", processors=(status,)), status, update_image, image=other)
    assert words == "FAILED / DOWNLOAD_VALIDATION_FAILED"
    status = StatusProcessor()
    damaged = Image(url=good.url, version=good.version, sha512="1" * 128)  # it is fetched anew over what is there
    words, _ = ran(fleet.nornir("again", processors=(status,)), status, update_image, image=damaged)
    assert words == "FAILED / DOWNLOAD_VALIDATION_FAILED"
    assert fleet.count("again", *ONE_OF_EACH) == [2, 0, 0]
    status = StatusProcessor()
    words, record = ran(fleet.nornir("again", processors=(status,)), status, update_image, image=good)
    assert words == DONE, record.reason
    assert fleet.count("again", *ONE_OF_EACH) == [2, 1, 1]  # the file itself was good


def test_F33_on_nxos_a_question_of_reload_that_nobody_knows_is_interrupted(fleet: Lab) -> None:
    status = StatusProcessor()
    nornir = fleet.nornir("question", processors=(status,), timeouts=QUICK)
    nornir.inventory.hosts["question"].data["lcm"]["timeouts"] = {"reply": 1.0}
    words, record = ran(nornir, status, tasks.reboot_switch)
    assert words == ACTIVATION
    assert ASKED[:-1] in record.reason
    assert fleet.count("question", "reload") == [0]


def test_F43_on_nxos_both_supervisors_must_run_the_target(tmp_path: Path) -> None:
    behind = SwitchSpec("behind", NXOS, model="N9K-C9504", faults=("standby-behind",))
    with lab(tmp_path, SwitchSpec("both", NXOS, model="N9K-C9504"), behind, images=ImageServerSpec()) as fleet:
        status = StatusProcessor()
        fleet.nornir(processors=(status,)).run(task=update_image, image=fleet.image)
        both, late = status.record()
        assert (both.row().update_progress_status, both.row().error) == ("SUCCESS", "NOT_SET"), both.reason
        assert (late.row().update_progress_status, late.row().error) == ("FAILED", "IMAGE_ACTIVATION_FAILED")
        assert "it runs 10.2(5) (member 28) and not 10.4(5)" in late.reason


FAILING = (
    "pre-check-failed",
    "extract-failed",
    "install-failed",
    "install-false-success",
    "set-boot-refused",
    "reset",
    "disk-full-unpacking:claimed",
)


def test_what_fails_on_nxos_fails_alike_when_it_is_run_again(tmp_path: Path) -> None:
    with lab(
        tmp_path,
        *(SwitchSpec(name.replace(":", "-"), NXOS, faults=(name,)) for name in FAILING),
        images=ImageServerSpec(),
    ) as fleet:
        words = []
        for _ in range(2):
            status = StatusProcessor()
            fleet.nornir(processors=(status,)).run(task=update_image, image=fleet.image)
            words.append([(row.update_progress_status, row.error) for row in status.report().data])
            assert all(fleet.state(name.replace(":", "-"))["next_boot"] == "active" for name in FAILING)
        assert words[0] == words[1]
        assert fleet.count("install-failed", *ONE_OF_EACH) == [1, 2, 0]  # the image is not fetched again
        job = fleet.store.jobs()[-1]
        retry_job(fleet.nornir(journal=False), fleet.store, job.id, only=("failed",))
        rows = [record.row() for record in fleet.store.record(job)]
        assert [(row.update_progress_status, row.error) for row in rows] == words[0]
