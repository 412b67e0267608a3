"""The words of the fault matrix on IOS-XE: one fleet, one switch per fault, and healthy neighbours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lcm_nornir.simulator.cisco_xe.invented import UNEXPECTED_QUESTION
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
    NEW_NEXT,
    NOT_REACHABLE,
    REFUSED,
    SET_BOOT,
    UNREACHABLE,
    Case,
)
from tests.faults.platform_fleet import Outcome, called_off, proven, run_over

XE = "cisco_xe"
OLD, OLD_TOLD = "17.06.05", r"17\.6\.5"
OLD_NEXT = f"not activated; next boot is the old image {OLD_TOLD}"
NOT_OPENED = "the switch could not fetch the image; 0 bytes arrived; the switch said: '%Error opening http"
BROKEN = "[1-9][0-9]* bytes arrived; the switch said: '%Error reading http"
WRONG_DIGEST = "the sha512 of the image on the switch is [0-9a-f]{128}, [0-9a-f]{128} was pinned"
FAILED = r"the installer failed; the slots hold .*; the switch said: '\[1\] .*FAILED: .*"
NOT_ACTIVATED = f"the switch did not activate the image; {OLD_NEXT}; the switch said: '"
QUESTION = f"an unknown question was interrupted, not answered; {OLD_NEXT}; the switch said: '"
HALF_SET = "in the running configuration alone: whoever saves that makes it the next boot"
ON_TRIAL = "the new image is on trial: THE SWITCH GOES BACK TO THE FORMER IMAGE BY ITSELF in [0-9]+ s"
CASES = {
    "healthy1": Case("", DONE, did=(1, 1, 1)),
    "healthy2": Case("", DONE, did=(1, 1, 1)),
    "bundle": Case("bundle-mode", DONE, did=(1, 0, 1)),
    "F04-serial": Case("wrong-serial", UNREACHABLE, "another identity answers: serial is .*, the inventory says"),
    "F04-model": Case("wrong-serial:model", UNREACHABLE, "another identity answers: serial is"),
    "F04-none": Case("no-serial", UNREACHABLE, "another identity answers: serial is , the inventory says"),
    "F05": Case("already-target", DONE),
    "F05-bundle": Case("bundle-mode+already-target", DONE),
    "F06": Case("newer-than-target", REFUSED, r"17\.9\.4a would be a downgrade from 99\.1\.1"),
    "F07": Case("target-in-standby", DONE, did=(0, 0, 1)),
    # in bundle mode what is in flash is a file like any other, of which the name proves nothing: it is fetched anew
    "F07-bundle": Case("bundle-mode+target-in-standby", DONE, did=(1, 0, 1)),
    "F08": Case("disk-full-before", DOWNLOAD, "not enough space: 1048576 bytes needed, 65536 bytes free"),
    "F10-install": Case("busy-installer", BUSY, "its installer is busy with something that is not ours"),
    # somebody's copy is their session's affair: nothing tells of it, it disturbs nothing, and is not disturbed
    "F10-download": Case("busy-installer:download", DONE, did=(1, 1, 1)),
    "F10-added": Case("package-added", BUSY, "an image that was added before waits .*'install remove", did=(1, 0, 0)),
    "F11": Case("garbled", REFUSED, "the answer to 'show version' has not"),
    "F11-summary": Case("garbled:show install summary", REFUSED, "the answer to 'show install summary' has no"),
    "F11-boot": Case("garbled:show boot", REFUSED, "the answer to 'show boot' has"),
    "F11-slow": Case("slow-answers:100", REFUSED, "no prompt within 2 s", lcm=HASTY),
    "F11-hang": Case("hang:2", REFUSED, "no prompt within 2 s", lcm=HASTY),
    "F11-mute": Case("mute", REFUSED, "no prompt within 2 s; the switch said: 'show ", lcm=HASTY),
    "F11-members": Case("members-differ", REFUSED, "its members run different versions: 17.3.5, 17.6.5"),
    "F11-user": Case("user-exec", REFUSED, "the login has not the privileges .*privilege 15"),
    "F12-refused": Case("refused", UNREACHABLE, "port 2222 refuses the connection"),
    "F12-black-hole": Case("black-hole", UNREACHABLE, "no SSH greeting came|nothing was said in time", lcm=HASTY),
    "F13": Case("wrong-password", UNREACHABLE, "authentication failed: user or password refused .*tried once"),
    "F16-limit": Case("session-limit", DONE, did=(1, 1, 1)),
    "F16-slow": Case("slow-login:50", DONE, did=(1, 1, 1)),
    "F17": Case("noisy", DONE, did=(1, 1, 1)),
    "F17-bundle": Case("bundle-mode+noisy", DONE, did=(1, 0, 1)),
    "S09": Case("hostile", DONE, did=(1, 1, 1)),
    "S09-refused": Case("hostile:refuse", NOT_REACHABLE, NOT_OPENED, did=(1, 0, 0)),
    "F19-one": Case("url-illegal", "FAILED / MALFORMED_IMAGE_URL", "does not accept the URL; the switch said: '"),
    "F19-two": Case("url-illegal", "FAILED / MALFORMED_IMAGE_URL", "does not accept the URL; the switch said: '"),
    "F20-name": Case("dns", NOT_REACHABLE, NOT_OPENED, did=(1, 0, 0)),
    "F20-refused": Case("connection-refused", NOT_REACHABLE, NOT_OPENED, did=(1, 0, 0)),
    "F20-route": Case("no-route", NOT_REACHABLE, NOT_OPENED, did=(1, 0, 0)),
    "F20-tls": Case("tls", NOT_REACHABLE, NOT_OPENED, did=(1, 0, 0)),
    "F20-401": Case("http-401", NOT_REACHABLE, NOT_OPENED, did=(1, 0, 0)),
    "F20-403": Case("http-403", NOT_REACHABLE, NOT_OPENED, did=(1, 0, 0)),
    "F20-404": Case("http-404", NOT_REACHABLE, NOT_OPENED, did=(1, 0, 0)),
    "F22-1": Case("reset:1", DOWNLOAD, BROKEN, did=(1, 0, 0)),
    "F22-50": Case("reset:50", DOWNLOAD, BROKEN, did=(1, 0, 0)),
    "F22-99": Case("reset:99", DOWNLOAD, BROKEN, did=(1, 0, 0)),
    "F24": Case("disk-fills", DOWNLOAD, "[1-9][0-9]* bytes arrived; the switch said: '%Error writing", did=(1, 0, 0)),
    "F25-truncated": Case("truncated", INVALID, WRONG_DIGEST, did=(1, 0, 0)),
    "F25-bit-flip": Case("bit-flip", INVALID, WRONG_DIGEST, did=(1, 0, 0)),
    "F25-html": Case("html-page", INVALID, WRONG_DIGEST, did=(1, 0, 0)),
    "F25-other": Case("other-file", INVALID, WRONG_DIGEST, did=(1, 0, 0)),
    "F26-platform": Case("wrong-platform", INVALID, FAILED, did=(1, 1, 0)),
    "F26-signature": Case("bad-signature", INVALID, FAILED, did=(1, 1, 0)),
    "F26-refused": Case("bad-signature:refused", INVALID, FAILED, did=(1, 0, 0)),
    "F28": Case("extract-failed", EXTRACTION, FAILED, did=(1, 1, 0)),
    "F28-full": Case("disk-full-unpacking", EXTRACTION, FULL, did=(1, 1, 0)),
    "F28-claimed": Case("disk-full-unpacking:claimed", EXTRACTION, FULL, did=(1, 1, 0)),
    "F28-incomplete": Case("disk-full-unpacking:incomplete", EXTRACTION, FULL, did=(1, 1, 0)),
    "F29": Case("install-failed", INSTALL, FAILED, did=(1, 1, 0)),
    # the image was installed: it is its activation that fails
    "F29-activate": Case("activate-fails", ACTIVATION, NOT_ACTIVATED + ".*Activate failed in switch", did=(1, 1, 0)),
    "F30": Case(
        "install-false-success", INSTALL, "no slot holds the image.*said: 'SUCCESS: install_add", did=(1, 1, 0)
    ),
    "F33-copy": Case("unexpected-question:copy", DOWNLOAD, ASKED, lcm=HASTY),
    "F33-save": Case("unexpected-question:write memory", INSTALL, ASKED, did=(1, 0, 0), lcm=HASTY),
    "F33-adding": Case("unexpected-question:install add", INSTALL, ASKED, did=(1, 0, 0), lcm=HASTY),
    "F33-one": Case("unexpected-question:install activate", ACTIVATION, QUESTION, did=(1, 1, 0), lcm=HASTY),
    "F33-two": Case("unexpected-question:install activate", ACTIVATION, QUESTION, did=(1, 1, 0), lcm=HASTY),
    "F33-commits": Case(
        "unexpected-question:install commit",
        ACTIVATION,
        f"an unknown question was interrupted.*runs 17.9.4a; {ON_TRIAL}",
        did=(1, 1, 1),
        lcm=HASTY,
    ),
    "F33-boot": Case(
        "bundle-mode+unexpected-question:boot system", SET_BOOT, f"{HALF_SET}; {OLD_NEXT}", did=(1, 0, 0), lcm=HASTY
    ),
    "F34-words": Case("alarming-words", DONE, did=(1, 1, 1)),
    "F34-bundle": Case("bundle-mode+alarming-words", DONE, did=(1, 0, 1)),
    "F34-part": Case("download-false-success", INVALID, WRONG_DIGEST, did=(1, 0, 0)),
    "F34-nothing": Case("download-false-success:0", INVALID, "cannot tell the digest of its copy", did=(1, 0, 0)),
    "F36-ignored": Case("set-boot-ignored", SET_BOOT, f"is not its next boot after .*; {OLD_NEXT}", did=(1, 1, 0)),
    # what makes it boot next is its activation, and in which words that fails tells no document
    "F36-refused": Case("set-boot-refused", ACTIVATION, NOT_ACTIVATED, did=(1, 1, 0)),
    "F36-manual": Case("manual-boot", SET_BOOT, "it boots by hand only .*next boot is as it was before", did=(1, 1, 0)),
    "F36-bundle": Case("bundle-mode+set-boot-ignored", SET_BOOT, f"after it was set; {OLD_NEXT}", did=(1, 0, 0)),
    "F36-bundle-refused": Case("bundle-mode+set-boot-refused", SET_BOOT, f"set.*; {OLD_NEXT}", did=(1, 0, 0)),
    "F36-bundle-manual": Case("bundle-mode+manual-boot", SET_BOOT, "it boots by hand only", did=(1, 0, 0)),
    "F36-bundle-unsaved": Case(
        "bundle-mode+save-refused",
        SET_BOOT,
        f"{HALF_SET}; {OLD_NEXT}; the switch said: ",
        did=(1, 0, 0),
    ),
    "F37": Case("changed-after-install", DONE, did=(1, 1, 1)),
    "F39": Case("slow-down", DONE, did=(1, 1, 1)),
    # what is activated can be taken back by one more reboot only, which nobody asked for
    "F40": Case("reload-never", ACTIVATION, f"it did not reboot within 6 s; {NEW_NEXT}.*{ON_TRIAL}", did=(1, 1, 1)),
    "F40-bundle": Case("bundle-mode+reload-never", ACTIVATION, f"did not reboot .*; {OLD_NEXT}", did=(1, 0, 1)),
    "F41-closed": Case("fast-reboot", DONE, did=(1, 1, 1)),
    "F41-open": Case("fast-reboot:open", DONE, did=(1, 1, 1)),
    "F42": Case("wrong-clock", DONE, did=(1, 1, 1)),
    "F42-restless": Case("wrong-clock:restless", DONE, did=(1, 1, 1)),
    "F43": Case("old-version", ACTIVATION, f"it runs {OLD_TOLD} and not 17.9.4a; {OLD_NEXT}", did=(1, 1, 1)),
    "F43-next": Case("old-version:next-stays", ACTIVATION, f"it runs {OLD_TOLD} and not .*; {NEW_NEXT}", did=(1, 1, 1)),
    "F43-bundle": Case("bundle-mode+old-version:next-stays", ACTIVATION, f"and not .*; {OLD_NEXT}", did=(1, 0, 1)),
    "F43-aborted": Case("auto-abort:50", ACTIVATION, f"it runs {OLD_TOLD} and not .*; {OLD_NEXT}", did=(1, 1, 2)),
    "F43-uncommitted": Case("commit-refused", ACTIVATION, f"could not be made permanent; .*{ON_TRIAL}", did=(1, 1, 1)),
    "F43-member": Case(
        "members-differ:after", ACTIVATION, rf"runs {OLD_TOLD} \(member 2\) .*{ON_TRIAL}", did=(1, 1, 1)
    ),
    "F44": Case("not-ready:2", DONE, did=(1, 1, 1)),
    "F44-ports": Case("ports-delayed:10", DONE, did=(1, 1, 1)),
    "F45": Case("second-reboot", DONE, did=(1, 1, 1)),
    "F48": Case("new-host-key", "SWITCH_UNREACHABLE / NOT_SET", "host key changed.* goes back to the", did=(1, 1, 1)),
    "F65": Case("bundle-mode+unexpected-question", ACTIVATION, QUESTION, did=(1, 0, 0), lcm=HASTY),
    # saved before the installation, since the switch activates nothing else: no next boot was set yet
    "F65-save": Case("save-refused", INSTALL, "the configuration cannot be saved; the switch said: '", did=(1, 0, 0)),
}
NOT_HERE = {
    "F32": "an installation keeps its session busy and tells each step; a silent one ends as F56",
    "F35": "it tells a copy's progress by marks, and an installation's by its steps: no numbers",
}


@pytest.fixture(scope="module")
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    with run_over(tmp_path_factory.mktemp("iosxe"), XE, CASES, request) as run:
        yield run


@pytest.mark.parametrize("name", CASES)
def test_the_row_on_iosxe(outcome: Outcome, name: str) -> None:
    outcome.check(name, CASES[name])


@pytest.mark.parametrize("name", called_off(CASES))
def test_N8_on_iosxe_what_fails_before_the_reload_leaves_the_old_image_next(outcome: Outcome, name: str) -> None:
    outcome.check_runs(name, OLD)


@pytest.mark.parametrize("name", proven(CASES))
def test_N3_on_iosxe_what_is_proven_boots_next_and_is_committed(outcome: Outcome, name: str) -> None:
    state, target = outcome.fleet.state(name), outcome.fleet.image.version
    outcome.check_runs(name, target)
    assert not state["unsaved"]
    assert outcome.records[name].evidence["next boot"].endswith(f"({outcome.records[name].evidence['running']})")
    if state["mode"] == "INSTALL":
        assert outcome.records[name].evidence["committed"] == "yes"
        assert state["packages"] == [f"C {target}"]
        assert outcome.fleet.kinds(name)[-1] == "committed"


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.did == (0, 0, 0)])
def test_what_fails_before_the_copy_changes_nothing(outcome: Outcome, name: str) -> None:
    assert outcome.fleet.kinds(name) == []


def test_N1_on_iosxe_every_switch_has_one_row(outcome: Outcome) -> None:
    assert list(outcome.rows) == list(CASES)


@pytest.mark.parametrize(("name", "most"), [("F22-1", 1), ("F22-50", 50), ("F22-99", 99), ("F24", 60)])
def test_F22_on_iosxe_the_bytes_that_came_are_kept_in_the_report(outcome: Outcome, name: str, most: int) -> None:
    outcome.check_arrived(name, most)  # a reset takes with it what has come and was not read yet


@pytest.mark.parametrize("name", ["F22-50", "F24"])
def test_F24_on_iosxe_the_partial_file_is_removed(outcome: Outcome, name: str) -> None:
    outcome.check_removed(name)


def test_F33_on_iosxe_the_question_is_told(outcome: Outcome) -> None:
    outcome.check_questions([name for name in CASES if name.startswith("F33")], UNEXPECTED_QUESTION)


def test_F36_on_iosxe_a_switch_that_boots_by_hand_is_never_rebooted(outcome: Outcome) -> None:
    for name in ("F36-manual", "F36-bundle-manual"):
        assert outcome.fleet.count(name, "reload", "set_boot", "configured") == [0, 0, 0]


def test_F37_on_iosxe_what_was_changed_after_the_installation_is_saved_and_kept(outcome: Outcome) -> None:
    kinds = outcome.fleet.kinds("F37")
    assert kinds.index("configured") < kinds.index("saved", kinds.index("configured")) < kinds.index("reload")


@pytest.mark.parametrize("name", ["F43", "F43-aborted", "F43-bundle"])
def test_F43_on_iosxe_what_fell_back_to_the_old_image_stays_with_it(outcome: Outcome, name: str) -> None:
    outcome.check_runs(name, OLD)
