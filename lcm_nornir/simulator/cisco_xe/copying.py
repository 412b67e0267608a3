"""``copy``: its questions, and a real GET that holds the session and writes the file as it arrives."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lcm_nornir.simulator.blobs import BlobWriter
from lcm_nornir.simulator.cisco_xe import commands, invented, noise
from lcm_nornir.simulator.cisco_xe.flash import File, name_of
from lcm_nornir.simulator.dialogue import Ask, Dialogue, Held, Outcome
from lcm_nornir.simulator.fetching import FetchError, asked, fetch

if TYPE_CHECKING:
    from collections.abc import Callable

    from lcm_nornir.simulator.cisco_xe.cli import Cli
    from lcm_nornir.simulator.cisco_xe.switch import Switch

_SCHEMES = {"ftp", "http", "https", "scp", "sftp", "tftp"}
_WITH_PASSWORD = {"ftp", "scp", "sftp"}
_EXISTS = "%Warning:There is a file already existing with this name\nDo you want to over write? [confirm]"
_BEAT_S = 0.01  # seconds between two looks at what has arrived
_MARKS = 50  # exclamation marks for a whole file
# Seconds at speed 1, and real seconds at least, until a copy gives up on a silent server; no document tells.
_PATIENCE_S, _SHORTEST_S = 600.0, 1.5
_LONG_S = 36_000.0


def copy(cli: Cli, words: list[str]) -> Outcome:
    """``copy SOURCE TARGET``."""
    words = [word for word in words if not word.startswith("/")]
    if words[2:3] == ["vrf"] and urlsplit(words[0]).scheme not in {"http", "https"}:
        words = words[:2]
    match words:
        case [source, target] if "startup-config".startswith(target) and "running-config".startswith(source):
            return _save(cli)
        case [source, target] if name_of(source) and target.endswith(":"):
            return _from_flash(cli, str(name_of(source)), target)
        case [source, target] if name_of(source) and name_of(target):
            return _from_flash(cli, str(name_of(source)), target)
        case [source, target] if source.partition(":")[0] in _SCHEMES and (target == "flash:" or name_of(target)):
            return _pull(cli, source, name_of(target))
    return commands.INVALID


def _save(cli: Cli) -> Dialogue:
    yield Ask("Destination filename [startup-config]? ")
    return commands.save(cli)


def _from_flash(cli: Cli, name: str, target: str) -> Dialogue:
    flash = cli.switch.flash
    given = yield Ask(f"Destination filename [{name_of(target) or name}]? ")
    new = given.strip() or name_of(target) or name
    if name not in flash.files:
        return f"%Error opening flash:{name} (No such file or directory)"
    if new in flash.files and not (yield from commands.confirmed(_EXISTS)):
        return ""
    size = flash.files[name].size
    if size > flash.free:
        return f"%Error writing flash:{new} ({invented.reason('space', cli.switch.draws)})"
    flash.files[new] = File(size, cli.switch.now(), flash.files[name].content)
    cli.switch.effect("copied", file=new)
    return f"Copy in progress...{'C' * _MARKS}\n{size} bytes copied in 0.100 secs ({size * 10} bytes/sec)"


def _legal(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and bool(parts.path.rpartition("/")[2]) and parts.port != 0
    except ValueError:
        return False


def _pull(cli: Cli, url: str, name: str | None) -> Dialogue:
    switch = cli.switch
    if url.rstrip(":/") in _SCHEMES:
        url = yield from _address(url.rstrip(":/"))
    if not _legal(url) or "url-illegal" in switch.faults:
        return invented.text(invented.ILLEGAL_URL, switch.draws)
    parts = urlsplit(url)
    proposed = name or parts.path.rpartition("/")[2]
    given = (yield Ask(f"Destination filename [{proposed}]? ")).strip()
    name = name_of(given) or given or proposed
    if name in switch.flash.files and not (yield from commands.confirmed(_EXISTS)):
        return ""
    shown = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    said = f"Accessing {shown}...\n"
    if parts.scheme in _WITH_PASSWORD:
        yield Ask("Password: ", hidden=True)
        said = ""
    transfer = Copy(switch, url, shown, name)
    return (yield Held(lambda say: switch.installer.run(transfer.run(say, said))))


def _address(scheme: str) -> Dialogue:
    """Ask for what was not said."""
    host = (yield Ask("Address or name of remote host []? ")).strip()
    file = (yield Ask("Source filename []? ")).strip()
    return f"{scheme}://{host}/{file}"


class Copy:
    """One copy from a server."""

    def __init__(self, switch: Switch, url: str, shown: str, name: str) -> None:
        """Make a copy that has not begun.

        Args:
            switch: Who copies.
            url: What is asked for.
            shown: The URL as the screen names it.
            name: Name of the file on the flash.
        """
        self._switch = switch
        self._url, self._shown, self._name = url, shown, name
        self._writer = BlobWriter()
        self._size = self._received = self._written = 0
        self._room = 0
        self._began = self._heard = time.monotonic()

    async def run(self, say: Callable[[str], None], said: str) -> str:
        """Copy; gives the last words."""
        switch = self._switch
        switch.effect("download_started", url=self._shown)
        say(said)
        switch.flash.files.pop(self._name, None)
        self._room = switch.flash.free
        asking = asked(self._url, switch.faults, switch.source)
        fetching = asyncio.ensure_future(fetch(asking, switch.source, self._begin, self._take))
        cause = "ended"
        try:
            await self._write(fetching, say)
            cause = ""
        except FetchError as error:
            cause = error.cause
        finally:
            fetching.cancel()
            await asyncio.gather(fetching, return_exceptions=True)
            self._keep(cause)
        return self._done(cause)

    def _begin(self, size: int) -> None:
        self._size, self._began = size, time.monotonic()
        if "disk-fills" in self._switch.faults:
            self._room = int(size * self._switch.faults.number("disk-fills") / 100)

    def _take(self, piece: bytes) -> None:
        self._writer.write(piece)
        self._received += len(piece)
        self._heard = time.monotonic()

    async def _write(self, fetching: asyncio.Future[None], say: Callable[[str], None]) -> None:
        """Write what has arrived, no faster than the pace, and mark the progress."""
        marks = 0
        while not (fetching.done() and self._written >= min(self._received, self._room)):
            await asyncio.sleep(_BEAT_S)
            self._advance()
            due = self._written * _MARKS // self._size if self._size else 0
            if due and not marks:
                say(f"Loading {self._shown} ")
            say("!" * (due - marks))
            marks = due
            if self._written >= self._room and self._received > self._room:
                raise FetchError("space")
            if not fetching.done() and time.monotonic() - self._heard > self._patience():
                raise FetchError("timeout")
        await fetching
        if self._switch.faults.has("stuck:download"):
            await asyncio.sleep(_LONG_S)

    def _advance(self) -> None:
        if not self._size:
            self._written = min(self._received, self._room)
        else:
            elapsed = time.monotonic() - self._began
            paced = int(self._size * elapsed / self._switch.pace.download)
            self._written = min(self._received, self._room, paced)
        if self._written:
            self._switch.flash.files[self._name] = File(self._written, self._switch.now())

    def _patience(self) -> float:
        return max(_SHORTEST_S, _PATIENCE_S / self._switch.pace.speed)

    def _keep(self, cause: str) -> None:
        """Keep what there is of the file: of a copy that failed, the part that arrived."""
        switch, faults = self._switch, self._switch.faults
        # A copy that breaks off leaves what arrived; one that is ended leaves what was written.
        self._written = size = self._written if cause == "ended" else min(self._received, self._room)
        if not cause and "download-false-success" in faults:
            size = int(size * faults.number("download-false-success") / 100)
        switch.flash.files.pop(self._name, None)
        if size:
            switch.flash.write(self._name, self._writer.finish(size), switch.now())
        if cause == "space":
            switch.flash.fill(0)
        if not cause and size == self._written:
            switch.effect("download_done")
        else:
            switch.effect("download_failed", cause=cause or "unnoticed")

    def _done(self, cause: str) -> str:
        elapsed = max(time.monotonic() - self._began, 0.001)
        if not cause:
            rate = int(self._written / elapsed)
            told = f"{self._written} bytes copied in {elapsed:.3f} secs ({rate} bytes/sec)"
            return noise.warned(self._switch, f"\n[OK - {self._written} bytes]\n\n{told}")
        why = invented.reason(cause, self._switch.draws)
        if cause == "space":
            return f"\n%Error writing flash:{self._name} ({why})"
        if not self._written:
            return f"%Error opening {self._shown} ({why})"
        return f"{'... [timed out]' if cause == 'timeout' else ''}\n%Error reading {self._shown} ({why})"
