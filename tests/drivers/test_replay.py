"""A replayed session answers as the switch did, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from lcm_nornir.dialogue import Ended, Exchange, Kind, Recording
from lcm_nornir.drivers.dell_os10 import DellOS10
from lcm_nornir.drivers.replay import NotRecorded, ReplaySession, replayed
from lcm_nornir.errors import CommandRefused, ReplyTimeout, RequestError, SessionError, SessionLost
from lcm_nornir.image import Image

REBOOT = "Proceed to reboot the system? [confirm yes/no]:"
ASKS = r"\[confirm yes/no\]:$"


def line(typed: str, said: str, ended: Ended = Ended.PROMPT) -> Exchange:
    return Exchange(typed, f"{typed}\r\n{said}", ended)


def answer(typed: str, came: str, ended: Ended = Ended.PROMPT) -> Exchange:
    return Exchange(typed, came, ended, kind=Kind.ANSWER)


def session(*exchanges: Exchange) -> ReplaySession:
    return ReplaySession(Recording("dell_os10", "host1", exchanges=exchanges))


def test_a_reply_is_what_stands_between_echo_and_prompt_without_control_codes() -> None:
    ssh = session(line("show x", "\x1b[1ma\x1b[0m\r\n b\r\nhost1# "))
    assert ssh.send("show x") == "a\n b"


def test_what_matched_another_pattern_is_kept() -> None:
    assert session(line("reload", REBOOT, Ended.QUESTION)).send("reload", until=ASKS) == REBOOT


def test_a_line_is_answered_as_it_was_the_next_time_and_then_from_the_beginning() -> None:
    ssh = session(line("show x", "1\r\nhost1# "), line("show y", "y\r\nhost1# "), line("show x", "2\r\nhost1# "))
    assert [ssh.send(f"show {one}") for one in "xyxyxx"] == ["1", "y", "2", "y", "2", "1"]


def test_what_was_not_typed_is_refused() -> None:
    ssh = session(line("show x", "host1# "), answer("yes", "host1# "))
    with pytest.raises(NotRecorded, match="'show y'"):
        ssh.send("show y")
    with pytest.raises(NotRecorded, match="no answer here"):
        ssh.answer("yes")
    with pytest.raises(NotRecorded, match="no interrupt here"):
        ssh.interrupt()
    with pytest.raises(NotRecorded, match="no push here"):
        ssh.push(served("os10.bin"))


def served(name: str) -> Image:
    return Image(url=f"http://192.0.2.10/{name}", version="10.5.6.5")


def test_what_was_left_out_is_refused() -> None:
    with pytest.raises(NotRecorded, match="left out"):
        session(Exchange("show x", "", Ended.LEFT_OUT)).send("show x")


def test_a_missing_answer_passes_no_driver_for_an_unreadable_one() -> None:
    with pytest.raises(NotRecorded, match="display-xml"):
        DellOS10().facts(session(line("show version", "host1# ")))


@pytest.mark.parametrize(
    ("ended", "error"), [(Ended.LOST, SessionLost), (Ended.TIMEOUT, ReplyTimeout), (Ended.PROMPT, ReplyTimeout)]
)
def test_what_ended_otherwise_ends_so_again(ended: Ended, error: type[SessionError]) -> None:
    with pytest.raises(error) as caught:
        session(line("show x", "half a line", ended)).send("show x")
    assert (caught.value.command, caught.value.said) == ("show x", "show x\nhalf a line")


def test_a_pushed_file_is_taken_or_refused_as_it_was() -> None:
    push, refused = (Exchange("os10.bin", "", ended, kind=Kind.PUSH) for ended in (Ended.PROMPT, Ended.REFUSED))
    session(push).push(served("os10.bin"))
    with pytest.raises(NotRecorded, match=r"other\.bin"):
        session(push).push(served("other.bin"))
    with pytest.raises(CommandRefused):
        session(refused).push(served("os10.bin"))


def test_a_dialogue_goes_on_where_it_was() -> None:
    asked, gone = line("reload", REBOOT, Ended.QUESTION), answer("yes", "yes\r\n", Ended.LOST)
    DellOS10().reload(session(asked, gone), "save")
    refused = answer("yes", "yes\r\n% Error: not now\r\nhost1# ")
    with pytest.raises(CommandRefused) as caught:
        DellOS10().reload(session(asked, refused), "save")
    assert "% Error: not now" in caught.value.said


def test_another_answer_than_the_one_that_was_given_is_refused() -> None:
    ssh = session(line("reload", REBOOT, Ended.QUESTION), answer("yes", "host1# "), answer("", "host1# "))
    ssh.send("reload", until=ASKS)
    with pytest.raises(NotRecorded, match="'yes' was answered"):
        ssh.answer("no")
    ssh.answer("yes")
    ssh.answer(ssh.password())


def test_an_interrupt_is_replayed() -> None:
    ssh = session(
        line("reload", "Sure?", Ended.QUESTION), Exchange("", "^C\r\nhost1# ", Ended.PROMPT, kind=Kind.INTERRUPT)
    )
    ssh.send("reload", until=r"\?$")
    ssh.interrupt()


def test_a_recording_is_opened_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(Recording("dell_os10", "host1", exchanges=(line("show x", "y\r\nhost1# "),)).text())
    assert replayed(str(path)).send("show x") == "y"
    with pytest.raises(RequestError, match="cannot be read"):
        replayed(tmp_path / "none.json")
