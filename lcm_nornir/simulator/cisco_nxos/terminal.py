"""The terminal of NX-OS: ``?`` is a key of its own."""

from __future__ import annotations

from lcm_nornir.simulator.terminal import Terminal

_HELP = "\r\n  <CR>  \r\n"


class HelpfulTerminal(Terminal):
    """A terminal in which ``?`` asks for help, and never becomes part of the line."""

    more = "--More--"

    def _edit(self, text: str) -> None:
        if self._question is not None or "?" not in text:
            super()._edit(text)
            return
        *parts, last = text.split("?")
        for part in parts:
            super()._edit(part)
            self._out.append(f"{_HELP}{self.cli.prompt}{self._line}")
        super()._edit(last)
