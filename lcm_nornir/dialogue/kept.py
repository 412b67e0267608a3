"""Dialogues while they go on: kept in memory, and written redacted whenever a session has ended.

Nothing but redacted text is ever written. What is learnt later (a serial, a host name) is taken out of what was said
before, too: the whole file is written anew each time.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from threading import Lock

from lcm_nornir.dialogue.recording import Exchange, ReadFacts, Recording
from lcm_nornir.dialogue.redaction import Known, Redactor
from lcm_nornir.errors import RequestError
from lcm_nornir.places import private_folder

logger = logging.getLogger(__name__)


class Dialogue:
    """The dialogue with one switch.

    Attributes:
        known: What is known to be private; whoever learns more adds to it.
        prompt: What the switch calls itself at its prompt.
        facts: What the driver read first, not redacted.
        configurations: Keep configurations, too.
        file: Where it was written; None if nothing was.
        trouble: Why it could not be written, as text.
    """

    def __init__(self, kept: Dialogues, switch: str, platform: str) -> None:
        self.known = Known()
        self.prompt = ""
        self.facts: ReadFacts | None = None
        self.configurations = kept.configurations
        self.file: Path | None = None
        self.trouble = ""
        self._kept = kept
        self._switch = switch
        self._platform = platform
        self._exchanges: list[Exchange] = []
        self._written = 0

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange."""
        self._exchanges.append(exchange)

    def __len__(self) -> int:
        return len(self._exchanges)

    def recording(self) -> Recording:
        """Give it as far as it got, redacted."""
        exchanges = tuple(self._exchanges)
        redactor = Redactor(self.known, exchanges, self.prompt, self._kept.about)
        return Recording(
            platform=self._platform,
            prompt=redactor.prompt,
            made=time.strftime("%Y-%m-%d", time.gmtime()),
            by=f"lcm_nornir {version('lcm-nornir')}",
            about=redactor.text(self._kept.about),
            facts=_redacted(self.facts, redactor) if self.facts else None,
            exchanges=tuple(map(redactor.exchange, exchanges)),
        )

    def save(self) -> None:
        """Write what was said since; trouble is logged, and ends nothing."""
        if len(self._exchanges) == self._written:
            return
        try:
            text = self.recording().text()
            self.file = _written(self.file or self._kept.new_file(self._platform), text)
            self._written = len(self._exchanges)
        except Exception as error:
            self.trouble = getattr(error, "strerror", None) or str(error) or type(error).__name__
            logger.exception("the dialogue with %s cannot be written; all else goes on", self._switch)


class Dialogues:
    """The dialogues with the switches of a run. Safe to use from a thread per switch.

    Args:
        folder: Where the recordings go, a file for each switch that was spoken to; it is made, of mode 0700.
        about: What is to be known of these switches, for whoever reads the recordings.
        configurations: Keep the words of configurations, too; what is private in them can only be guessed.

    Raises:
        RequestError: Nothing can be written there.
    """

    def __init__(self, folder: Path, *, about: str = "", configurations: bool = False) -> None:
        try:
            self.folder = private_folder(folder.expanduser().absolute())
        except OSError as error:
            raise _no_folder(folder, error.strerror) from error
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise _no_folder(folder, "it cannot be written to")
        self.about = about
        self.configurations = configurations
        self._dialogues: dict[tuple[str, ...], Dialogue] = {}
        self._began = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        self._lock = Lock()

    def of(self, switch: str, address: str, platform: str) -> Dialogue:
        """Give the dialogue with a switch, which begins if there is none yet."""
        with self._lock:
            return self._dialogues.setdefault((switch, address), Dialogue(self, switch, platform))

    def by_switch(self) -> Iterable[tuple[str, Dialogue]]:
        """Give each switch's name and dialogue."""
        with self._lock:
            return [(name, dialogue) for (name, _address), dialogue in self._dialogues.items()]

    def new_file(self, platform: str) -> Path:
        """Make the next file: its name tells the platform and when, and no switch's name."""
        number = 0
        while True:
            number += 1
            path = self.folder / f"{platform}-{self._began}-{number}.json"
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            except FileExistsError:
                continue
            return path


def _redacted(facts: ReadFacts, redactor: Redactor) -> ReadFacts:
    return ReadFacts(
        redactor.serial(facts.serial), facts.model, facts.version, facts.slots, facts.running, facts.next_boot
    )


def _written(path: Path, text: str) -> Path:
    """Write a file whole, or leave what is there; one that was only just made is taken away again."""
    handle, name = tempfile.mkstemp(prefix=f"{path.stem}-", suffix=".part", dir=path.parent)  # mode 0600
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
        part.replace(path)
    except BaseException:
        with suppress(OSError):  # what went wrong is told, and not what was wrong then
            part.unlink(missing_ok=True)
            if path.stat().st_size == 0:
                path.unlink()
        raise
    return path


def _no_folder(folder: Path, why: str | None) -> RequestError:
    return RequestError(f"no recordings can be written there: {why}", field=str(folder), cure="name another folder")
