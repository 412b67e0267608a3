"""The words of the fault matrix on NX-OS: one fleet, one switch per fault, and healthy neighbours.

``install all`` installs, sets the boot variable and reboots by itself, so nobody can look in between.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from lcm_nornir import StatusProcessor, update_image
from tests.faults.cases import (
    ACTIVATION,
    ASKED,
    BUSY,
    DONE,
    DOWNLOAD,
    EXTRACTION,
    HASTY,
    INSTALL,
    INVALID,
    NO_BYTES,
    NOT_REACHABLE,
    REFUSED,
    SET_BOOT,
    UNREACHABLE,
    WRONG_DIGEST,
    Case,
)
from tests.faults.platform_fleet import Outcome, called_off, proven, run_over

NXOS = "cisco_nxos"
OLD = "10.2(5)"
TARGET = "10.4(5)"
FILE = "nxos64-cs.10.4.5.M.bin"
OLD_NEXT = rf"not activated; next boot is the old image {re.escape(OLD)}"
CHECKED = "validate: the switch's own check speaks against the image; the switch said: ['\"](?s:.*)"
FAILED = rf"reboot: the switch did not activate the image; {OLD_NEXT}; the switch said: ['\"](?s:.*)"
QUESTION = f"reboot: {ASKED[: -len('; the switch said: ') - 1]}; {OLD_NEXT}; the switch said: ['\"]"
UNASKED = f"{QUESTION}|it did not reboot within 6 s; {OLD_NEXT}"
IMPATIENT = {"timeouts": HASTY["timeouts"] | {"download_stall": 100.0, "install_stall": 100.0, "install": 300.0}}
IMPATIENT["timeouts"] |= {"come_back": 350.0}
HELD = "SWITCH_UNREACHABLE / NOT_SET"
GONE = "SWITCH_REACHABILITY_TIMED_OUT / SWITCH_UNREACHABLE"
CASES = {
    "healthy1": Case("", DONE, did=(1, 1, 1)),
    "healthy2": Case("", DONE, did=(1, 1, 1)),
    "F04-serial": Case("wrong-serial", UNREACHABLE, "another identity answers: serial is .*, the inventory says"),
    "F04-model": Case("wrong-serial:model", UNREACHABLE, "another identity answers: serial is"),
    "F04-none": Case("no-serial", REFUSED, "has no whole row of the chassis"),
    "F05": Case("already-target", DONE),
    "F06": Case("newer-than-target", REFUSED, r"10\.4\(5\) would be a downgrade from 99\.1\(1\)"),
    "F07": Case("target-in-standby", DONE, did=(0, 1, 1)),  # its file is there: what activates it is the installer
    "F08": Case("disk-full-before", DOWNLOAD, "not enough space: 1048576 bytes needed, 65536 bytes free"),
    "F10": Case("busy-installer", BUSY, "its installer is busy with something that is not ours"),
    # a copy leaves no state that another session could read, so somebody's copy of another file is not seen
    "F10-download": Case("busy-installer:download", DONE, did=(1, 1, 1)),
    "F11": Case("garbled", REFUSED, "the answer to 'show version' has not .*; the switch said: ['\"]"),
    "F11-boot": Case("garbled:show boot", REFUSED, "the answer to 'show boot' has not .*; the switch said: ['\"]"),
    "F11-slow": Case("slow-answers:100", REFUSED, "no prompt within 2 s", lcm=HASTY),
    "F11-hang": Case("hang:2", REFUSED, "no prompt within 2 s", lcm=HASTY),
    "F12": Case("refused", UNREACHABLE, "port 2222 refuses the connection"),
    "F12-black-hole": Case("black-hole", UNREACHABLE, "no SSH greeting came|nothing was said in time", lcm=HASTY),
    "F13": Case("wrong-password", UNREACHABLE, "authentication failed: user or password refused .*tried once"),
    "F16-limit": Case("session-limit", DONE, did=(1, 1, 1)),
    "F16-slow": Case("slow-login:50", DONE, did=(1, 1, 1)),
    "F17": Case("noisy", DONE, did=(1, 1, 1)),
    "S09": Case("hostile", DONE, did=(1, 1, 1)),
    "S09-refused": Case("hostile:refuse", NOT_REACHABLE, "the switch said: ['\"]", did=(1, 0, 0)),
    "F19": Case("url-illegal", "FAILED / MALFORMED_IMAGE_URL", "the switch does not accept the URL; the switch said: "),
    "F20-name": Case("dns", NOT_REACHABLE, NO_BYTES, did=(1, 0, 0)),
    "F20-refused": Case("connection-refused", NOT_REACHABLE, NO_BYTES, did=(1, 0, 0)),
    "F20-tls": Case("tls", NOT_REACHABLE, NO_BYTES, did=(1, 0, 0)),
    "F20-route": Case("no-route", NOT_REACHABLE, NO_BYTES, did=(1, 0, 0)),
    "F20-401": Case("http-401", NOT_REACHABLE, NO_BYTES, did=(1, 0, 0)),
    "F20-403": Case("http-403", NOT_REACHABLE, NO_BYTES, did=(1, 0, 0)),
    "F20-404": Case("http-404", NOT_REACHABLE, NO_BYTES, did=(1, 0, 0)),
    "F21": Case("server-hang", NOT_REACHABLE, "no progress for 2 s; 0 bytes arrived", did=(1, 0, 0), lcm=IMPATIENT),
    "F21-stall": Case("stall", DOWNLOAD, "no progress for 2 s; 419430 bytes arrived", did=(1, 0, 0), lcm=IMPATIENT),
    "F22-1": Case("reset:1", DOWNLOAD, r" [1-9]\d* bytes arrived; the switch said: '", did=(1, 0, 0)),
    "F22-50": Case("reset:50", DOWNLOAD, r" [1-9]\d* bytes arrived; the switch said: '", did=(1, 0, 0)),
    "F22-99": Case("reset:99", DOWNLOAD, r" [1-9]\d* bytes arrived; the switch said: '", did=(1, 0, 0)),
    "F24": Case("disk-fills", DOWNLOAD, r" [1-9]\d* bytes arrived; the switch said: '", did=(1, 0, 0)),
    "F24-late": Case("disk-fills:95", DOWNLOAD, r" [1-9]\d* bytes arrived; the switch said: '", did=(1, 0, 0)),
    "F25-truncated": Case("truncated", INVALID, WRONG_DIGEST, did=(1, 0, 0)),
    "F25-bit-flip": Case("bit-flip", INVALID, WRONG_DIGEST, did=(1, 0, 0)),
    "F25-html": Case("html-page", INVALID, WRONG_DIGEST, did=(1, 0, 0)),
    "F25-other": Case("other-file", INVALID, WRONG_DIGEST, did=(1, 0, 0)),
    "F26-platform": Case("wrong-platform", INVALID, CHECKED + "Verifying image type", did=(1, 0, 0)),
    "F26-signature": Case("bad-signature", INVALID, CHECKED + "Verifying image bootflash:", did=(1, 0, 0)),
    "F26-refused": Case("bad-signature:refused", INVALID, CHECKED + "Verifying image bootflash:", did=(1, 0, 0)),
    "F28": Case("extract-failed", EXTRACTION, CHECKED + "Preparing", did=(1, 0, 0)),
    "F28-full": Case("disk-full-unpacking", EXTRACTION, CHECKED + "Preparing", did=(1, 0, 0)),
    "F28-claimed": Case(
        "disk-full-unpacking:claimed",
        EXTRACTION,
        f"disk is full.*{OLD_NEXT}; the switch said: 'Install has been successful",
        did=(1, 1, 0),
    ),
    # it reboots by itself into what it wrote, and nothing tells before that it is incomplete
    "F28-incomplete": Case("disk-full-unpacking:incomplete", GONE, "not usable", did=(1, 1, 1), lcm=IMPATIENT),
    "F29-check": Case("pre-check-failed", INSTALL, CHECKED + "Pre-upgrade check failed", did=(1, 0, 0)),
    "F29-veto": Case("service-veto", INSTALL, CHECKED + "iCAM service downgrade", did=(1, 0, 0)),
    "F29-configuration": Case("incompatible-config", INSTALL, CHECKED + "strict incompatibility", did=(1, 0, 0)),
    "F29-impact": Case("impact-refused", INSTALL, CHECKED + "Incompatible image", did=(1, 0, 0)),
    # section 6.4: a module's flash that fails is a failed activation, after which nothing may reboot the switch
    "F29-module": Case("install-failed", ACTIVATION, FAILED + "DO NOT reboot", did=(1, 1, 0)),
    "F30": Case(
        "install-false-success",
        INSTALL,
        f"claims success and did not activate.*{OLD_NEXT}; the switch said: 'Install has been successful",
        did=(1, 1, 0),
    ),
    "F31": Case("backend-error", DONE, did=(1, 1, 1)),
    "F32": Case("silent-install", DONE, did=(1, 1, 1)),
    "F33-copy": Case("unexpected-question:copy http", DOWNLOAD, ASKED[:-1], lcm=HASTY),
    "F33-save": Case("unexpected-question:copy running", ACTIVATION, QUESTION, did=(1, 0, 0), lcm=HASTY),
    # of a question that is in no known form nothing tells that it is one: it is interrupted when nothing moves any more
    "F33-install-1": Case("unexpected-question:install all nxos", ACTIVATION, UNASKED, did=(1, 0, 0), lcm=IMPATIENT),
    "F33-install-2": Case("unexpected-question:install all nxos", ACTIVATION, UNASKED, did=(1, 0, 0), lcm=IMPATIENT),
    "F33-install-3": Case("unexpected-question:install all nxos", ACTIVATION, UNASKED, did=(1, 0, 0), lcm=IMPATIENT),
    "F33-install-4": Case("unexpected-question:install all nxos", ACTIVATION, UNASKED, did=(1, 0, 0), lcm=IMPATIENT),
    "F34-words": Case("alarming-words", DONE, did=(1, 1, 1)),
    "F34-part": Case("download-false-success", INVALID, WRONG_DIGEST, did=(1, 0, 0)),
    "F34-nothing": Case("download-false-success:0", NOT_REACHABLE, NO_BYTES + "Copy complete", did=(1, 0, 0)),
    "F35": Case("odd-progress", DONE, did=(1, 1, 1)),
    # the installer itself says that it set the boot variable and reboots: seen is only what came of it
    "F36-ignored": Case("set-boot-ignored", ACTIVATION, f"it runs .* and not .*; {OLD_NEXT}", did=(1, 1, 1)),
    "F36-refused": Case("set-boot-refused", SET_BOOT, FAILED + "Setting boot variables", did=(1, 1, 0)),
    "F36-back": Case("set-boot-ignored:active", DONE, did=(1, 1, 1)),
    "F37": Case("changed-after-install+slow-down", DONE, did=(1, 1, 1)),
    "F39": Case("slow-down", DONE, did=(1, 1, 1)),
    "F40": Case("reload-never", ACTIVATION, f"it did not reboot within 6 s; {OLD_NEXT}", did=(1, 1, 1)),
    "F40-kept": Case(
        "reload-never+set-boot-refused:active", ACTIVATION, "THE NEXT POWER CYCLE MAY RUN THE NEW IMAGE", did=(1, 1, 1)
    ),
    "F41-closed": Case("fast-reboot", DONE, did=(1, 1, 1)),
    "F41-open": Case("fast-reboot:open", DONE, did=(1, 1, 1)),
    "F42": Case("wrong-clock", DONE, did=(1, 1, 1)),
    "F42-restless": Case("wrong-clock:restless", DONE, did=(1, 1, 1)),
    "F43": Case("old-version", ACTIVATION, f"it runs {re.escape(OLD)} and not .*; {OLD_NEXT}", did=(1, 1, 1)),
    "F43-next": Case("old-version:next-stays", ACTIVATION, f"and not .*; {OLD_NEXT}", did=(1, 1, 1)),
    "F44": Case("not-ready:2", DONE, did=(1, 1, 1)),
    "F44-ports": Case("ports-delayed:10", DONE, did=(1, 1, 1)),
    "F45": Case("second-reboot", DONE, did=(1, 1, 1)),
    "F45-loop": Case("boot-loop", GONE, "not usable", did=(1, 1, 1), lcm=IMPATIENT),
    "F46": Case("never-returns", GONE, "not usable within 7 s after the reload", did=(1, 1, 1), lcm=IMPATIENT),
    "F48": Case("new-host-key", HELD, "host key changed: .* is trusted, .* shows", did=(1, 1, 1)),
    "N10": Case("lost-configuration", DONE, did=(1, 1, 1)),  # the difference is told; the health policy is to come
    "F56": Case("stuck", INVALID, "validate: no prompt within 6 s; the switch said:", did=(1, 0, 0), lcm=IMPATIENT),
    # all had arrived, and its digest is right
    "F56-saving": Case("stuck:download", DONE, did=(1, 1, 1), lcm=IMPATIENT),
    "F65": Case("save-refused", ACTIVATION, f"the configuration cannot be saved; {OLD_NEXT}; the sw", did=(1, 0, 0)),
}

NOT_HERE: dict[str, str] = {}
"""Why a row does not apply: each one has a case, here or among the cut links, or is alike on every platform."""


@pytest.fixture(scope="module")
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    with run_over(tmp_path_factory.mktemp("nxos"), NXOS, CASES, request) as run:
        yield run


@pytest.mark.parametrize("name", CASES)
def test_the_row_on_nxos(outcome: Outcome, name: str) -> None:
    outcome.check(name, CASES[name])


@pytest.mark.parametrize("name", called_off(CASES))
def test_N8_on_nxos_what_fails_before_the_reboot_leaves_the_old_image_next(outcome: Outcome, name: str) -> None:
    outcome.check_runs(name, OLD)


@pytest.mark.parametrize("name", proven(CASES))
def test_N3_on_nxos_what_is_proven_runs_the_target_and_boots_it_next(outcome: Outcome, name: str) -> None:
    state = outcome.fleet.state(name)
    assert (state["running"], state["image"], state["next_image"]) == (TARGET, FILE, FILE)


@pytest.mark.parametrize("name", ["F22-1", "F22-50", "F22-99"])
def test_F22_on_nxos_the_bytes_that_arrived_are_reported(outcome: Outcome, name: str) -> None:
    outcome.check_arrived(name, int(name.partition("-")[2]))


@pytest.mark.parametrize("name", ["F22-1", "F22-50", "F22-99", "F24", "F24-late"])
def test_F24_on_nxos_the_partial_file_is_removed(outcome: Outcome, name: str) -> None:
    outcome.check_removed(name)
    assert FILE not in outcome.fleet.state(name)["images"]


@pytest.mark.parametrize("name", ["F17", "S09"])
def test_F17_on_nxos_a_log_line_is_no_change_of_the_configuration(outcome: Outcome, name: str) -> None:
    assert outcome.records[name].evidence["configuration"] == "as before"


def test_F37_on_nxos_what_was_changed_after_the_last_words_of_the_installer_is_told_to_be_lost(
    outcome: Outcome,
) -> None:
    assert "+ntp server 198.51.100.123" in outcome.records["F37"].evidence["lost by the reboot"]


def test_N10_on_nxos_another_configuration_is_told(outcome: Outcome) -> None:
    assert "-snmp-server contact network operations" in outcome.records["N10"].evidence["configuration"]


def test_F21_on_nxos_the_bytes_of_what_stood_still_are_reported(outcome: Outcome) -> None:
    assert outcome.rows["F21-stall"].download_status.transfer_bytes == 419430
    assert outcome.fleet.count("F21-stall", "deleted") == [1]


@pytest.mark.parametrize("name", CASES)
def test_N5_on_nxos_nothing_is_done_twice(outcome: Outcome, name: str) -> None:
    assert all(count <= 1 for count in outcome.fleet.count(name, "download_started", "install_started", "reload"))


@pytest.mark.slow
def test_N5_on_nxos_a_second_run_of_all_says_the_same_and_breaks_nothing(outcome: Outcome) -> None:
    """What stays open is for a resume; whether the others converged tells the checker, too."""
    ended = [name for name, case in CASES.items() if case.words not in (GONE, HELD)]
    status = StatusProcessor()
    nornir = outcome.fleet.nornir(*ended, processors=(status,))
    for name, host in nornir.inventory.hosts.items():
        host.data["lcm"] |= CASES[name].lcm
    nornir.run(task=update_image, image=outcome.fleet.image)
    words = {row.switch_member.name: (row.update_progress_status, row.error) for row in status.report().data}
    first = {name: (outcome.rows[name].update_progress_status, outcome.rows[name].error) for name in ended}
    assert words == first
