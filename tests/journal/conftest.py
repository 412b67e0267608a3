"""A store of one's own, in a file and on a server, and its disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lcm_nornir import Store
from lcm_nornir.journal.place import Address, Place
from tests.journal.stores import Disk
from tests.postgres import PostgresServer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "store.db"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let what is said of a store be so wherever it is, unless it is said of a file."""
    if "place" in metafunc.fixturenames and not {"path", "disk"} & set(metafunc.fixturenames):
        on_server = pytest.param("postgresql", marks=pytest.mark.slow)
        metafunc.parametrize("place", ["sqlite", on_server], indirect=True)


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Place:
    """Give where a store is to be; the file, where a test has that."""
    if getattr(request, "param", "sqlite") == "sqlite":
        path: Path = request.getfixturevalue("path")
        return path
    server: PostgresServer = request.getfixturevalue("postgres")
    return Address(server.database())


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    with Store(place) as opened:
        yield opened


@pytest.fixture
def disk(path: Path) -> Iterator[Disk]:
    disk = Disk(path)
    yield disk
    disk.clear()
