"""``copy URL bootflash:F``: holds its session until the file is there.

Every scheme but ``https`` asks the same HTTP server, since that is the one that a fleet has: scp, sftp, ftp and tftp
differ in their questions and their progress alone. The progress of http, https, ftp and tftp is [U]: a meter as curl
prints it. A partial file stays, however the copy ended [U].
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit, urlunsplit

from lcm_nornir.simulator import hostile
from lcm_nornir.simulator.blobs import BlobWriter, File
from lcm_nornir.simulator.cisco_nxos import invented, noise
from lcm_nornir.simulator.cisco_nxos.arrival import Arrival
from lcm_nornir.simulator.cisco_nxos.bootflash import name_of
from lcm_nornir.simulator.dialogue import Ask, Dialogue, Held, Outcome, Tell
from lcm_nornir.simulator.fetching import FetchError, asked, fetch

if TYPE_CHECKING:
    from lcm_nornir.simulator.cisco_nxos.cli import Cli
    from lcm_nornir.simulator.cisco_nxos.switch import Switch

_SCHEMES = {"http", "https", "scp", "sftp", "ftp", "tftp"}
_ASK_PASSWORD = {"scp", "sftp", "ftp"}
_OVER_SSH = {"scp", "sftp"}
_BEATS_S = 0.05, 1.0  # least and most seconds between two lines of progress
_LINES = 20  # of progress in one copy
_LONG_S = 36_000.0  # seconds that a copy takes that is stuck
_SAVING = 0.02  # share of a download that "saving to disk" takes
_FORM = 2  # words of the shortest form
_METER = (
    "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
    "                                 Dload  Upload   Total   Spent    Left  Speed\n"
)


@dataclass(frozen=True, slots=True)
class Request:
    """What is copied.

    Attributes:
        url: Where from.
        name: Name of the file in the bootflash.
        vrf: The VRF; empty if it was not said.
    """

    url: SplitResult
    name: str
    vrf: str

    @property
    def host(self) -> str:
        """The server."""
        return self.url.hostname or ""

    @property
    def asked(self) -> str:
        """The URL that is really asked for."""
        scheme = "https" if self.url.scheme == "https" else "http"
        return urlunsplit(self.url._replace(scheme=scheme, netloc=self.url.netloc.rpartition("@")[2]))


def request_of(words: list[str]) -> Request | None:
    """Read ``URL bootflash:[F] [vrf V]``; None if it is nothing that could be copied."""
    try:
        parts = urlsplit(words[0])
        good = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except (IndexError, ValueError):
        return None
    last = parts.path.rpartition("/")[2]
    if not good or not last or len(words) < _FORM or not words[1].startswith("bootflash:"):
        return None
    match words[2:]:
        case []:
            vrf = ""
        case ["vrf", vrf]:
            pass
        case _:
            return None
    return Request(parts, name_of(words[1]) or last, vrf)


def copy(cli: Cli, words: list[str]) -> Outcome:
    """``copy URL bootflash:F [vrf V]``."""
    request = request_of(words)
    if request is None or "url-illegal" in cli.switch.faults:
        return cli.invalid()
    return _copy(cli, request)


def _copy(cli: Cli, request: Request) -> Dialogue:
    switch, draws = cli.switch, cli.switch.draws
    vrf = request.vrf
    if not vrf:
        vrf = (yield Ask("Enter vrf (If no input, current vrf 'default' is considered): ")).strip() or "default"
    if request.name in switch.flash.files and not cli.dont_ask:
        answer = yield Ask(invented.text(invented.OVERWRITE, draws))
        if answer.strip().lower() not in {"y", "yes"}:
            return ""
    if request.url.scheme in _OVER_SSH and request.host not in switch.known_hosts:
        answer = yield Ask(invented.text(invented.HOST_KEY, draws).format(host=request.host))
        if answer.strip().lower() != "yes":
            return "Host key verification Failed."
        switch.known_hosts.add(request.host)
    if request.url.scheme in _ASK_PASSWORD:
        user = request.url.username or (yield Ask("Enter username: ")).strip()
        rekey = _rekey(request.host) if request.url.scheme == "scp" else ""
        question = "Password:" if request.url.scheme == "scp" else f"{user}@{request.host}'s password:"
        if not (yield Ask(f"{rekey}{question}", hidden=True)):
            return _failure(switch, request, "password")
    return (yield Held(lambda tell: switch.run(Copy(switch, request, vrf, tell).run())))


def _rekey(host: str) -> str:
    return f"Outbound-ReKey for {host}:22\nInbound-ReKey for {host}:22\n"


def _failure(switch: Switch, request: Request, cause: str) -> str:
    said = invented.text(invented.COPY[cause], switch.draws).format(host=request.host)
    if "hostile" in switch.faults:
        said = hostile.error(switch, said)
    return f"{said}\n{invented.text(invented.COPY_END, switch.draws)}".rstrip("\n")


class Copy:
    """One copy."""

    def __init__(self, switch: Switch, request: Request, vrf: str, tell: Tell) -> None:
        self._switch, self._request, self._vrf, self._tell = switch, request, vrf, tell
        self._arrival = Arrival(switch.now(), switch.pace.download)
        self._writer = BlobWriter()
        self._room = 0
        least, most = _BEATS_S
        self._beat_s = max(least, min(most, switch.pace.download / _LINES))
        self._lines = 0

    async def run(self) -> str:
        """Copy; gives the last words."""
        switch, name = self._switch, self._request.name
        switch.effect("download_started", url=self._request.url.geturl())
        switch.flash.files.pop(name, None)
        self._room = switch.flash.free
        switch.flash.arriving[name] = self._arrival
        cause: str | None = "ended"
        try:
            cause = await self._transfer()
            if cause is None:
                await self._save()
        finally:
            self._keep(cause)
        return _failure(switch, self._request, cause) if cause else "Copy complete."

    async def _transfer(self) -> str | None:
        """Get the file and show how far it is; gives the cause if it fails."""
        switch = self._switch
        if self._vrf != "management":
            return "unreachable"
        url = asked(self._request.asked, switch.faults, switch.source)
        fetching = asyncio.ensure_future(fetch(url, switch.source, self._begin, self._write))
        self._greet()
        try:
            while not fetching.done() or self._arrival.backlog:
                if fetching.done():
                    await asyncio.sleep(min(self._beat_s, self._arrival.backlog))
                else:
                    await asyncio.wait({fetching}, timeout=self._beat_s)
                self._progress()
            await fetching
        except FetchError as error:
            self._tell("\n")
            return error.cause
        finally:
            fetching.cancel()
            await asyncio.gather(fetching, return_exceptions=True)
        self._progress()
        self._tell("\n")
        return None

    async def _save(self) -> None:
        self._tell("Copy complete, now saving to disk (please wait)...\n")
        switch = self._switch
        await asyncio.sleep(_LONG_S if switch.faults.has("stuck:download") else switch.pace.download * _SAVING)

    def _begin(self, size: int) -> None:
        self._arrival.begin(size)
        if "disk-fills" in self._switch.faults:
            self._room = int(size * self._switch.faults.number("disk-fills") / 100)

    def _write(self, piece: bytes) -> None:
        self._writer.write(piece)
        self._arrival.received += len(piece)
        if self._arrival.received > self._room:
            self._arrival.received = self._room
            raise FetchError("space")

    def _keep(self, cause: str | None) -> None:
        """Keep what there is of the file, and log how the copy ended."""
        switch, name, arrival = self._switch, self._request.name, self._arrival
        whole = cause is None
        size = arrival.received if whole else arrival.written
        if "download-false-success" in switch.faults:
            size = int(size * switch.faults.number("download-false-success") / 100)
        content = self._writer.finish(size)
        switch.flash.arriving.pop(name, None)
        if content.size:
            switch.flash.files[name] = File(content, switch.now())
        if cause == "space":
            switch.flash.fill(0)
        if whole and content.size == arrival.received:
            switch.effect("download_done", file=name)
        else:
            switch.effect("download_failed", cause=cause or "unnoticed")

    def _greet(self) -> None:
        scheme, name = self._request.url.scheme, self._request.name
        if scheme == "sftp":
            path = self._request.url.path
            self._tell(
                f"sftp> progress\nProgress meter enabled\nsftp> get   {path}  /bootflash/{name}\n"
                f"Fetching {path} to /bootflash/{name}\n"
            )
        elif scheme != "scp":
            self._tell(_METER)

    def _progress(self) -> None:
        """Print the one line that is written again and again; a key exchange lands in the middle of it."""
        arrival = self._arrival
        if not arrival.size:
            return
        self._lines += 1
        over_ssh = self._request.url.scheme in _OVER_SSH
        percent, written, rate = noise.odd(self._switch, arrival, self._lines)
        line = self._ssh_line(percent, written, rate) if over_ssh else self._meter_line(percent, written, rate)
        self._tell(f"\r{line}")
        if self._lines == 1 and arrival.written < arrival.size:
            self._tell((_rekey(self._request.host) if over_ssh else "") + noise.interruption(self._switch))

    def _ssh_line(self, percent: int, written: int, rate: float) -> str:
        request = self._request
        name = request.url.path if request.url.scheme == "sftp" else request.name
        size = f"{written // 2**20}MB" if written >= 2**20 else f"{written // 1024}KB"
        left = (self._arrival.size - written) / rate if rate > 0 else 0.0
        when = _clock(self._arrival.elapsed) if percent == 100 else f"{_clock(left)} ETA"  # noqa: PLR2004 - percent
        return f"{name:<30} {percent:>3}% {size:>6} {rate / 2**20:>5.1f}MB/s   {when}"

    def _meter_line(self, percent: int, written: int, rate: float) -> str:
        whole = f"{self._arrival.size // 1024}k"
        spent = f"0:{_clock(self._arrival.elapsed)}"
        speed = f"{int(rate) // 1024}k"
        part = f"{written // 1024}k"
        times = f"{speed:>6}      0 --:--:-- {spent} --:--:-- {speed:>6}"
        return f"{percent:>3} {whole:>6} {percent:>4} {part:>6}    0     0 {times}"


def _clock(seconds: float) -> str:
    whole = max(0, int(seconds))
    return f"{whole // 60:02}:{whole % 60:02}"
