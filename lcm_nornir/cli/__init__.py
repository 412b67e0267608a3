"""The command line ``lcm-nornir``: parse, call, print. Data goes to stdout, what is for people to stderr."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Upgrade the operating system of a fleet of network switches.",
)


class Output(StrEnum):
    """Forms in which data goes to stdout."""

    JSON = "json"


@app.callback()
def _root() -> None:
    """Upgrade the operating system of a fleet of network switches."""


@app.command()
def rehearse(
    switches: Annotated[int, typer.Option("--switches", min=1, help="How many simulated switches.")] = 4,
    fault: Annotated[list[str] | None, typer.Option("--fault", help="SWITCH=FAULT, repeatable.")] = None,
    output: Annotated[Output, typer.Option("--output", help="Form of the document on stdout.")] = Output.JSON,
    speed: Annotated[float, typer.Option("--speed", min=0.1, help="How many times as fast as real switches.")] = 20.0,
) -> None:
    """Upgrade a simulated fleet over real SSH and print its status document."""
    from lcm_nornir.cli.rehearse import run  # noqa: PLC0415 - imported when used

    del output  # there is one form so far
    raise typer.Exit(_guarded(run, switches, tuple(fault or ()), speed))


def _guarded(command: Any, *args: Any) -> int:
    from lcm_nornir.errors import RequestError  # noqa: PLC0415 - imported when used

    try:
        return int(command(*args))
    except RequestError as error:
        print(f"lcm-nornir: {error}", file=sys.stderr)  # noqa: T201 - what a command line is for
        return 2


def main() -> None:
    """Run the command line."""
    app()
