"""The words of the fault matrix on SONiC: one fleet, one switch per fault, and healthy neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.faults.cases import (
    ACTIVATION,
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

SONIC = "edgecore_sonic"
OLD = "202205.3-a4f1c2d9e"
OLD_NEXT = rf"not activated; next boot is the old image {re.escape(OLD)}"
FAILED = "the installer failed; the slots hold .*; the switch said: ['\"]"
CASES = {
    "healthy1": Case("", DONE, did=(1, 1, 1)),
    "healthy2": Case("", DONE, did=(1, 1, 1)),
    "F04": Case("wrong-serial", UNREACHABLE, "another identity answers: serial is .*, the inventory says"),
    "F05": Case("already-target", DONE),
    "F06": Case("newer-than-target", REFUSED, "would be a downgrade from"),
    "F07": Case("target-in-standby", DONE, did=(0, 0, 1)),
    "F08": Case("disk-full-before", DOWNLOAD, "not enough space: 1048576 bytes needed"),
    "F10": Case("busy-installer", BUSY, "its installer is busy with something that is not ours"),
    "F11": Case("garbled", REFUSED, "the answer to 'show version' has no|ended with exit code"),
    "F11-hang": Case("hang:2", REFUSED, "no prompt within 2 s", lcm=HASTY),
    "F12": Case("refused", UNREACHABLE, "port 2222 refuses the connection"),
    "F13": Case("wrong-password", UNREACHABLE, "authentication failed: user or password refused .*tried once"),
    "F16-limit": Case("session-limit", DONE, did=(1, 1, 1)),
    "F16-slow": Case("slow-login:50", DONE, did=(1, 1, 1)),
    "F17": Case("noisy", DONE, did=(1, 1, 1)),
    "F20-name": Case("dns", NOT_REACHABLE, NO_BYTES + r"curl: \(6\)", did=(1, 0, 0)),
    "F20-refused": Case("connection-refused", NOT_REACHABLE, NO_BYTES[:-1] + r"['\"]curl: \(7\)", did=(1, 0, 0)),
    "F20-tls": Case("tls", NOT_REACHABLE, NO_BYTES + r"curl: \(35\)", did=(1, 0, 0)),
    "F20-404": Case("http-404", NOT_REACHABLE, NO_BYTES + r"curl: \(22\).* 404", did=(1, 0, 0)),
    "F20-401": Case("http-401", NOT_REACHABLE, NO_BYTES + r"curl: \(22\).* 401", did=(1, 0, 0)),
    "F22": Case("reset:50", DOWNLOAD, "bytes arrived; the switch said: 'curl:", did=(1, 0, 0)),
    "F24": Case("disk-fills", DOWNLOAD, "bytes arrived; the switch said: 'curl:", did=(1, 0, 0)),
    "F25-truncated": Case("truncated", INVALID, WRONG_DIGEST, did=(1, 0, 0)),
    "F25-bit-flip": Case("bit-flip", INVALID, WRONG_DIGEST, did=(1, 0, 0)),
    "F25-html": Case("html-page", INVALID, WRONG_DIGEST, did=(1, 0, 0)),
    "F26-platform": Case("wrong-platform", INVALID, FAILED + ".*platform ASIC type", did=(1, 0, 0)),
    "F26-signature": Case("bad-signature", INVALID, FAILED + ".*signature", did=(1, 0, 0)),
    "F28-full": Case("disk-full-unpacking", EXTRACTION, "cut short|empty|No space left", did=(1, 1, 0)),
    "F28": Case("extract-failed", EXTRACTION, FAILED, did=(1, 1, 0)),
    "F29": Case("install-failed", INSTALL, FAILED + "Image install failed", did=(1, 1, 0)),
    "F30": Case("install-false-success", INSTALL, "no slot holds the image", did=(1, 1, 0)),
    "F33": Case("sudo-password", DONE, did=(1, 1, 1)),
    "F36-ignored": Case("set-boot-ignored", SET_BOOT, f"the next boot is not slot .*{OLD_NEXT}", did=(1, 1, 0)),
    "F36-refused": Case("set-boot-refused", SET_BOOT, f"{OLD_NEXT}; the switch said: 'Error: ", did=(1, 1, 0)),
    "F40": Case("reload-never", ACTIVATION, f"it did not reboot within .*; {OLD_NEXT}", did=(1, 1, 1)),
    "F41": Case("fast-reboot", DONE, did=(1, 1, 1)),
    "F42": Case("wrong-clock", DONE, did=(1, 1, 1)),
    "F43": Case("old-version", ACTIVATION, f"it runs {re.escape(OLD)} and not", did=(1, 1, 1)),
    "F43-bad": Case("next-image-bad", ACTIVATION, f"the reload was not taken.*{OLD_NEXT}", did=(1, 1, 0)),
    "F44": Case("not-ready:2", DONE, did=(1, 1, 1)),
    "F65": Case("save-refused", ACTIVATION, f"the configuration cannot be saved; {OLD_NEXT}", did=(1, 1, 0)),
}
NOT_HERE = {
    "F19": "to curl no URL is illegal that passes our own check",
    "F32": "nobody waits at a prompt: what takes long is started apart from the session",
    "F34": "exit codes and files decide, no words; a claimed success is in F28 and F30",
    "F35": "bytes are those of the file, and the installer tells no progress",
}


@pytest.fixture(scope="module")
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    with run_over(tmp_path_factory.mktemp("sonic"), SONIC, CASES, request) as run:
        yield run


@pytest.mark.parametrize("name", CASES)
def test_the_row_on_sonic(outcome: Outcome, name: str) -> None:
    outcome.check(name, CASES[name])


@pytest.mark.parametrize("name", called_off(CASES))
def test_N8_on_sonic_what_fails_before_the_reload_leaves_the_old_image_next(outcome: Outcome, name: str) -> None:
    outcome.check_runs(name, OLD)


@pytest.mark.parametrize("name", proven(CASES))
def test_N3_on_sonic_what_is_proven_is_committed_too(outcome: Outcome, name: str) -> None:
    assert outcome.records[name].evidence["committed"] == "yes"
    outcome.check_runs(name, outcome.fleet.image.version)
    assert outcome.fleet.state(name)["default"].endswith(outcome.fleet.image.version)


def test_F43_on_sonic_what_fell_back_to_the_old_image_stays_with_it(outcome: Outcome) -> None:
    outcome.check_runs("F43", OLD)
    assert outcome.fleet.state("F43")["default"].endswith(OLD)
