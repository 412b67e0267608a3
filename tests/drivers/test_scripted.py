"""The scripted session can fail: a reply that nobody asked for is told, and so is a line that has no reply."""

from __future__ import annotations

import pytest

from tests.scripted import Scripted, check_that_every_reply_was_asked_for


def test_a_reply_that_is_left_over_fails_a_test_at_its_end() -> None:
    ssh = Scripted([("show version", "1.0"), ("show boot", "A"), ("show boot", "B")])
    assert (ssh.send("show boot"), ssh.send("show version")) == ("A", "1.0")
    with pytest.raises(AssertionError, match=r"nobody asked for \[\['show boot'\]\]"):
        check_that_every_reply_was_asked_for()
    check_that_every_reply_was_asked_for()  # it was told once


def test_a_line_without_a_reply_fails_a_test_at_once() -> None:
    with pytest.raises(ValueError, match="show boot"):
        Scripted([]).send("show boot")
