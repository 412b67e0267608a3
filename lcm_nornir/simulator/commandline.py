"""A command line that reads whole lines: what is the same in the one of every OS that has such a one."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from lcm_nornir.simulator import hostile, noise
from lcm_nornir.simulator.chassis import Chassis
from lcm_nornir.simulator.dialogue import Ask, Dialogue, Outcome, Step, agrees

if TYPE_CHECKING:
    from lcm_nornir.simulator.power import Power

_S = TypeVar("_S", bound=Chassis)
_C = TypeVar("_C")
_MOST_WORDS = 6  # of a command's name


@dataclass(slots=True)
class CommandLine(ABC, Generic[_S]):
    """One session's command line.

    Attributes:
        errors: What an error looks like.
        asks_itself: Commands whose own dialogue has the place for a question that nobody expects.
        switch: The switch.
        power: Its life cycle.
        length: Lines of the terminal; 0 switches paging off.
        width: Columns of the terminal; 0 means that nothing is ever cut.
        paged: The output of the last command may be paged.
        ended: The session has been left.
        typed: The last line, as it was typed.
    """

    errors: ClassVar[re.Pattern[str]]
    asks_itself: ClassVar[frozenset[str]] = frozenset()

    switch: _S
    power: Power
    length: int = 24
    width: int = 80
    paged: bool = True
    ended: bool = False
    typed: str = ""
    _shown: int = 0

    @property
    @abstractmethod
    def host_name(self) -> str:
        """The host name in force."""

    @property
    @abstractmethod
    def prompt(self) -> str:
        """The prompt of the current context."""

    @abstractmethod
    def banner(self) -> str:
        """Give what a login prints before the first prompt."""

    @abstractmethod
    def event(self) -> str:
        """Give a line of the switch's log."""

    @abstractmethod
    def not_yet(self, line: str) -> str:
        """Give what is said of a command that must wait until the switch is ready; empty if it need not."""

    @abstractmethod
    def question(self) -> str:
        """Give a question that no document knows."""

    @abstractmethod
    def invalid(self) -> str:
        """Give what is said of a parameter that a command does not know."""

    @abstractmethod
    def run(self, line: str) -> Outcome:
        """Run one command line of a switch that is ready for it."""

    def printed(self, text: str) -> str:
        """Let faults add hostile words to errors, and log lines to everything."""
        if "hostile" in self.switch.faults:
            text = self.errors.sub(lambda error: hostile.error(self.switch, error[0]), text)
        return noise.between(self.switch, text, self.event()) if noise.interrupts(self.switch) else text

    def execute(self, line: str) -> Outcome:
        """Run one command line."""
        self.paged, self.typed = True, line
        line = line.strip()
        if not line or line.startswith("!"):
            return ""
        faults = self.switch.faults
        if refusal := self.not_yet(line):
            return refusal
        if "unexpected-question" in faults:
            asked = faults.argument("unexpected-question")
            if asked not in self.asks_itself and line.startswith(asked):
                return self._questioned(line)
        return self.run(line)

    def _questioned(self, line: str) -> Dialogue:
        if not (yield from self.unexpected()):
            return ""
        outcome = self.run(line)
        return outcome if isinstance(outcome, str) else (yield from outcome)

    def goes_mute(self) -> bool:
        """Count a command that shows something; True if the session hangs at it."""
        self._shown += 1
        return "mute" in self.switch.faults and self._shown > self.switch.faults.number("mute")

    def unexpected(self, said: str = "") -> Generator[Step, str, bool]:
        """Ask what no document knows; True if it was answered in a way that lets the command go on."""
        answer = yield Ask(said + self.question())
        return agrees(answer) or answer.strip().lower() == self.host_name.lower()


def shows(screen: Callable[[_S], str]) -> Callable[[CommandLine[_S], list[str]], Outcome]:
    """Make a command of a screen that takes no arguments."""
    return lambda cli, words: cli.invalid() if words else screen(cli.switch)


def resizes(name: str) -> Callable[[CommandLine[Any], list[str]], Outcome]:
    """Make a command that sets the ``length`` or the ``width`` of the terminal."""

    def command(cli: CommandLine[Any], words: list[str]) -> Outcome:
        if len(words) != 1 or not words[0].isdecimal():
            return cli.invalid()
        setattr(cli, name, int(words[0]))
        return ""

    return command


def leave(cli: CommandLine[Any], _words: list[str]) -> Outcome:
    """``exit``."""
    cli.ended = True
    return ""


def stay(_cli: CommandLine[Any], _words: list[str]) -> Outcome:
    """``end``, outside of the configuration mode."""
    return ""


def find(commands: Mapping[str, _C], words: list[str]) -> tuple[_C, list[str]] | None:
    """Find the command of the longest name that the words begin with.

    Args:
        commands: The commands by name.
        words: A command line.

    Returns:
        The command, and the words behind its name; None if there is no such command.
    """
    for count in range(min(_MOST_WORDS, len(words)), 0, -1):
        command = commands.get(" ".join(words[:count]))
        if command is not None:
            return command, words[count:]
    return None
