"""What holds at the end of every test of a driver."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scripted import check_that_every_reply_was_asked_for


@pytest.fixture(autouse=True)
def _no_reply_is_left_over() -> Iterator[None]:
    yield
    check_that_every_reply_was_asked_for()
