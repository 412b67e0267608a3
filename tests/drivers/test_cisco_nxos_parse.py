"""Every layout of NX-OS is read; cut at any byte it is the same value, or refused, never another value."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lcm_nornir.drivers import cisco
from lcm_nornir.drivers.base import Activity, InstallerState, InstallState, Member, Slot
from lcm_nornir.drivers.cisco_nxos import CiscoNXOS, installation, parse, versions, words
from lcm_nornir.drivers.words import ERROR_OF, Means, Word, meaning
from lcm_nornir.errors import UnexpectedOutput

ROOT = Path(__file__).parents[2]
LITERAL = ROOT / "tests" / "literal" / "cisco_nxos"
VERSION = """\
Software
  BIOS: version 05.47
  NXOS: version 10.4(5) [Maintenance Release]
  NXOS image file is: bootflash:///nxos64-cs.10.4.5.M.bin
Hardware
  cisco Nexus9000 C9396PX Chassis
  Processor Board ID SAL1819S6LU
Kernel uptime is 45 day(s), 11 hour(s), 17 minute(s), 44 second(s)
Last reset at 277524 usecs after Mon Nov  2 22:45:12 2020
  Reason: Reset due to upgrade
  System version: 9.3(7)
"""
NO_RESET = "Last reset\n  Reason: Unknown\n  System version:\n"
BOOT = """\
Current Boot Variables:

sup-1
NXOS variable = bootflash:/nxos64-cs.10.4.5.M.bin
No module boot variable set

Boot Variables on next reload:

sup-1
NXOS variable = bootflash:/nxos.9.3.7.bin
No module boot variable set"""
INVENTORY = """\
NAME: "Chassis",  DESCR: "Nexus9000 C9396PX Chassis"
PID: N9K-C9396PX         ,  VID: V02 ,  SN: SAL1819S6LU

NAME: "Slot 1",  DESCR: "48x1/10G SFP+ Ethernet Module"
PID: N9K-C9396PX         ,  VID: V02 ,  SN: SAL1819S6LV"""
DIR = """\
       4096    Oct 28 09:12:01 2020  .rpmstore/
 1893742080    Nov 02 22:30:12 2020  nxos64-cs.10.4.5.M.bin
2026 Nov 28 02:00:00 leaf1 %VSHD-5-VSHD_SYSLOG_CONFIG_I: Configured from vty by admin
  982784512    Jan  5 08:00:00 2020  nxos.9.3.7.bin
       1337    Jan 05 08:00:00 2020  platform-sdk.cmd

Usage for bootflash://
 4466008064 bytes used
13238841344 bytes free
17704849408 bytes total"""
IOS_DIR = """\
Directory of flash:/

   11  -rw-        4096  Sep 28 2021 02:55:56 +00:00  a.bin
   12  drwx        4096  Sep 28 2021 02:55:56 +00:00  .installer

11353194496 bytes total (5000000000 bytes free)"""
INSTALL = (LITERAL / "install_all.txt").read_text()
STATUS = (LITERAL / "install_status.txt").read_text()
VETO = (LITERAL / "service_veto.txt").read_text()
BROKEN = (LITERAL / "module_flash_failed.txt").read_text()
CONFIGURATION = (LITERAL / "configuration_incompatible.txt").read_text()
FLASH = "Module 1: Refreshing compact flash and upgrading bios/loader/bootrom.\n"
IMPACT = INSTALL.partition("\nSwitch will be reloaded")[0]
RUNNING = parse.Version("10.4(5)", "nxos64-cs.10.4.5.M.bin", 3928664.0, "Mon Nov 2 22:45:12 2020 +277524 us")


def test_show_version() -> None:
    assert parse.version(VERSION) == RUNNING
    without = parse.version(VERSION.partition("Last reset")[0] + NO_RESET)
    assert without == RUNNING._replace(boot_id="")


def test_show_boot_tells_what_boots_next() -> None:
    assert parse.next_boot(BOOT) == "nxos.9.3.7.bin"
    assert parse.next_boot(BOOT.rpartition("\n")[0]) == "nxos.9.3.7.bin"


def test_show_inventory_tells_the_chassis() -> None:
    assert parse.chassis(INVENTORY) == ("N9K-C9396PX", "SAL1819S6LU")


@pytest.mark.parametrize(
    ("text", "files", "free"),
    [
        (
            DIR,
            {"nxos64-cs.10.4.5.M.bin": 1893742080, "nxos.9.3.7.bin": 982784512, "platform-sdk.cmd": 1337},
            13238841344,
        ),
        (IOS_DIR, {"a.bin": 4096}, 5000000000),
    ],
    ids=["NX-OS", "IOS-XE"],
)
def test_a_listing_tells_files_and_free_bytes(text: str, files: dict[str, int], free: int) -> None:
    assert cisco.listing("dir", text) == (files, free)


def test_slots_are_the_files_that_tell_a_version() -> None:
    files, _ = cisco.listing("dir", DIR)
    assert parse.slots(RUNNING, "nxos.9.3.7.bin", files) == (
        Slot("nxos64-cs.10.4.5.M.bin", "10.4(5)", running=True, next_boot=False, is_file=True),
        Slot("nxos.9.3.7.bin", "9.3(7)", running=False, next_boot=True, is_file=True),
    )
    # the running one may be called anything, and what boots next may be gone
    odd = parse.slots(RUNNING._replace(file="leaf.bin"), "nxos.9.2.1.bin", files)
    assert [(slot.name, slot.version) for slot in odd[:2]] == [("leaf.bin", "10.4(5)"), ("nxos.9.2.1.bin", "")]


READERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "version": (parse.version, VERSION),
    "version without a reset": (parse.version, VERSION.partition("Last reset")[0] + NO_RESET),
    "boot": (parse.next_boot, BOOT),
    "boot that ends with the name": (parse.next_boot, BOOT.rpartition("\n")[0]),
    "inventory": (parse.chassis, INVENTORY),
    "dir": (lambda text: cisco.listing("dir", text), DIR),
    "dir of IOS-XE": (lambda text: cisco.listing("dir", text), IOS_DIR),
    "impact": (lambda text: installation.impact("impact", text), IMPACT),
}


@pytest.mark.parametrize("name", READERS)
def test_an_answer_that_was_cut_is_the_same_or_refused(name: str) -> None:
    read, text = READERS[name]
    whole = read(text)
    for length in range(len(text)):
        try:
            found = read(text[:length])
        except UnexpectedOutput:
            continue
        assert found == whole, text[:length]


UNREADABLE: list[tuple[Callable[[str], Any], str, str]] = [
    (parse.version, "kickstart: version 7.3(1)D1(1)", "has not 'NXOS: version', 'NXOS image file is' and"),
    (parse.next_boot, "no block", "has not its two blocks"),
    (parse.next_boot, BOOT.replace("NXOS variable", "kickstart variable"), "does not name one NXOS image"),
    (parse.next_boot, BOOT + "\nsup-2\nNXOS variable = bootflash:/nxos.9.3.8.bin", "names different images"),
    (parse.chassis, INVENTORY.replace('"Chassis"', '"Rack"'), "has no whole row of the chassis"),
    (installation.log, "no log", "is no log of an installation"),
    (lambda text: installation.impact("impact", text), "Installer is forced disruptive", "tells neither the effect"),
]


@pytest.mark.parametrize(("read", "text", "what"), UNREADABLE)
def test_what_cannot_be_read_is_told_with_all_that_was_said(read: Callable[[str], Any], text: str, what: str) -> None:
    with pytest.raises(UnexpectedOutput, match=what) as caught:
        read(text)
    assert caught.value.said == text


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("nxos.10.4.5.M.bin", "10.4(5)"),
        ("nxos64-cs.10.2.5.M.bin", "10.2(5)"),
        ("nxos64-msll.10.3.3.F.bin", "10.3(3)"),
        ("nxos.9.3.7.bin", "9.3(7)"),
        ("nxos.9.3.7a.bin", "9.3(7a)"),
        ("nxos.7.0.3.I4.6.bin", "7.0(3)I4(6)"),
        ("nxos.7.0.3.I7.5a.bin", "7.0(3)I7(5a)"),
        ("n9000-dk9.6.1.2.I3.4.bin", "6.1(2)I3(4)"),
        ("n9000-epld.9.3.7.img", ""),
        ("nxos.bin", ""),
        ("leaf.bin", ""),
        ("nxos.9.3.7.bin.part", ""),
    ],
)
def test_a_file_name_tells_the_version(name: str, version: str) -> None:
    assert versions.of_file(name) == version


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("10.4.5.M", "10.4(5)"),
        ("10.4.5", "10.4(5)"),
        ("10.4(5)", "10.4(5)"),
        ("10.4(5)M", "10.4(5)"),
        ("10.4(5)(M)", "10.4(5)"),
        ("10.2.3.F", "10.2(3)"),
        ("7.0.3.I4.6", "7.0(3)I4(6)"),
        ("7.0(3)I4(6)", "7.0(3)I4(6)"),
        ("latest", "latest"),
    ],
)
def test_a_version_is_written_as_the_switch_does(written: str, shown: str) -> None:
    assert versions.canonical(written) == shown


RELEASES = (
    *("6.1(2)I3(4)", "7.0(3)I4(1)", "7.0(3)I4(6)", "7.0(3)I7(5)", "7.0(3)I7(5a)", "7.0(3)I7(10)", "9.2(1)", "9.3(7)"),
    *("9.3(7a)", "9.3(10)", "10.1(1)", "10.2(3)F", "10.2(5)M", "10.4(5)", "10.5(3)(F)"),
)


def test_versions_are_ordered_by_their_release() -> None:
    for index, one in enumerate(RELEASES):
        for other_index, other in enumerate(RELEASES):
            assert versions.order(one, other) == (index > other_index) - (index < other_index), (one, other)
    assert versions.order("10.2(3)F", "10.2(3)") == 0


@pytest.mark.parametrize(("one", "other"), [("7.0(3)F3(5)", "7.0(3)I7(1)"), ("latest", "9.3(7)"), ("9.3(7)", "10")])
def test_what_cannot_be_compared_is_not(one: str, other: str) -> None:
    assert versions.order(one, other) is None


def test_an_installation_tells_its_phase_and_how_far_it_is() -> None:
    def told(end: str) -> installation.Progress:
        return installation.progress(INSTALL.partition(end)[0])

    assert told("Verifying image type") == (
        'Verifying image bootflash:/nxos.7.0.3.I4.6.bin for boot variable "nxos"',
        10,
    )
    assert told("Performing runtime") == ("Notifying services about system upgrade", 60)
    assert told("Warning") == (FLASH.strip(" .\n"), 90)
    assert installation.progress("") == ("", 0)


def test_an_installation_ends_by_its_last_line() -> None:
    assert installation.ended(INSTALL) == InstallState(Activity.DONE, "Finishing the upgrade", percent=100)
    assert installation.ended("Install has been successful.\n").activity is Activity.DONE
    assert installation.ended(IMPACT).activity is Activity.UNKNOWN


def test_success_beside_a_failure_is_believed_in_neither_way() -> None:
    assert installation.ended(VETO + "Install has been successful.\n").activity is Activity.UNKNOWN


VERIFY = (
    'Verifying image bootflash:/nxos.9.3.7.bin for boot variable "nxos".\n[###     ]  40% -- FAIL.\nReturn code 0x1.\n'
)
TYPE = "Verifying image type.\n[####################] 100% -- SUCCESS\n\n"
LOG_LINE = "2026 Nov 28 02:00:00 leaf1 %PLATFORM-2-PFM_ALERT: signature of the archive failed\n"


@pytest.mark.parametrize(
    ("text", "flag", "begin"),
    [
        (VERIFY, "rejected", "Verifying image bootflash:"),
        (VETO, "vetoed", "Notifying services"),
        (TYPE + "Pre-upgrade check failed. Return code 0x40930011.\n", "vetoed", "Pre-upgrade check"),
        (TYPE + "Pre-upgrade check failed. Return code 0x437F0001 ((null)).\n", "vetoed", "Pre-upgrade check"),
        (FLASH + BROKEN, "", "Module 1: Refreshing"),
        ("Setting boot variables.\n[#  ]  5% -- FAIL.\n", "not_set", "Setting boot"),
        ("Performing module support checks.   [#  ]  5%  -- FAIL.\n", "vetoed", "Performing module"),
        ('Preparing "nxos" version info using image bootflash:/f.bin.\n[#  ]  5% -- FAIL.\n', "unpacking", "Preparing"),
        ("Performing runtime checks.   [#  ]  5%  -- FAIL.\nNo space left on device\n", "unpacking", "Performing run"),
        ("Performing runtime checks.   [#  ]  5%  -- FAIL.\n" + LOG_LINE, "", "Performing runtime"),
    ],
)
def test_an_installation_that_failed_tells_of_what(text: str, flag: str, begin: str) -> None:
    for said in (text, TYPE + LOG_LINE + text, text.replace("\n", "\n" + LOG_LINE)):
        state = installation.ended(said)
        assert state.activity is Activity.FAILED
        assert [name for name in ("rejected", "unpacking", "vetoed", "not_set") if getattr(state, name)] == [
            flag
        ] * bool(flag)
        assert state.detail.startswith(begin)


def test_a_broken_module_keeps_the_warning_not_to_reboot() -> None:
    detail = installation.ended(TYPE + FLASH + BROKEN).detail
    assert "DO NOT reboot" in detail
    assert "Pre-upgrade of a module failed" in detail


def test_the_name_of_a_file_is_no_word() -> None:
    assert words.meaning("Return code 0x1 of bootflash:/nxos-archive-signature.bin") is None


def test_the_impact_is_told_or_what_speaks_against_it() -> None:
    said = installation.impact("impact", IMPACT)
    assert said == InstallState(Activity.DONE, "module 1: disruptive, reset, default upgrade is not hitless")
    state = installation.impact("impact", IMPACT.replace("       yes      disruptive", "        no      disruptive"))
    assert (state.activity, state.rejected) == (Activity.FAILED, True)
    state = installation.impact("impact", CONFIGURATION)
    assert (state.activity, state.vetoed, "strict" in state.detail) == (Activity.FAILED, True, True)
    assert installation.impact("impact", "No such file or directory").activity is Activity.FAILED


def test_the_log_of_an_installation() -> None:
    began = "Tue Sep 28 02:55:56"
    assert installation.log("No install all data found") == InstallerState()
    ongoing = f"There is an on-going installation...\nEnter Ctrl-C to go back to the prompt.\n\n{STATUS}"
    state = installation.log(ongoing)
    assert (state.busy, state.install.activity, state.install.started) == (True, Activity.RUNNING, began)
    assert (state.install.percent, state.install.detail[:15]) == (10, "Verifying image")
    unknown = installation.log(STATUS)  # it has no end, and does not run
    assert (unknown.busy, unknown.install.activity, unknown.install.started) == (False, Activity.UNKNOWN, began)
    done = installation.log(
        STATUS + "\n<Tue Sep 28 03:00:00>\nFinishing the upgrade, switch will reboot in 10 seconds."
    )
    assert (done.busy, done.install.activity, done.install.started) == (False, Activity.DONE, began)
    broken = installation.log(STATUS + "\n" + FLASH + BROKEN).install
    assert (broken.activity, "DO NOT reboot" in broken.detail) == (Activity.FAILED, True)
    failed = installation.log(STATUS + "\n" + VETO)
    assert (failed.busy, failed.install.activity, failed.install.vetoed) == (False, Activity.FAILED, True)


@pytest.mark.parametrize(
    "text",
    [
        STATUS + "\nFinishing the upgrade, switch will",
        STATUS + "\n" + VETO,
        STATUS + "\n" + FLASH + BROKEN,
        STATUS + "\nPre-upgrade check failed. Return code 0x40930011.",
    ],
)
def test_a_log_that_was_cut_is_never_idle_and_tells_no_end_that_was_not(text: str) -> None:
    whole = installation.log(text).install
    for length in range(len(text)):
        try:
            found = installation.log(text[:length])
        except UnexpectedOutput:
            continue
        assert found.install.activity is Activity.UNKNOWN or found.install == whole
        assert not found.busy


def test_a_progress_line_is_read_though_other_words_stand_in_it() -> None:
    text = (LITERAL / "copy_scp.txt").read_text()
    assert cisco.progress(text.partition("Outbound-ReKey for 192.168.1.10:22\nInbound")[0]) == (0, 0, 0)
    assert cisco.progress(text.partition("Inbound-ReKey for 192.168.1.10:22\nnxos64")[0]) == (54, 1015 << 20, 7864320)
    assert cisco.progress(text) == (100, 1853 << 20, int(7.6 * (1 << 20)))
    assert cisco.progress((LITERAL / "copy_sftp.txt").read_text())[:2] == (100, 666 << 20)


def test_lines_that_change_by_themselves_are_no_difference() -> None:
    head = (LITERAL / "configuration_header.txt").read_text()
    other = head.replace("13:5", "14:0").replace("9.3(8)", "10.4(5)").replace("running-config", "startup-config")
    before = f"{head}\nhostname leaf1\nboot nxos bootflash:/nxos.9.3.8.bin \n"
    after = f"{other}!Startup config saved at: Thu Oct 26 13:14:47 2023\nhostname leaf1 \n"
    assert CiscoNXOS().differences(before, after) == ()
    assert CiscoNXOS().differences(before, after + "feature lldp\n")[-1] == "+feature lldp"


def test_each_meaning_has_its_rows() -> None:
    others = {Means.UNREACHED, Means.BROKE_OFF, Means.NOT_INSTALLED}  # of other systems
    assert {word.means for word in words.TABLE} == {*Means} - others
    assert {word.evidence for word in words.TABLE} <= {*"SVFTU"}


OURS = {  # the words of further alternatives, and of rows of which nobody has shown a whole line
    "Backend processing error": ["Backend processing error"],
    "Pre-upgrade of a module failed|DO NOT reboot": ["may be in corrupted state....DO NOT reboot..."],
    r"Verifying image[^\n]*-- FAIL": ["Verifying image type -- FAIL"],
    "MD5Sum mismatch": ["MD5Sum mismatch"],
    r"Notifying services[^\n]*-- FAIL": ["Notifying services about system upgrade -- FAIL"],
    r"Setting boot variables[^\n]*-- FAIL": ["Setting boot variables -- FAIL"],
    r"Performing module support checks[^\n]*-- FAIL": ["Performing module support checks -- FAIL"],
    r'Preparing "[^"\n]*" version info[^\n]*-- FAIL': ['Preparing "nxos" version info using image F -- FAIL'],
    "(?i)no space|space left|disk full": ["There is no space", "Little space left", "Disk full"],
    "(?i)extract|unpack|untar|uncompress|decompress|archive": [
        *["Cannot extract it", "Cannot unpack it", "untar has failed", "Cannot uncompress it", "Cannot decompress it"],
        "A damaged archive",
    ],
    r"(?i)signature|digest|checksum|(?:not a|in)valid image|(?:another|wrong|unsupported) (?:platform|module)": [
        *["Bad signature", "Another digest", "Another checksum", "Invalid image"],
        *["For another platform", "For the wrong platform", "For an unsupported module"],
    ],
    "Pre-upgrade check failed": ["Pre-upgrade check failed. Return code 0x40930011."],
    "Could not resolve hostname": ["Could not resolve hostname H"],
    "No such file|% ?Error listing directory|Path does not exist|No files found": [
        *["No such file or directory", "% Error listing directory", "Path does not exist", "No files found"],
    ],
    r"(?i)\b(?:error|invalid|failed|aborted|denied)\b": ["Error", "invalid URL", "Copy Failed", "aborted", "denied"],
}


@pytest.mark.parametrize("word", words.TABLE, ids=lambda word: word.pattern[:30])
def test_every_row_means_what_it_says_and_no_earlier_row_takes_its_words(word: Word) -> None:
    said = [*filter(None, [word.example]), *OURS.get(word.pattern, [])]
    assert said
    for text in said:
        assert meaning(text, words.TABLE[: words.TABLE.index(word)]) is None, text
        assert meaning(text, [word]) is words.meaning(text) is word.means, text


def test_the_words_that_are_ours_are_of_rows() -> None:
    assert set(OURS) <= {word.pattern for word in words.TABLE}


def test_the_page_shows_the_table_of_words() -> None:
    """Not the page of NX-OS itself: it leads to the page that is made of the tables."""
    assert "(words.md)" in (ROOT / "docs" / "nxos.md").read_text()
    page = (ROOT / "docs" / "words.md").read_text()
    for word in words.TABLE:
        pattern = (word.example or word.pattern).replace("|", r"\|")
        error = ERROR_OF.get(word.means)
        linked = f"[{error}](errors/{error}.md)" if error else "the step's"
        row = f"| `cisco_nxos` | `{pattern}` | {word.trigger} | {word.means} | {linked} | {word.evidence} |\n"
        assert row in page


MODULES = """\
Mod Ports             Module-Type                      Model           Status
--- ----- ------------------------------------- --------------------- ---------
1    52   48x1/10G SFP+ 4x40G Ethernet Module   N9K-X9564PX           ok
27   0    Supervisor Module                     N9K-SUP-A             active *
28   0    Supervisor Module                     N9K-SUP-A             ha-standby

Mod  Sw                       Hw    Slot
---  ----------------------- ------ ----
1    9.3(7)                   1.0    NA
27   9.3(7)                   1.0    SUP1
28   9.3(5)                   1.0    SUP2

Mod  MAC-Address(es)                         Serial-Num
---  --------------------------------------  ----------
27   7c-0e-ce-00-00-01 to 7c-0e-ce-00-00-12  SAL1819S6LU

* this terminal session
"""
SUPERVISORS = (Member("27", "9.3(7)"), Member("28", "9.3(5)"))


def test_each_supervisor_tells_what_it_runs() -> None:
    assert parse.supervisors(MODULES) == SUPERVISORS
    for length in range(len(MODULES)):
        try:
            assert parse.supervisors(MODULES[:length]) == SUPERVISORS
        except UnexpectedOutput:
            continue


@pytest.mark.parametrize("state", ["powered-up", "powered-dn", "pwr-denied"])
def test_a_supervisor_that_is_not_ready_is_no_member(state: str) -> None:
    with pytest.raises(UnexpectedOutput, match="two supervisors that are ready"):
        parse.supervisors(MODULES.replace("ha-standby", state))
