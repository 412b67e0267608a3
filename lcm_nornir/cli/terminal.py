"""What is printed where: data to stdout, the rest to stderr; and signals that ask a run to stop."""

from __future__ import annotations

import json
import logging
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.logging import RichHandler
from rich.table import Column, Table
from rich.text import Text

from lcm_nornir.runners.waves import WaveRunner


def data(text: str) -> None:
    """Print a document to stdout."""
    print(text, flush=True)  # noqa: T201 - the one place for it


def data_json(value: Any) -> None:
    """Print plain data to stdout as JSON."""
    data(json.dumps(value, indent=2, ensure_ascii=False))


def data_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table to stdout, nothing cut off; as wide as it needs to be where stdout is no terminal."""
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console.width = 10_000
    table = Table(*(Column(head, overflow="fold") for head in heads), box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def note(text: str) -> None:
    """Tell people something."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - the one place for it


@contextmanager
def warnings_on(console: Console) -> Iterator[None]:
    """Show our own warnings on a console, above what moves there, and do not show them twice."""
    logger = logging.getLogger("lcm_nornir")
    handler = RichHandler(
        logging.WARNING, console, show_path=False, rich_tracebacks=False, markup=False, highlighter=None
    )
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


@contextmanager
def stopped_by_signals(runner: WaveRunner) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM ask the runner to stop at safe points, however often they come."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        runner.interrupt()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
