"""What a run looks like: a switch's line, the summary of many, and the board that holds them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderResult
from rich.filesize import decimal
from rich.text import Text

from lcm_nornir.events import Ending, Event, Installing, Phase, StepBegan, Verdict
from lcm_nornir.record import SwitchRecord
from lcm_nornir.schema import DownloadState, SwitchUpdateStatus, UpdateError

_LONGEST = 500  # characters of a text that comes from elsewhere
_NAME = 24  # cells of the longest name
_WORD = 24  # cells of the longest word that is common
_BAR = 20  # cells
_LOOK = {
    Ending.FAILED: (0, "bold red"),
    Ending.STOPPED: (1, "yellow"),
    Ending.HELD: (1, "yellow"),
    Ending.REFUSED: (1, "yellow"),
    Ending.OPEN: (2, "cyan"),
    Ending.NOT_BEGUN: (4, "dim"),
    Ending.SUCCESS: (5, "green"),
}
"""What is shown first where there is no room for all, and its colour."""
_TROUBLE, _WAITING = 1, 3


class Board:
    """What is drawn: measured, chosen and written anew each time, and no more of it than is seen."""

    def __init__(self, lock: Lock) -> None:
        self.lines: dict[str, Line] = {}
        self.final = False
        self._lock = lock

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        with self._lock:
            texts = self._texts(console, options)
        yield from texts

    def _texts(self, console: Console, options: ConsoleOptions) -> list[Text]:
        lines, summary = list(self.lines.values()), list[Text]()
        width = min(max((cell_len(line.name) for line in lines), default=0), _NAME)
        if len(lines) > (room := options.size.height - 1):
            summary = list(_summary(lines).wrap(console, options.max_width))
            lines.sort(key=Line.rank)
            room = max(room - len(summary) - 1, 1)
            if self.final:  # it may scroll now
                room = max(room, sum(line.rank()[0] <= _TROUBLE for line in lines))
        fill, now = "#-" if options.ascii_only else "━─", console.get_time()
        texts = [*summary, *(line.text(width, now, fill) for line in lines[:room])]
        if more := len(lines) - len(lines[:room]):
            texts.append(Text(f"{'...' if options.ascii_only else '…'} and {more} more", "dim"))
        for text in texts:
            text.no_wrap, text.overflow = True, "crop" if options.ascii_only else "ellipsis"
        return texts


@dataclass(slots=True)
class Line:
    """One switch: its record, and when (in the console's seconds) it entered its step and stopped."""

    record: SwitchRecord
    began: float | None = None
    since: float = 0.0
    until: float | None = None
    percent: int = 0
    told: str = ""
    name: str = ""
    _row: SwitchUpdateStatus | None = None

    def __post_init__(self) -> None:
        self.name = _clean(self.record.name)

    def add(self, event: Event, now: float, at: float = 0) -> None:
        """Take in an event; what it looks like is worked out when somebody looks.

        Args:
            event: What happened.
            now: The console's time, seconds.
            at: When it happened, epoch seconds; now, if it is 0.
        """
        self.record.add(event, at)
        self._row = None
        match event:
            case StepBegan():
                self.began = now if self.began is None or self.until is not None else self.began
                self.since, self.until, self.percent = now, None, 0
            case Installing(percent=percent):
                self.percent = min(max(percent, 0), 100)
            case Verdict():
                self.until = now

    def stop(self, now: float) -> None:
        """Stop its clock, if no verdict did."""
        self.until = now if self.until is None else self.until

    def row(self) -> SwitchUpdateStatus:
        """Give its row in the API's words."""
        if self._row is None:
            self._row = self.record.row()
        return self._row

    def rank(self) -> tuple[int, float]:
        """Give its place where there is no room for all; what changed last comes first among equals."""
        rank = _WAITING if self.waits else _LOOK[self.record.ending][0]
        return rank, -max(self.since, self.until or 0.0)

    @property
    def waits(self) -> bool:
        """Whether nothing happened to it yet."""
        return self.record.ending is Ending.OPEN and self.record.phase is Phase.WAITING

    def word(self) -> str:
        """Give its progress word, and what the API has no word for."""
        ending = self.record.ending
        own = "" if ending in (Ending.OPEN, Ending.SUCCESS, Ending.FAILED) else f" {ending.value}"
        return f"{self.row().update_progress_status}{own}"

    def news(self) -> str:
        """Give what is new of it, for a log; empty if nothing is."""
        ended = self.record.ending is not Ending.OPEN
        said = f"{self.word()} {self._error()} {self.record.reason}" if ended else self.record.phase.value
        before, self.told = self.told, _clean(f"{self.record.name} {said}")
        return self.told if self.told != before else ""

    def text(self, width: int, now: float, fill: str) -> Text:
        """Write it out: name, word, time, and what can be said of its ending or its step."""
        style = "dim" if self.waits else _LOOK[self.record.ending][1]
        return Text.assemble(
            set_cell_size(self.name, width),
            "  ",
            (f"{self.word():{_WORD}}", style),
            f"  {self._elapsed(now):>7}  ",
            _clean(self._detail()),
            *self._bar(fill),
        )

    def _elapsed(self, now: float) -> str:
        if self.began is None:
            return ""
        start = self.since if self.record.ending is Ending.OPEN else self.began
        return str(timedelta(seconds=int((now if self.until is None else self.until) - start)))

    def _detail(self) -> str:
        if self.record.ending is Ending.OPEN:
            return f"{self.record.phase.value} {self._step()}"
        if (error := self.record.error) is None:
            return ""
        return f"{self._error()} {error.step}{': ' if error.step else ''}{error.message}"

    def _error(self) -> str:
        error = self.row().error
        return "" if error is UpdateError.NOT_SET else error.value

    def _step(self) -> str:
        if self.record.phase is Phase.INSTALL:
            percent = f"{self.percent} % " if self.percent else ""
            return f"{percent}{self.row().install_status.status_detail}"
        download = self.row().download_status
        if self.record.phase is not Phase.COPY:
            return ""
        if not download.transfer_bytes:
            return download.status_detail
        size = f"/{decimal(download.file_size)}" if download.file_size else ""
        rate = f" {decimal(download.transfer_rate)}/s" if download.transfer_rate else ""
        return f"{decimal(download.transfer_bytes)}{size}{rate}"

    def _bar(self, fill: str) -> tuple[str | tuple[str, str], ...]:
        download = self.row().download_status
        if download.status is not DownloadState.DOWNLOAD_IN_PROGRESS or not download.file_size:
            return ()
        done = _BAR * download.transfer_bytes // download.file_size
        return " ", (fill[0] * done, "cyan"), (fill[1] * (_BAR - done), "dim")


def _summary(lines: list[Line]) -> Text:
    rows = [line.row().download_status for line in lines]
    rate = sum(row.transfer_rate for row in rows if row.status is DownloadState.DOWNLOAD_IN_PROGRESS)
    counts = Counter((line.rank()[0], line.word()) for line in lines)
    words = [f"{count} {word}" for (_, word), count in sorted(counts.items())]
    copied = f"{decimal(sum(row.transfer_bytes for row in rows))} copied, {decimal(rate)}/s"
    return Text(f"{len(lines)} switches: {', '.join(words)}; {copied}", "bold")


def _clean(text: str) -> str:
    # on one line, without anything that moves a cursor, hides, or turns the direction of what follows
    return "".join(filter(str.isprintable, " ".join(text[:_LONGEST].split())))
