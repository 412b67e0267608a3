"""The flash file system: names, sizes, content where it matters, and how much room is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lcm_nornir.simulator import image
from lcm_nornir.simulator.blobs import BlobWriter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lcm_nornir.simulator.blobs import Blob

CAPACITY = 11_353_194_496
_FREE = 1_036_210_176  # of a switch that nobody has touched; the figure of the recorded screen
_TINY = 1024  # bytes that the content of a file takes that is there only to be booted


@dataclass(frozen=True, slots=True)
class File:
    """A file.

    Attributes:
        size: Its length in bytes.
        modified: When it was written, by the switch's clock, in epoch seconds.
        content: What is in it; None where nobody reads it.
    """

    size: int
    modified: float
    content: Blob | None = None


class Flash:
    """The files of a switch.

    Attributes:
        files: The files by name.
        foreign: Bytes that the system and everybody else occupy.
    """

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.foreign = 0

    @property
    def free(self) -> int:
        """Bytes that are free."""
        return max(0, CAPACITY - self.foreign - sum(file.size for file in self.files.values()))

    def fill(self, free: int = _FREE) -> None:
        """Let somebody else occupy all but so many bytes."""
        self.foreign += self.free - free

    def place(self, names: Iterable[str], modified: float) -> None:
        """Put an empty file of each name there."""
        for name in names:
            self.files[name] = File(0, modified, BlobWriter().finish())

    def write(self, name: str, content: Blob, modified: float) -> None:
        """Keep a file."""
        self.files[name] = File(content.size, modified, content)


def bootable_file(version: str, word: str, size: int, modified: float) -> File:
    """Make an image that was there before; only its header is ever looked at."""
    writer = BlobWriter()
    writer.write(image.make(version, _TINY, word))
    return File(size, modified, writer.finish())


def name_of(path: str) -> str | None:
    """Give the name of a file on the flash from ``flash:F``, ``flash:/F`` or ``bootflash:F``; None if it is none."""
    place, colon, name = path.partition(":")
    name = name.lstrip("/")
    return name if colon and place.lower() in {"flash", "bootflash", "flash-1"} and name else None
