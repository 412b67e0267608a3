"""The inventory that those see who only look."""

from __future__ import annotations

from pathlib import Path

import pytest
from nornir.core import Nornir

from lcm_nornir.api.parts import Recent
from tests.api.services import NOBODYS
from tests.jobs.services import opened, write_inventory


def test_it_is_opened_anew_when_it_is_old_and_not_before(tmp_path: Path) -> None:
    write_inventory(tmp_path, {"a": dict(NOBODYS)}, {"one": ["a"]})
    times, count = [0.0], 0

    def inventory() -> Nornir:
        nonlocal count
        count += 1
        return opened(tmp_path)

    recent = Recent(inventory, 5.0, lambda: times[0])
    assert [*recent().inventory.hosts] == ["a"]
    write_inventory(tmp_path, {"a": dict(NOBODYS), "b": dict(NOBODYS)}, {"one": ["a", "b"]})
    assert ([*recent().inventory.hosts], count) == (["a"], 1)
    times[0] = 5.1
    assert ([*recent().inventory.hosts], count) == (["a", "b"], 2)


def test_one_that_cannot_be_opened_is_tried_again_at_once(tmp_path: Path) -> None:
    recent = Recent(lambda: opened(tmp_path), 5.0, lambda: 0.0)
    with pytest.raises(FileNotFoundError):
        recent()
    write_inventory(tmp_path, {"a": dict(NOBODYS)}, {"one": ["a"]})
    assert [*recent().inventory.hosts] == ["a"]
