"""IOS-XE's own ways: on trial until committed, stacks, bundle mode, pushes, staging, policies, and run again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

import pytest
from nornir_netmiko.tasks import netmiko_send_config  # type: ignore[import-untyped]  # it has no types

from lcm_nornir import (
    Image,
    Policy,
    StatusProcessor,
    activate_image,
    commit_image,
    rollback_image,
    stage_image,
    update_image,
)
from lcm_nornir.record import SwitchRecord
from lcm_nornir.simulator import ImageServerSpec, SwitchSpec
from tests.fleets import Lab, happens, lab

XE, OLD, NEW, OLD_TOLD, NEW_TOLD = "cisco_xe", "17.06.05", "17.09.04a", "17.6.5", "17.9.4a"
BACK = "the new image is on trial: THE SWITCH GOES BACK TO THE FORMER IMAGE BY ITSELF in"


class Way(NamedTuple):
    """One switch, what is wrong with it, and what is allowed."""

    faults: str = ""
    words: str = "SUCCESS / NOT_SET"
    reason: str = ""
    policy: Policy = Policy()
    fields: dict[str, Any] = {}  # noqa: RUF012 - a table


FAILED = "FAILED / IMAGE_ACTIVATION_FAILED"
WAYS = {
    "two": Way(fields={"members": 2}),
    "three": Way(fields={"members": 3}),
    "mixed": Way("members-differ", policy=Policy(allow_mixed=True)),
    "mixed-no": Way("members-differ", "NOT_SET / NOT_SET", "its members run different versions"),
    "missed": Way(
        "members-differ:after",
        FAILED,
        f"it runs {OLD_TOLD} (member 2), {OLD_TOLD} (member 3) and not {NEW_TOLD}",
        fields={"members": 3},
    ),
    "unsaved": Way(fields={"unsaved": True}),
    "refuse": Way(
        "", "NOT_SET / NOT_SET", "the running configuration is not saved", Policy(unsaved="refuse"), {"unsaved": True}
    ),
    "clean": Way(policy=Policy(unsaved="refuse")),
    "refuse-late": Way(
        "changed-after-install",
        FAILED,
        f"not activated; next boot is the old image {OLD_TOLD}",
        Policy(unsaved="refuse"),
    ),
    "refuse-asked": Way(  # this layout asks what to do, and is answered by q
        "changed-after-install",
        FAILED,
        f"not activated; next boot is the old image {OLD_TOLD}",
        Policy(unsaved="refuse"),
        {"variant": 1},
    ),
    "bundle-stack": Way(
        "bundle-mode", "FAILED / IMAGE_SET_BOOT_FAILED", "it is a stack in bundle mode", fields={"members": 2}
    ),
    "bundle": Way("bundle-mode"),
    "rolled": Way(),
    "uncommitted": Way("commit-refused", FAILED, BACK),
    "expired": Way("commit-refused+auto-abort:150", FAILED, BACK),
}
BARE = {
    "unprivileged": ("user-exec",),
    "other": ("target-in-standby",),
    "other-bundle": ("bundle-mode", "target-in-standby"),
    "staged-bundle": ("bundle-mode",),
}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    ways = [SwitchSpec(name, XE, faults=_faults(way.faults), **way.fields) for name, way in WAYS.items()]
    others = [SwitchSpec(name, XE) for name in ("pushed", "staged")]
    others += [SwitchSpec(name, XE, faults=faults) for name, faults in BARE.items()]
    with lab(tmp_path_factory.mktemp("xe-ways"), *ways, *others, images=ImageServerSpec()) as running:
        yield running


def _faults(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split("+")))


@pytest.fixture(scope="module")
def records(fleet: Lab) -> dict[str, SwitchRecord]:
    """Every way, all at once."""

    def run(name: str) -> SwitchRecord:
        status = StatusProcessor()
        fleet.nornir(name, processors=(status,)).run(task=update_image, image=fleet.image, policy=WAYS[name].policy)
        return status.record()[0]

    with ThreadPoolExecutor(len(WAYS)) as pool:
        return dict(zip(WAYS, pool.map(run, WAYS), strict=True))


def words(record: SwitchRecord) -> str:
    row = record.row()
    return f"{row.update_progress_status.value} / {row.error.value}"


def run(fleet: Lab, name: str, task: Any, **arguments: Any) -> SwitchRecord:
    status = StatusProcessor()
    fleet.nornir(name, processors=(status,)).run(task=task, **arguments)
    return status.record()[0]


@pytest.mark.parametrize("name", WAYS)
def test_the_words_of_each_way(fleet: Lab, records: dict[str, SwitchRecord], name: str) -> None:
    assert words(records[name]) == WAYS[name].words, records[name].reason
    assert WAYS[name].reason in records[name].reason
    assert fleet.all_closed(name)


@pytest.mark.parametrize("name", ["two", "three", "mixed"])
def test_a_stack_is_updated_as_one_switch(fleet: Lab, records: dict[str, SwitchRecord], name: str) -> None:
    assert fleet.count(name, "download_started", "install_started", "reload", "committed") == [1, 1, 1, 1]
    assert records[name].evidence["committed"] == "yes"


def test_a_trial_that_is_not_committed_ends_on_the_former_image(fleet: Lab, records: dict[str, SwitchRecord]) -> None:
    assert words(records["expired"]) == FAILED
    assert happens(lambda: fleet.count("expired", "booted") == [2])
    assert (fleet.state("expired")["running"], fleet.state("expired")["packages"][-1]) == (OLD, f"C {OLD}")


def test_who_tries_again_while_an_image_is_on_trial_commits_it_or_tells_how_long_it_is(
    fleet: Lab, records: dict[str, SwitchRecord]
) -> None:
    assert words(records["uncommitted"]) == FAILED
    again = run(fleet, "uncommitted", update_image, image=fleet.image)
    assert words(again) == "FAILED / IMAGE_SET_BOOT_FAILED"  # it runs the image, and boots the former one next
    assert BACK in again.reason
    alone = run(fleet, "uncommitted", commit_image)
    assert BACK in alone.reason
    assert fleet.count("uncommitted", "reload", "install_started") == [1, 1]


def test_F09_who_refuses_to_save_does_not_save(fleet: Lab, records: dict[str, SwitchRecord]) -> None:
    assert fleet.kinds("refuse") == []
    assert words(records["clean"]) == "SUCCESS / NOT_SET"
    assert [fleet.count(name, "saved", "reload") for name in ("clean", "refuse-late", "refuse-asked")] == [
        [0, 1],
        [0, 0],
        [0, 0],
    ]


def test_who_goes_back_needs_the_former_image_in_a_slot(fleet: Lab, records: dict[str, SwitchRecord]) -> None:
    assert words(records["rolled"]) == "SUCCESS / NOT_SET"
    back = run(fleet, "rolled", rollback_image, version=OLD_TOLD)
    # once the new image is committed the former one is in no slot any more
    assert words(back) == "NOT_SET / NOT_SET"
    assert f"{OLD_TOLD} is in no slot" in back.reason


@pytest.mark.parametrize("name", ["other", "other-bundle"])
def test_an_image_that_the_switch_still_holds_is_gone_back_to(fleet: Lab, name: str) -> None:
    back = run(fleet, name, rollback_image, version=NEW_TOLD)
    assert words(back) == "SUCCESS / NOT_SET", back.reason
    state = fleet.state(name)
    assert (state["running"], state["next_boot"]) == (NEW, "active")
    assert fleet.count(name, "download_started", "install_started", "reload") == [0, 0, 1]


def test_in_bundle_mode_what_is_staged_boots_only_when_it_is_activated(fleet: Lab) -> None:
    assert words(run(fleet, "staged-bundle", stage_image, image=fleet.image)) == "INSTALL_IN_PROGRESS / NOT_SET"
    assert fleet.state("staged-bundle")["next_boot"] == "active"
    assert words(run(fleet, "staged-bundle", activate_image, image=fleet.image)) == "SUCCESS / NOT_SET"
    state = fleet.state("staged-bundle")
    assert (state["running"], state["next_boot"], state["mode"]) == (NEW, "active", "BUNDLE")


def test_what_is_staged_is_activated_later(fleet: Lab) -> None:
    staged = run(fleet, "staged", stage_image, image=fleet.image)
    assert words(staged) == "INSTALL_IN_PROGRESS / NOT_SET", staged.reason
    state = fleet.state("staged")
    assert (state["running"], state["next_boot"], state["packages"]) == (OLD, "active", [f"I {NEW}", f"C {OLD}"])
    activated = run(fleet, "staged", activate_image, image=fleet.image)
    assert words(activated) == "SUCCESS / NOT_SET", activated.reason
    assert fleet.state("staged")["packages"] == [f"C {NEW}"]
    assert fleet.count("staged", "download_started", "install_started", "reload") == [1, 1, 1]


def _local(fleet: Lab, folder: Path) -> Image:
    assert fleet.fleet.image is not None
    file = folder / fleet.fleet.image.file_name
    with urlopen(fleet.fleet.image.url) as answer, file.open("wb") as kept:  # noqa: S310 - the fleet's own image server
        shutil.copyfileobj(answer, kept)
    return Image(file=file, version=NEW)


def test_a_local_file_is_pushed_to_flash_installed_and_run(fleet: Lab, tmp_path: Path) -> None:
    refused = run(fleet, "pushed", update_image, image=_local(fleet, tmp_path))
    assert words(refused) == "FAILED / DOWNLOAD_FAILED"
    assert "Administratively disabled." in refused.reason
    assert "(see that the switch takes files by SCP from this login, then run again)" in refused.reason
    with fleet.nornir("pushed", journal=False) as nornir:
        by_hand = nornir.run(task=netmiko_send_config, config_commands=["ip scp server enable"])
    assert not by_hand.failed
    record = run(fleet, "pushed", update_image, image=_local(fleet, tmp_path))
    assert words(record) == "SUCCESS / NOT_SET", record.reason
    assert fleet.count("pushed", "pushed", "download_started", "install_started", "reload") == [1, 0, 1, 1]


def test_a_login_without_privileges_is_told_before_anything_is_changed(fleet: Lab, tmp_path: Path) -> None:
    for image in (fleet.image, _local(fleet, tmp_path)):
        record = run(fleet, "unprivileged", update_image, image=image)
        assert words(record) == "NOT_SET / NOT_SET"
        assert "the login has not the privileges that an upgrade needs" in record.reason
    assert fleet.kinds("unprivileged") == []


def test_NAPALM_agrees(records: dict[str, SwitchRecord]) -> None:
    pytest.importorskip("napalm")
    good = {name for name, way in WAYS.items() if way.words == "SUCCESS / NOT_SET"}
    assert good
    for name in good:
        assert records[name].evidence["second opinion"].startswith("NAPALM (ios) agrees: serial "), name
