"""The terminal of a command line that reads whole lines: echo, line editing, type-ahead, prompts, paging.

What is typed is kept until the command line reads it, and is echoed when it is read. Everything that one piece of input
causes goes out in one write: that is what makes a thousand sessions cheap.
"""

from __future__ import annotations

import asyncio
import functools
import re
from typing import TYPE_CHECKING, Any

from lcm_nornir.simulator.dialogue import Ask, Dialogue, Hang, Held

if TYPE_CHECKING:
    from lcm_nornir.simulator.commandline import CommandLine
    from lcm_nornir.simulator.journal import Journal
    from lcm_nornir.simulator.personality import Wire

_LINE_END = re.compile(r"\r\n|\r|\n|\x03")
_BREAK = re.compile(rb"[\x03\x1e]")  # Ctrl-C, and the escape sequence of those who have another one
_ERASE = "\b \b"


class Terminal:
    """One interactive session.

    Attributes:
        cli: Its command line.
        more: What stands below a page.
        wipe: What takes that away again.
    """

    more = "--more--"
    wipe = "\r" + " " * len(more) + "\r"

    def __init__(self, cli: CommandLine[Any], wire: Wire) -> None:
        """Make a terminal.

        Args:
            cli: The command line to run.
            wire: The channel.
        """
        columns, lines = wire.size
        self.cli = cli
        self.cli.length, self.cli.width = lines or cli.length, columns or cli.width
        self._journal: Journal = cli.switch.journal
        self._wire = wire
        self._typed = ""
        self._line = ""
        self._out: list[str] = []
        self._dialogue: Dialogue | None = None
        self._question: Ask | None = None
        self._pages: list[str] = []
        self._hanging = self._closed = False
        self._held: Held | None = None
        self._work: asyncio.Future[str] | None = None

    def start(self) -> None:
        """Greet and prompt."""
        if self.cli.switch.hung:
            return
        self._say(self.cli.banner())
        self._prompt()
        self._flush()

    def feed(self, data: bytes) -> None:
        """Take what the client typed."""
        if self._work is not None and self._held is not None and not self._held.outlives and _BREAK.search(data):
            self._held = None
            self._work.cancel()
            return
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
        """Forget what was typed, and what was asked; work that cannot outlive the session ends."""
        self._typed = ""
        self._closed = True
        if self._work is None:
            self._end_dialogue()
        elif self._held is not None and not self._held.outlives:
            self._work.cancel()

    def _read(self) -> None:
        """Read up to the end of a line, or what there is of it, or the one key that was asked for."""
        end = _LINE_END.search(self._typed)
        if self._question is not None and self._question.key and (end is None or end.start() > 0):
            key, self._typed = self._typed[0], self._typed[1:]
            self._out.append("\r\n")
            self._entered(key)
            return
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
        self._end_dialogue()
        self._prompt()

    def _end_dialogue(self) -> None:
        """Leave the dialogue, which may have something to give back."""
        dialogue, self._dialogue, self._question = self._dialogue, None, None
        if dialogue is not None:
            dialogue.close()

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
        elif isinstance(step, Held):
            self._hanging, self._held = True, step
            self._work = step.start(self._tell)
            self._work.add_done_callback(functools.partial(self._released, dialogue))
        else:
            self._question = step
            self._say(step.text)

    def _hang(self, step: Hang) -> None:
        """Take no more lines; an OS whose commands hold their session for a while begins the work here."""
        self._hanging = True
        self._say(step.text + "\n" if step.text else "")

    def _tell(self, text: str) -> None:
        """Print what work says while it holds the session."""
        if not (self._closed or self.cli.switch.hung):
            self._say(text)
            self._flush()

    def _released(self, dialogue: Dialogue, work: asyncio.Future[str]) -> None:
        """Go on after work that held the session; work that the switch itself ended leaves it as it is."""
        interrupted, self._held, self._work = self._held is None, None, None
        if self._closed:
            self._end_dialogue()
        elif self.cli.switch.hung:
            self._hanging = True
        elif not work.cancelled():
            self._hanging = False
            self._go_on(dialogue, work.result())
            self.feed(b"")  # what was typed meanwhile
        elif interrupted:
            self._hanging = False
            self._interrupt()
            self._flush()

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
            self._out.append(self.wipe)
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
