"""Asking for help is cheap: what a command needs is imported by the command."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "aiohttp",
    "asyncssh",
    "fastapi",
    "httpx",
    "napalm",
    "netmiko",
    "nornir",
    "paramiko",
    "pydantic",
    "rich",
    "ruamel",
    "sqlalchemy",
}
ASK = """
import sys
from lcm_nornir.cli import main
sys.argv = ["lcm-nornir", *sys.argv[1:]]
try:
    main()
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


@pytest.mark.parametrize("words", [["--help"], ["--version"], [], ["run", "--help"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    allowed = {"pydantic"} if "run" in words else set()  # Typer's own, for the options of a command
    done = subprocess.run([sys.executable, "-c", ASK, *words], capture_output=True, text=True, check=False)
    imported = set(done.stderr.splitlines()[-1].split())
    assert "typer" in imported
    assert imported & HEAVY <= allowed


def test_help_names_every_command() -> None:
    done = subprocess.run([sys.executable, "-c", ASK, "--help"], capture_output=True, text=True, check=True)
    for command in (
        "rehearse",
        "run",
        "stage",
        "activate",
        "trust",
        "simulate",
        "record",
        "drivers",
        "doctor",
        "users",
        "serve",
    ):
        assert f"\n  {command} " in done.stdout
    assert "\n  users " in done.stdout
