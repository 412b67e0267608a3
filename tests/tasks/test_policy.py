"""What is allowed where there is a choice, and which image belongs on which switch."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from nornir.core.inventory import Group
from nornir_netmiko.tasks import netmiko_send_command  # type: ignore[import-untyped]  # it has no types

from lcm_nornir import Image, ImageCatalog, Policy, RequestError, StatusProcessor, update_image
from lcm_nornir.record import SwitchRecord
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import OLD, TARGET, Lab, lab

SAVE, REFUSE = Policy(), Policy(unsaved="refuse")
BY_HAND = "changed by hand"  # in the line that the simulator leaves unsaved

SWITCHES = {
    "saved-first": SwitchSpec("saved-first", unsaved=True),
    "F37-saved": SwitchSpec("F37-saved", faults=("changed-after-install",)),
    "newer": SwitchSpec("newer", faults=("newer-than-target",)),
    "refused": SwitchSpec("refused", unsaved=True),
    "clean": SwitchSpec("clean"),
    "F37-refused": SwitchSpec("F37-refused", faults=("changed-after-install",)),
    "downgraded": SwitchSpec("downgraded", faults=("newer-than-target",), variant=1),
    "unpinned": SwitchSpec("unpinned"),
    "unverified": SwitchSpec("unverified"),
    "flipped": SwitchSpec("flipped", faults=("bit-flip",)),
    "leaf": SwitchSpec("leaf"),
    "leaf-old": SwitchSpec("leaf-old", model="S4148F-ON"),
    "spine": SwitchSpec("spine", model="Z9264F-ON", faults=("already-target",)),
    "stranger": SwitchSpec("stranger", model="Z9432F-ON"),
}
RUNS = (
    (("saved-first", "F37-saved", "newer"), SAVE, True),
    (("refused", "clean", "F37-refused"), REFUSE, True),
    (("downgraded",), Policy(allow_downgrade=True), True),
    (("unpinned",), SAVE, False),
    (("unverified",), Policy(allow_unverified=True), False),
    (("flipped",), Policy(allow_unverified=True), True),
)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab(tmp_path_factory.mktemp("policy"), *SWITCHES.values()) as running:
        yield running


@pytest.fixture(scope="module")
def records(fleet: Lab) -> dict[str, SwitchRecord]:
    """Every run of the table, all at once."""

    def run(names: tuple[str, ...], policy: Policy, pinned: bool) -> tuple[SwitchRecord, ...]:  # noqa: FBT001 - a table
        status = StatusProcessor()
        image = fleet.image if pinned else Image(url=fleet.image.url, version=TARGET)
        fleet.nornir(*names, processors=(status,)).run(task=update_image, image=image, policy=policy)
        return status.record()

    with ThreadPoolExecutor(len(RUNS)) as pool:
        return {record.name: record for found in pool.map(run, *zip(*RUNS, strict=True)) for record in found}


def words(record: SwitchRecord) -> tuple[str, str]:
    row = record.row()
    return row.update_progress_status.value, row.error.value


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("saved-first", ("SUCCESS", "NOT_SET")),
        ("F37-saved", ("SUCCESS", "NOT_SET")),
        ("newer", ("NOT_SET", "NOT_SET")),
        ("refused", ("NOT_SET", "NOT_SET")),
        ("clean", ("SUCCESS", "NOT_SET")),
        ("F37-refused", ("FAILED", "IMAGE_ACTIVATION_FAILED")),
        ("downgraded", ("SUCCESS", "NOT_SET")),
        ("unpinned", ("NOT_SET", "NOT_SET")),
        ("unverified", ("SUCCESS", "NOT_SET")),
        ("flipped", ("FAILED", "DOWNLOAD_VALIDATION_FAILED")),
    ],
)
def test_the_words_of_each_choice(
    fleet: Lab, records: dict[str, SwitchRecord], name: str, expected: tuple[str, str]
) -> None:
    assert words(records[name]) == expected, records[name].reason
    if expected[0] == "SUCCESS":
        assert fleet.state(name)["running"] == TARGET
    assert fleet.all_closed(name)


def test_F09_an_unsaved_configuration_is_saved_before_the_reload_and_kept(
    fleet: Lab, records: dict[str, SwitchRecord]
) -> None:
    kinds = fleet.kinds("saved-first")
    assert kinds.index("saved") < kinds.index("reload")
    assert records["saved-first"].evidence["configuration"] == "as before"
    with fleet.nornir("saved-first") as nornir:
        shown = nornir.run(task=netmiko_send_command, command_string="show running-configuration")
    assert BY_HAND in shown["saved-first"].result


def test_F09_an_unsaved_configuration_is_refused_untouched(fleet: Lab, records: dict[str, SwitchRecord]) -> None:
    assert "the running configuration is not saved" in records["refused"].reason
    assert fleet.kinds("refused") == []


def test_F09_who_refuses_to_save_does_not_save_what_is_saved(fleet: Lab, records: dict[str, SwitchRecord]) -> None:
    assert words(records["clean"])[0] == "SUCCESS"
    assert "saved" not in fleet.kinds("clean")


def test_F37_a_change_after_the_install_is_saved_or_calls_the_reload_off(
    fleet: Lab, records: dict[str, SwitchRecord]
) -> None:
    assert fleet.kinds("F37-saved")[-4:] == ["set_boot", "saved", "reload", "booted"]
    assert fleet.count("F37-refused", "reload", "saved", "set_boot") == [0, 0, 2]
    assert fleet.state("F37-refused")["next_boot"] == "active"
    assert fleet.state("F37-refused")["unsaved"]
    assert "called off: the configuration was changed and is not saved" in records["F37-refused"].reason
    assert f"not activated; next boot is the old image {OLD}" in records["F37-refused"].reason


def test_F06_a_downgrade_is_refused_untouched_unless_it_is_allowed(
    fleet: Lab, records: dict[str, SwitchRecord]
) -> None:
    assert f"{TARGET} would be a downgrade from 99.1.0.0" in records["newer"].reason
    assert fleet.kinds("newer") == []
    assert fleet.state("downgraded")["standby"] == "99.1.0.0"


def test_an_image_without_a_digest_is_refused_untouched_unless_it_is_allowed(
    fleet: Lab, records: dict[str, SwitchRecord]
) -> None:
    assert "the image has no pinned digest" in records["unpinned"].reason
    assert fleet.kinds("unpinned") == []
    shown = records["unverified"].evidence["digest"]
    assert shown == f"not verified, by choice; the switch has sha256 {fleet.image.sha256}"


def test_S14_a_digest_that_is_wrong_is_refused_also_where_none_would_do(
    fleet: Lab, records: dict[str, SwitchRecord]
) -> None:
    assert f"{fleet.image.sha256} was pinned" in records["flipped"].reason
    assert fleet.count("flipped", "install_started") == [0]


CATALOGUE = """
images:
  - match: {{model: S5248F-ON}}
    url: {url}
    version: {target}
    sha256: {sha256}
  - match: {{model: S4148F-ON, platform: dell_os10}}
    url: {url}
    version: {old}
    sha256: {sha256}
  - match: {{group: spines}}
    url: {url}
    version: {target}
    sha256: {sha256}
"""


@pytest.fixture
def catalogue(fleet: Lab, tmp_path: Path) -> ImageCatalog:
    path = tmp_path / "images.yaml"
    path.write_text(CATALOGUE.format(url=fleet.image.url, sha256=fleet.image.sha256, target=TARGET, old=OLD))
    return ImageCatalog.load(path)


def test_a_catalogue_gives_each_switch_the_image_of_its_model_or_group(fleet: Lab, catalogue: ImageCatalog) -> None:
    status = StatusProcessor()
    nornir = fleet.nornir("leaf", "leaf-old", "spine", processors=(status,))
    nornir.inventory.hosts["spine"].groups.append(Group("spines"))
    nornir.run(task=update_image, image=catalogue)
    assert status.report().status == "SUCCESS"
    assert {record.name: record.evidence["running"] for record in status.record()} == {
        "leaf": TARGET,
        "leaf-old": OLD,
        "spine": TARGET,
    }
    assert [fleet.count(name, "reload") for name in ("leaf", "leaf-old", "spine")] == [[1], [0], [0]]


@pytest.mark.parametrize(("group", "fitting"), [("", 0), ("spines", 2)], ids=["none", "two"])
def test_a_catalogue_with_no_or_two_images_for_a_switch_is_refused_before_any_is_touched(
    fleet: Lab, catalogue: ImageCatalog, group: str, fitting: int
) -> None:
    one = "leaf-old" if group else "stranger"
    nornir = fleet.nornir(one, "clean")
    if group:
        nornir.inventory.hosts[one].groups.append(Group(group))
    before = [fleet.fleet.log(name) for name in (one, "clean")]
    with pytest.raises(RequestError, match=f"{fitting} images fit the switch {one}"):
        nornir.run(task=update_image, image=catalogue)
    assert [fleet.fleet.log(name) for name in (one, "clean")] == before
    assert nornir.data.failed_hosts == set()
