"""A store of one's own, and its disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lcm_nornir import Store
from tests.journal.stores import Disk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store(path) as opened:
        yield opened


@pytest.fixture
def disk(path: Path) -> Iterator[Disk]:
    disk = Disk(path)
    yield disk
    disk.clear()
