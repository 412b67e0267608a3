"""What the driver types on NX-OS, in which order, and what it makes of the answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from lcm_nornir.drivers.base import (
    Activates,
    Activity,
    Cancels,
    Checks,
    CopyState,
    HasNapalm,
    HasPaths,
    InstallerState,
    InstallState,
    Member,
    RunsFiles,
    Slot,
)
from lcm_nornir.drivers.cisco_nxos import CiscoNXOS
from lcm_nornir.drivers.registry import driver_for
from lcm_nornir.errors import CommandRefused, InstallerBusy, ReplyTimeout, SessionLost, UnexpectedOutput
from lcm_nornir.errors import UnexpectedQuestion as Unexpected
from lcm_nornir.image import Digest, Image
from tests.scripted import Dialogue, Scripted

LITERAL = Path(__file__).parents[1] / "literal" / "cisco_nxos"
OLD, NEW = "nxos.7.0.3.I4.1.bin", "nxos.7.0.3.I4.6.bin"
PROMPT = "\nleaf1# "
VERSION = f"""\
  NXOS: version 7.0(3)I4(1)
  NXOS image file is: bootflash:///{OLD}
Kernel uptime is 0 day(s), 0 hour(s), 3 minute(s), 42 second(s)
Last reset at 277524 usecs after Mon Nov  2 22:45:12 2020
  Reason: Reset due to upgrade
"""
BOOT = f"""\
Current Boot Variables:
sup-1
NXOS variable = bootflash:/{OLD}
Boot Variables on next reload:
sup-1
NXOS variable = bootflash:/{OLD}
"""
ROW = "  698350592    Nov 02 22:30:12 2020  {}\n"
FREE = "13238841344 bytes free\n17704849408 bytes total\n"
WITHOUT, WITH = (ROW.format(OLD) + new + "\nUsage for bootflash://\n" + FREE for new in ("", ROW.format(NEW)))
PARTIAL = WITH.replace("698350592    Nov 02 22:30:12 2020  " + NEW, "4096    Nov 02 22:30:12 2020  " + NEW)
INVENTORY = """\
NAME: "Chassis",  DESCR: "Nexus9000 C9396PX Chassis"
PID: N9K-C9396PX         ,  VID: V02 ,  SN: SAL1819S6LU
"""
FACTS = {"show version": VERSION, "show boot": BOOT, "dir bootflash:": WITH, "show inventory": INVENTORY}
SEEN = {name: FACTS[name] for name in ("show version", "show boot")}
IMAGE = Image(url=f"http://192.0.2.10/{NEW}", version="7.0(3)I4(6)", sha512="b" * 128)
COPY = f"copy {IMAGE.url} bootflash:{NEW} vrf management"
INSTALL, ANSWERED = (LITERAL / "install_all.txt").read_text().split(" y\n", 1)
FINISHED = ANSWERED.replace("IP_switch_A_1#", "").rstrip() + PROMPT
ACTIVATE = f"install all nxos bootflash:{NEW}"
RUNNING = Slot(OLD, "7.0(3)I4(1)", running=True, next_boot=True, is_file=True)
STORED = Slot(NEW, "7.0(3)I4(6)", running=False, next_boot=False, is_file=True)
NXOS = CiscoNXOS()
INVALID = "                ^\n% Invalid command at '^' marker." + PROMPT


def scripted(*dialogue: tuple[str, Any], **others: str) -> Scripted:
    return Scripted([*dialogue, *others.items()], prompt="leaf1#")


def test_it_is_found_by_the_names_that_inventories_use() -> None:
    assert {driver_for(name).platform for name in ("nxos", "nxos_ssh", "cisco_nxos", "cisco_nxos_ssh")} == {
        "cisco_nxos"
    }
    for ability in (Activates, RunsFiles, HasPaths, Checks, HasNapalm):
        assert isinstance(NXOS, ability)
    assert not isinstance(NXOS, Cancels)  # closing a copy's generator ends it


def test_facts_are_read_once_each() -> None:
    ssh = scripted(*FACTS.items())
    facts = NXOS.facts(ssh)
    assert (facts.serial, facts.model, facts.members) == ("SAL1819S6LU", "N9K-C9396PX", (Member("1", "7.0(3)I4(1)"),))
    assert facts.slots == (RUNNING, STORED)
    assert (facts.images, facts.free) == ({OLD: 698350592, NEW: 698350592}, 13238841344)
    assert (facts.boot.boot_id, facts.boot.uptime) == ("Mon Nov 2 22:45:12 2020 +277524 us", 222.0)
    assert NXOS.removable(facts) == (NEW,)
    assert sorted(ssh.typed) == sorted(FACTS)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (f"{'b' * 128}\n", Digest("sha512", "b" * 128)),
        ("No such file or directory (bootflash:/x)\n", None),
        (INVALID, None),
        ("b" * 127, UnexpectedOutput),
    ],
)
def test_the_switch_computes_the_digest_of_its_copy(said: str, found: Any) -> None:
    ssh = scripted((f"show file bootflash:{NEW} sha512sum", said))
    if found is UnexpectedOutput:
        with pytest.raises(UnexpectedOutput):
            NXOS.digest(ssh, IMAGE, 60.0)
    else:
        assert NXOS.digest(ssh, IMAGE, 60.0) == found


def copied(said: str, after: str = WITHOUT, *more: tuple[str, Any]) -> tuple[list[InstallerState], Scripted]:
    listings = [("dir bootflash:", WITHOUT), ("dir bootflash:", after)]
    ssh = scripted(*SEEN.items(), *listings, (COPY, said), *more)
    return list(NXOS.copy(ssh, IMAGE)), ssh


METER = "nxos.7.0.3.I4.6.bin      54% 360MB   7.5MB/s   01:51 ETAOutbound-ReKey for 192.168.1.10:22\n"
COMPLETE = "Copy complete, now saving to disk (please wait)...\nCopy complete."


def test_a_copy_is_over_when_the_switch_says_so_and_the_file_is_there() -> None:
    states, ssh = copied(METER + COMPLETE + PROMPT, WITH)
    assert [state.busy for state in states] == [True] * (len(states) - 1) + [False]
    saving = "Copy complete, now saving to disk (please wait)..."
    assert states[1].copy == CopyState(Activity.RUNNING, saving, "", 360 << 20, 0, 7864320, 54)
    assert states[-1].copy == CopyState(Activity.DONE, "Copy complete.", "", 698350592, 698350592, 0, 100)
    assert ssh.typed == ["show version", "show boot", "dir bootflash:", COPY, "dir bootflash:"]


DNS = "dcos_ssh: Could not resolve hostname unknownserver: host nor service provided, or not known"


@pytest.mark.parametrize(
    ("said", "after", "transferred", "detail"),
    [
        (DNS, WITHOUT, 0, DNS),
        ("Error: login incorrect", WITHOUT, 0, "Error: login incorrect"),
        ("Failed to connect", WITHOUT, 0, "Failed to connect"),
        ("Permission denied", WITHOUT, 0, "Permission denied"),
        ("No such file or directory", WITHOUT, 0, "No such file or directory"),
        (METER + "Aborted", WITHOUT, 360 << 20, "Aborted"),
        ("it broke off", PARTIAL, 4096, "it broke off"),
        (COMPLETE, WITHOUT, 0, "Copy complete."),  # claimed, and not there
        ("", WITHOUT, 0, ""),
    ],
)
def test_a_copy_that_failed_tells_how_much_arrived(said: str, after: str, transferred: int, detail: str) -> None:
    states, _ = copied(said + PROMPT, after)
    assert not states[-1].busy
    last = states[-1].copy
    assert (last.activity, last.transferred, last.detail) == (Activity.FAILED, transferred, detail)


def test_a_url_that_the_switch_does_not_take_is_refused() -> None:
    ssh = scripted(*SEEN.items(), ("dir bootflash:", WITHOUT), (COPY, INVALID))
    with pytest.raises(CommandRefused, match="refused the command") as caught:
        list(NXOS.copy(ssh, IMAGE))
    assert "Invalid command" in caught.value.said


VRF = "Enter vrf (If no input, current vrf 'default' is considered): "
OVERWRITE = "Warning: There is already a file existing with this name. Do you want to\noverwrite (y/n)?[n] "


def test_known_questions_of_a_copy_are_answered() -> None:
    states, ssh = copied(VRF, WITH, ("management", OVERWRITE), ("y", COMPLETE + PROMPT))
    assert states[-1].copy.activity is Activity.DONE
    assert ssh.typed[3:-1] == [COPY, "management", "y"]


@pytest.mark.parametrize("question", ["Password: ", "Enter username: ", "Are you sure you want to continue (yes/no)? "])
def test_other_questions_of_a_copy_are_interrupted(question: str) -> None:
    ssh = scripted(*SEEN.items(), ("dir bootflash:", WITHOUT), (COPY, question), ("^C", ""))
    with pytest.raises(Unexpected):
        list(NXOS.copy(ssh, IMAGE))
    assert ssh.typed[-1] == "^C"


def test_a_copy_that_nobody_wants_any_more_is_interrupted() -> None:
    ssh = scripted(*SEEN.items(), ("dir bootflash:", WITHOUT), (COPY, METER * 3 + PROMPT), ("^C", ""))
    copy = NXOS.copy(ssh, IMAGE)
    assert next(copy).busy
    copy.close()  # type: ignore[attr-defined]
    assert ssh.typed[-1] == "^C"


def test_a_copy_that_does_not_end_is_interrupted() -> None:
    ssh = scripted(*SEEN.items(), ("dir bootflash:", WITHOUT), (COPY, METER), ("^C", ""))
    with pytest.raises(ReplyTimeout):
        list(NXOS.copy(ssh, IMAGE))
    assert ssh.typed[-1] == "^C"


@pytest.mark.parametrize("boot", [BOOT, BOOT.replace(OLD, "nxos.9.3.7.bin")])
def test_what_runs_or_boots_next_is_not_overwritten(boot: str) -> None:
    name = "nxos.9.3.7.bin" if "9.3.7" in boot else OLD
    ssh = scripted(("show version", VERSION), ("show boot", boot), ("dir bootflash:", WITHOUT))
    with pytest.raises(CommandRefused, match="in use"):
        list(NXOS.copy(ssh, Image(url=f"http://192.0.2.10/{name}", version="9.3(7)")))


@pytest.mark.parametrize(("after", "activity"), [(6, Activity.DONE), (5, Activity.FAILED)])
def test_a_push_is_over_when_all_of_it_is_there(tmp_path: Path, after: int, activity: Activity) -> None:
    (tmp_path / NEW).write_bytes(b"pushed")
    listing = WITH.replace("698350592    Nov 02 22:30:12 2020  " + NEW, f"{after}    Nov 02 22:30:12 2020  " + NEW)
    ssh = scripted(*SEEN.items(), ("dir bootflash:", WITHOUT), ("dir bootflash:", listing))
    (state,) = NXOS.copy(ssh, Image(file=tmp_path / NEW, version="7.0(3)I4(6)"))
    assert state == InstallerState(CopyState(activity, "pushed", transferred=after, size=6))
    assert ssh.typed[3] == f"scp {NEW} bootflash:/{NEW}"


def activated(*dialogue: tuple[str, Any]) -> tuple[list[InstallerState], Scripted]:
    ssh = scripted(*dialogue)
    return list(NXOS.activate(ssh, STORED)), ssh


def test_an_image_is_activated_and_the_switch_says_that_it_will_reboot() -> None:
    states, ssh = activated((ACTIVATE, INSTALL), ("y", FINISHED))
    assert ssh.typed == [ACTIVATE, "y"]
    assert {state.busy for state in states[:-1]} == {True}
    percents = [state.install.percent for state in states]
    assert percents == sorted(percents)
    assert percents[-2:] == [99, 100]
    assert states[-1].install == InstallState(Activity.DONE, "Finishing the upgrade", percent=100)


def test_a_line_of_the_log_after_the_question_does_no_harm() -> None:
    log = "\n2026 Nov 28 02:00:00 leaf1 %VSHD-5-VSHD_SYSLOG_CONFIG_I: Configured from vty by admin"
    states, _ = activated((ACTIVATE, INSTALL + log), ("y", FINISHED))
    assert states[-1].install.activity is Activity.DONE


VERIFY = 'Verifying image bootflash:/nxos.9.3.7.bin for boot variable "nxos".\n[## ]  40% -- FAIL.\nReturn code 0x1.'
VETO, BROKEN, CONFIGURATION = (
    (LITERAL / f"{name}.txt").read_text().rstrip()
    for name in ("service_veto", "module_flash_failed", "configuration_incompatible")
)


@pytest.mark.parametrize(
    ("said", "flag"),
    [
        (VERIFY, "rejected"),
        (VETO, "vetoed"),
        (CONFIGURATION, "vetoed"),
        ("Pre-upgrade check failed. Return code 0x40930011.", "vetoed"),
        ("No such file or directory", ""),
    ],
)
def test_a_check_that_fails_ends_it_before_anything_was_begun(said: str, flag: str) -> None:
    states, ssh = activated((ACTIVATE, f"Installer is forced disruptive\n\n{said}{PROMPT}"))
    last = states[-1]
    assert (last.busy, last.install.activity) == (False, Activity.FAILED)
    assert [name for name in ("rejected", "unpacking", "vetoed", "not_set") if getattr(last.install, name)] == (
        [flag] if flag else []
    )
    assert said.splitlines()[-1].strip() in last.install.detail
    assert ssh.typed == [ACTIVATE]


def test_a_module_that_fails_is_told_with_the_warning_not_to_reboot() -> None:
    begun = ANSWERED.partition("[####################] 100% -- SUCCESS\n\nFinishing")[0]
    states, _ = activated((ACTIVATE, INSTALL), ("y", begun + BROKEN + PROMPT))
    install = states[-1].install
    assert (install.activity, install.rejected, install.vetoed) == (Activity.FAILED, False, False)
    assert "DO NOT reboot" in install.detail
    assert install.detail.startswith("Module 1: Refreshing")


@pytest.mark.parametrize("blanks", [" ", "  "])
@pytest.mark.parametrize("asked", [True, False])
def test_another_installation_is_told(blanks: str, asked: object) -> None:
    said = f"Another install procedure may{blanks}be in progress. (0x401E0007){PROMPT}"
    with pytest.raises(InstallerBusy):
        activated((ACTIVATE, INSTALL), ("y", said)) if asked else activated((ACTIVATE, said))


def test_another_installation_that_is_told_after_this_one_was_begun_is_no_refusal() -> None:
    said = f"Install is in progress, please wait.\nAnother install procedure may be in progress. (0x401E0007){PROMPT}"
    for dialogue in ([(ACTIVATE, INSTALL), ("y", said)], [(ACTIVATE, said)]):
        with pytest.raises(SessionLost):
            activated(*dialogue)


def test_who_leaves_it_at_its_question_interrupts_it_and_after_the_answer_does_not() -> None:
    for typed, said in (("^C", ""), ("y", f"wait\n{FINISHED}")):
        ssh = scripted((ACTIVATE, INSTALL), (typed, said))
        activation = NXOS.activate(ssh, STORED)
        for _ in INSTALL.splitlines():
            next(activation)
        if typed == "y":
            next(activation)
        activation.close()  # type: ignore[attr-defined]
        assert ssh.typed == [ACTIVATE, typed]


def test_what_goes_on_though_this_session_does_not_tell_is_no_failure() -> None:
    with pytest.raises(SessionLost, match="goes on"):
        activated((ACTIVATE, INSTALL), ("y", "Install is in progress, please wait.\nBackend processing error" + PROMPT))
    with pytest.raises(SessionLost, match="not told"):
        activated((ACTIVATE, INSTALL), ("y", "Install is in progress, please wait." + PROMPT))
    with pytest.raises(SessionLost, match="not told"):
        activated((ACTIVATE, INSTALL), ("y", VETO + "\nInstall has been successful." + PROMPT))


def test_an_end_without_a_question_and_a_reason_is_a_refusal() -> None:
    for said in (INVALID, "Installer is forced disruptive" + PROMPT):
        with pytest.raises(CommandRefused):
            activated((ACTIVATE, said))


def test_an_installation_that_does_not_ask_is_followed_all_the_same() -> None:
    states, ssh = activated((ACTIVATE, INSTALL.rpartition("Do you want")[0] + FINISHED))
    assert states[-1].install.activity is Activity.DONE
    assert ssh.typed == [ACTIVATE]


@pytest.mark.parametrize("question", ["Do you accept the licence (y/n)?  [n] ", "Reformat? [confirm]"])
def test_a_question_that_nobody_knows_is_interrupted_as_long_as_nothing_was_begun(question: str) -> None:
    ssh = scripted((ACTIVATE, f"Installer is forced disruptive\n{question}"), ("^C", ""))
    with pytest.raises(Unexpected):
        list(NXOS.activate(ssh, STORED))
    assert ssh.typed == [ACTIVATE, "^C"]


def test_after_it_was_begun_nothing_is_interrupted() -> None:
    ssh = scripted((ACTIVATE, INSTALL), ("y", "Install is in progress, please wait.\nReformat? [confirm]"))
    with pytest.raises(ReplyTimeout):
        list(NXOS.activate(ssh, STORED))
    asks = INSTALL.rpartition("Do you want")[0] + "Install is in progress, please wait.\nReformat? [confirm]"
    with pytest.raises(SessionLost, match="not interrupted"):
        activated((ACTIVATE, asks))
    ssh = scripted((ACTIVATE, INSTALL), ("y", FINISHED))
    activation = NXOS.activate(ssh, STORED)
    while "runtime" not in next(activation).install.detail:
        pass
    activation.close()  # type: ignore[attr-defined]
    assert ssh.typed == [ACTIVATE, "y"]


def test_before_it_was_begun_who_does_not_want_it_any_more_interrupts_it() -> None:
    ssh = scripted((ACTIVATE, INSTALL), ("^C", ""))
    activation = NXOS.activate(ssh, STORED)
    next(activation)
    activation.close()  # type: ignore[attr-defined]
    assert ssh.typed == [ACTIVATE, "^C"]


def test_a_session_that_is_lost_is_told() -> None:
    with pytest.raises(SessionLost):
        activated((ACTIVATE, INSTALL), ("y", SessionLost("lost")))


STATUS = "show install all status"
LOG = (LITERAL / "install_status.txt").read_text()


def test_the_log_of_an_installation_that_runs_is_left_by_ctrl_c() -> None:
    ongoing = f"There is an on-going installation...\nEnter Ctrl-C to go back to the prompt.\n\n{LOG}"
    ssh = scripted((STATUS, ongoing), ("^C", ""))
    state = NXOS.installer(ssh)
    assert (state.busy, state.install.activity, state.install.started) == (
        True,
        Activity.RUNNING,
        "Tue Sep 28 02:55:56",
    )
    assert state.copy == CopyState()
    assert ssh.typed == [STATUS, "^C"]


def test_a_log_that_goes_on_is_left_a_little_later() -> None:
    class Silent(Scripted):
        def hold(self, line: str, *, until: str, timeout: float) -> Any:
            del until, timeout
            self.typed.append(line)
            yield ""
            yield "There is an on-going installation...\n"
            yield "There is an on-going installation...\n" + LOG
            raise AssertionError

    ssh = Silent([("^C", "")], prompt="leaf1#")
    assert NXOS.installer(ssh).install.percent == 10
    assert ssh.typed == [STATUS, "^C"]


def test_an_installer_that_does_nothing() -> None:
    assert NXOS.installer(scripted((STATUS, "No install all data found" + PROMPT))) == InstallerState()
    state = NXOS.installer(scripted((STATUS, LOG + PROMPT)))
    assert (state.busy, state.install.activity) == (False, Activity.UNKNOWN)
    with pytest.raises(ReplyTimeout):
        NXOS.installer(scripted((STATUS, LOG)))


IMPACT, CONFLICTS = (f"show {what} nxos bootflash:{NEW}" for what in ("install all impact", "incompatibility-all"))
EFFECT = INSTALL.partition("\nSwitch will be reloaded")[0]


def test_the_switch_checks_an_image() -> None:
    ssh = scripted((IMPACT, EFFECT), (CONFLICTS, "No incompatible configurations"))
    state = NXOS.check(ssh, IMAGE)
    assert (state.activity, state.detail[:20]) == (Activity.DONE, "module 1: disruptive")
    state = NXOS.check(scripted((IMPACT, VERIFY)), IMAGE)
    assert (state.activity, state.rejected) == (Activity.FAILED, True)
    state = NXOS.check(scripted((IMPACT, EFFECT), (CONFLICTS, "1) Service : cdp")), IMAGE)
    assert (state.activity, state.vetoed, state.detail) == (Activity.FAILED, True, "1) Service : cdp")
    with pytest.raises(UnexpectedOutput):
        NXOS.check(scripted((IMPACT, EFFECT), (CONFLICTS, "No incompat")), IMAGE)
    with pytest.raises(InstallerBusy):
        NXOS.check(scripted((IMPACT, "Another install procedure may be in progress. (0x401E0007)")), IMAGE)


def test_an_empty_configuration_is_none() -> None:
    with pytest.raises(UnexpectedOutput):
        NXOS.configuration(scripted(("show running-config", "")))


SAVE = "copy running-config startup-config"
SAVED = f"[########################################] 100%\n{COMPLETE}{PROMPT}"
BOOTS = f"boot nxos bootflash:{OLD}"
CHECKING = "Performing image verification and compatibility check, please wait...." + PROMPT


def test_the_next_boot_is_set_and_saved() -> None:
    dialogue: Dialogue = [("configure terminal", PROMPT), (BOOTS, CHECKING), ("end", PROMPT), (SAVE, SAVED)]
    ssh = scripted(*dialogue)
    NXOS.set_next_boot(ssh, RUNNING)
    assert ssh.typed == [line for line, _ in dialogue]


@pytest.mark.parametrize(
    ("dialogue", "error"),
    [([(BOOTS, INVALID)], CommandRefused), ([(BOOTS, "Sure? (y/n)?  [n] "), ("^C", "")], Unexpected)],
)
def test_a_next_boot_that_is_refused_is_not_saved(dialogue: Dialogue, error: type[Exception]) -> None:
    ssh = scripted(("configure terminal", PROMPT), *dialogue, ("end", ""))
    with pytest.raises(error):
        NXOS.set_next_boot(ssh, RUNNING)
    assert ssh.typed[-1] == "end"


def test_a_configuration_is_saved_only_if_the_switch_says_so() -> None:
    NXOS.save_config(scripted((SAVE, SAVED)))
    with pytest.raises(CommandRefused):
        NXOS.save_config(scripted((SAVE, "Copy complete, now saving to disk (please wait)..." + PROMPT)))


SAME = {"show running-config": "hostname leaf1", "show startup-config": "!Time: now\nhostname leaf1"}
QUESTION = "This command will reboot the system. (y/n)?  [n] "


@pytest.mark.parametrize(
    "question",
    [
        QUESTION,
        "This command will reboot the system\nDo you want to continue? (y/n) [n] ",
        "Proceed with reload? [confirm]",
    ],
)
@pytest.mark.parametrize("end", [SessionLost("closed"), ReplyTimeout("silent"), PROMPT])
def test_the_reload_is_taken(question: str, end: Any) -> None:
    ssh = scripted(*SAME.items(), ("reload", question), ("> y", end))
    NXOS.reload(ssh, "refuse")
    assert ssh.typed[-2:] == ["reload", "> y"]


@pytest.mark.parametrize("end", [" (y/n)", " (y/n)?", " (y/n)?  [n] "])
def test_a_question_is_known_though_its_end_comes_later(end: str) -> None:
    question = "This command will reboot the system."
    ssh = scripted(("reload", question + end), ("> y", "?  [n] y" + PROMPT))
    NXOS.reload(ssh, "save")
    states, _ = activated((ACTIVATE, INSTALL.rpartition(" (y/n)")[0] + end), ("y", FINISHED))
    assert states[-1].install.activity is Activity.DONE


def test_an_unsaved_configuration_calls_the_reload_off() -> None:
    ssh = scripted(*(SAME | {"show running-config": "hostname leaf2"}).items())
    with pytest.raises(CommandRefused, match="not saved"):
        NXOS.reload(ssh, "refuse")
    warned = scripted(*SAME.items(), ("reload", "WARNING: There is unsaved configuration!!!\n" + QUESTION), ("> n", ""))
    with pytest.raises(CommandRefused, match="not saved"):
        NXOS.reload(warned, "refuse")
    assert warned.typed[-1] == "> n"


@pytest.mark.parametrize(
    ("dialogue", "error"),
    [
        ([("reload", INVALID)], CommandRefused),
        ([("reload", "Format the disk? (y/n) "), ("^C", "")], Unexpected),
        ([("reload", QUESTION), ("> y", INVALID)], CommandRefused),
        ([("reload", QUESTION), ("> y", "\nFormat the disk? (y/n) "), ("^C", "")], Unexpected),
        ([("reload", SessionLost("lost"))], SessionLost),
    ],
)
def test_a_reload_that_is_not_taken(dialogue: Dialogue, error: type[Exception]) -> None:
    ssh = scripted(*dialogue)
    reload: Callable[[Scripted, Literal["save", "refuse"]], None] = NXOS.reload
    with pytest.raises(error):
        reload(ssh, "save")
    assert ssh.typed == [line for line, _ in dialogue]


def test_a_file_is_deleted() -> None:
    line = f"delete bootflash:{NEW}"
    ssh = scripted((line, f'Do you want to delete "/{NEW}" ? (yes/no/abort)   [y] '), ("> y", PROMPT))
    NXOS.delete(ssh, NEW)
    assert ssh.typed == [line, "> y"]
    with pytest.raises(CommandRefused):
        NXOS.delete(scripted((line, INVALID)), NEW)
    with pytest.raises(Unexpected):
        NXOS.delete(scripted((line, "Delete all files? (y/n) "), ("^C", "")), NEW)


def test_there_is_nothing_to_install() -> None:
    ssh = scripted()
    with pytest.raises(CommandRefused, match="nothing to install"):
        NXOS.install(ssh, IMAGE)
    assert ssh.typed == []
