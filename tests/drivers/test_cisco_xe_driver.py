"""What the driver types on IOS-XE, in which order, and what it makes of the answers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from lcm_nornir.drivers.base import (
    Activates,
    Activity,
    Commitment,
    Commits,
    HasNapalm,
    InstallerState,
    Member,
    RunsFiles,
    Slot,
)
from lcm_nornir.drivers.cisco_xe import CiscoIOSXE, installed, parse, words
from lcm_nornir.drivers.registry import driver_for
from lcm_nornir.drivers.words import Means, Word
from lcm_nornir.errors import (
    CommandRefused,
    InstallerBusy,
    ReplyTimeout,
    SessionError,
    SessionLost,
    UnexpectedOutput,
    UnexpectedQuestion,
)
from lcm_nornir.image import Digest, Image
from tests.drivers.test_cisco_xe_parse import (
    ADDED,
    BUNDLE,
    INSTALL_LOG,
    LOG,
    STACK_INVENTORY,
    STACKED,
    TRIAL,
    UPTIME,
    VERSION,
    literal,
)
from tests.drivers.test_cisco_xe_parse import summary_of as summary
from tests.scripted import Dialogue, Scripted
from tests.typed import form_of, only_reads

XE = CiscoIOSXE()
OLD_FILE, FILE = "cat9k_iosxe.17.09.04a.SPA.bin", "cat9k_iosxe.17.12.01.SPA.bin"
IMAGE = Image(url=f"http://192.0.2.10/{FILE}", version="17.12.1", sha512="c" * 128)
PROMPT = "\nleaf1#"
CONFIGURING = "\nleaf1(config)#"
DIR = f"""\
Directory of flash:/

475139  -rw-       1013948225  Sep 22 2023 16:05:32 +00:00  {OLD_FILE}
475140  -rw-             7745  Sep 22 2023 16:06:32 +00:00  packages.conf
475141  -rw-       1113948225  Sep 23 2023 16:05:32 +00:00  {FILE}
475142  -rw-            12345  Sep 23 2023 16:05:32 +00:00  cat9k_iosxe.17.09.04a.CSCwf1.SPA.smu.bin
475143  drwx             4096  Sep 23 2023 16:05:32 +00:00  .installer

11353194496 bytes total (1036210176 bytes free)
"""
BOOT = literal("show_boot")
BOOT_OLD, BOOT_NEW = (BOOT.replace("packages.conf", name) for name in (OLD_FILE, FILE))
BY_HAND = BOOT.replace("Manual Boot = no", "Manual Boot = yes")
OLD = Slot("17.09.04a.0.6", "17.9.4a", running=True, next_boot=True)
NEW = Slot("17.12.01.0.1", "17.12.1", running=False, next_boot=False)
OLD_SLOT = Slot(OLD_FILE, "17.9.4a", running=True, next_boot=True, is_file=True)
NEW_SLOT = Slot(FILE, "17.12.1", running=False, next_boot=False, is_file=True)
ON_TRIAL = VERSION.replace("17.09.04a", "17.12.01").replace("17.9.4a", "17.12.1")
SHOW: Dialogue = [("show version", VERSION), ("show boot", BOOT), ("show install summary", ADDED)]
BUNDLED: Dialogue = [("show version", BUNDLE), ("show boot", BOOT_OLD), ("dir flash:", DIR)]
ADD, ACTIVATE, COMMIT = f"install add file flash:{FILE}", "install activate", "install commit"
PROCEED = "This operation may require a reload of the system. Do you want to proceed? [y/n]"
QUIT = (
    "System configuration has been modified."
    " Press Quit(q) to exit, you may save configuration and re-enter the command. [y/n/q]"
)
BOOT_IS_SET = "Please confirm you have changed boot config to flash:packages.conf [y/n]"
COPY = f"copy {IMAGE.url} flash:{FILE}"
WHERE = f"Destination filename [{FILE}]?"
ACCESS = f"Accessing {IMAGE.url}...\nLoading {IMAGE.url} !!!!"
COPIED = f"{ACCESS}\n[OK - 1113948225 bytes]\n\n1113948225 bytes copied in 192.035 secs (5800000 bytes/sec){PROMPT}"
SAVE, GO = "System configuration has been modified. Save? [yes/no]:", "Proceed with reload? [confirm]"
LOST = SessionLost("the session was lost")


def session(*replies: tuple[str, str | SessionError]) -> Scripted:
    ssh = Scripted(replies, prompt="leaf1#")
    ssh.prompt = r"(?:^|\n)leaf1(?:\([^()\n]*\))?#\s*$"
    return ssh


def only_looked(ssh: Scripted) -> bool:
    """Tell whether something was typed, and nothing that changes anything."""
    return bool(ssh.typed) and all(only_reads(line) for line in ssh.typed)


def ended(states: Iterator[InstallerState]) -> InstallerState:
    """Give the last state; all before it are of work."""
    *before, last = states
    assert all(state.busy for state in before)
    assert not last.busy
    return last


def test_it_is_complete_and_known_by_its_names() -> None:
    assert isinstance(driver_for("ios"), CiscoIOSXE)
    assert driver_for("iosxe") is driver_for("cisco_xe")
    for ability in (Activates, Commits, RunsFiles, HasNapalm):
        assert isinstance(XE, ability)


def test_facts_of_a_switch_in_install_mode() -> None:
    ssh = session(*SHOW, ("show inventory", literal("show_inventory")), ("dir flash:", DIR))
    facts = XE.facts(ssh)
    assert (facts.serial, facts.model, facts.members) == ("FCW999999999", "C9300-48U", (Member("1", "17.9.4a"),))
    assert (facts.slots, facts.free) == ((OLD, NEW), 1036210176)
    assert (facts.boot.boot_id, facts.boot.uptime, facts.boot.resolution) == ("", UPTIME, 60.0)
    assert facts.images == {OLD_FILE: 1013948225, FILE: 1113948225, "cat9k_iosxe.17.09.04a.CSCwf1.SPA.smu.bin": 12345}
    assert XE.removable(facts) == (OLD_FILE, FILE)
    assert ssh.typed == ["show version", "show inventory", "dir flash:", "show boot", "show install summary"]


def test_facts_of_a_switch_in_bundle_mode() -> None:
    facts = XE.facts(session(*BUNDLED, ("show inventory", literal("show_inventory"))))
    assert facts.slots == (OLD_SLOT, NEW_SLOT)
    assert XE.removable(facts) == (FILE,)
    assert not XE.activates(NEW_SLOT)
    assert XE.activates(NEW)


def test_slots_free_space_and_boot_are_read_alone() -> None:
    assert XE.slots(session(*SHOW)) == (OLD, NEW)
    assert XE.slots(session(*BUNDLED)) == (OLD_SLOT, NEW_SLOT)
    assert XE.free(session(("dir flash:", DIR))) == 1036210176
    assert XE.boot_identity(session(("show version", VERSION))).uptime == UPTIME


def test_F42_the_time_of_the_restart_is_the_switchs_own_clocks_and_tells_no_boot() -> None:
    other = VERSION.replace("13:40:54 UTC Mon Oct 31 2022", "00:00:17 UTC Mon Jan 1 2018")
    one, later = (XE.boot_identity(session(("show version", text))) for text in (VERSION, other))
    assert one.same_boot(later) is True


def test_a_listing_without_its_end_is_refused() -> None:
    with pytest.raises(UnexpectedOutput):
        XE.free(session(("dir flash:", DIR.partition("11353194496")[0])))


COUNT = "show install log | count ]:"


def test_the_installer_is_told_by_its_log() -> None:
    counted = (COUNT, "Number of lines which match regexp = 5")
    state = XE.installer(session(counted, ("show install log", INSTALL_LOG)))
    assert (state.busy, state.install.activity) == (False, Activity.DONE)
    running = INSTALL_LOG.rpartition("[1|install_add]: END")[0]
    state = XE.installer(session((COUNT, "Number of lines which match regexp = 4"), ("show install log", running)))
    assert (state.busy, state.install.detail) == (True, "install_add")
    with pytest.raises(UnexpectedOutput, match="has not its 5 lines"):
        XE.installer(session(counted, ("show install log", running)))


def test_an_installer_with_an_empty_log_is_idle() -> None:
    assert XE.installer(session((COUNT, "Number of lines which match regexp = 0"))) == InstallerState()


def test_an_installer_whose_log_cannot_be_counted_is_unknown_and_not_busy() -> None:
    state = XE.installer(session((COUNT, "                ^\n% Invalid input detected at '^' marker.")))
    assert (state.install.activity, state.busy) == (Activity.UNKNOWN, False)


def test_the_digest_is_sha512_and_none_where_another_is_pinned() -> None:
    verify = f"verify /sha512 flash:{FILE}"
    ssh = session((verify, f"....Done!\nverify /sha512 (flash:{FILE}) = {'c' * 128}\n"))
    assert XE.digest(ssh, IMAGE, 300.0) == Digest("sha512", "c" * 128)
    missing = f"%Error verifying flash:{FILE} (No such file or directory)"
    assert XE.digest(session((verify, missing)), IMAGE, 300.0) is None
    assert XE.digest(session(), Image(url=IMAGE.url, version="17.12.1", sha256="a" * 64), 300.0) is None


RUNNING = f"""Building configuration...

Current configuration : 9 bytes
!
{literal("running_config_header")}!
version 17.9
hostname leaf1
crypto pki certificate chain TP-1
 certificate self-signed 01
  30820330 30820218 A0030201
  02020101
  \tquit
end
"""
STARTUP = """Using 1234 out of 2097152 bytes, uncompressed size = 2345 bytes
!
version 17.9
hostname leaf1
crypto pki certificate chain TP-1
 certificate self-signed 01 nvram:IOS-Self-Sig#1.cer
end
"""


def test_the_configuration_is_compared_without_what_changes_by_itself() -> None:
    both = XE.configuration(session(("show running-config", RUNNING), ("show startup-config", STARTUP)))
    assert XE.differences(both.startup, both.running) == ()
    changed = RUNNING.replace("hostname leaf1", "hostname leaf2").replace("version 17.9", "version 17.12")
    assert XE.differences(both.running, changed)[-2:] == ("-hostname leaf1", "+hostname leaf2")


@pytest.mark.parametrize("said", ["% Invalid input detected at '^' marker.", "Command authorization failed."])
def test_a_configuration_that_may_not_be_read_is_refused(said: str) -> None:
    with pytest.raises(CommandRefused):
        XE.configuration(session(("show running-config", said)))


def test_a_copy_answers_what_is_known_and_tells_that_it_moves() -> None:
    ssh = session(*SHOW, (COPY, WHERE), ("", COPIED))
    states = list(XE.copy(ssh, IMAGE))
    assert states[-1].copy.activity is Activity.DONE
    assert (states[-1].copy.transferred, states[-1].copy.size) == (1113948225, 1113948225)
    moved = [state.copy.transferred for state in states]
    assert moved == sorted(moved)
    assert 4 in moved
    assert ssh.typed[-2:] == [COPY, ""]


def test_F25_another_file_of_that_name_is_overwritten() -> None:
    over = (
        f"{LOG}\n%Warning:There is a file already existing with this name\nDo you want to over write? [confirm]\n{LOG}"
    )
    ssh = session(*SHOW, (COPY, WHERE), ("", over), ("", COPIED))
    assert ended(XE.copy(ssh, IMAGE)).copy.activity is Activity.DONE


@pytest.mark.parametrize(
    ("scheme", "vrf", "tail"), [("http", "Mgmt-vrf", ""), ("tftp", "Mgmt-vrf", " vrf Mgmt-vrf"), ("tftp", "", "")]
)
def test_the_vrf_is_typed_where_the_scheme_takes_it(scheme: str, vrf: str, tail: str) -> None:
    image = Image(url=f"{scheme}://192.0.2.10/{FILE}", version="17.12.1")
    ssh = session(*SHOW, (f"copy {image.url} flash:{FILE}{tail}", COPIED))
    ssh.vrf = vrf
    assert ended(XE.copy(ssh, image)).copy.activity is Activity.DONE


@pytest.mark.parametrize("row", [row for row in words.COPY if row.example], ids=lambda row: row.example)
def test_F20_a_copy_that_fails_tells_why(row: Word) -> None:
    reply = f"Accessing {IMAGE.url}...\n{row.example}{PROMPT}"
    state = ended(XE.copy(session(*SHOW, (COPY, WHERE), ("", reply)), IMAGE)).copy
    assert state.activity is Activity.FAILED
    assert row.example in state.detail


def test_F24_flash_that_fills_is_told_with_bytes() -> None:
    reply = f"{ACCESS}\n%Error writing flash:{FILE} (No space left on device){PROMPT}"
    state = ended(XE.copy(session(*SHOW, (COPY, reply)), IMAGE)).copy
    assert (state.activity, state.transferred) == (Activity.FAILED, 4)


def test_F19_a_url_that_the_switch_does_not_take_is_refused() -> None:
    with pytest.raises(CommandRefused):
        list(XE.copy(session(*SHOW, (COPY, f"% Invalid input detected at '^' marker.{PROMPT}")), IMAGE))


def test_a_copy_that_is_not_wanted_any_more_is_interrupted() -> None:
    ssh = session(*SHOW, (COPY, WHERE), ("", COPIED), ("^C", PROMPT))
    states = XE.copy(ssh, IMAGE)
    assert next(states).busy
    next(states)
    assert isinstance(states, Generator)
    states.close()
    assert ssh.typed[-1] == "^C"


def test_a_copy_that_does_not_hear_its_interruption_is_left_all_the_same() -> None:
    states = XE.copy(session(*SHOW, (COPY, WHERE), ("", COPIED), ("^C", ReplyTimeout("silence"))), IMAGE)
    next(states)
    next(states)
    assert isinstance(states, Generator)
    states.close()


@pytest.mark.parametrize(
    "asked", ["Address or name of remote host []?", "Destination filename [other.bin]?", "Password: [yes/no]"]
)
def test_F33_an_unknown_question_of_a_copy_is_interrupted(asked: str) -> None:
    ssh = session(*SHOW, (COPY, asked), ("^C", PROMPT))
    with pytest.raises(UnexpectedQuestion):
        list(XE.copy(ssh, IMAGE))
    assert ssh.typed[-1] == "^C"


@pytest.mark.parametrize("boot", [BOOT_OLD, BOOT_NEW])
def test_the_file_that_runs_or_boots_next_is_never_overwritten(boot: str) -> None:
    name = OLD_FILE if boot == BOOT_OLD else FILE
    ssh = session(("show version", BUNDLE), ("show boot", boot), ("dir flash:", DIR))
    with pytest.raises(CommandRefused, match="not overwritten"):
        list(XE.copy(ssh, Image(url=f"http://192.0.2.10/{name}", version="17.9.4a")))
    assert only_looked(ssh)


def test_a_local_image_is_pushed_to_flash(tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.write_bytes(b"image")
    ssh = session(*SHOW)
    assert ended(XE.copy(ssh, Image(file=file, version="17.12.1"))).copy.activity is Activity.UNKNOWN
    assert ssh.typed[-1] == f"scp {FILE} flash:{FILE}"


PASSED = f"""\
install_add: START Fri Sep 22 16:06:47 UTC 2023
--- Starting Add ---
Performing Add on all members
Add: Passed on [R0]
{LOG}
Image added. Version: 17.12.01.0.118

Finished Add

SUCCESS: install_add Fri Sep 22 16:07:35 UTC 2023
{PROMPT}"""


def test_an_addition_is_followed_step_by_step() -> None:
    ssh = session(("show version", VERSION), (ADD, PASSED))
    states = list(XE.install(ssh, IMAGE))
    assert "Add: Passed on [R0]" in [state.install.detail for state in states]
    assert not any("INSTALL-5" in state.install.detail for state in states)
    assert states[-1].install.activity is Activity.DONE


@pytest.mark.parametrize("row", [row for row in words.INSTALL if row.example], ids=lambda row: row.example[:40])
@pytest.mark.parametrize("command", [ADD, ACTIVATE])
def test_F26_F28_F29_every_failure_text_has_its_meaning(row: Word, command: str) -> None:
    verb = "install_add" if command == ADD else "install_activate"
    reply = f"{verb}: START Fri Sep 22 16:06:47 UTC 2023\n {row.example}\nFAILED: {verb} exit(1) Fri{PROMPT}"
    ssh = session(*(SHOW[:1] if command == ADD else SHOW), (command, reply))
    states = XE.install(ssh, IMAGE) if command == ADD else XE.activate(ssh, NEW)
    if row.means is Means.BUSY:
        with pytest.raises(InstallerBusy):
            list(states)
        return
    state = ended(states).install
    assert (state.activity, row.example in state.detail) == (Activity.FAILED, True)
    told = (state.unpacking, state.rejected, state.vetoed)
    vetoes = row.means is Means.VETOED and command == ADD  # what is activated was installed: it is not vetoed
    assert told == (row.means is Means.UNPACKING, row.means is Means.REJECTED, vetoes)


def test_an_addition_that_is_refused_or_asks_to_save_has_not_begun() -> None:
    refused = f"        ^\n% Invalid input detected at '^' marker.{PROMPT}"
    with pytest.raises(CommandRefused):
        list(XE.install(session(("show version", VERSION), (ADD, refused)), IMAGE))
    ssh = session(("show version", VERSION), (ADD, QUIT), ("q", PROMPT))
    state = ended(XE.install(ssh, IMAGE)).install
    assert (state.activity, state.vetoed) == (Activity.FAILED, True)


def test_an_addition_that_nobody_awaits_any_more_is_not_interrupted() -> None:
    ssh = session(("show version", VERSION), (ADD, PASSED))
    states = XE.install(ssh, IMAGE)
    next(states)
    assert isinstance(states, Generator)
    states.close()
    assert "^C" not in ssh.typed


def test_in_bundle_mode_nothing_is_added() -> None:
    ssh = session(("show version", BUNDLE))
    with pytest.raises(CommandRefused, match="bundle mode"):
        list(XE.install(ssh, IMAGE))
    assert ssh.typed == ["show version"]


ACTIVATED = f"""
--- Starting Activate ---
[OK] [1] Finished Activate on  R0
Activate: Passed on [R0]
SUCCESS: install_activate Fri Sep 22 16:07:35 UTC 2023
{PROMPT}"""


def test_an_activation_answers_its_questions_also_when_a_log_line_follows_them() -> None:
    asked = f"install_activate: START Fri Sep 22 16:06:55 UTC 2023\n{PROCEED}\n{LOG}"
    ssh = session(*SHOW, (ACTIVATE, BOOT_IS_SET), ("y", asked), ("y", ACTIVATED))
    assert ended(XE.activate(ssh, NEW)).install.activity is Activity.DONE
    assert ssh.typed[3:] == [ACTIVATE, "y", "y"]


@pytest.mark.parametrize("said", ["--- Starting Activate ---\nIs this what you want? [yes/no]:", f"nothing{PROMPT}"])
def test_what_becomes_of_an_activation_that_was_confirmed_is_never_guessed_and_never_interrupted(said: str) -> None:
    ssh = session(*SHOW, (ACTIVATE, PROCEED), ("y", said))
    with pytest.raises((SessionLost, ReplyTimeout)):
        list(XE.activate(ssh, NEW))
    assert ssh.typed[-1] == "y"


def test_a_boot_that_is_not_set_is_not_confirmed() -> None:
    empty = BOOT.replace("= flash:packages.conf;", "=")
    ssh = session(SHOW[0], SHOW[2], ("show boot", empty), (ACTIVATE, BOOT_IS_SET), ("^C", PROMPT))
    with pytest.raises(UnexpectedQuestion):
        list(XE.activate(ssh, NEW))


@pytest.mark.parametrize(
    ("version", "boot", "now", "kind", "why"),
    [
        (VERSION, BY_HAND, None, CommandRefused, "by hand only"),
        (VERSION, BOOT_OLD, None, CommandRefused, r"does not boot from packages\.conf"),
        (BUNDLE, BOOT_OLD, None, CommandRefused, r"does not boot from packages\.conf"),
        (VERSION, BOOT, TRIAL, InstallerBusy, "waits for its commit"),
        (VERSION, BOOT, summary("IMG   C    17.09.04a.0.6"), CommandRefused, "not added"),
        (VERSION, BOOT, ADDED.replace("IMG   I", "IMG   I    17.03.01.0.1\nIMG   I"), CommandRefused, "several"),
        (VERSION, BOOT, ADDED.replace("IMG   I", "SMU   I    flash:F.smu.bin\nIMG   I"), CommandRefused, "several"),
    ],
)
def test_what_is_not_plainly_what_would_be_activated_is_refused_before_anything_is_sent(
    version: str, boot: str, now: str | None, kind: type[CommandRefused], why: str
) -> None:
    summaries = [] if now is None else [("show install summary", now)]
    ssh = session(("show version", version), ("show boot", boot), *summaries)
    with pytest.raises(kind, match=why):
        list(XE.activate(ssh, NEW))
    assert only_looked(ssh)


def test_a_session_that_is_lost_in_an_activation_is_told_as_that() -> None:
    with pytest.raises(SessionLost):
        list(XE.activate(session(*SHOW, (ACTIVATE, PROCEED), ("y", LOST)), NEW))


TRIED: Dialogue = [("show version", ON_TRIAL), ("show install summary", TRIAL)]


def test_what_runs_on_trial_is_committed_once() -> None:
    assert XE.commitment(session(*TRIED)) == Commitment(done=False, time_left=6582.0)
    ssh = session(*TRIED, (COMMIT, f"Commit: Passed on [R0]\nSUCCESS: install_commit Fri Sep 22{PROMPT}"))
    XE.commit(ssh)
    assert ssh.typed[-1] == COMMIT
    done = session(("show version", VERSION), ("show install summary", ADDED))
    XE.commit(done)
    assert COMMIT not in done.typed


def test_in_bundle_mode_nothing_is_on_trial() -> None:
    assert XE.commitment(session(("show version", BUNDLE))) == Commitment(done=True)
    XE.commit(session(("show version", BUNDLE)))


def test_a_commit_that_fails_or_comes_before_the_reload_is_refused() -> None:
    with pytest.raises(CommandRefused, match="does not commit"):
        XE.commit(session(*TRIED, (COMMIT, f"[1]  R0 FAILED: x.\nFAILED: install_commit exit(1){PROMPT}")))
    with pytest.raises(CommandRefused, match="does not run yet"):
        XE.commit(session(("show version", VERSION), ("show install summary", TRIAL)))
    with pytest.raises(UnexpectedOutput):
        XE.commit(session(*TRIED, (COMMIT, f"--- Starting Commit ---{PROMPT}")))


WRITTEN = f"Building configuration...\n[OK]{PROMPT}"
CONFIGURED: Dialogue = [
    ("configure terminal", f"Enter configuration commands, one per line.  End with CNTL/Z.{CONFIGURING}"),
    ("no boot system", CONFIGURING),
    (f"boot system flash:{FILE}", CONFIGURING),
    ("end", ""),
    ("write memory", WRITTEN),
]


def test_the_next_boot_of_bundle_mode_is_the_boot_variable_and_saved() -> None:
    ssh = session(*BUNDLED, *CONFIGURED)
    XE.set_next_boot(ssh, NEW_SLOT)
    changed = [line for line in ssh.typed if not only_reads(line)]
    assert changed == ["configure terminal", "no boot system", f"boot system flash:{FILE}", "write memory"]


def test_the_mode_is_left_when_a_line_is_refused_and_a_long_name_is_cut_in_it() -> None:
    cut = "\nlea(config)#"
    refused = (f"boot system flash:{FILE}", f"% Invalid input detected at '^' marker.{cut}")
    lines = [("configure terminal", cut), ("no boot system", cut), refused, ("end", "")]
    ssh = session(*BUNDLED, *lines)
    with pytest.raises(CommandRefused):
        XE.set_next_boot(ssh, NEW_SLOT)
    assert ssh.typed[-1] == "end"


def test_a_next_boot_that_is_set_already_is_not_set_again() -> None:
    for replies, slot in ((BUNDLED, OLD_SLOT), ([*SHOW, ("dir flash:", DIR)], OLD)):
        ssh = session(*replies)
        XE.set_next_boot(ssh, slot)
        assert only_looked(ssh)


def test_without_a_boot_variable_it_can_be_put_back_to_none() -> None:
    lines = [line for line in CONFIGURED if not line[0].startswith("boot system")]
    default = Slot(installed.DEFAULT, "", running=False, next_boot=False)
    ssh = session(*BUNDLED, *lines)
    XE.set_next_boot(ssh, default)
    assert "no boot system" in ssh.typed


def test_what_runs_on_trial_boots_next_by_its_commit() -> None:
    ssh = session(
        *TRIED, *TRIED, ("show boot", BOOT), ("dir flash:", DIR), (COMMIT, f"SUCCESS: install_commit Fri{PROMPT}")
    )
    XE.set_next_boot(ssh, Slot("17.12.01.0.1", "17.12.1", running=True, next_boot=False))
    assert ssh.typed[-1] == COMMIT


def test_what_is_installed_and_runs_boots_next_by_packages_conf() -> None:
    lines = [(line.replace(FILE, parse.PACKAGES), reply) for line, reply in CONFIGURED]
    ssh = session(SHOW[0], SHOW[2], ("show boot", BOOT_NEW), ("dir flash:", DIR), *lines)
    XE.set_next_boot(ssh, OLD)
    assert "boot system flash:packages.conf" in ssh.typed


@pytest.mark.parametrize(
    ("replies", "slot", "why"),
    [
        ([*SHOW, ("dir flash:", DIR)], NEW, "only be activated"),
        (
            [("show version", BUNDLE), ("show boot", BY_HAND), ("dir flash:", DIR)],
            NEW_SLOT,
            "hand",
        ),
        ([*BUNDLED], Slot("gone.bin", "17.3.1", running=False, next_boot=False, is_file=True), "not in flash"),
        (
            [
                ("show version", STACKED.replace("INSTALL", "BUNDLE")),
                ("show boot", BOOT + BOOT.replace("Switch 1", "Switch 2")),
                ("dir flash:", DIR),
            ],
            NEW_SLOT,
            "stack in bundle mode",
        ),
    ],
)
def test_F36_a_next_boot_that_cannot_be_is_refused_before_anything_is_sent(
    replies: Dialogue, slot: Slot, why: str
) -> None:
    ssh = session(*replies)
    with pytest.raises(CommandRefused, match=why):
        XE.set_next_boot(ssh, slot)
    assert only_looked(ssh)


def test_a_configuration_is_saved_when_the_switch_says_so() -> None:
    XE.save_config(session(("write memory", WRITTEN)))
    asked = "Overwrite the previous NVRAM configuration?[confirm]"
    XE.save_config(session(("write memory", asked), ("> ", WRITTEN)))
    with pytest.raises(CommandRefused):
        XE.save_config(session(("write memory", f"%Error opening nvram: (Device full){PROMPT}")))
    with pytest.raises(UnexpectedOutput):
        XE.save_config(session(("write memory", f"Building configuration...{PROMPT}")))


READ: Dialogue = [("show version", VERSION), ("show boot", BOOT)]


@pytest.mark.parametrize(
    ("dialogue", "typed"),
    [
        ([("reload", GO), ("> ", LOST)], ["> "]),
        ([("reload", GO), ("> ", ReplyTimeout("silence"))], ["> "]),
        ([("reload", GO), ("> ", f"Chassis 1 reloading, reason - Reload command{PROMPT}")], ["> "]),
        ([("reload", SAVE), ("> yes", f"Building configuration...\n[OK]\n{GO}\n{LOG}"), ("> ", LOST)], ["> yes", "> "]),
        ([("reload", GO), ("> ", "Do you want to reload the internal AP ? [yes/no]:"), ("> no", LOST)], ["> ", "> no"]),
        (
            [
                ("reload", "Do you wish to proceed with reload anyway[confirm]"),
                ("> ", f"Reload command is being issued on Active unit, this will reload the whole stack\n{GO}"),
                ("> ", LOST),
            ],
            ["> ", "> "],
        ),
    ],
)
def test_a_reload_answers_its_questions_and_ends_with_the_session(dialogue: Dialogue, typed: list[str]) -> None:
    ssh = session(*READ, *dialogue)
    XE.reload(ssh, "save")
    assert ssh.typed == ["show version", "show boot", "reload", *typed]


def test_F37_a_reload_is_called_off_where_saving_is_not_allowed() -> None:
    ssh = session(*READ, ("reload", SAVE), ("^C", PROMPT))
    with pytest.raises(CommandRefused, match="not saved"):
        XE.reload(ssh, "refuse")
    assert ssh.typed[-1] == "^C"


@pytest.mark.parametrize(
    ("dialogue", "error"),
    [
        ([("reload", f"% Reload is not allowed.{PROMPT}")], CommandRefused),
        ([("reload", GO), ("> ", f"% Not now.{PROMPT}")], CommandRefused),
        ([("reload", "Erase everything? [yes/no]:"), ("^C", PROMPT)], UnexpectedQuestion),
        ([("reload", LOST)], SessionLost),
        ([("reload", SAVE), ("> yes", LOST)], SessionLost),
    ],
)
def test_a_reload_that_was_not_taken_is_told(dialogue: Dialogue, error: type[SessionError]) -> None:
    with pytest.raises(error):
        XE.reload(session(*READ, *dialogue), "save")


@pytest.mark.parametrize("unsaved", ["save", "refuse"])
def test_a_switch_that_would_stop_in_its_boot_loader_is_not_reloaded(unsaved: Literal["save", "refuse"]) -> None:
    ssh = session(("show version", VERSION), ("show boot", BY_HAND))
    with pytest.raises(CommandRefused, match="Manual Boot"):
        XE.reload(ssh, unsaved)
    assert "reload" not in ssh.typed


def test_a_file_is_deleted_without_a_question() -> None:
    command = f"delete /force flash:{FILE}"
    XE.delete(session((command, PROMPT)), FILE)
    with pytest.raises(CommandRefused):
        XE.delete(session((command, f"%Error deleting flash:{FILE} (No such file or directory){PROMPT}")), FILE)


@pytest.mark.parametrize(
    "line",
    [
        COPY,
        f"{COPY} vrf Mgmt-vrf",
        ADD,
        ACTIVATE,
        COMMIT,
        "configure terminal",
        "no boot system",
        f"boot system flash:{FILE}",
        "write memory",
        "reload",
        f"delete /force flash:{FILE}",
    ],
)
def test_each_line_of_ios_xe_that_changes_something_has_a_form(line: str) -> None:
    assert form_of(line) is not None
    assert not only_reads(line)


def test_the_saving_of_a_next_boot_is_part_of_it() -> None:
    forms = [form_of("write memory", before) for before in ("end", "show version")]
    assert [form.commands for form in forms if form] == [("set_next_boot",), ("save_config",)]


class Cut(Scripted):
    """A session that gives each answer as often as it is asked."""

    @property
    def unasked(self) -> list[str]:
        """None: all readings share one set of answers."""
        return []

    def send(self, line: str, *, until: str = "", timeout: float | None = None) -> str:
        del until, timeout
        return str(dict(self._replies)[line])


STACK_ROWS = summary("IMG   C    17.09.04a.0.6", "IMG   I    17.12.01.0.1", head="Switch 1 2")
INSTALLED = {
    "show version": STACKED,
    "show boot": BOOT + BOOT.replace("Switch 1", "Switch 2"),
    "show install summary": STACK_ROWS,
    "show inventory": STACK_INVENTORY,
    "dir flash:": DIR,
    COUNT: "Number of lines which match regexp = 5",
    "show install log": INSTALL_LOG,
    f"verify /sha512 flash:{FILE}": f"....Done!\nverify /sha512 (flash:{FILE}) = {'c' * 128}",
    "show running-config": RUNNING,
    "show startup-config": STARTUP,
}
FROM_FILE = INSTALLED | {"show version": BUNDLE, "show boot": BOOT_OLD, "show inventory": literal("show_inventory")}
READINGS: dict[str, Callable[[Scripted], object]] = {
    "facts": lambda ssh: replace(XE.facts(ssh), boot=None),  # type: ignore[arg-type]
    "uptime": lambda ssh: XE.boot_identity(ssh).uptime,
    "slots": XE.slots,
    "free": XE.free,
    "installer": XE.installer,
    "digest": lambda ssh: XE.digest(ssh, IMAGE, 1.0),
    "configuration": XE.configuration,
    "commitment": XE.commitment,
}


@pytest.mark.parametrize("name", READINGS)
@pytest.mark.parametrize(
    "answers",
    [
        INSTALLED,
        pytest.param(FROM_FILE, marks=pytest.mark.slow),
        pytest.param(INSTALLED | {"show install summary": TRIAL}, marks=pytest.mark.slow),
    ],
)
def test_whichever_answer_is_cut_the_value_is_the_same_or_refused(name: str, answers: dict[str, str]) -> None:
    read = READINGS[name]
    whole = read(Cut(answers.items()))
    for command, answer in answers.items():
        for length in range(len(answer)):
            try:
                found = read(Cut((answers | {command: answer[:length]}).items()))
            except UnexpectedOutput:
                continue
            assert found == whole, (command, answer[:length])
