"""A session reads what came after its echo, knows its prompt, and tells a lost session from a late reply."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from lcm_nornir.dialogue.screen import clean
from lcm_nornir.door.session import NetmikoSession
from lcm_nornir.errors import ReplyTimeout, SessionLost, UnexpectedOutput
from lcm_nornir.secrets import Redaction
from lcm_nornir.timeouts import Timeouts

NOW = 0.01  # seconds in which a prompt that never comes is given up
PLENTY = 5.0  # seconds in which one comes
PASSWORD = "hunter22"


@dataclass
class Channel:
    closed: bool = False


@dataclass
class Connection:
    """netmiko's connection as far as a session uses it: each read gives the next piece, then nothing."""

    pieces: list[str] = field(default_factory=list)
    base_prompt: str = "OS10"
    password: str | None = PASSWORD
    breaks: Exception | None = None
    remote_conn: Channel = field(default_factory=Channel)
    typed: list[str] = field(default_factory=list)
    session_log: None = None

    @property
    def channel(self) -> Connection:
        return self

    def write_channel(self, text: str) -> None:
        self.typed.append(text)

    def read_channel(self) -> str:
        if self.pieces:
            return self.pieces.pop(0)
        if self.breaks:
            raise self.breaks
        return ""


def session(*pieces: str, **fields: object) -> tuple[NetmikoSession, Connection]:
    connection = Connection(list(pieces), **fields)  # type: ignore[arg-type]  # the fields above
    return NetmikoSession(connection, Timeouts(reply=NOW), Redaction()), connection


def reply(*pieces: str, until: str = "", timeout: float = PLENTY) -> str:
    return session(*pieces)[0].send("show boot", until=until, timeout=timeout)


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("a\r\nb\rc\n", "a\nb\nc\n"),
        ("\x1b[1;31mFailed\x1b[0m", "Failed"),
        ("\x1b[?25l\x1b[2J\x1b[10;5Hx\x1b[K", "x"),
        ("\x1b]0;a title\x07x\x1b]2;another\x1b\\y", "xy"),
        ("\x1bMx\x1b\\y", "xy"),
        ("a\x00\x07\x08\x0b\x0c\x7f\x9b\x85b", "ab"),
        ("a\tb\u00e9\u2014", "a\tb\u00e9\u2014"),
    ],
)
def test_control_codes_are_taken_out_and_text_is_kept(raw: str, plain: str) -> None:
    assert clean(raw) == plain


@pytest.mark.parametrize("code", ["\x1b(B", "\x1b)0", "\x1b#8", "\x1b=", "\x1b>", "\x1b7", "\x1b8", "\x1bc"])
def test_short_escapes_leave_nothing_behind(code: str) -> None:
    assert clean(f"a{code}b") == "ab"


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_a_reply_is_what_stands_between_echo_and_prompt_however_it_is_cut(size: int) -> None:
    text = "show boot\r\n\x1b[0mfirst\r\n second \r\nOS10# "
    assert reply(*(text[start : start + size] for start in range(0, len(text), size))) == "first\n second "


@pytest.mark.parametrize(
    "prompt", ["OS10#", "OS10>", "OS10$ ", "OS10# \r\n", "OS10(config)# ", "OS10(conf-if)#", "OS10#!"]
)
def test_each_form_of_the_prompt_ends_a_reply(prompt: str) -> None:
    assert reply(f"show boot\r\nx\r\n{prompt}") == "x"


@pytest.mark.parametrize(
    "text", ["OS10", "OS101# ", " OS10# ", "x OS10# ", "OS10# x", "OS10(config# ", "\r\nOS10#\r\nx"]
)
def test_what_resembles_a_prompt_ends_no_reply(text: str) -> None:
    with pytest.raises(ReplyTimeout):
        reply(f"show boot\r\nx\r\n{text}", timeout=NOW)


def test_a_base_prompt_is_no_pattern() -> None:
    ssh, _ = session("show boot\r\nx\r\nleafXa+# ", base_prompt="leaf.a+")
    with pytest.raises(ReplyTimeout):
        ssh.send("show boot")


def test_a_prompt_before_the_echo_does_not_count() -> None:
    assert reply("OS10# ", "\r\n%Node.1: a log line\r\nOS10# ", "show b", "oot\r\nx\r\nOS10# ") == "x"


def test_without_an_echo_there_is_no_reply() -> None:
    with pytest.raises(ReplyTimeout) as caught:
        reply("\r\nOS10# ", timeout=NOW)
    assert (caught.value.command, caught.value.said) == ("show boot", "\nOS10# ")


def test_the_prompt_is_found_after_a_long_reply() -> None:
    rows = "".join(f"line {number}\r\n" for number in range(2000))
    assert reply("show boot\r\n", rows, "OS10# ") == rows.replace("\r\n", "\n").strip()


def test_what_matched_another_pattern_is_kept() -> None:
    assert reply("show boot\r\nSave? [yes/no]:", until=r"\[yes/no\]:") == "Save? [yes/no]:"
    assert reply("show boot\r\nx\r\nOS10# ", until=r"OS10# |\[yes/no\]:") == "x\nOS10# "


def test_a_line_is_typed_as_it_is_and_ended() -> None:
    ssh, connection = session("show boot\r\nOS10# ")
    assert ssh.send("show boot") == ""
    assert connection.typed == ["show boot\n"]


@pytest.mark.parametrize("line", ["a\nreload", "a\r", "a\tb", "\x03", "a\x1b[A", "a\x7f", "a\u2028b", "a\u202eb"])
def test_control_characters_are_not_typed(line: str) -> None:
    ssh, connection = session("OS10# ")
    with pytest.raises(UnexpectedOutput, match="refused to type control characters"):
        ssh.send(line)
    assert connection.typed == []


def test_an_answer_is_one_line_too() -> None:
    ssh, connection = session("OS10# ")
    with pytest.raises(UnexpectedOutput):
        ssh.answer("no\nreload")
    assert connection.typed == []


def test_an_answer_is_not_waited_for_as_an_echo() -> None:
    ssh, connection = session("\r\nOS10# ")
    assert ssh.answer("yes") == ""
    assert connection.typed == ["yes\n"]


def test_an_interrupt_is_one_control_c_and_comes_back_to_the_prompt() -> None:
    ssh, connection = session("^C\r\nOS10# ")
    ssh.interrupt()
    assert connection.typed == ["\x03"]
    with pytest.raises(ReplyTimeout):
        ssh.interrupt()


def test_no_prompt_in_time_tells_what_was_said() -> None:
    with pytest.raises(ReplyTimeout) as caught:
        reply("show boot\r\n\x1b[1mhalf", " a line", timeout=NOW)
    assert caught.value == ReplyTimeout(
        f"no prompt within {NOW:g} s", command="show boot", said="show boot\nhalf a line", remedy=""
    )


def test_a_switch_that_never_stops_talking_is_given_up_in_time() -> None:
    ssh, _ = session("show boot\r\n", *["%Node.1: a log line\r\n"] * 1000, breaks=EOFError())
    with pytest.raises(ReplyTimeout):
        ssh.send("show boot", timeout=0)


@pytest.mark.parametrize("pieces", [(), ("show boot\r\nhalf",)])
def test_a_closed_session_is_lost_with_what_was_said(pieces: tuple[str, ...]) -> None:
    ssh, connection = session(*pieces)
    assert ssh.alive()
    connection.remote_conn.closed = True
    assert not ssh.alive()
    with pytest.raises(SessionLost) as caught:
        ssh.send("show boot", timeout=3600)
    assert caught.value.said == clean("".join(pieces))


def test_what_came_before_the_close_is_still_a_reply() -> None:
    ssh, _ = session("show boot\r\nx\r\n", "OS10# ", remote_conn=Channel(closed=True))
    assert ssh.send("show boot") == "x"


def test_a_channel_that_breaks_is_a_lost_session() -> None:
    ssh, _ = session("show boot\r\nhalf", breaks=OSError("Socket is closed"))
    with pytest.raises(SessionLost, match="Socket is closed") as caught:
        ssh.send("show boot")
    assert (caught.value.command, caught.value.said) == ("show boot", "show boot\nhalf")


def test_S10_a_password_that_was_given_out_stands_in_no_error() -> None:
    ssh, _ = session(f"\r\n{PASSWORD}: not found\r\n")
    assert ssh.password() == PASSWORD
    with pytest.raises(ReplyTimeout) as caught:
        ssh.answer(PASSWORD)
    assert (caught.value.command, caught.value.said) == ("", "\n***: not found\n")


def test_a_session_without_a_password_has_an_empty_one() -> None:
    assert session(password=None)[0].password() == ""
