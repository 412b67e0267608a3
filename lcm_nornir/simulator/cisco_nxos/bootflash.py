"""The switch's bootflash: one file system of finite size."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from lcm_nornir.simulator import image
from lcm_nornir.simulator.blobs import Blob, BlobWriter

if TYPE_CHECKING:
    from lcm_nornir.simulator.blobs import File
    from lcm_nornir.simulator.cisco_nxos.arrival import Arrival

CAPACITY = 15_593_185_280
_SYSTEM = 2_350_149_632  # what the system keeps there
ROOT = "bootflash:"


@functools.cache
def image_file(version: str, size: int, word: str) -> Blob:
    """Give an image, the same bytes as the image server would serve."""
    writer = BlobWriter()
    writer.write(image.make(version, size, word))
    return writer.finish()


def name_of(path: str) -> str:
    """Give the name of a file below ``bootflash:``, ``bootflash:/`` or ``bootflash:///``; empty if it is elsewhere."""
    place, _, name = path.partition(":")
    return name.lstrip("/") if place == "bootflash" else ""


class Bootflash:
    """The files of a switch, and how much room is left.

    Attributes:
        files: By name.
        arriving: Copies that are under way, by the name of the file that they write.
        foreign: Bytes that the system and everybody else occupy.
    """

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.arriving: dict[str, Arrival] = {}
        self.foreign = _SYSTEM

    @property
    def free(self) -> int:
        """Bytes that are free."""
        stored = sum(file.content.size for name, file in self.files.items() if name not in self.arriving)
        return max(0, CAPACITY - self.foreign - stored - sum(one.written for one in self.arriving.values()))

    @property
    def sizes(self) -> dict[str, tuple[int, float]]:
        """Size in bytes and time of each file, also of those that grow."""
        whole = {name: (file.content.size, file.modified) for name, file in self.files.items()}
        return whole | {name: (one.written, one.started) for name, one in self.arriving.items()}

    def fill(self, free: int) -> None:
        """Let somebody else occupy all but ``free`` bytes."""
        self.foreign += self.free - free
