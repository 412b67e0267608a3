"""``python -m lcm_nornir.drivers.conformance [PLATFORM] [RECORDING…]``: what the kit finds; exit code 1 if anything."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lcm_nornir.drivers.base import Driver
from lcm_nornir.drivers.conformance.case import QUESTIONS, cases_of, recordings_of
from lcm_nornir.drivers.registry import driver_for, drivers
from lcm_nornir.errors import RequestError


def main(words: Sequence[str] | None = None) -> int:
    """Ask, print, and give the exit code: 1 if there are findings, 2 if something that was named is none."""
    given = _arguments().parse_args(words)
    platform, places = given.platform, given.recordings
    if Path(platform).exists() and platform:  # no platform was named, only recordings
        platform, places = "", [platform, *places]
    try:
        chosen = [driver_for(platform)] if platform else list(drivers().values())
        found = sum(_told(driver, places) for driver in chosen)
    except RequestError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 1 if found else 0


def _arguments() -> argparse.ArgumentParser:
    questions = "\n".join(f"  {name:14}{what}" for name, (what, _) in QUESTIONS.items())
    parser = argparse.ArgumentParser(
        prog="python -m lcm_nornir.drivers.conformance",
        description="Ask a driver, or every installed one, whether it does what the contract of a driver says.",
        epilog=f"questions:\n{questions}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("platform", nargs="?", default="", metavar="PLATFORM", help="every installed one if none")
    parser.add_argument("recordings", nargs="*", metavar="RECORDING", help="recordings of its OS, or folders of them")
    return parser


def _told(driver: Driver, places: Sequence[str]) -> int:
    recordings = recordings_of(driver, places)
    cases = cases_of(driver, recordings)
    found = [finding for case in cases for finding in case.findings()]
    for finding in found:
        sys.stdout.write(f"{driver.platform}: {finding}\n")
    subject = cases[0].subject
    shown = sorted({one.method for _, one in subject.queries} | {place.method for place in subject.commands})
    sys.stderr.write(
        f"{driver.platform}: {len(cases)} questions, {len(recordings)} recordings that show"
        f" {', '.join(shown) or 'nothing'}: {len(found)} findings\n"
    )
    return len(found)


if __name__ == "__main__":
    sys.exit(main())
