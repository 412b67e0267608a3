"""Commands that hold their session: what they print comes while they work, and Ctrl-C may end them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lcm_nornir.simulator.dialogue import Dialogue, Hang
from lcm_nornir.simulator.terminal import Terminal

if TYPE_CHECKING:
    from lcm_nornir.simulator.cisco_nxos.cli import Cli
    from lcm_nornir.simulator.personality import Wire

Tell = Callable[[str], None]
_HELP = "\r\n  <CR>  \r\n"


async def _nothing(_tell: Tell) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Hold(Hang):
    """Work while the session waits; the dialogue is answered with what the work returns.

    Attributes:
        work: Is told where to print, and returns the answer. It is cancelled when the session ends.
        yields: Ctrl-C ends it.
    """

    work: Callable[[Tell], Awaitable[str]] = _nothing
    yields: bool = True


class HeldTerminal(Terminal):
    """A terminal whose commands may hold it, and in which ``?`` is a key of its own."""

    more = "--More--"

    def __init__(self, cli: Cli, wire: Wire) -> None:
        super().__init__(cli, wire)
        self._nxos = cli
        self._task: asyncio.Task[None] | None = None
        self._holding: Hold | None = None

    def feed(self, data: bytes) -> None:
        """Take what the client typed; Ctrl-C counts at once while something holds the session."""
        if self._holding is not None and b"\x03" in data:
            data = data.rpartition(b"\x03")[2]
            if self._holding.yields and self._task is not None:
                self._task.add_done_callback(lambda _task: self._interrupted())
                self._release()
        super().feed(data)

    def close(self) -> None:
        """Forget what was typed, and end what holds the session."""
        super().close()
        self._release()
        self._leave_dialogue()

    def _interrupted(self) -> None:
        """Prompt again, now that what was interrupted has ended."""
        self._hanging = False
        self._interrupt()
        self.feed(b"")

    def _interrupt(self) -> None:
        self._leave_dialogue()
        super()._interrupt()

    def _leave_dialogue(self) -> None:
        """Let a dialogue know that nobody answers it any more."""
        if self._dialogue is not None:
            self._dialogue.close()
            self._dialogue = self._question = None

    def _edit(self, text: str) -> None:
        """Edit the line; ``?`` asks for help, and never becomes part of it."""
        if self._question is not None or "?" not in text:
            super()._edit(text)
            return
        *parts, last = text.split("?")
        for part in parts:
            super()._edit(part)
            self._out.append(f"{_HELP}{self.cli.prompt}{self._line}")
        super()._edit(last)

    def _hang(self, step: Hang) -> None:
        super()._hang(step)
        if isinstance(step, Hold) and self._dialogue is not None:
            self._holding = step
            self._task = asyncio.get_running_loop().create_task(self._hold(self._dialogue, step))
            self._nxos.switch.keep(self._task)

    async def _hold(self, dialogue: Dialogue, step: Hold) -> None:
        answer = await step.work(self._tell)
        if self._nxos.switch.hung:
            return
        self._hanging, self._holding = False, None
        self._go_on(dialogue, answer)
        self.feed(b"")  # what was typed meanwhile

    def _tell(self, text: str) -> None:
        if not self._nxos.switch.hung:
            self._say(text)
            self._flush()

    def _release(self) -> None:
        if self._holding is not None and self._task is not None:
            self._task.cancel()
            self._holding = None
