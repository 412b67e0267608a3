"""The conformance kit finds nothing in our drivers, and something in every driver that is broken on purpose."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lcm_nornir.dialogue import Recording
from lcm_nornir.drivers.base import (
    BootIdentity,
    Commitment,
    InstallerState,
    Session,
    Slot,
    SwitchFacts,
)
from lcm_nornir.drivers.conformance import QUESTIONS, Case, Finding, cases, cases_of, check, recordings_of
from lcm_nornir.drivers.conformance.__main__ import main
from lcm_nornir.drivers.conformance.reads import only_reads
from lcm_nornir.drivers.dell_os10 import DellOS10
from lcm_nornir.drivers.linux import stored_images
from lcm_nornir.drivers.paths import Rule
from lcm_nornir.drivers.registry import driver_for, drivers
from lcm_nornir.drivers.sonic import Sonic
from lcm_nornir.errors import RequestError, UnexpectedOutput
from lcm_nornir.journal.codec import dump_facts, load_facts

RECORDINGS = Path(__file__).parents[1] / "recordings"
OURS = sorted(name for name, one in drivers().items() if type(one).__module__.startswith("lcm_nornir."))
RECORDED = {name for name in OURS if recordings_of(driver_for(name), [RECORDINGS])}


def of_ours() -> list[Any]:
    """Give what is asked of our drivers; to cut whole recordings at every byte takes long, and `SHORT` is cut below."""
    every = [case for name in OURS for case in cases(name, RECORDINGS)]
    return [pytest.param(one, id=str(one), marks=[pytest.mark.slow] * (one.question == "cut")) for one in every]


@pytest.mark.parametrize("case", of_ours())
def test_our_drivers_conform(case: Case) -> None:
    assert list(map(str, case.findings())) == []


def test_the_recordings_show_what_the_kit_asks_about() -> None:
    assert set(OURS) == RECORDED
    shown = {place.method for name in RECORDED for place in cases(name, RECORDINGS)[0].subject.places}
    assert shown >= {"facts", "slots", "free", "boot_identity", "installer", "configuration", "commitment", "digest"}
    assert shown >= {"flaws", "copy", "install", "set_next_boot", "save_config", "reload", "commit"}


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_what_a_driver_reads_survives_the_journal(name: str) -> None:
    read = [one.value for _, one in cases(name, RECORDINGS)[0].subject.queries]
    facts = [value for value in read if isinstance(value, SwitchFacts)]
    states = [value for value in read if isinstance(value, InstallerState)]
    assert facts
    for one, state in zip(facts, [*states, None], strict=False):
        stored = json.loads(json.dumps(dump_facts(one, state)))
        assert load_facts(stored) == (one, state)


class NoCommitment(DellOS10):
    def commit(self, ssh: Session) -> None:
        ssh.send("commit")


class OtherParameters(DellOS10):
    def delete(self, ssh: Session, file: str) -> None:
        ssh.send(f"delete image://{file}")


class Misspelt(DellOS10):
    def cancle(self, ssh: Session) -> None:
        ssh.send("image cancel")


class ActivatesNot(DellOS10):
    capabilities = replace(DellOS10.capabilities, no_return="activate")


class InstallsNot(DellOS10):
    capabilities = replace(DellOS10.capabilities, install="with_copy", no_return="install")


class UnknownWords(DellOS10):
    capabilities = replace(
        DellOS10.capabilities, digests=("md5",), schemes=frozenset({"gopher"}), no_return="jump", slots=0
    )


class AnyPrompt(DellOS10):
    prompt = r"\S.*[#.]"


class NoPattern(DellOS10):
    refusals = "("


class TwoLines(DellOS10):
    preparation = ("terminal length 0\nreload",)
    screens = ("write memory",)


class NoRules(DellOS10):
    paths = "10.5 first"


class OddPaths(DellOS10):
    paths = (
        Rule("10.4.", ("10.5.",), (), "all", "Guide, https://example.com/guide", "V"),
        Rule("10.4.", ("10.5.",), ("10.4.3.0", "10.5.0.0"), "", "heard of it", "U"),
    )


class NowhereRecorded(DellOS10):
    def free(self, ssh: Session) -> int | None:
        return len(ssh.send("show free"))


class Writes(DellOS10):
    def free(self, ssh: Session) -> int | None:
        ssh.send("write memory")
        return super().free(ssh)


class Answers(DellOS10):
    def free(self, ssh: Session) -> int | None:
        ssh.send("reload", until=":$")
        ssh.answer("yes", timeout=1.0)
        return None


class Counts(DellOS10):
    asked = 0

    def free(self, ssh: Session) -> int | None:
        self.asked += 1
        return (super().free(ssh) or 0) + self.asked


class NothingRuns(DellOS10):
    def slots(self, ssh: Session) -> tuple[Slot, ...]:
        return tuple(replace(slot, running=False) for slot in super().slots(ssh))


class RunsFilesSecretly(DellOS10):
    def slots(self, ssh: Session) -> tuple[Slot, ...]:
        return tuple(replace(slot, is_file=True) for slot in super().slots(ssh))


class KnowsNoError(DellOS10):
    refusals = "xyzzy"


class ErrorsAreZero(DellOS10):
    def free(self, ssh: Session) -> int | None:
        return super().free(ssh) or 0


class ErrorsAreIdle(DellOS10):
    def installer(self, ssh: Session) -> InstallerState:
        try:
            return super().installer(ssh)
        except UnexpectedOutput:
            return InstallerState()


class FirstNumber(DellOS10):
    def free(self, ssh: Session) -> int | None:
        found = re.search(r"\s(\d+)\s+\d+%", ssh.send('system "df -k /var/os10-image"').replace("K-blocks", ""))
        return int(found[1][:6]) if found else None

    def boot_identity(self, ssh: Session) -> BootIdentity:
        return BootIdentity(ssh.send('system "cat /proc/sys/kernel/random/boot_id"').strip())


class LastLine(DellOS10):
    def boot_identity(self, ssh: Session) -> BootIdentity:
        return BootIdentity(ssh.send('system "cat /proc/sys/kernel/random/boot_id"').splitlines()[-1])


class NeverRefused(DellOS10):
    def save_config(self, ssh: Session) -> None:
        ssh.send("write memory")


class YesToAll(DellOS10):
    def save_config(self, ssh: Session) -> None:
        if ssh.send("write memory", until=rf"{ssh.prompt}|[\]:)] *$").endswith(("]: ", ") ", "]", ": ")):
            ssh.answer("yes")


class TypesOver(DellOS10):
    def free(self, ssh: Session) -> int | None:
        ssh.send("show boot", until=r"\S\s*$")
        return super().free(ssh)


class OtherSlot(DellOS10):
    def set_next_boot(self, ssh: Session, slot: Slot) -> None:
        super().set_next_boot(ssh, replace(slot, running=not slot.running))


class CommitsNothing(Sonic):
    def commitment(self, ssh: Session) -> Commitment:
        self.slots(ssh)
        return Commitment(done=False)


class OlderIsNewer(DellOS10):
    def order(self, version: str, other: str) -> int | None:
        order = super().order(version, other)
        return None if order is None else abs(order)


class NeverTheSame(DellOS10):
    def canonical(self, version: str) -> str:
        return version + "x"


class NoDifference(DellOS10):
    def differences(self, before: str, after: str) -> tuple[str, ...]:
        return () if before != after else super().differences(before, after)


class SaysHowOften(DellOS10):
    def differences(self, before: str, after: str) -> tuple[str, ...]:
        return (*super().differences(before, after), "that is all")


class DeletesAnything(DellOS10):
    def removable(self, facts: SwitchFacts) -> tuple[str, ...]:
        return ("os10.bin", *super().removable(facts))


class DeletesWhatRuns(DellOS10):
    def removable(self, facts: SwitchFacts) -> tuple[str, ...]:
        return tuple(facts.images or ())

    def version_of(self, name: str) -> str:
        return name and "1.0"


BROKEN: list[tuple[type[Any], str, str]] = [
    (NoCommitment, "protocol", "commitment: Commits has it"),
    (OtherParameters, "protocol", r"delete: takes \(ssh, file\), and the protocol says \(ssh, name\)"),
    (Misspelt, "protocol", "cancle: no protocol has a method"),
    (ActivatesNot, "capabilities", "no_return is 'activate', which is none of its methods"),
    (InstallsNot, "capabilities", "no_return is 'install', which changes nothing"),
    (UnknownWords, "capabilities", "digests is md5"),
    (UnknownWords, "capabilities", "schemes is gopher"),
    (UnknownWords, "capabilities", "no_return is 'jump'"),
    (UnknownWords, "capabilities", "slots is 0"),
    (AnyPrompt, "data", "matches 'Unauthorized access is prohibited.'"),
    (NoPattern, "data", r"refusals: '\(' is no pattern"),
    (TwoLines, "data", "preparation: is no tuple of lines"),
    (TwoLines, "data", "screens: 'write memory'"),
    (NoRules, "data", "paths: is no tuple of rules"),
    (OddPaths, "data", "paths: .* does not tell all"),
    (OddPaths, "data", "paths: .* its source ends in no address"),
    (OddPaths, "data", "paths: .* its mark is 'U'"),
    (OddPaths, "data", "paths: .* another rule goes before it"),
    (NowhereRecorded, "recorded", "free: no recording shows"),
    (NowhereRecorded, "recorded", "free: does not type what was recorded: 'system"),
    (Writes, "reading", "free: types 'write memory'"),
    (Answers, "reading", "free: answers 'yes'"),
    (Counts, "repeated", "free: gives first"),
    (Counts, "repeated", "__dict__: the driver keeps state"),
    (NothingRuns, "repeated", "slots: not exactly one slot has running"),
    (RunsFilesSecretly, "repeated", "slots: slots are files"),
    (KnowsNoError, "errors", "refusals: matches no error"),
    (ErrorsAreZero, "errors", "free: .* gives 0"),
    (ErrorsAreIdle, "errors", "installer: .* gives InstallerState"),
    (ErrorsAreIdle, "cut", "installer: .* cut after"),
    (ErrorsAreZero, "cut", "free: .* gives 0"),
    (FirstNumber, "cut", "boot_identity: .* cut after"),
    (LastLine, "noise", "boot_identity: .* with a log line"),
    (NeverRefused, "refused", "save_config: 'write memory' answered by .* is taken"),
    (YesToAll, "asked", "save_config: .* types 'yes'"),
    (TypesOver, "asked", "free: .* types 'system"),
    (OtherSlot, "read-back", "set_next_boot: what it changed is not read back"),
    (CommitsNothing, "read-back", "commit: what it changed is not read back"),
    (OlderIsNewer, "pure", "order: "),
    (NeverTheSame, "pure", "canonical: "),
    (NoDifference, "pure", "differences: lines that were added"),
    (SaysHowOften, "pure", "differences: a text differs from itself"),
    (DeletesAnything, "pure", "removable: names what is not stored"),
    (DeletesWhatRuns, "pure", "removable: names .* which runs or boots next"),
    (DeletesWhatRuns, "pure", "version_of: 'x' tells a version"),
]

WHOLE = Recording.read(RECORDINGS / "dell_os10-simulated.json")
SHORT = replace(WHOLE, exchanges=tuple(one for one in WHOLE.exchanges if re.search("status$|df -k|boot_id", one.typed)))


def broken(kind: type[Any], question: str) -> list[str]:
    driver = kind()
    of_its_os = {"short": SHORT} if question == "cut" else recordings_of(driver, [RECORDINGS])
    (case,) = (case for case in cases_of(driver, of_its_os) if case.question == question)
    return [str(finding) for finding in case.findings()]


@pytest.mark.parametrize(("kind", "question", "told"), BROKEN, ids=lambda what: getattr(what, "__name__", None))
def test_a_broken_driver_is_found(kind: type[Any], question: str, told: str) -> None:
    found = broken(kind, question)
    assert [one for one in found if re.match(rf"{question}: .*?{told}|{question}: {told}", one, re.DOTALL)], found


WORDS = """
from typing import NamedTuple
class Row(NamedTuple):
    pattern: str
    means: str
    evidence: str
    example: str = ""
ROWS = (Row("(", "rejected", "S"), Row("x*", "busy", "V"), Row("a", "", "F"))
MORE = [Row("b", "c", "hearsay"), Row("b", "c", "S", "example")]
"""


def test_a_table_of_words_that_is_none_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "wordy_nos"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "words.py").write_text(WORDS)
    (folder / "driver.py").write_text(
        "from lcm_nornir.drivers.dell_os10 import DellOS10\nclass Wordy(DellOS10):\n    pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    from wordy_nos.driver import Wordy  # type: ignore[import-not-found]  # noqa: PLC0415 - made just now

    told = "\n".join(broken(Wordy, "words"))
    for wrong in (
        "is no pattern",
        "matches where nothing",
        "nothing as means",
        "its evidence is 'hearsay'",
        "two rows",
    ):
        assert wrong in told


def test_every_question_is_proven_by_a_broken_driver() -> None:
    elsewhere = {"words", "left-off"}  # above, and in test_plugin_driver.py: only that driver holds its session
    assert {question for _, question, _ in BROKEN} | elsewhere == set(QUESTIONS)


def test_a_driver_that_is_not_whole_is_asked_nothing_else() -> None:
    found = check(NoCommitment(), [])
    assert {finding.method for finding in found if finding.question != "protocol"} == {"protocol"}
    assert {finding.question for finding in found} == set(QUESTIONS)


def test_a_driver_that_raises_is_told_and_stops_no_other_question() -> None:
    class Raises(DellOS10):
        def canonical(self, version: str) -> str:
            raise KeyError(version)

        def free(self, ssh: Session) -> int | None:
            return int(ssh.send('system "df -k /var/os10-image"').split("%")[9])

    found = check(Raises(), [SHORT])
    assert [one for one in found if one.question == "pure" and "KeyError" in one.detail]
    assert [one for one in found if one.question == "recorded" and "IndexError" in one.detail]


def test_without_recordings_nothing_is_taken_for_granted() -> None:
    found = check(DellOS10(), [])
    assert {finding.question for finding in found} == {"recorded"}
    assert {finding.method for finding in found} >= {"facts", "slots", "installer", "configuration"}


def test_the_command_line_tells_findings_and_ends_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lcm_nornir.drivers.conformance.case.QUESTIONS", {"recorded": QUESTIONS["recorded"]})
    assert main(["os10", str(RECORDINGS / "dell_os10-simulated.json")]) == 0
    assert capsys.readouterr().out == ""
    assert main(["os10"]) == 1
    assert "dell_os10: recorded: facts: no recording shows an answer" in capsys.readouterr().out
    assert main([str(RECORDINGS)]) == 0
    assert "edgecore_sonic: 1 questions, 2 recordings" in capsys.readouterr().err
    assert main(["nowhere"]) == 2
    assert main(["os10", "nowhere.json"]) == 2


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="has no recordings"):
        cases("dell_os10", tmp_path)


def test_a_finding_is_plain_data() -> None:
    finding = Finding("cut", "facts", "tells another version", "x.json")
    assert str(finding) == "cut: facts: tells another version [x.json]"


CHANGES = {"copy", "install", "set_next_boot", "save_config", "reload", "activate", "commit"}


def lines(name: str) -> Iterator[tuple[str, bool]]:
    for path in sorted(RECORDINGS.glob(name)):
        for one in Recording.read(path).exchanges:
            if one.kind == "line":
                changes = one.call in {
                    "copy",
                    "install",
                    "set_next_boot",
                    "save_config",
                    "reload",
                    "activate",
                    "commit",
                }
                yield one.typed, not changes


@pytest.mark.parametrize("name", [f"{platform}-*.json" for platform in OURS])
def test_what_queries_type_only_reads(name: str) -> None:
    read = [line for line, reads in lines(name) if reads]
    assert len(read) > 10
    assert [line for line in read if not only_reads(line)] == []


@pytest.mark.parametrize(
    "line",
    [
        "show version; reload", "show run > flash:x", "cat x > y", "cat x >> /dev/nullx", "echo $(rm -rf /)",
        "$(echo reboot)", "`echo reboot`", "show version | tee x", "sudo sh -c 'rm x'", "find / -delete", "kill 5",
        'system "rm x"', "FOO=1 cat x", "x=1 rm y", "echo a | sh", "copy a b", "write memory", "sed -i 's/a/b/' x",
        "sed 's/a/b/e' x", "awk '{print > \"x\"}' y", "(reboot)", "cat <(reboot)", "sh script", "cat x\nreload",
        "show x | include y | tee z", "show x | include y > z",
        "for f in $(reboot); do cat $f; done", 'echo "$(reboot)"', "eval 'reboot'", "bash timeout 10 rm x",
    ],
)  # fmt: skip
def test_what_may_do_something_else_does_not_only_read(line: str) -> None:
    assert not only_reads(line)


@pytest.mark.parametrize(
    "line",
    [
        "show install log | count ]:",
        "show version | json",
        "dir flash:",
        "verify /sha512 flash:x.swi",
        "bash timeout 10 cat /proc/uptime",
    ],
)
def test_what_only_reads_is_known(line: str) -> None:
    assert only_reads(line)


def test_a_listing_that_lacks_a_file_is_none() -> None:
    row = "-rw-r--r-- 1 root root {} Feb  8 21:24 {}"
    assert stored_images(f"total 590000\n{row.format(604119040, 'a.bin')}") == {"a.bin": 604119040}
    assert stored_images(f"total 1526484\n{row.format(604119040, 'a.bin')}") is None
    assert stored_images("total 590000") is None
    assert stored_images("total 0") == {}
