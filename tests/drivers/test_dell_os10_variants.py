"""Each form that a release of OS10 is known to print is read; cut at any byte it is never read as another value."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lcm_nornir.drivers import linux
from lcm_nornir.drivers.base import Activity, InstallerState, Slot
from lcm_nornir.drivers.dell_os10 import parse
from lcm_nornir.errors import UnexpectedOutput

LITERAL = Path(__file__).parents[1] / "literal" / "dell_os10"
STATUS = (LITERAL / "show_image_status_download.txt").read_text()
BOOT = (LITERAL / "show_boot.txt").read_text()
BOOT_SET = (LITERAL / "show_boot_after_set.txt").read_text()
BOOT_AFTER = (LITERAL / "show_boot_after_reload.txt").read_text()
VERSION = (LITERAL / "show_version.txt").read_text()
WIDE = (
    "Type      Boot Type         Active                  Standby                 Next-Boot\n"
    "Node-id 1 Flash Boot  [B] 10.5.6.5.115-hotfix   [A] 10.4.0E(R3)             [A] standby\n"
)
VERSION_XML = """<?xml version="1.0" encoding="UTF-8"?>
<rpc-reply>
 <data>
  <system-state><system-status><uptime>1925299</uptime>
  <boot-datetime>2018-01-09T06:14:25+00:00</boot-datetime></system-status></system-state>
  <system-sw-state xmlns="http://www.dell.com/networking/os10/dell-system-software">
   <sw-version><sw-version>10.3.9999E</sw-version><sw-platform>S6010-ON</sw-platform></sw-version>
  </system-sw-state>
 </data>
</rpc-reply>"""
INVENTORY_XML = """<rpc-reply><data><system><node><node-id>1</node-id>
<unit><unit-id>1</unit-id><mfg-info><product-name/><service-tag></service-tag></mfg-info></unit>
<mfg-info><product-name>S6010-ON</product-name><service-tag>5M44SR3</service-tag></mfg-info>
</node></system></data></rpc-reply>"""
BOOT_ID = "3f2b1c4d-0a1b-4c2d-8e3f-123456789abc"
PATH = "/var/os10-image/OS10-10.5.6.5.bin"
DF = "Filesystem     1K-blocks    Used Available Use% Mounted on\n{}  10190100 1234567   8436861  13% {}"
LS = """total 1180000
drwxr-xr-x 2 root root      4096 Feb  8 21:20 old
-rw-r--r-- 1 root root 604119040 Feb  8 21:24 OS10-10.5.1.0.bin
-rw-r--r-- 1 root root 959000000 Dec  2  2024 OS10-10.5.6.5.bin"""


def digest(text: str) -> str:
    return linux.digest(text, 64, PATH)


def status(**fields: str) -> str:
    """Give the literal screen with other values; a field is named by its words, the transfer's first."""
    text = STATUS
    for field, value in fields.items():
        line = next(it for it in text.splitlines() if it.strip().startswith(field.replace("_", " ")))
        text = text.replace(line, f"{line.partition(':')[0]}:   {value}", 1)
    return text


def installation(state: str, detail: str) -> InstallerState:
    text = status(Installation_State=state, Image_Upgrade_State="idle", File_Transfer_State="idle")
    return parse.installer(text.replace("In progress", "-").replace("No install information available", detail))


BOTH_EMPTY_TIMES = STATUS.replace("0000-00-00T00:00:00Z", "-001-11-30T00:00:00+00:00")
UNINDENTED = "\n".join(" ".join(line.split()) for line in STATUS.splitlines())
RETURNS = STATUS.replace("\n", "\r\n")
NOTHING_READ: tuple[Any, ...] = ("", None, {})
READERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "version as XML": (parse.version_xml, VERSION_XML),
    "version after weeks": (parse.version_text, VERSION.replace("1 day 00:11:14", "6 weeks 1 day 17:55:03")),
    "version after minutes": (parse.version_text, VERSION.replace("1 day 00:11:14", "00:02:40")),
    "inventory as XML": (parse.inventory_xml, INVENTORY_XML),
    "status with negative empty times": (parse.installer, BOTH_EMPTY_TIMES),
    "status without indentation": (parse.installer, UNINDENTED),
    "status with carriage returns": (parse.installer, RETURNS),
    "status of a failure": (parse.installer, status(File_Transfer_State="transfer-fail", State_Detail="Failed: 404")),
    "boot in wide columns": (parse.boot, WIDE),
    "boot after set": (parse.boot, BOOT_SET),
    "boot after reload": (parse.boot, BOOT_AFTER),
    "boot id": (linux.boot_id, BOOT_ID),
    "df": (linux.free_bytes, DF.format("/dev/sda9", "/var/os10-image")),
    "df of a long device": (linux.free_bytes, DF.format("/dev/mapper/OS10-SYSROOT\n", "/")),
    "sha256sum": (digest, f"{'a' * 64}  {PATH}"),
}


def cuts_are_harmless(read: Callable[[str], Any], text: str) -> None:
    whole = read(text)
    assert whole not in NOTHING_READ
    for length in range(len(text)):
        try:
            found = read(text[:length])
        except UnexpectedOutput:
            continue
        assert found == whole or found in NOTHING_READ, text[:length]


@pytest.mark.parametrize("name", READERS)
def test_an_answer_that_was_cut_is_never_another_value(name: str) -> None:
    cuts_are_harmless(*READERS[name])


def test_a_listing_that_was_cut_only_knows_less() -> None:
    # nothing in a listing proves its end; that a reply is whole is proven by the prompt behind it
    whole = linux.stored_images(LS) or {}
    for length in range(len(LS)):
        for name, size in (linux.stored_images(LS[:length]) or {}).items():
            assert any(full.startswith(name) and whole[full] == size for full in whole), LS[:length]


def test_the_xml_of_the_version() -> None:
    assert parse.version_xml(VERSION_XML) == ("10.3.9999E", 1925299.0)
    assert parse.version_xml(f"%Warning : Default password\n{VERSION_XML}\n") == ("10.3.9999E", 1925299.0)


@pytest.mark.parametrize(
    "wrong", ["<sw-version></sw-version>", "<sw-version>1</sw-version>", "<uptime>1</uptime>", "% Error: x", ""]
)
def test_xml_without_version_or_uptime_is_refused(wrong: str) -> None:
    with pytest.raises(UnexpectedOutput) as caught:
        parse.version_xml(f"<data>{wrong}</data>" if wrong.startswith("<") else wrong)
    assert caught.value.command == "show version | display-xml"


@pytest.mark.parametrize(
    ("shown", "seconds"),
    [
        *(("00:02:40", 160), ("1 day 00:11:14", 87074), ("2 days 00:00:01", 172801), ("30:00:00", 108000)),
        *(("6 weeks 1 day 17:55:03", 3779703), ("1 week 00:00:00", 604800), ("1 year 2 weeks, 00:00:00", 32745600)),
        *(("12 weeks, 10:10:10", 7294210), ("  30 days, 123:00:00", 3034800), ("00:02:40\t", 160), ("00:02:40\r", 160)),
        ("10 years, 1 week, 1 day, 00:00:00", 316051200),
    ],
)
def test_the_forms_of_the_uptime(shown: str, seconds: int) -> None:
    assert parse.version_text(VERSION.replace("1 day 00:11:14", shown)) == ("10.6.0.1", seconds)


@pytest.mark.parametrize(
    "shown",
    [
        *("x years 00:00:00", "x weeks 00:00:00", "x days 00:00:00", "x:00:00", "00:xx:00", "00:00:xx"),
        *("00:00:001", "00:00:00 or so", "0:0:0", "1 day", ""),
    ],
)
def test_another_form_of_the_uptime_is_refused(shown: str) -> None:
    with pytest.raises(UnexpectedOutput):
        parse.version_text(VERSION.replace("1 day 00:11:14", shown))


def test_the_uptime_is_read_where_its_line_begins() -> None:
    assert parse.version_text(f"Last Up Time: 00:00:01\n{VERSION.strip()}") == ("10.6.0.1", 87074)


def test_the_inventory_s_xml_is_read_where_it_is_filled() -> None:
    assert parse.inventory_xml(INVENTORY_XML) == ("S6010-ON", "5M44SR3")


@pytest.mark.parametrize("missing", ["S6010-ON", "5M44SR3"])
def test_an_inventory_without_product_or_service_tag_is_refused(missing: str) -> None:
    with pytest.raises(UnexpectedOutput, match="has no service-tag or no product-name"):
        parse.inventory_xml(INVENTORY_XML.replace(missing, ""))


@pytest.mark.parametrize(
    ("text", "active", "standby"),
    [
        (BOOT, Slot("A", "10.5.0.4", True, True), Slot("B", "10.5.1.0", False, False)),
        (BOOT_SET, Slot("A", "10.5.0.4", True, False), Slot("B", "10.5.1.0", False, True)),
        (BOOT_AFTER, Slot("B", "10.5.1.0", True, True), Slot("A", "10.5.0.4", False, False)),
        (WIDE, Slot("B", "10.5.6.5.115-hotfix", True, False), Slot("A", "10.4.0E(R3)", False, True)),
    ],
)
def test_the_forms_of_show_boot(text: str, active: Slot, standby: Slot) -> None:
    assert parse.boot(text) == (active, standby)


@pytest.mark.parametrize("wrong", ["[B] active", "[A] standby", "[A] ", "[A] activ", "A active", "[C] active"])
def test_a_next_boot_that_contradicts_its_slot_is_refused(wrong: str) -> None:
    with pytest.raises(UnexpectedOutput):
        parse.boot(BOOT.replace("[A] active", wrong))


def test_a_slot_s_column_may_be_wide() -> None:
    assert parse.boot(BOOT.replace("] ", "]   ")) == parse.boot(BOOT)


def test_two_rows_of_slots_are_refused() -> None:
    with pytest.raises(UnexpectedOutput):
        parse.boot(BOOT + BOOT)


@pytest.mark.parametrize("text", [BOTH_EMPTY_TIMES, UNINDENTED, RETURNS])
def test_the_forms_of_the_status_say_the_same(text: str) -> None:
    assert parse.installer(text) == parse.installer(STATUS)
    assert parse.installer(text).install.started == ""


@pytest.mark.parametrize(
    ("field", "value", "attribute", "expected"),
    [
        *(("Transfer_Progress", shown, "percent", read) for shown, read in (("150 %", 100), ("-1 %", 0), ("", 0))),
        *(("Transfer_Progress", shown, "percent", read) for shown, read in (("100 %", 100), ("7%", 7), ("7", 7))),
        *(("Transfer_Bytes", shown, "transferred", read) for shown, read in (("0 bytes", 0), ("", 0), ("-5 bytes", 0))),
        *(("Transfer_Rate", "44447 kbps", "rate", 44447000), ("File_Size", "959000000 bytes", "size", 959000000)),
    ],
)
def test_numbers_of_a_copy(field: str, value: str, attribute: str, expected: int) -> None:
    assert getattr(parse.installer(status(**{field: value})).copy, attribute) == expected


@pytest.mark.parametrize("field", ["Transfer_Progress", "Transfer_Bytes", "File_Size", "Transfer_Rate"])
@pytest.mark.parametrize("value", ["many", "7.5 %", "1e3", "7 parsecs", "--7", "0x10"])
def test_what_is_no_number_is_refused(field: str, value: str) -> None:
    text = status(**{field: value})
    with pytest.raises(
        UnexpectedOutput, match=f"'show image status' has no number as {field.replace('_', ' ')}$"
    ) as caught:
        parse.installer(text)
    assert (caught.value.command, caught.value.said) == ("show image status", text)


@pytest.mark.parametrize(
    ("state", "detail", "expected"),
    [
        *(("idle", "No download information available", Activity.IDLE), ("download", "In progress", Activity.RUNNING)),
        ("transfer-success", "Completed: No error", Activity.DONE),
        *(("transfer-fail", "-", Activity.FAILED), ("error", "Failed: 404", Activity.FAILED)),
        ("cancelled", "-", Activity.UNKNOWN),
    ],
)
def test_the_states_of_a_copy(state: str, detail: str, expected: Activity) -> None:
    copy = parse.installer(status(File_Transfer_State=state, State_Detail=detail)).copy
    assert (copy.activity, copy.detail) == (expected, detail)


def test_an_idle_copy_that_failed_has_failed() -> None:
    text = status(Image_Upgrade_State="idle", File_Transfer_State="idle", State_Detail="Failed: 404")
    assert parse.installer(text).copy.activity is Activity.FAILED


@pytest.mark.parametrize(
    ("state", "detail", "expected"),
    [
        ("install", "In progress: Configuring root filesystem", (Activity.RUNNING, 0, True, True)),
        ("install", "In progress: Installing OS10 packages", (Activity.RUNNING, 0, False, True)),
        ("install", "In progress: Configure filesystem (3 of 9)", (Activity.RUNNING, 27, True, True)),
        ("idle", "In progress: Configure (9 of 9)", (Activity.IDLE, 94, False, True)),
        ("install", "In progress: Configure (1 of 9)", (Activity.RUNNING, 0, False, True)),
        ("install", "In progress: Configure (2 of 9)", (Activity.RUNNING, 16, False, True)),
        ("install", "In progress: Configure (11 of 12)", (Activity.RUNNING, 87, False, True)),
        ("install", "In progress: Configure (x of 9)", (Activity.RUNNING, 0, False, True)),
        ("install", "In progress: Configure (9 of x)", (Activity.RUNNING, 0, False, True)),
        ("install", "In progress: Configure (0 of 0)", (Activity.RUNNING, 0, False, True)),
        ("idle", "Completed: Success", (Activity.DONE, 0, False, False)),
        ("install-success", "Completed: Success", (Activity.DONE, 0, False, False)),
        ("idle", "Failed: extracting archive", (Activity.FAILED, 0, True, False)),
        ("install-fail", "-", (Activity.FAILED, 0, False, False)),
        ("error", "Failed", (Activity.FAILED, 0, False, False)),
        ("odd", "-", (Activity.UNKNOWN, 0, False, False)),
    ],
)
def test_the_states_of_an_installation(state: str, detail: str, expected: tuple[Activity, int, bool, bool]) -> None:
    found = installation(state, detail)
    install = found.install
    assert (install.activity, install.percent, install.unpacking, found.busy) == expected


@pytest.mark.parametrize("field", ["Image_Upgrade_State", "File_Transfer_State", "State_Detail", "Installation_State"])
def test_one_busy_part_makes_the_installer_busy(field: str) -> None:
    idle = {"Image_Upgrade_State": "idle", "File_Transfer_State": "idle", "State_Detail": "-"}
    busy = {"State_Detail": "In progress", "Installation_State": "install", "File_Transfer_State": "download"}
    assert not parse.installer(status(**idle)).busy
    assert parse.installer(status(**(idle | {field: busy.get(field, "install")}))).busy


@pytest.mark.parametrize("state", ["install-fail", "Failed"])
def test_an_upgrade_that_failed_is_not_busy(state: str) -> None:
    idle = {"File_Transfer_State": "idle", "State_Detail": "-"}
    assert not parse.installer(status(Image_Upgrade_State=state, **idle)).busy


@pytest.mark.parametrize(
    ("name", "which"),
    [("State Detail", 0), ("Task Start", 0), ("Task End", 0), ("State Detail", 1), ("Task Start", 1)],
)
def test_a_state_that_lacks_a_field_is_refused(name: str, which: int) -> None:
    lines = STATUS.splitlines()
    del lines[[at for at, line in enumerate(lines) if line.strip().startswith(name)][which]]
    text = "\n".join(lines)
    with pytest.raises(UnexpectedOutput) as caught:
        parse.installer(text)
    head = ("File Transfer State", "Installation State")[which]
    assert caught.value.message == f"the answer to 'show image status' has no {name} of the {head}"
    assert (caught.value.command, caught.value.said) == ("show image status", text)


@pytest.mark.parametrize("end", ["", "\n  Task End:", "\n  Task End:   0000-00-00T00:0"])
def test_a_status_without_its_last_time_is_refused(end: str) -> None:
    whole, _, _ = STATUS.rpartition("\n  Task End")
    with pytest.raises(UnexpectedOutput, match="has not the three states, whole"):
        parse.installer(whole + end)


@pytest.mark.parametrize("time", ["2021-02-08T21:24:14Z", "0000-00-00T00:00:00Z", "-001-11-30T00:00:00+00:00"])
def test_a_last_time_is_of_digits(time: str) -> None:
    whole, _, _ = STATUS.rpartition("0000-00-00")
    assert parse.installer(whole + time) == parse.installer(STATUS)
    for at, digit in enumerate(time):
        if digit.isdecimal():
            with pytest.raises(UnexpectedOutput):
                parse.installer(f"{whole}{time[:at]}x{time[at + 1 :]}")


def test_a_number_that_is_not_told_is_zero() -> None:
    text = "\n".join(line for line in STATUS.splitlines() if "Transfer Bytes" not in line)
    assert parse.installer(text).copy.transferred == 0


def test_files_folders_and_disks_of_the_switch() -> None:
    assert linux.stored_images(LS) == {"OS10-10.5.1.0.bin": 604119040, "OS10-10.5.6.5.bin": 959000000}
    assert linux.stored_images("total 0") == {}
    assert linux.stored_images("ls: cannot access: No such file or directory") is None
    assert linux.free_bytes(DF.format("/dev/sda9", "/var")) == 8436861 * 1024
    assert linux.free_bytes("df: /var/os10-image: No such file or directory") is None


@pytest.mark.parametrize("line", [f"{'a' * 64}  {PATH}", f"{'a' * 64} *{PATH}", f"x\n{'a' * 64}  {PATH}\r\n"])
def test_the_digest_of_the_asked_file_is_read(line: str) -> None:
    assert digest(line) == "a" * 64


@pytest.mark.parametrize(
    "line",
    [f"{'a' * 64}  {PATH}2", f"{'a' * 64}  /x{PATH}", f"{'a' * 63}  {PATH}", f"{'A' * 64}  {PATH}", f"x{'a' * 64}"],
)
def test_another_line_is_no_digest(line: str) -> None:
    assert digest(line) == ""
