"""The installer: one transfer and one install at a time, shared by everybody who is logged in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lcm_nornir.simulator import hostile
from lcm_nornir.simulator.blobs import Blob, BlobWriter, File
from lcm_nornir.simulator.dell_os10 import invented
from lcm_nornir.simulator.dell_os10.progress import Installation, Transfer
from lcm_nornir.simulator.fetching import FetchError, asked, fetch
from lcm_nornir.simulator.image import ImageError, ImageHeader

if TYPE_CHECKING:
    from lcm_nornir.simulator.dell_os10.switch import Switch

# How far an install gets before it fails, as a share of its duration.
_FAILS_AT = {"image": 0.1, "platform": 0.1, "signature": 0.1, "extract": 0.3, "unpack": 0.3, "install": 0.8}
# Faults with which an install fails, and what it calls the cause; an argument has it end in another way.
_CAUSES = {
    "wrong-platform": "platform",
    "bad-signature": "signature",
    "bad-signature:refused": "signature",
    "disk-full-unpacking": "unpack",
    "extract-failed": "extract",
    "install-failed": "install",
}
_LONG = 36_000.0  # seconds that somebody else's task takes, and one that is stuck
_SOMEBODYS_FILE = 604_119_040  # bytes; the size of the file in the recorded screen


class Installer:
    """Runs downloads and installs.

    Attributes:
        transfer: The last transfer.
        install: The last install.
    """

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.transfer = Transfer()
        self.install = Installation()
        self._former = self._now()
        self._late = 0  # looks to which what stood there before is still shown

    def look(self) -> tuple[Transfer, Installation, str]:
        """Give what is shown: the transfer, the install, and the state word of the whole."""
        if self._late:
            self._late -= 1
            return self._former
        return self._now()

    def _now(self) -> tuple[Transfer, Installation, str]:
        return self.transfer, self.install, self.state

    def _begin(self) -> None:
        if "late-status" in self._switch.faults:
            self._former, self._late = self._now(), int(self._switch.faults.number("late-status"))

    @property
    def state(self) -> str:
        """The state word of the whole installer."""
        if self.install.busy:
            return "idle" if self._switch.layout.lagging else "install"
        return "download" if self.transfer.busy else "idle"

    def occupy(self, what: str) -> None:
        """Let somebody else's task run, for longer than anybody waits."""
        now = self._switch.now()
        if what == "download":
            self.transfer = Transfer("download", "In progress", now, pace=_LONG, received=_SOMEBODYS_FILE)
            self.transfer.begin(_SOMEBODYS_FILE)
        else:
            self.install = Installation("install", started=now, pace=_LONG, old_style=self._switch.old_style)

    def download(self, url: str, *, install: bool = False) -> None:
        """Begin a download; one that runs is cancelled by it. With ``install``, the image is installed on arrival."""
        self._stop_transfer()
        self._begin()
        switch = self._switch
        self.transfer = Transfer("download", "In progress", switch.now(), pace=switch.pace.download)
        switch.effect("download_started", url=url)
        self._task = asyncio.get_running_loop().create_task(self._download(url, install=install))

    def cancel(self) -> bool:
        """Cancel the download; False if none runs. An install cannot be cancelled."""
        if not self.transfer.busy:
            return False
        if self._switch.faults.has("stuck:download"):
            return True
        self._stop_transfer()
        self._end_transfer("cancelled")
        self._switch.effect("cancelled")
        return True

    def begin(self, content: Blob) -> None:
        """Begin an install; one that runs is overwritten by it."""
        self._stop_install()
        self._begin()
        switch = self._switch
        self.install = Installation(
            "install", started=switch.now(), pace=switch.pace.install, old_style=switch.old_style
        )
        switch.effect("install_started")
        header: ImageHeader | None = None
        cause = next((cause for fault, cause in _CAUSES.items() if switch.faults.has(fault)), None)
        try:
            header = content.image(switch.platform.word)
        except ImageError as error:
            cause = "platform" if str(error) == "platform" else "image"
        delay = self.install.pace * (_FAILS_AT[cause] if cause else 1.0)
        if switch.faults.has("stuck:install"):
            delay = _LONG
        self._timer = asyncio.get_running_loop().call_later(delay, self._end_install, header, cause)

    def reset(self) -> None:
        """Forget everything, as a boot does; what runs is lost."""
        if self._timer is not None and self.install.busy:
            self._switch.effect("install_failed", cause="reboot")
        self.stop()
        self.transfer = Transfer()
        self.install = Installation()

    def stop(self) -> None:
        """End what runs."""
        self._stop_transfer()
        self._stop_install()

    async def _download(self, url: str, *, install: bool) -> None:
        switch, transfer, writer = self._switch, self.transfer, BlobWriter()
        room = switch.disk.free

        def begin(size: int) -> None:
            nonlocal room
            transfer.begin(size)
            if "disk-fills" in switch.faults:
                room = int(size * switch.faults.number("disk-fills") / 100)

        def write(piece: bytes) -> None:
            writer.write(piece)
            transfer.received += len(piece)
            if transfer.received > room:
                transfer.received = room
                raise FetchError("space")

        cause = None
        try:
            await fetch(asked(url, switch.faults, switch.source), switch.source, begin, write)
        except FetchError as error:
            cause = error.cause
        transfer.size = transfer.size or transfer.received
        await asyncio.sleep(_LONG if switch.faults.has("stuck:download") else max(0.0, transfer.backlog))
        content = writer.finish(self._kept(transfer.received))
        self._keep(urlsplit(url).path.rpartition("/")[2], content, cause)
        if install and cause is None:
            self.begin(content)

    def _keep(self, name: str, content: Blob, cause: str | None) -> None:
        """Keep what there is of the file, and say how the download ended."""
        switch = self._switch
        if content.size:
            switch.disk.images[name] = File(content, switch.now())
        self._end_transfer(cause)
        if cause == "space":
            switch.disk.fill(0)
        if cause is None and content.size == self.transfer.received:
            switch.effect("download_done")
        else:
            switch.effect("download_failed", cause=cause or "unnoticed")

    def _kept(self, received: int) -> int:
        """Give how many of the bytes that arrived are in the file."""
        faults = self._switch.faults
        share = faults.number("download-false-success") if "download-false-success" in faults else 100.0
        return int(received * share / 100)

    def _end_transfer(self, cause: str | None) -> None:
        transfer, draws = self.transfer, self._switch.draws
        transfer.received = transfer.written
        transfer.ended = self._switch.now()
        transfer.state = "transfer-success" if cause is None else invented.text(invented.TRANSFER_FAILED, draws)
        transfer.detail = "Completed: No error" if cause is None else self._told(cause)

    def _told(self, cause: str) -> str:
        """Give the state detail of a failure."""
        detail = invented.detail(cause, self._switch.draws)
        return hostile.error(self._switch, detail) if "hostile" in self._switch.faults else detail

    def _end_install(self, header: ImageHeader | None, cause: str | None) -> None:
        switch, install = self._switch, self.install
        install.ended = switch.now()
        if "disk-full-unpacking" in switch.faults:
            switch.disk.fill(0)
        if cause is not None or header is None:
            install.state = invented.text(invented.INSTALL_FAILED, switch.draws)
            install.ending = self._told(cause or "image")
            switch.effect("install_failed", cause=cause)
            return
        install.state, install.ending = switch.layout.install_done, "Completed: Success"
        if "install-false-success" not in switch.faults and not switch.faults.has("disk-full-unpacking:claimed"):
            switch.install(header, whole=not switch.faults.has("disk-full-unpacking:incomplete"))
        if "install-moves-next-boot" in switch.faults:
            switch.next = "B" if switch.active == "A" else "A"
        switch.effect("install_done")
        if "changed-after-install" in switch.faults:
            switch.configure("ntp server 198.51.100.123")

    def _stop_transfer(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _stop_install(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
