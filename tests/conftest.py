"""What holds for every test: nothing is kept where the user's own things are, and a row that is asked for is told."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.faults.rows import ids_in, rows
from tests.postgres import PostgresServer, needed, postgres_server

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
