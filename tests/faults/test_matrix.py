"""One fleet, one switch per fault, healthy neighbours: the words of the fault matrix, and nobody disturbs anybody."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from lcm_nornir import update_image
from lcm_nornir.schema import UpdateJobStatus
from lcm_nornir.simulator.dell_os10.invented import UNEXPECTED_QUESTION
from tests.faults.cases import (
    ACTIVATION,
    ASKED,
    BUSY,
    DONE,
    DOWNLOAD,
    EXTRACTION,
    FULL,
    HASTY,
    INSTALL,
    INVALID,
    MOVED,
    NEW_NEXT,
    NO_BYTES,
    NOT_REACHABLE,
    REFUSED,
    SET_BOOT,
    UNREACHABLE,
    WRONG_DIGEST,
    Case,
)
from tests.faults.platform_fleet import Outcome, healthy, run_over
from tests.fleets import OLD

OLD_NEXT = r"not activated; next boot is the old image 10\.5\.4\.1"
QUESTION = f"an unknown question was interrupted, not answered; {OLD_NEXT}; the switch said: '"
CASES = {
    "healthy1": Case("", DONE, did=(1, 1, 1)),
    "healthy2": Case("", DONE, did=(1, 1, 1)),
    "healthy3": Case("", DONE, did=(1, 1, 1)),
    "F04-serial": Case("wrong-serial", UNREACHABLE, "another identity answers: serial is .*, the inventory says"),
    "F04-model": Case("wrong-serial:model", UNREACHABLE, "another identity answers: serial is"),
    "F05": Case("already-target", DONE),
    "F06": Case("newer-than-target", REFUSED, r"10\.5\.6\.5 would be a downgrade from 99\.1\.0\.0"),
    "F07": Case("target-in-standby", DONE, did=(0, 0, 1)),
    "F08": Case("disk-full-before", DOWNLOAD, "not enough space: 1048576 bytes needed, 65536 bytes free"),
    "F10-install": Case("busy-installer", BUSY, "its installer is busy with something that is not ours"),
    "F10-download": Case("busy-installer:download", BUSY, "its installer is busy with something that is not ours"),
    "F11-boot": Case("garbled:show boot", REFUSED, "the answer to 'show boot' has not .*; the switch said: '"),
    "F11-slow": Case("slow-answers:100", REFUSED, "no prompt within 2 s", lcm=HASTY),
    "F11-hang": Case("hang:2", REFUSED, "no prompt within 2 s", lcm=HASTY),
    "F11-mute": Case("mute", REFUSED, "no prompt within 2 s; the switch said: 'show ", lcm=HASTY),
    "F12-refused": Case("refused", UNREACHABLE, "port 2222 refuses the connection"),
    "F12-black-hole": Case("black-hole", UNREACHABLE, "no SSH greeting came|nothing was said in time", lcm=HASTY),
    "F12-name": Case("", UNREACHABLE, "the name no-such-switch.invalid does not resolve"),
    "F13": Case("wrong-password", UNREACHABLE, "authentication failed: user or password refused .*tried once"),
    "F16-limit": Case("session-limit", DONE, did=(1, 1, 1)),
    "F16-slow": Case("slow-login:50", DONE, did=(1, 1, 1)),
    "F17": Case("noisy", DONE, did=(1, 1, 1)),
    "S09": Case("hostile", DONE, did=(1, 1, 1)),
    "S09-refused": Case("hostile:refuse", NOT_REACHABLE, "the switch said: '", did=(1, 0, 0)),
    "F19": Case(
        "url-illegal", "FAILED / MALFORMED_IMAGE_URL", "the switch does not accept the URL; the switch said: '"
    ),
    "F20-name": Case("dns", NOT_REACHABLE, NO_BYTES, did=(1, 0, 0)),
    "F20-refused": Case("connection-refused", NOT_REACHABLE, NO_BYTES, did=(1, 0, 0)),
    "F20-tls": Case("tls", NOT_REACHABLE, NO_BYTES, did=(1, 0, 0)),
    "F20-route": Case("no-route", NOT_REACHABLE, NO_BYTES, did=(1, 0, 0)),
    "F20-401": Case("http-401", NOT_REACHABLE, NO_BYTES, did=(1, 0, 0)),
    "F20-403": Case("http-403", NOT_REACHABLE, NO_BYTES, did=(1, 0, 0)),
    "F20-404": Case("http-404", NOT_REACHABLE, NO_BYTES, did=(1, 0, 0)),
    "F22-1": Case("reset:1", DOWNLOAD, "bytes arrived; the switch said: '", did=(1, 0, 0)),
    "F22-50": Case("reset:50", DOWNLOAD, "bytes arrived; the switch said: '", did=(1, 0, 0)),
    "F22-99": Case("reset:99", DOWNLOAD, "bytes arrived; the switch said: '", did=(1, 0, 0)),
    "F24": Case("disk-fills", DOWNLOAD, "bytes arrived; the switch said: '", did=(1, 0, 0)),
    "F25-truncated": Case("truncated", INVALID, WRONG_DIGEST, did=(1, 0, 0)),
    "F25-bit-flip": Case("bit-flip", INVALID, WRONG_DIGEST, did=(1, 0, 0)),
    "F25-html": Case("html-page", INVALID, WRONG_DIGEST, did=(1, 0, 0)),
    "F25-other": Case("other-file", INVALID, WRONG_DIGEST, did=(1, 0, 0)),
    "F26-platform": Case("wrong-platform", INVALID, "the installer failed.*; the switch said: '", did=(1, 1, 0)),
    "F26-signature": Case("bad-signature", INVALID, "the installer failed.*; the switch said: '", did=(1, 1, 0)),
    "F26-refused": Case("bad-signature:refused", INVALID, "refused to install; the switch said: '% Er", did=(1, 0, 0)),
    "F28": Case("extract-failed", EXTRACTION, "the installer failed.*; the switch said: '", did=(1, 1, 0)),
    "F28-full": Case("disk-full-unpacking", EXTRACTION, FULL, did=(1, 1, 0)),
    "F28-claimed": Case("disk-full-unpacking:claimed", EXTRACTION, FULL, did=(1, 1, 0)),
    "F28-incomplete": Case("disk-full-unpacking:incomplete", EXTRACTION, FULL, did=(1, 1, 0)),
    "F29": Case("install-failed", INSTALL, "the installer failed.*; the switch said: '", did=(1, 1, 0)),
    "F30": Case("install-false-success", INSTALL, "no slot holds the image.*; the switch said: '", did=(1, 1, 0)),
    "F32": Case("silent-install", DONE, did=(1, 1, 1)),
    "F33-one": Case("unexpected-question", ACTIVATION, QUESTION, did=(1, 1, 0), lcm=HASTY),
    "F33-two": Case("unexpected-question", ACTIVATION, QUESTION, did=(1, 1, 0), lcm=HASTY),
    "F33-three": Case("unexpected-question", ACTIVATION, QUESTION, did=(1, 1, 0), lcm=HASTY),
    "F33-copy": Case("unexpected-question:image download", DOWNLOAD, ASKED, lcm=HASTY),
    "F33-install": Case("unexpected-question:image install", INSTALL, ASKED, did=(1, 0, 0), lcm=HASTY),
    "F33-boot": Case("unexpected-question:boot system", SET_BOOT, QUESTION, did=(1, 1, 0), lcm=HASTY),
    "F33-save": Case("unexpected-question:write memory", ACTIVATION, QUESTION, did=(1, 1, 0), lcm=HASTY),
    "F34-words": Case("alarming-words", DONE, did=(1, 1, 1)),
    "F34-part": Case("download-false-success", INVALID, WRONG_DIGEST, did=(1, 0, 0)),
    "F34-nothing": Case("download-false-success:0", INVALID, "cannot tell the digest of its copy", did=(1, 0, 0)),
    "F35": Case("odd-progress", DONE, did=(1, 1, 1)),
    "F35-late": Case("late-status", DONE, did=(1, 1, 1)),
    "F35-later": Case("late-status:2", DONE, did=(1, 1, 1)),
    "F36-moved": Case("install-moves-next-boot", DONE, did=(1, 1, 1)),
    "F36-moved-full": Case("install-moves-next-boot+disk-full-unpacking:incomplete", EXTRACTION, FULL, did=(1, 1, 0)),
    "F36-moved-kept": Case("install-moves-next-boot+set-boot-refused:active", INSTALL, MOVED, did=(1, 1, 0)),
    "F36-ignored": Case("set-boot-ignored", SET_BOOT, f"the next boot is not slot [AB] .*{OLD_NEXT}", did=(1, 1, 0)),
    "F36-refused": Case("set-boot-refused", SET_BOOT, f"{OLD_NEXT}; the switch said: '", did=(1, 1, 0)),
    "F40": Case("reload-never", ACTIVATION, f"it did not reboot within 6 s; {OLD_NEXT}", did=(1, 1, 1)),
    "F41-closed": Case("fast-reboot", DONE, did=(1, 1, 1)),
    "F41-open": Case("fast-reboot:open", DONE, did=(1, 1, 1)),
    "F42": Case("wrong-clock", DONE, did=(1, 1, 1)),
    "F42-restless": Case("wrong-clock:restless", DONE, did=(1, 1, 1)),
    "F43": Case("old-version", ACTIVATION, r"it runs 10\.5\.4\.1 and not 10\.5\.6\.5", did=(1, 1, 1)),
    "F43-next": Case("old-version:next-stays", ACTIVATION, f"and not .*; {OLD_NEXT}", did=(1, 1, 1)),
    "F44": Case("not-ready:2", DONE, did=(1, 1, 1)),
    "F44-ports": Case("ports-delayed:10", DONE, did=(1, 1, 1)),
    "F65": Case("save-refused", ACTIVATION, f"the configuration cannot be saved; {OLD_NEXT}; the sw", did=(1, 1, 0)),
    "F65-ignored": Case("save-refused+set-boot-ignored:active", ACTIVATION, NEW_NEXT, did=(1, 1, 0)),
    "F65-refused": Case("save-refused+set-boot-refused:active", ACTIVATION, NEW_NEXT, did=(1, 1, 0)),
}
HEALTHY = healthy(CASES)
NOT_UNDONE = (NEW_NEXT, MOVED)
CALLED_OFF = tuple(name for name, case in CASES.items() if case.did == (1, 1, 0) and case.reason not in NOT_UNDONE)


@pytest.fixture(scope="module")
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    elsewhere = {"F12-name": "no-such-switch.invalid"}
    with run_over(tmp_path_factory.mktemp("matrix"), "dell_os10", CASES, request, **elsewhere) as run:
        yield run


@pytest.mark.parametrize("name", CASES)
def test_the_row(outcome: Outcome, name: str) -> None:
    case = CASES[name]
    outcome.check(name, case)
    assert bool(outcome.records[name].commands) is (case.did != (0, 0, 0) or name in ("F19", "F33-copy"))


@pytest.mark.parametrize("name", CALLED_OFF)
def test_N8_what_fails_before_the_reload_leaves_the_old_image_next(outcome: Outcome, name: str) -> None:
    outcome.check_runs(name, OLD)


def test_N1_every_switch_has_exactly_one_row_and_one_result(outcome: Outcome) -> None:
    names = [row.switch_member.name for row in outcome.report.data]
    assert names == list(outcome.result) == list(CASES)
    assert outcome.report.status == "PARTIAL_SUCCESS"
    text = outcome.report.model_dump_json()
    assert UpdateJobStatus.model_validate_json(text) == outcome.report
    assert json.loads(text)["end_time"] > 0


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_neighbour_is_proven_in_at_most_six_sessions(outcome: Outcome, name: str) -> None:
    assert {"boot identity", "running", "next boot"} <= set(outcome.records[name].evidence)
    assert 0 < outcome.sessions[name] <= 6


@pytest.mark.parametrize("name", HEALTHY)
def test_a_second_run_changes_nothing(outcome: Outcome, name: str) -> None:
    second = outcome.fleet.nornir(name).run(task=update_image, image=outcome.fleet.image)[name]
    assert second[0].result.update_progress_status == "SUCCESS"
    assert not second.failed
    assert not second.changed
    assert outcome.fleet.count(name, "reload") == [1]


def test_F05_a_switch_that_runs_the_target_is_not_changed(outcome: Outcome) -> None:
    assert outcome.fleet.kinds("F05") == []
    assert not outcome.records["F05"].changed


def test_F07_an_installed_target_is_only_activated(outcome: Outcome) -> None:
    assert outcome.rows["F07"].download_status.status == "NOT_SET"
    assert outcome.fleet.kinds("F07") == ["set_boot", "saved", "reload", "booted"]


def test_F12_a_switch_that_does_not_answer_delays_nobody(outcome: Outcome) -> None:
    ends = {name: record.steps[-1].end_time for name, record in outcome.records.items() if record.steps}
    assert max(ends[name] for name in ends if name.startswith("F12")) < min(ends[name] for name in HEALTHY)


def test_F13_a_wrong_password_is_tried_once(outcome: Outcome) -> None:
    assert outcome.fleet.sessions("F13", "auth_failed") == 1


def test_F17_F20_what_a_switch_says_carries_no_control_codes_on(outcome: Outcome) -> None:
    told = [outcome.records["F17"].evidence, *(outcome.records[name].reason for name in CASES if "F20" in name)]
    assert all(letter.isprintable() for text in told for letter in str(text))


def test_F20_the_causes_that_the_os_tells_are_told_apart(outcome: Outcome) -> None:
    said = [outcome.error(name).said for name in CASES if name.startswith("F20")]
    assert len(set(said)) == len(said) == 7


@pytest.mark.parametrize(("name", "most"), [("F22-1", 1), ("F22-50", 50), ("F22-99", 99)])
def test_F22_the_bytes_that_came_are_kept_in_the_report(outcome: Outcome, name: str, most: int) -> None:
    outcome.check_arrived(name, most)


def test_F24_the_partial_file_is_removed(outcome: Outcome) -> None:
    outcome.check_removed("F24")


def test_F33_the_question_is_told(outcome: Outcome) -> None:
    outcome.check_questions([name for name in CASES if name.startswith("F33")], UNEXPECTED_QUESTION)


def test_F35_the_numbers_of_the_report_are_clean(outcome: Outcome) -> None:
    download = outcome.rows["F35"].download_status
    assert (download.progress_percentage, download.transfer_bytes) == (100, outcome.fleet.image.size)


@pytest.mark.parametrize("name", ["F65-ignored", "F65-refused"])
def test_F65_a_next_boot_that_cannot_be_put_back_is_told(outcome: Outcome, name: str) -> None:
    assert outcome.fleet.state(name)["next_boot"] == "standby"
    assert outcome.fleet.kinds(name).count("set_boot") == 1


def test_F43_what_fell_back_to_the_old_image_stays_with_it(outcome: Outcome) -> None:
    outcome.check_runs("F43-next", OLD)


def test_F40_a_reload_that_never_happens_is_sent_once_and_undone(outcome: Outcome) -> None:
    assert [command for _, command in outcome.records["F40"].commands].count("reload") == 1
    assert outcome.fleet.state("F40")["next_boot"] == "active"
