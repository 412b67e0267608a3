"""What holds for every test: nothing is kept where the user's own things are, and a row that is asked for is told."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from importlib import metadata
from itertools import chain, groupby, zip_longest
from pathlib import Path

import pytest
import typer.main
import typer.testing
from hypothesis import settings

from tests.faults.rows import ids_in, rows
from tests.postgres import PostgresServer, needed, postgres_server

TESTS = Path(__file__).parent
WAITING = ["jobs", "journal", "faults", "tasks", "processors", "runners", "simulator"]
"""Folders of tests that wait for switches more than they work; what waits longest comes first."""

settings.register_profile("no stop-watch", deadline=None)  # other tests take the processor meanwhile
settings.load_profile("no stop-watch")


@pytest.fixture(scope="session", autouse=True)
def _state_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give this worker, and every process that it starts, a state folder of its own."""
    before = os.environ.get("XDG_STATE_HOME")
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))
    yield
    if before is None:
        del os.environ["XDG_STATE_HOME"]
    else:
        os.environ["XDG_STATE_HOME"] = before


@pytest.fixture(scope="session", autouse=True)
def _installed_packages() -> Iterator[None]:
    """Let this worker look through all installed packages once, and not at each ``InitNornir``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metadata, "entry_points", functools.cache(metadata.entry_points))
        yield


@pytest.fixture(scope="session", autouse=True)
def _command_line() -> Iterator[None]:
    """Let this worker build the command line once, and not at each ``CliRunner.invoke``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.testing, "_get_command", functools.cache(typer.main.get_command))
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Run a PostgreSQL server for this worker; who kills it starts it again."""
    needed()
    with postgres_server() as server:
        yield server


def pytest_configure(config: pytest.Config) -> None:
    """Let ``pytest -k F47`` run the whole row, also what is slow of it."""
    if _asked(config) and config.option.markexpr == "not slow":
        config.option.markexpr = ""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files that wait for switches and files that work in turn, so that workers keep the processor busy."""
    files = [list(file) for _, file in groupby(items, key=lambda item: item.path)]
    waiting = sorted(
        (file for file in files if _folder(file) in WAITING), key=lambda file: WAITING.index(_folder(file))
    )
    working = [file for file in files if _folder(file) not in WAITING]
    in_turn = chain.from_iterable(zip_longest(waiting, working, fillvalue=list[pytest.Item]()))
    items[:] = chain.from_iterable(in_turn)


def _folder(file: list[pytest.Item]) -> str:
    return file[0].path.relative_to(TESTS).parts[0]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """After ``pytest -k F22``, tell what the row says and how many of its tests ended how."""
    known, asked = rows(), _asked(config)
    if not asked:
        return
    terminalreporter.section("what this proves")
    for row in asked:
        ended = {
            word: sum(row in ids_in(report.nodeid) for report in terminalreporter.getreports(word))
            for word in ("passed", "failed", "error", "skipped")
        }
        told = (
            ", ".join(f"{number} {word}" for word, number in ended.items() if number) or known[row].result or "nothing"
        )
        terminalreporter.write_line(f"{row}: {': '.join(known[row].told)} [{told}]")


def _asked(config: pytest.Config) -> list[str]:
    """Give the rows that ``-k`` names."""
    return [row for row in ids_in(config.option.keyword.upper()) if row in rows()]
