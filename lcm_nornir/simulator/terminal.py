"""The terminal of a command line that reads whole lines: echo, line editing, type-ahead, prompts, paging.

What is typed is kept until the command line reads it, and is echoed when it is read. Everything that one piece of input
causes goes out in one write: that is what makes a thousand sessions cheap.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Protocol

from lcm_nornir.simulator.dialogue import Ask, Dialogue, Hang, Outcome

if TYPE_CHECKING:
    from lcm_nornir.simulator.chassis import Chassis
    from lcm_nornir.simulator.journal import Journal
    from lcm_nornir.simulator.personality import Wire

_LINE_END = re.compile(r"\r\n|\r|\n|\x03")
_ERASE = "\b \b"


class CommandLine(Protocol):
    """What a terminal needs of the command line that runs in it."""

    @property
    def switch(self) -> Chassis:
        """The switch."""

    @property
    def prompt(self) -> str:
        """The prompt of the current context."""

    @property
    def length(self) -> int:
        """Lines of the terminal; 0 switches paging off."""

    @property
    def paged(self) -> bool:
        """The output of the last command may be paged."""

    @property
    def ended(self) -> bool:
        """The session has been left."""

    def banner(self) -> str:
        """Give what a login prints before the first prompt."""

    def execute(self, line: str) -> Outcome:
        """Run one command line."""

    def printed(self, text: str) -> str:
        """Add to the output of a command what nobody asked for, such as log lines."""


class Terminal:
    """One interactive session.

    Attributes:
        cli: Its command line.
        more: What the pager says below a page.
    """

    more = "--more--"

    def __init__(self, cli: CommandLine, wire: Wire) -> None:
        """Make a terminal.

        Args:
            cli: The command line to run.
            wire: The channel.
        """
        self.cli = cli
        self._journal: Journal = cli.switch.journal
        self._wire = wire
        self._typed = ""
        self._line = ""
        self._out: list[str] = []
        self._dialogue: Dialogue | None = None
        self._question: Ask | None = None
        self._pages: list[str] = []
        self._hanging = False

    def start(self) -> None:
        """Greet and prompt."""
        if self.cli.switch.hung:
            return
        self._say(self.cli.banner())
        self._prompt()
        self._flush()

    def feed(self, data: bytes) -> None:
        """Take what the client typed."""
        self._typed += data.decode(errors="replace")
        while self._typed and not (self._hanging or self.cli.ended or self.cli.switch.hung):
            if self._pages:
                key, self._typed = self._typed[0], self._typed[1:]
                self._page(key)
            else:
                self._read()
        self._flush()
        if self.cli.ended:
            self._wire.leave(0)

    def eof(self) -> None:
        """Leave when the client does."""
        self._wire.leave(0)

    def resize(self, columns: int, rows: int) -> None:
        """Keep the size: a command line learns another one by a command."""

    def close(self) -> None:
        """Forget what was typed."""
        self._typed = ""

    def _read(self) -> None:
        """Read up to the end of a line, or what there is of it."""
        end = _LINE_END.search(self._typed)
        if end is None:
            self._edit(self._typed)
            self._typed = ""
            return
        self._edit(self._typed[: end.start()])
        self._typed = self._typed[end.end() :]
        line, self._line = self._line, ""
        if end[0] == "\x03":
            self._interrupt()
        else:
            self._out.append("\r\n")
            self._entered(line)

    def _edit(self, text: str) -> None:
        hidden = self._question is not None and self._question.hidden
        if text.isprintable():
            self._line += text
            self._out.append("" if hidden else text)
            return
        for key in text:
            if key in "\b\x7f":
                self._out.append(_ERASE if self._line and not hidden else "")
                self._line = self._line[:-1]
            elif key == "\x15":
                self._out.append("" if hidden else _ERASE * len(self._line))
                self._line = ""
            elif key.isprintable():
                self._line += key
                self._out.append("" if hidden else key)

    def _interrupt(self) -> None:
        """Ctrl-C: forget the line and the dialogue."""
        self._out.append("^C\r\n")
        self._dialogue = self._question = None
        self._prompt()

    def _entered(self, line: str) -> None:
        if self._question is not None and self._dialogue is not None:
            shown = "<password>" if self._question.hidden else line
            self._journal.write("command", line=shown, session=self._wire.session, prompt=True)
            if not self.cli.switch.hangs_at(shown):
                self._question = None
                self._go_on(self._dialogue, line)
            return
        if not line.strip():
            self._prompt()
            return
        self._journal.write("command", line=line, session=self._wire.session)
        if self.cli.switch.hangs_at(line):
            return
        if "slow-answers" in self.cli.switch.faults:
            self._hanging = True
            delay = self.cli.switch.faults.number("slow-answers") / self.cli.switch.pace.speed
            asyncio.get_running_loop().call_later(delay, self._obey_late, line)
        else:
            self._obey(line)

    def _obey_late(self, line: str) -> None:
        self._hanging = False
        self._obey(line)
        self.feed(b"")  # what was typed meanwhile

    def _obey(self, line: str) -> None:
        outcome = self.cli.execute(line)
        if isinstance(outcome, str):
            self._answer(outcome)
        else:
            self._dialogue = outcome
            self._go_on(outcome, None)

    def _go_on(self, dialogue: Dialogue, answer: str | None) -> None:
        try:
            step = next(dialogue) if answer is None else dialogue.send(answer)
        except StopIteration as end:
            self._dialogue = None
            self._answer(end.value)
            return
        if isinstance(step, Hang):
            self._hang(step)
        else:
            self._question = step
            self._say(step.text)

    def _hang(self, step: Hang) -> None:
        """Take no more lines; an OS whose commands hold their session for a while begins the work here."""
        self._hanging = True
        self._say(step.text + "\n" if step.text else "")

    def _answer(self, text: str) -> None:
        """Print a command's output, page by page if it must be, and prompt."""
        if self.cli.ended:
            return
        text = self.cli.printed(text)
        lines = text.split("\n") if text else []
        if self.cli.paged and 0 < self.cli.length <= len(lines):
            self._pages = lines
            self._show(max(1, self.cli.length - 1))
            return
        self._say("".join(line + "\n" for line in lines))
        self._prompt()

    def _page(self, key: str) -> None:
        """Show the next page, line, or nothing more, as the key says."""
        page = max(1, self.cli.length - 1)
        count = {" ": page, "f": page, "\r": 1, "\n": 1, "q": 0, "\x03": 0}.get(key)
        if count is not None:
            self._out.append("\r" + " " * len(self.more) + "\r")
            self._show(count)

    def _show(self, count: int) -> None:
        shown, rest = self._pages[:count], self._pages[count:]
        self._say("".join(line + "\n" for line in shown))
        self._pages = rest if count else []
        if self._pages:
            self._out.append(self.more)
        else:
            self._prompt()

    def _prompt(self) -> None:
        self._out.append(self.cli.prompt)

    def _say(self, text: str) -> None:
        self._out.append(text.replace("\n", "\r\n"))

    def _flush(self) -> None:
        text = "".join(self._out)
        self._out.clear()
        if text:
            self._wire.write(text.encode(errors="replace"))
