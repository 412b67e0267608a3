"""What the driver types on OS10, in which order, and what it makes of the answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from lcm_nornir.drivers.base import Activity, BootIdentity, Member, Slot, SwitchFacts
from lcm_nornir.drivers.dell_os10 import DellOS10
from lcm_nornir.errors import CommandRefused, ImageRejected, ReplyTimeout, SessionError, SessionLost, UnexpectedOutput
from lcm_nornir.errors import UnexpectedQuestion as Unexpected
from lcm_nornir.image import Digest, Image
from tests.scripted import Dialogue, Scripted

LITERAL = Path(__file__).parents[1] / "literal" / "dell_os10"
BOOT, INVENTORY, STATUS = (
    (LITERAL / f"show_{name}.txt").read_text() for name in ("boot", "inventory", "image_status_download")
)
BOOT_ID = "3f2b1c4d-0a1b-4c2d-8e3f-123456789abc"
FILE = "OS10-10.5.1.0.bin"
STORED = f"/var/os10-image/{FILE}"
IMAGE = Image(url=f"http://192.0.2.10/{FILE}", version="10.5.1.0", sha512="b" * 128)
DIGEST = Digest("sha512", "b" * 128)
PROMPT = "\nOS10# "
NO_SYSTEM = "% Error: Unrecognized command."
SAVE = "System configuration has been modified. Save? [yes/no]:"
REBOOT = "Proceed to reboot the system? [confirm yes/no]:"
ACTIVE = Slot("A", "10.5.0.4", running=True, next_boot=True)
STANDBY = Slot("B", "10.5.1.0", running=False, next_boot=False)
XML = "<data><sw-version><sw-version>10.5.0.4</sw-version></sw-version><uptime>1925299</uptime></data>"
INVENTORY_XML = "<data><product-name>S5248F-ON</product-name><service-tag>5M44SR3</service-tag></data>"
ASK_ID = 'system "cat /proc/sys/kernel/random/boot_id"'
FACTS = {
    "show version | display-xml": XML,
    "show boot": BOOT,
    "show inventory": INVENTORY,
    ASK_ID: BOOT_ID,
    'system "ls -l /var/os10-image"': f"total 590000\n-rw-r--r-- 1 root root 604119040 Feb  8 21:24 {FILE}",
    'system "df -k /var/os10-image"': "/dev/sda9 10190100 1234567 8436861 13% /var",
}
SUM, SUDO_SUM, MOVE = (
    f'system "{line}"'
    for line in (f"sha512sum {STORED}", f"sudo sha512sum {STORED}", f"sudo mv ./{FILE} /var/os10-image")
)
OS10 = DellOS10()


def facts_of(others: dict[str, str]) -> SwitchFacts:
    return OS10.facts(Scripted((FACTS | others).items()))


def test_facts_are_read_once_each() -> None:
    ssh = Scripted(FACTS.items())
    facts = OS10.facts(ssh)
    (boot, slots, images) = (facts.boot, (ACTIVE, STANDBY), {FILE: 604119040})
    members = (Member("1", "10.5.0.4"),)
    assert facts == SwitchFacts("5M44SR3", "S5248F-ON", members, boot, slots, images, 8436861 * 1024)
    assert (boot.boot_id, boot.uptime, boot.resolution) == (BOOT_ID, 1925299.0, 1.0)
    assert OS10.removable(facts) == (FILE,)
    assert sorted(ssh.typed) == sorted(FACTS)


def test_without_xml_the_version_is_read_from_the_text() -> None:
    text = (LITERAL / "show_version.txt").read_text().replace(": 10.6.0.1\n", ": 10.5.0.4\n")
    facts = facts_of({"show version | display-xml": NO_SYSTEM, "show version": text})
    assert (facts.running, facts.boot.uptime) == ("10.5.0.4", 86400 + 11 * 60 + 14)


def test_without_a_service_tag_in_the_text_the_inventory_is_read_from_the_xml() -> None:
    empty = INVENTORY.replace("5M44SR3", " " * 7)
    facts = facts_of({"show inventory": empty, "show inventory | display-xml": INVENTORY_XML})
    assert (facts.serial, facts.model) == ("5M44SR3", "S5248F-ON")


def test_where_a_narrow_terminal_cuts_the_inventory_it_is_read_from_the_xml() -> None:
    narrow = "\n".join(line[:82] for line in INVENTORY.splitlines())
    assert facts_of({"show inventory": narrow, "show inventory | display-xml": INVENTORY_XML}).serial == "5M44SR3"


def test_where_system_is_switched_off_facts_say_what_is_not_known() -> None:
    facts = facts_of({line: NO_SYSTEM for line in FACTS if line.startswith("system")})
    assert (facts.boot.boot_id, facts.images, facts.free) == ("", None, None)
    assert OS10.removable(facts) == ()


def test_screens_that_contradict_each_other_are_refused() -> None:
    other = BOOT.replace("10.5.0.4", "10.5.0.5")
    ssh = Scripted([("show version | display-xml", XML), ("show boot", other), ("show inventory", INVENTORY)])
    with pytest.raises(UnexpectedOutput, match=r"contradicts 'show version', which says 10\.5\.0\.4"):
        OS10.facts(ssh)


def boot_that_shows(boot_id: str) -> BootIdentity:
    return OS10.boot_identity(Scripted([(ASK_ID, boot_id), ("show version | display-xml", XML)]))


@pytest.mark.parametrize(("shown", "known"), [(BOOT_ID, BOOT_ID), (NO_SYSTEM, "")])
def test_a_boot_is_known_by_its_id_and_by_its_uptime(shown: str, known: str) -> None:
    boot = boot_that_shows(shown)
    assert (boot.boot_id, boot.uptime) == (known, 1925299.0)


def test_a_boot_that_does_not_show_its_id_any_more_is_told_by_the_uptime() -> None:
    before, now = boot_that_shows(BOOT_ID), boot_that_shows(NO_SYSTEM)
    assert before.same_boot(now) is True
    assert before.same_boot(replace(now, uptime=60.0, read_at=now.read_at + 600.0)) is False


@pytest.mark.parametrize(
    ("dialogue", "found"),
    [
        ([(SUM, f"{DIGEST.value}  {STORED}{PROMPT}")], DIGEST),
        ([(SUM, f"sha512sum: {STORED}: No such file or directory{PROMPT}")], None),
        ([(SUM, NO_SYSTEM + PROMPT)], None),
        ([(SUM, f"Permission denied{PROMPT}"), (SUDO_SUM, f"{DIGEST.value}  {STORED}{PROMPT}")], DIGEST),
        (
            [
                (SUM, f"sha512sum: {STORED}: Permission denied{PROMPT}"),
                (SUDO_SUM, "[sudo] password for admin: "),
                ("> secret", f"\n{DIGEST.value}  {STORED}"),
            ],
            DIGEST,
        ),
    ],
    ids=["read", "no such file", "no system command", "as root", "as root with a password"],
)
def test_the_switch_computes_the_digest_of_its_copy(dialogue: Dialogue, found: Digest | None) -> None:
    ssh = Scripted(dialogue)
    assert OS10.digest(ssh, IMAGE, 300.0) == found
    assert ssh.typed == [line for line, _ in dialogue]


def test_without_a_pinned_digest_it_is_sha256() -> None:
    ssh = Scripted([(f'system "sha256sum {STORED}"', f"{'a' * 64}  {STORED}{PROMPT}")])
    assert OS10.digest(ssh, Image(url=IMAGE.url, version="1"), 300.0) == Digest("sha256", "a" * 64)


COMMANDS: dict[str, Callable[[Scripted], Any]] = {
    f"image download {IMAGE.url}": lambda ssh: list(OS10.copy(ssh, IMAGE)),
    f"image install image://{FILE}": lambda ssh: list(OS10.install(ssh, IMAGE)),
    f"delete image://{FILE}": lambda ssh: OS10.delete(ssh, FILE),
    "show running-configuration": OS10.configuration,
    "boot system active": lambda ssh: OS10.set_next_boot(ssh, ACTIVE),
    "boot system standby": lambda ssh: OS10.set_next_boot(ssh, STANDBY),
    "write memory": OS10.save_config,
    "image cancel": OS10.cancel,
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("refusal", ["% Error: Illegal parameter.", "Syntax error: x", "\n% Incomplete command"])
def test_a_refusal_of_the_cli_is_raised_with_command_and_words(command: str, refusal: str) -> None:
    ssh = Scripted([(command, refusal + PROMPT)])
    with pytest.raises(CommandRefused) as caught:
        COMMANDS[command](ssh)
    assert caught.value.command == command
    assert refusal.strip() in caught.value.said
    assert ssh.typed == [command]


@pytest.mark.parametrize("command", list(COMMANDS)[:2])
def test_what_goes_on_by_itself_is_started_and_looked_at_once(command: str) -> None:
    ssh = Scripted([(command, f"Download started.{PROMPT}"), ("show image status", STATUS)])
    (state,) = COMMANDS[command](ssh)
    assert (state.copy.activity, state.busy) == (Activity.RUNNING, True)
    assert ssh.typed == [command, "show image status"]


@pytest.mark.parametrize("command", list(COMMANDS)[4:])
@pytest.mark.parametrize("reply", ["", "%Warning : Default password for admin account should be changed"])
def test_what_is_no_refusal_is_none(command: str, reply: str) -> None:
    ssh = Scripted([(command, reply + PROMPT)])
    COMMANDS[command](ssh)
    assert ssh.typed == [command]


@pytest.mark.parametrize("said", ["\n", "mv: cannot move: No space left on device\n"])
def test_a_pushed_file_is_moved_into_the_image_folder(tmp_path: Path, said: str) -> None:
    (tmp_path / FILE).write_bytes(b"an image")
    ssh = Scripted([(MOVE, "[sudo] password for admin: "), ("> secret", said)])
    copying = OS10.copy(ssh, Image(file=tmp_path / FILE, version="10.5.1.0"))
    if said.strip():
        with pytest.raises(CommandRefused, match="could not be moved"):
            next(copying)
    else:
        assert [(state.copy.activity, state.busy) for state in copying] == [(Activity.UNKNOWN, False)]
    assert ssh.typed == [f"scp {FILE} {FILE}", MOVE, "> secret"]


def test_a_configuration_may_say_anything_further_down() -> None:
    text = "! Version 10.5.0.4\n" + "interface vlan 1\n" * 20 + "description syntax error: none"
    shown = OS10.configuration(Scripted([("show running-configuration", text), ("show startup-configuration", "x")]))
    assert (shown.running, shown.startup) == (text, "x")


@pytest.mark.parametrize("asked", [True, False])
def test_a_file_is_deleted_with_and_without_a_question(asked: object) -> None:
    command = f"delete image://{FILE}"
    dialogue: Dialogue = [(command, "Proceed to delete it? [yes/no]:"), ("> yes", "")] if asked else [(command, PROMPT)]
    ssh = Scripted(dialogue)
    OS10.delete(ssh, FILE)
    assert ssh.typed == [line for line, _ in dialogue]


LOST = SessionLost("the session was lost")
SILENT = ReplyTimeout("no prompt")
ASKING = ReplyTimeout("no prompt", said="reload\nType the host name to go on: ")
UNANSWERED: list[tuple[SessionError, Dialogue, type[SessionError]]] = [
    (LOST, [], SessionLost),
    *[
        (ReplyTimeout("no prompt", said=echo), [], ReplyTimeout)  # it may have been taken
        for echo in ("", "OS10# reload", "[yes/no]: yes\nyes", "no\n")
    ],
    (ASKING, [("^C", "")], Unexpected),
    (ASKING, [("^C", SILENT)], ReplyTimeout),
    (ASKING, [("^C", LOST)], SessionLost),
]


@pytest.mark.parametrize(
    ("unsaved", "dialogue", "ends"),
    [
        *((unsaved, [("reload", REBOOT), ("> yes", LOST)], None) for unsaved in ("save", "refuse")),
        ("save", [("reload", REBOOT), ("> yes", SILENT)], None),
        ("save", [("reload", REBOOT), ("> yes", PROMPT)], None),
        ("save", [("reload", SAVE), ("> yes", f"Saving system configuration\n{REBOOT}"), ("> yes", LOST)], None),
        ("refuse", [("reload", SAVE), ("> no", f"Continuing without saving\n{REBOOT}"), ("> no", "")], CommandRefused),
        ("refuse", [("reload", SAVE), ("> no", PROMPT)], CommandRefused),
        ("save", [("reload", SAVE), ("> yes", PROMPT)], CommandRefused),
        ("save", [("reload", f"% Error: not now{PROMPT}")], CommandRefused),
        ("save", [("reload", REBOOT), ("> yes", f"% Error: not now{PROMPT}")], CommandRefused),
        *(
            ("save", [("reload", question), ("^C", "")], Unexpected)
            for question in ("Sure?", "Go [yes/no]:", "x (y/n)")
        ),
        ("save", [("reload", SAVE), ("> yes", SAVE), ("^C", "")], Unexpected),
        ("refuse", [("reload", SAVE), ("> no", "Sure? "), ("^C", "")], Unexpected),
        ("save", [("reload", REBOOT), ("> yes", "Erase all? [yes/no]:"), ("^C", "")], Unexpected),
        *(
            (unsaved, [*before, (line, silence), *interrupted], ends)
            for unsaved, before, line in (
                ("save", [], "reload"),
                ("save", [("reload", SAVE)], "> yes"),
                ("refuse", [("reload", SAVE)], "> no"),
            )
            for silence, interrupted, ends in UNANSWERED
        ),
    ],
)
def test_the_dialogue_of_a_reload(
    unsaved: Literal["save", "refuse"], dialogue: Dialogue, ends: type[SessionError] | None
) -> None:
    ssh = Scripted(dialogue)
    if ends is None:
        OS10.reload(ssh, unsaved)
    else:
        with pytest.raises(ends) as caught:
            OS10.reload(ssh, unsaved)
        assert type(caught.value) is ends
    assert ssh.typed == [line for line, _ in dialogue]


@pytest.mark.parametrize(
    ("version", "other", "expected"),
    [
        *(("10.5.6.5", "10.5.6.5", 0), ("10.5.6.5", "10.5.6.10", -1), ("10.6.0.1", "10.5.6.5", 1)),
        *(("10.4.0E(R3)", "10.5.0.4", -1), ("10.4.0E(R3)", "10.4.0E(R2)", 1), ("10.3.9999E", "10.4.0E(R3)", -1)),
        *(("unknown", "10.5.6.5", None), ("10.5.6.5", "", None)),
    ],
)
def test_versions_are_ordered_by_their_numbers(version: str, other: str, expected: int | None) -> None:
    assert OS10.order(version, other) == expected
    assert OS10.order(other, version) == (None if expected is None else -expected)


def test_differences_are_those_that_last() -> None:
    head = "! Version {}\n! Last configuration change at Oct  29 14:53:37 {}\n!\n"
    before = head.format("10.5.0.4", 2019) + "hostname leaf1\ninterface vlan 1\n!\n no shutdown\n"
    after = head.format("10.5.1.0", 2020) + "hostname leaf1  \n\ninterface vlan 1\n no shutdown\n"
    assert OS10.differences(before, after) == ()
    changed = OS10.differences(before, after.replace("leaf1", "leaf2") + "! a remark\n")
    assert changed == (
        *("--- before", "+++ after"),
        *("@@ -1 +1 @@", "-hostname leaf1", "+hostname leaf2"),
        *("@@ -3,0 +4 @@", "+! a remark"),
    )


@pytest.mark.parametrize("command", [line for line in COMMANDS if not line.startswith(("show", "delete"))])
@pytest.mark.parametrize("said", ["Go on anyway? [y/n]:", "Type the host name to go on: "])
def test_an_unknown_question_of_any_command_is_interrupted(command: str, said: str) -> None:
    asks = said if said.endswith("]:") else ReplyTimeout("no prompt", said=f"{command}\n{said}")
    ssh = Scripted([(command, asks), ("^C", "")])
    with pytest.raises(Unexpected) as caught:
        COMMANDS[command](ssh)
    assert said in caught.value.said
    assert ssh.typed == [command, "^C"]


def test_a_refusal_because_of_the_image_is_told_apart() -> None:
    command = f"image install image://{FILE}"
    for words, kind in (("bad signature", ImageRejected), ("device busy", CommandRefused)):
        ssh = Scripted([(command, f"% Error: {words}{PROMPT}")])
        with pytest.raises(CommandRefused) as caught:
            COMMANDS[command](ssh)
        assert type(caught.value) is kind
