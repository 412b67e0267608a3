"""From which versions an update may go to which: members, ways, names of files, and digests that a switch can tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from nornir.core.task import Result
from typer.testing import CliRunner

from lcm_nornir import Image, Policy, StatusProcessor, update_image
from lcm_nornir.cli import app, upgrade
from lcm_nornir.drivers.base import Capabilities, Member, SwitchFacts
from lcm_nornir.drivers.dell_os10 import DellOS10
from lcm_nornir.drivers.paths import Rule
from lcm_nornir.journal.definition import define, params_of
from lcm_nornir.record import SwitchRecord
from lcm_nornir.simulator import SwitchSpec
from lcm_nornir.tasks.readiness import check_readiness
from tests.fleets import OLD, OLDEST, TARGET, Lab, lab
from tests.lab_drivers import stand_in

SWITCHES = ("one", "mixed", "mixed-allowed", "mixed-after", "path", "path-allowed", "digest", "digest-allowed", "named")


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab(tmp_path_factory.mktemp("versions"), *(SwitchSpec(name) for name in SWITCHES)) as running:
        yield running


class Stack(DellOS10):
    """Two members, of which the second runs what it is told."""

    second = OLDEST
    follows = True

    def facts(self, ssh: Any) -> SwitchFacts:
        found = super().facts(ssh)
        version = found.running if self.follows and found.running == TARGET else self.second
        return replace(found, members=(*found.members, Member("2", version)))


class Stubborn(Stack):
    follows = False


class Sha512Only(DellOS10):
    capabilities: ClassVar[Capabilities] = replace(DellOS10.capabilities, digests=("sha512",))


class Files(DellOS10):
    def version_of(self, name: str) -> str:
        return TARGET if TARGET in name else ""


def readiness(fleet: Lab, name: str, policy: Policy, image: Image | None = None) -> Result:
    nornir = fleet.nornir(name)
    return nornir.run(task=check_readiness, image=image or fleet.image, policy=policy)[name][0]


def updated(fleet: Lab, name: str, policy: Policy, image: Image | None = None) -> SwitchRecord:
    status = StatusProcessor()
    fleet.nornir(name, processors=(status,)).run(task=update_image, image=image or fleet.image, policy=policy)
    (record,) = status.record()
    return record


def test_members_of_different_versions_are_refused_untouched(fleet: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, Stack())
    record = updated(fleet, "mixed", Policy())
    assert f"its members run different versions: {OLDEST}, {OLD}" in record.reason
    assert "allow mixed members" in record.reason
    assert fleet.kinds("mixed") == []


def test_members_of_different_versions_are_brought_to_one_where_that_is_allowed(
    fleet: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, Stack())
    record = updated(fleet, "mixed-allowed", Policy(allow_mixed=True))
    assert record.row().update_progress_status == "SUCCESS", record.reason
    assert record.evidence["running before"] == f"{OLDEST}, {OLD}"


def test_a_member_that_does_not_follow_is_no_success_also_where_they_may_be_mixed_before(
    fleet: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, Stubborn())
    record = updated(fleet, "mixed-after", Policy(allow_mixed=True))
    assert record.row().error == "IMAGE_ACTIVATION_FAILED"
    assert f"it runs {OLDEST} (member 2) and not {TARGET}" in record.reason


def test_each_member_is_asked_whether_it_would_be_a_downgrade(fleet: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stack, "second", "99.1.0.0")
    stand_in(monkeypatch, Stack())
    result = readiness(fleet, "one", Policy(allow_mixed=True))
    assert f"{TARGET} would be a downgrade from 99.1.0.0" in str(result.exception)


def test_a_way_by_another_release_is_refused_untouched_whatever_is_allowed(
    fleet: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = Rule("10.5.4.", ("10.5.6.",), ("10.5.5.0",), "all", "Guide, https://example.com/guide", "V")
    monkeypatch.setattr(DellOS10, "paths", (rule,), raising=False)
    record = updated(fleet, "path", Policy(allow_unknown_path=True))
    assert f"there is no direct way from {OLD} to {TARGET}: first 10.5.5.0 or later (Guide, " in record.reason
    assert "upgrade to 10.5.5.0 first" in record.reason
    assert fleet.kinds("path") == []
    assert record.row().update_progress_status == "NOT_SET"


def test_an_unknown_way_is_refused_untouched_unless_it_is_allowed(fleet: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = Rule("10.5.4.", ("10.5.5.",), (), "all", "Guide, https://example.com/guide", "V")
    monkeypatch.setattr(DellOS10, "paths", (rule,), raising=False)
    record = updated(fleet, "path-allowed", Policy())
    assert f"no known way leads from {OLD} to {TARGET}" in record.reason
    assert fleet.kinds("path-allowed") == []
    assert readiness(fleet, "path-allowed", Policy(allow_unknown_path=True)).exception is None


def test_a_downgrade_that_is_allowed_is_not_asked_for_its_way(fleet: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = Rule("10.5.4.", ("10.5.5.",), (), "all", "Guide, https://example.com/guide", "V")
    monkeypatch.setattr(DellOS10, "paths", (rule,), raising=False)
    older = Image(url=fleet.image.url, version="10.4.0.0", sha256=fleet.image.sha256)
    assert readiness(fleet, "one", Policy(allow_downgrade=True), older).exception is None


def test_a_pinned_digest_that_the_switch_cannot_compute_is_as_good_as_none(
    fleet: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, Sha512Only())
    record = updated(fleet, "digest", Policy(), replace(fleet.image, sha512=""))
    assert "only sha256 is pinned, which dell_os10 cannot compute (give sha512, or allow" in record.reason
    assert fleet.kinds("digest") == []


def test_where_it_may_be_unverified_such_a_digest_is_told_as_not_verified(
    fleet: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, Sha512Only())
    record = updated(fleet, "digest-allowed", Policy(allow_unverified=True), replace(fleet.image, sha512=""))
    assert record.row().update_progress_status == "SUCCESS", record.reason
    assert record.evidence["digest"].startswith("not verified, by choice")


@pytest.mark.parametrize(("name", "told"), [("OS10-10.5.6.4.bin", "no version"), (f"OS10-{TARGET}.bin", "")])
def test_a_file_from_which_an_os_runs_tells_the_version_by_its_name_or_is_refused(
    fleet: Lab, monkeypatch: pytest.MonkeyPatch, name: str, told: str
) -> None:
    stand_in(monkeypatch, Files())
    image = Image(url=f"http://192.0.2.10/{name}", version=TARGET, sha256=fleet.image.sha256)
    failed = readiness(fleet, "named", Policy(), image).exception
    assert (f"the name {name} tells {told}, and not {TARGET}" in str(failed)) if told else failed is None


def test_a_job_keeps_what_is_allowed_and_one_from_before_allows_none_of_it() -> None:
    allowed = Policy(allow_mixed=True, allow_unknown_path=True)
    assert params_of(define({"policy": allowed}, str)) == {"policy": allowed}
    older = {"unsaved": "save", "allow_downgrade": True, "allow_unverified": False}
    assert params_of({"params": {"policy": {"policy": older}}}) == {"policy": Policy(allow_downgrade=True)}


def test_the_command_line_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Policy] = []

    def take(run: upgrade.Run, *_: object, **__: object) -> int:
        given.append(run.policy)
        return 0

    monkeypatch.setattr(upgrade, "upgrade", take)
    for words in ([], ["--allow-mixed"], ["--allow-unknown-path"]):
        CliRunner().invoke(app, ["run", "--image-url", "http://192.0.2.10/x.bin", *words])
    assert given == [Policy(), Policy(allow_mixed=True), Policy(allow_unknown_path=True)]
