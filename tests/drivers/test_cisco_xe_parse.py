"""Every layout of IOS-XE is read; cut at any byte it is the same value, or refused, never another value."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lcm_nornir.drivers.base import Activity, Commitment, Member, Slot
from lcm_nornir.drivers.cisco_xe import CiscoIOSXE, copying, installation, installed, parse, versions, words
from lcm_nornir.drivers.cisco_xe.parse import Boots
from lcm_nornir.drivers.words import ERROR_OF, Means, Word, meaning
from lcm_nornir.errors import CommandRefused, InstallerBusy, UnexpectedOutput

ROOT = Path(__file__).parents[2]
LITERAL = ROOT / "tests" / "literal" / "cisco_xe"
ONE, STACK = (Member("1", "17.9.4a"),), (Member("1", "17.9.4a"), Member("2", "17.9.4a"))
# made of the lines that the document of behaviour names; it has no whole screen
VERSION = """\
Cisco IOS XE Software, Version 17.09.04a
Cisco IOS Software [Cupertino], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.9.4a, RELEASE SOFTWARE (fc3)

leaf1 uptime is 4 weeks, 14 hours, 49 minutes
Uptime for this control processor is 4 weeks, 14 hours, 51 minutes
System returned to ROM by Reload Command
System restarted at 13:40:54 UTC Mon Oct 31 2022
System image file is "flash:packages.conf"
Last reload reason: Reload Command

Processor board ID FCW999999999
Model Number                       : C9300-48U
System Serial Number               : FCW999999999

Switch Ports Model              SW Version        SW Image              Mode
------ ----- -----              ----------        ----------            ----
*    1 65    C9300-48U          17.09.04a         CAT9K_IOSXE           INSTALL

Configuration register is 0x102
"""
PACKAGED = Boots(parse.PACKAGES, manual=False)
ROW = "*    1 65    C9300-48U          17.09.04a         CAT9K_IOSXE           INSTALL"
SECOND = ROW.replace("*    1", "     2")
STACKED = VERSION.replace(ROW, f"{ROW}\n{SECOND}")
BUNDLE = VERSION.replace("packages.conf", "cat9k_iosxe.17.09.04a.SPA.bin").replace("INSTALL", "BUNDLE")
UPTIME = 4 * 7 * 86400 + 14 * 3600 + 49 * 60
LOG = "*Sep 22 16:06:55.053: %INSTALL-5-INSTALL_START_INFO: R0/0: install_mgr: Started install activate NONE"
INSTALL_LOG = """\
[0|install_op_boot]: START Fri Sep 22 16:00:00 UTC 2023
[0|install_op_boot(INFO, )]: Mount IMG INI state base image
[0|install_op_boot]: END SUCCESS  Fri Sep 22 16:00:10 UTC 2023
[1|install_add]: START Fri Sep 22 16:06:47 UTC 2023
[1|install_add]: END SUCCESS  Fri Sep 22 16:07:35 UTC 2023
"""
DIGEST = "c" * 128
VERIFIED = f"....................Done!\nverify /sha512 (flash:F.bin) = {DIGEST}\n"


def literal(name: str) -> str:
    return (LITERAL / f"{name}.txt").read_text()


def summary_of(*rows: str, timer: str = "inactive", head: str = "R0") -> str:
    """Give the literal summary with other rows."""
    text = literal("show_install_summary").replace("R0", head)
    text = text.replace("IMG   C    17.17.01.0.207190\n", "".join(f"{row}\n" for row in rows))
    return text.replace("timer: inactive", f"timer: {timer}")


def slots_of(*rows: str, version: str = "17.9.4a", boots: Boots = PACKAGED) -> Any:
    now = installed.summary(summary_of(*rows), ONE)
    return [(slot.name, slot.version, slot.running, slot.next_boot) for slot in installed.slots(now, version, boots)]


ADDED = summary_of("IMG   C    17.09.04a.0.6", "IMG   I    17.12.01.0.1")
TRIAL = summary_of(
    "IMG   D    17.09.04a.0.6",
    "IMG   U    17.12.01.0.1",
    timer="active on install_activate, time before rollback - 01:49:42",
)
TWO_PARTS = (
    summary_of("IMG   C    17.09.04a.0.6", "IMG   I    17.12.01.0.1", head="Switch 1")
    + "\n"
    + summary_of("IMG   C    17.09.04a.0.6", head="Switch 2")
)
BOOT_STACK = literal("show_boot") + "\n" + literal("show_boot").replace("Switch 1", "Switch 2")
STACK_INVENTORY = literal("show_inventory") + (
    '\nNAME: "Switch 2", DESCR: "C9300-48U"\nPID: C9300-48U         , VID: V02  , SN: FCW777777777\n'
)
READERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "show version": (lambda text: parse.version(text)[:4], VERSION),
    "show version of a stack, told whole by the summary": (
        lambda text: installed.summary(TWO_PARTS, parse.version(text).members),
        STACKED,
    ),
    "show version of a stack, told whole by the inventory": (
        lambda text: (parse.unit(STACK_INVENTORY, parse.version(text)), parse.version(text).members),
        STACKED,
    ),
    "show inventory": (lambda text: parse.unit(text, parse.version(VERSION)), literal("show_inventory")),
    "show inventory of a stack": (lambda text: parse.unit(text, parse.version(STACKED)), STACK_INVENTORY),
    "show install summary": (lambda text: installed.summary(text, ONE), ADDED),
    "show install summary on trial": (lambda text: installed.summary(text, ONE), TRIAL),
    "show install summary of a stack": (lambda text: installed.summary(text, STACK), TWO_PARTS),
    "show boot": (lambda text: parse.boots(text, ONE), literal("show_boot")),
    "show boot of a stack": (lambda text: parse.boots(text, STACK), BOOT_STACK),
    "show install log": (lambda text: installation.log_state(text, 5), INSTALL_LOG),
    "verify": (lambda text: parse.digest(text, "F.bin"), VERIFIED),
    "copy": (lambda text: copying.outcome("copy", text), literal("copy_tftp")),
    "copy that fails": (
        lambda text: copying.outcome("copy", text),
        "Accessing tftp://192.0.2.1/F...\n%Error opening tftp://192.0.2.1/F (Timed out)\n",
    ),
    "install add": (
        lambda text: installation.outcome("install add", "install_add_activate_commit", text),
        literal("install_add_activate_commit"),
    ),
}


@pytest.mark.parametrize("name", READERS)
def test_an_answer_of_ios_xe_that_was_cut_is_the_same_or_refused(name: str) -> None:
    read, text = READERS[name]
    whole = read(text)
    for length in range(len(text)):
        try:
            found = read(text[:length])
        except UnexpectedOutput:
            continue
        if "install add" in name:
            assert found.activity is whole.activity  # its verdict ends in a time
        else:
            assert found == whole, text[:length]


@pytest.mark.parametrize("name", READERS)
def test_log_lines_may_stand_between_the_lines(name: str) -> None:
    read, text = READERS[name]
    assert read(text.replace("\n", f"\n{LOG}\n")) == read(text)


def test_what_runs_is_told_by_show_version() -> None:
    found = parse.version(VERSION)
    assert found == ("17.9.4a", UPTIME, False, "packages.conf", ONE, ("FCW999999999", "FCW999999999"))
    assert parse.version(STACKED).members == STACK
    bundle = parse.version(BUNDLE)
    assert (bundle.bundle, bundle.file) == (True, "cat9k_iosxe.17.09.04a.SPA.bin")


def test_where_there_is_no_table_of_members_the_image_file_tells_the_mode() -> None:
    lines = [line for line in VERSION.splitlines() if "INSTALL" not in line]
    assert parse.version("\n".join(lines)).members == ONE
    assert not parse.version("\n".join(lines)).bundle
    assert parse.version("\n".join(lines).replace("packages.conf", "F.bin")).bundle


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("49 minutes\nUptime", "49 fortnights\nUptime"),
        ("*    1", "     1"),
        (ROW, ROW.replace("17.09.04a", "17.09.05")),
        ("XE", "YE"),
        ('"flash:packages.conf"', ""),
    ],
)
def test_a_version_that_cannot_be_read_is_refused(old: str, new: str) -> None:
    text = STACKED if old == "*    1" else VERSION
    assert old in text
    with pytest.raises(UnexpectedOutput):
        parse.version(text.replace(old, new))


def test_the_switch_is_known_by_its_member_of_the_lowest_number() -> None:
    assert parse.unit(literal("show_inventory"), parse.version(VERSION)) == ("Switch 1", "C9300-48U", "FCW999999999")
    assert parse.unit(STACK_INVENTORY, parse.version(STACKED)).name == "Switch 1"
    alone = 'NAME: "Chassis", DESCR: "x"\nPID: C9500-16X , VID: V01 , SN: FCW999999999\n'
    assert parse.unit(alone, parse.version(VERSION)) == ("Chassis", "C9500-16X", "FCW999999999")
    virtual = 'NAME: "Switch 1 Chassis", DESCR: "x"\nPID:  , VID:  , SN: \n'
    without = "\n".join(line for line in VERSION.splitlines() if "FCW" not in line)
    assert parse.unit(virtual, parse.version(without)) == ("Switch 1 Chassis", "", "")


@pytest.mark.parametrize(
    "text", ["", literal("show_inventory").replace("Switch 1", "Switch 3"), literal("show_inventory")[:95]]
)
def test_an_inventory_that_does_not_fit_the_members_is_refused(text: str) -> None:
    with pytest.raises(UnexpectedOutput):
        parse.unit(text, parse.version(STACKED))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (literal("show_boot"), Boots("packages.conf", manual=False)),
        (literal("show_boot").replace("Manual Boot = no", "Manual Boot = yes"), Boots("packages.conf", manual=True)),
        ("BOOT variable = bootflash:/F.bin,12;\nConfiguration register is 0x2102\n", Boots("F.bin", manual=False)),
        ("BOOT path-list      : flash:/F.bin\nManual Boot         : no\n", Boots("F.bin", manual=False)),
        ("BOOT variable does not exist\nManual Boot = no\n", Boots("", manual=False)),
        ("BOOT variable = \nManual Boot = no\n", Boots("", manual=False)),
    ],
)
def test_the_boot_variable_of_the_next_reload_counts(text: str, expected: Boots) -> None:
    assert parse.boots(text, ONE) == expected


def test_what_boots_next_is_not_what_boots_now() -> None:
    current, following = literal("show_boot").split("Boot Variables on next reload:")
    text = f"{current}Boot Variables on next reload:{following.replace('packages.conf', 'F.bin')}"
    assert parse.boots(text, ONE) == Boots("F.bin", manual=False)


def test_members_that_do_not_boot_the_same_are_told() -> None:
    first, second = BOOT_STACK.split("Switch 2")
    other = f"{first}Switch 2{second.replace('packages.conf', 'F.bin')}"
    assert parse.boots(other, STACK) == Boots("packages.conf, F.bin", manual=False)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["IMG   C    17.09.04a.0.6"], [("17.09.04a.0.6", "17.9.4a", True, True)]),
        (
            ["IMG   I    17.12.01.0.1", "SMU   C    flash:F.smu.bin", "IMG   C    17.09.04a.0.6"],
            [("17.09.04a.0.6", "17.9.4a", True, True), ("17.12.01.0.1", "17.12.1", False, False)],
        ),
        # on trial: the former one is what is committed, and boots next
        (
            ["IMG   U    17.09.04a.0.6", "IMG   D    17.03.01.0.1"],
            [("17.09.04a.0.6", "17.9.4a", True, False), ("17.03.01.0.1", "17.3.1", False, True)],
        ),
        (
            ["IMG   U    17.09.04a.0.6", "IMG   C    17.03.01.0.1"],
            [("17.09.04a.0.6", "17.9.4a", True, False), ("17.03.01.0.1", "17.3.1", False, True)],
        ),
        (
            ["IMG   U    17.09.04a.0.6"],
            [("17.09.04a.0.6", "17.9.4a", True, False), (installed.COMMITTED, installed.COMMITTED, False, True)],
        ),
        # activated, and not rebooted yet
        (
            ["IMG   D    17.09.04a.0.6", "IMG   U    17.12.01.0.1"],
            [("17.09.04a.0.6", "17.9.4a", True, False), ("17.12.01.0.1", "17.12.1", False, True)],
        ),
    ],
)
def test_installed_images_are_told_with_what_runs_and_what_boots_next(rows: list[str], expected: Any) -> None:
    expected = [(name, "" if name == installed.COMMITTED else version, *rest) for name, version, *rest in expected]
    assert slots_of(*rows) == expected


@pytest.mark.parametrize(
    ("boots", "following"),
    [
        (Boots("", manual=False), "17.09.04a.0.6"),
        (Boots("packages.conf", manual=True), installed.LOADER),
        (Boots("cat9k_iosxe.17.03.01.SPA.bin", manual=False), "cat9k_iosxe.17.03.01.SPA.bin"),
    ],
)
def test_a_boot_variable_that_names_something_else_goes_before_what_is_installed(boots: Boots, following: str) -> None:
    found = slots_of("IMG   C    17.09.04a.0.6", boots=boots)
    assert [name for name, _, _, is_next in found if is_next] == [following]


@pytest.mark.parametrize("rows", [["IMG   C    17.12.01.0.1"], ["IMG   I    17.09.04a.0.6"], []])
def test_a_summary_that_does_not_have_what_runs_is_refused(rows: list[str]) -> None:
    with pytest.raises(UnexpectedOutput, match=r"has not one image that runs 17\.9\.4a"):
        slots_of(*rows)


def test_what_not_every_member_has_is_in_no_slot() -> None:
    now = installed.summary(TWO_PARTS, STACK)
    assert [row.name for row in now.rows] == ["17.09.04a.0.6"]


@pytest.mark.parametrize(
    ("text", "version", "expected"),
    [
        (ADDED, "17.9.4a", Commitment(done=True)),
        (TRIAL, "17.12.1", Commitment(done=False, time_left=6582.0)),
        (summary_of("IMG   U    17.12.01.0.1"), "17.12.1", Commitment(done=False)),
    ],
)
def test_the_timer_tells_how_long_an_image_is_on_trial(text: str, version: str, expected: Commitment) -> None:
    assert installed.summary(text, ONE).commitment(version) == expected


def test_in_bundle_mode_the_slots_are_image_files() -> None:
    names = ["packages.conf", "cat9k_iosxe.17.12.01.SPA.bin", "cat9k_iosxe.17.12.01.CSCwf1.SPA.smu.bin", "x.bin"]
    running = "cat9k_iosxe.17.09.04a.SPA.bin"
    old = Slot(running, "17.9.4a", running=True, next_boot=False, is_file=True)
    new = Slot("cat9k_iosxe.17.12.01.SPA.bin", "17.12.1", running=False, next_boot=True, is_file=True)
    assert installed.files(names, running, "17.9.4a", Boots(new.name, manual=False)) == (old, new)
    *_, following = installed.files(names, running, "17.9.4a", Boots("", manual=False))
    assert following == Slot(installed.DEFAULT, "", running=False, next_boot=True)


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("17.09.04a", "17.9.4a"),
        ("17.9.4a", "17.9.4a"),
        ("17.09.04a.0.6", "17.9.4a"),
        ("17.17.01.0.207190", "17.17.1"),
        ("16.12.4", "16.12.4"),
        ("BLD_POLARIS_DEV", "BLD_POLARIS_DEV"),
    ],
)
def test_a_version_has_one_form(written: str, known: str) -> None:
    assert versions.canonical(written) == known


def test_versions_of_ios_xe_are_compared_by_their_numbers_and_the_letter() -> None:
    rising = ["16.9.5", "16.12.4", "17.3.1", "17.06.05", "17.9.4", "17.09.04a", "17.9.5", "17.12.1", "17.12.01a.0.118"]
    for place, one in enumerate(rising):
        for other_place, other in enumerate(rising):
            assert versions.order(one, other) == (place > other_place) - (place < other_place)
    assert versions.order("17.9.4", "17.09.04.0.6") == 0
    assert versions.order("17.9.4", "BLD_POLARIS_DEV") is None


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("cat9k_iosxe.17.09.04a.SPA.bin", "17.9.4a"),
        ("cat9k_lite_iosxe.16.12.04.SPA.bin", "16.12.4"),
        ("vg4x0-universalk9.17.12.01a.SPA.bin", "17.12.1a"),
        ("cat9k_iosxe.17.09.04.CSCwf1.SPA.smu.bin", ""),
        ("packages.conf", ""),
        ("image.bin", ""),
    ],
)
def test_the_name_of_an_image_file_tells_its_version(name: str, version: str) -> None:
    assert CiscoIOSXE().version_of(name) == version


def log_of(*lines: str) -> Any:
    state = installation.log_state("\n".join(lines), len(lines))
    return state.busy, state.install.activity, state.install.started


def test_the_log_of_the_installer_tells_what_runs_and_how_the_last_ended() -> None:
    boot, info, booted, start, end = INSTALL_LOG.splitlines()
    began = "Fri Sep 22 16:06:47 UTC 2023"
    assert log_of(boot, info, booted) == (False, Activity.DONE, "Fri Sep 22 16:00:00 UTC 2023")
    assert log_of(boot, booted, start) == (True, Activity.RUNNING, began)
    assert log_of(start, end) == (False, Activity.DONE, began)
    assert log_of(start, end.replace("SUCCESS", "FAILED exit(1)")) == (False, Activity.FAILED, began)
    # what had no end before a boot has ended
    assert log_of(start, boot, booted)[:2] == (False, Activity.DONE)
    assert log_of(end) == (False, Activity.IDLE, "")


def test_an_operation_of_several_steps_lasts_until_its_own_end() -> None:
    start, end = INSTALL_LOG.splitlines()[3:]
    whole = [line.replace("install_add", "install_add_activate_commit") for line in (start, end)]
    assert log_of(whole[0], start, end)[:2] == (True, Activity.RUNNING)
    assert log_of(whole[0], start, end, whole[1])[:2] == (False, Activity.DONE)


@pytest.mark.parametrize("text", ["Number of lines which", "", "[1|install_add]: START"])
def test_a_count_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UnexpectedOutput):
        installation.log_lines(text)


def test_a_digest_is_read_or_there_is_none() -> None:
    assert parse.digest(VERIFIED, "F.bin") == DIGEST
    assert parse.digest("%Error verifying flash:F.bin (No such file or directory)", "F.bin") is None
    with pytest.raises(UnexpectedOutput):
        parse.digest(VERIFIED, "G.bin")


@pytest.mark.parametrize("text", ["hostname leaf1\n", "hostname leaf1\nend of text", ""])
def test_a_configuration_without_its_end_is_refused(text: str) -> None:
    with pytest.raises(UnexpectedOutput):
        parse.configuration("show running-config", text)


def test_log_lines_are_no_part_of_a_configuration() -> None:
    text = f"hostname leaf1\n{LOG}\nend\n\n{LOG}\n"
    assert parse.configuration("show running-config", text) == "hostname leaf1\nend"


FETCH = "Accessing http://192.0.2.1/F...\n"


@pytest.mark.parametrize("row", [row for row in words.COPY if row.example], ids=lambda row: row.example)
@pytest.mark.parametrize("marks", [0, 3])
def test_every_known_failure_of_a_copy_is_told(row: Word, marks: int) -> None:
    state = copying.outcome("copy", f"{FETCH}Loading F from H (via Vlan1): {'!' * marks}\n{row.example}\n")
    assert state.activity is Activity.FAILED
    assert row.example in state.detail
    arrived = marks + row.example.count("!")
    assert state.transferred == (0 if row.means is Means.UNREACHED else arrived)


@pytest.mark.parametrize("said", ["% Invalid input detected at '^' marker.", "% Illegal URL", "%Bad file name"])
def test_a_copy_that_is_refused_before_anything_was_transferred_is_told_apart(said: str) -> None:
    with pytest.raises(CommandRefused):
        copying.outcome("copy", said)


def test_a_copy_that_was_received_and_not_written_has_failed() -> None:
    said = f"{literal('copy_tftp')}%Error writing flash:F (No space left on device)\n"
    state = copying.outcome("copy", said)
    assert (state.activity, state.transferred) == (Activity.FAILED, 1)


@pytest.mark.parametrize("row", [row for row in words.INSTALL if row.example], ids=lambda row: row.example[:40])
def test_every_known_failure_of_the_installer_is_told(row: Word) -> None:
    said = f"--- Starting Add ---\n {row.example}\nFAILED: install_add /flash/signature.bin exit(1)\n"
    if row.means is Means.BUSY:
        with pytest.raises(InstallerBusy) as caught:
            installation.outcome("install add", "install_add", said)
        assert row.example in caught.value.said
        return
    state = installation.outcome("install add", "install_add", said)
    assert (state.activity, row.example in state.detail) == (Activity.FAILED, True)
    told = {name for name in ("unpacking", "rejected", "vetoed") if getattr(state, name)}
    names = {
        Means.UNPACKING: {"unpacking"},
        Means.REJECTED: {"rejected"},
        Means.VETOED: {"vetoed"},
        Means.FAILED: set(),
    }
    assert told == names[row.means]


def test_words_in_the_name_of_a_file_say_nothing() -> None:
    said = "FAILED: install_add /flash/platform.signature.bin exit(1)"
    state = installation.outcome("install add", "install_add", said)
    assert (state.activity, state.rejected) == (Activity.FAILED, False)


@pytest.mark.parametrize(
    "said", ["--- Starting Add ---", "SUCCESS: install_remove Fri", "Add: Passed on [R0]\n[1]  R0 FAILED: System conf"]
)
def test_an_installation_without_a_verdict_is_not_guessed(said: str) -> None:
    with pytest.raises(UnexpectedOutput):
        installation.outcome("install add", "install_add", said)


def test_the_last_verdict_counts() -> None:
    said = "Warning: FAILED: last time.\nImage added. Version: 17.12.1\nSUCCESS: install_add Fri\n"
    assert installation.outcome("install add", "install_add", said).activity is Activity.DONE
    later = f"{said}FAILED: install_add exit(1)\n"
    assert installation.outcome("install add", "install_add", later).activity is Activity.FAILED


def test_an_addition_that_changed_nothing_proves_nothing() -> None:
    said = "Add succeed with reason: Same Image File-No Change\nSUCCESS: install_add Fri\n"
    assert installation.outcome("install add", "install_add", said).activity is Activity.UNKNOWN


def test_a_train_that_calls_images_packages_is_read_and_single_files_are_none() -> None:
    rows = ("PKG   C    17.06.05.0.111", "PKG   C    cat9k-rpbase.17.06.05.SPA.pkg")
    assert slots_of(*rows, version="17.6.5") == [("17.06.05.0.111", "17.6.5", True, True)]


WITHOUT_EXAMPLE = {  # nobody has shown these words: they are ours
    "^%Error opening ": "%Error opening http://H/F (anything)",
    "^% ?Error ": "% Error of any kind",
    "(?i)signature|signed|checksum|digest|platform|compatib|not supported|corrupt|invalid image|not a valid": (
        "FAILED: Bad signature"
    ),
    "(?i)extract|unpack|archive|free space": "FAILED: Could not unpack the image",
}


@pytest.mark.parametrize("row", [*words.COPY, *words.INSTALL], ids=lambda row: row.pattern[:30])
def test_every_row_of_the_words_fits_its_own_example(row: Word) -> None:
    rows = words.COPY if row in words.COPY else words.INSTALL
    example = row.example or WITHOUT_EXAMPLE[row.pattern]
    assert meaning(example, rows) is row.means
    assert re.search(row.pattern, example)
    assert not re.search(row.pattern, "")


def test_the_page_has_the_table_of_words() -> None:
    """Not the page of IOS-XE itself: it leads to the page that is made of the tables."""
    assert "(words.md)" in (ROOT / "docs" / "iosxe.md").read_text()
    page = (ROOT / "docs" / "words.md").read_text()
    rows = []
    for row in (*words.COPY, *words.INSTALL):
        shown = (row.example or row.pattern).replace("|", r"\|")
        error = f"[{ERROR_OF[row.means]}](errors/{ERROR_OF[row.means]}.md)" if row.means in ERROR_OF else "the step's"
        rows.append(f"| `cisco_xe` | `{shown}` | {row.trigger} | {row.means} | {error} | {row.evidence} |\n")
    assert "".join(rows) in page
