"""The questions, and the doors by which they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lcm_nornir.dialogue import Recording
from lcm_nornir.drivers.base import Driver
from lcm_nornir.drivers.conformance import commands, contract, cuts, failure_words, pure, queries, read_back
from lcm_nornir.drivers.conformance.finding import Finding
from lcm_nornir.drivers.conformance.subject import Subject
from lcm_nornir.drivers.registry import driver_for
from lcm_nornir.errors import RequestError

Ask = Callable[[Subject], Iterator[Finding]]

QUESTIONS: dict[str, tuple[str, Ask]] = {
    "protocol": (
        "has every method, with the protocol's parameters",
        lambda one: contract.protocol_findings(one.driver),
    ),
    "capabilities": ("its capabilities fit its methods", lambda one: contract.capability_findings(one.driver)),
    "data": ("its names, patterns and lines have their form", lambda one: contract.data_findings(one.driver)),
    "words": ("its table of failure words is well-formed", failure_words.words_findings),
    "recorded": ("the recordings show every query, typed as the driver types it", queries.recorded_findings),
    "reading": ("queries change nothing", queries.reading_findings),
    "repeated": ("queries give the same twice, and nothing is kept", queries.repeated_findings),
    "errors": ("a CLI's error is no answer", queries.error_findings),
    "cut": ("an answer that was cut is never another value", cuts.cut_findings),
    "noise": ("an answer with log lines in it is never another value", cuts.noise_findings),
    "refused": ("a command that the CLI refuses is told to be refused", commands.refused_findings),
    "asked": ("a question that nobody knows is not answered", commands.asked_findings),
    "left-off": ("a held copy that nobody wants is interrupted, an installation never", commands.left_off_findings),
    "read-back": ("what a command changed can be read", read_back.read_back_findings),
    "pure": ("methods that ask no switch agree with themselves", pure.pure_findings),
}
"""Every question by its name: what is to hold, and who asks it. What a cut answer may be, `less` tells."""


@dataclass(frozen=True)
class Case:
    """One question to one driver; as text it is the two, for a test's name.

    Attributes:
        question: The question, one of `QUESTIONS`.
        subject: The driver with its recordings.
    """

    question: str
    subject: Subject = field(repr=False)

    def findings(self) -> list[Finding]:
        """Ask; empty if all is as it must be.

        Where the driver lacks what the protocol says, nothing else can be asked.
        """
        try:
            if self.question != "protocol" and any(contract.protocol_findings(self.subject.driver)):
                return [Finding(self.question, "protocol", "not asked: the driver is no whole one (see protocol)")]
            return list(QUESTIONS[self.question][1](self.subject))
        except Exception as error:  # noqa: BLE001 - whatever a stranger's driver raises is to be told
            return [Finding(self.question, "", f"the driver raises {type(error).__name__}: {error}")]

    def __str__(self) -> str:
        return f"{getattr(self.subject.driver, 'platform', '?')}-{self.question}"


def check(driver: Driver, recordings: Iterable[Recording] | Mapping[str, Recording]) -> list[Finding]:
    """Ask a driver every question.

    Args:
        driver: The driver.
        recordings: Recordings of switches that run its OS; with names, if findings are to tell which one shows them.

    Returns:
        What was found, as plain data; empty if the driver conforms.
    """
    return [finding for case in cases_of(driver, recordings) for finding in case.findings()]


def cases_of(driver: Driver, recordings: Iterable[Recording] | Mapping[str, Recording]) -> list[Case]:
    """Give the questions to a driver one by one; arguments as of `check`."""
    if not isinstance(recordings, Mapping):
        recordings = {f"recording {number}": one for number, one in enumerate(recordings, 1)}
    subject = Subject(driver, recordings)
    return [Case(question, subject) for question in QUESTIONS]


def cases(platform: str, *places: Path | str) -> list[Case]:
    """Give the questions to an installed driver one by one, for ``pytest.mark.parametrize``.

    Args:
        platform: The platform's name, or an alias.
        places: Recordings, or folders of them; recordings of other platforms are passed over.

    Raises:
        RequestError: There is no such driver, or a recording cannot be read.
    """
    driver = driver_for(platform)
    return cases_of(driver, recordings_of(driver, places))


def recordings_of(driver: Driver, places: Iterable[Path | str]) -> dict[str, Recording]:
    """Read the recordings of a driver's OS, by their names.

    Raises:
        RequestError: One cannot be read.
    """
    read = {path.name: Recording.read(path) for path in _files(places)}
    return {name: one for name, one in read.items() if one.platform in (driver.platform, *driver.aliases)}


def _files(places: Iterable[Path | str]) -> Iterator[Path]:
    for place in map(Path, places):
        found = sorted(place.glob("*.json")) if place.is_dir() else [place]
        if not found:
            raise RequestError("has no recordings", field=str(place), cure="make one with lcm-nornir record")
        yield from found
