"""The switch's disk: one file system of finite size with the image folder and the user's home on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lcm_nornir.simulator.blobs import BlobWriter, File

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CAPACITY = 7_998_460 * 1024
_SYSTEM = 6_400_000 * 1024


class Disk:
    """The files of a switch, and how much room is left.

    Attributes:
        images: Files of the image folder, by name: what ``image://`` means.
        home: Files of the user's home, by name.
        foreign: Bytes that the system and everybody else occupy.
    """

    def __init__(self, incoming: Callable[[], int]) -> None:
        """Make an empty disk.

        Args:
            incoming: Gives the bytes that a running download has written so far.
        """
        self.images: dict[str, File] = {}
        self.home: dict[str, File] = {}
        self.foreign = _SYSTEM
        self._incoming = incoming

    @property
    def free(self) -> int:
        """Bytes that are free."""
        stored = sum(file.content.size for folder in (self.images, self.home) for file in folder.values())
        return max(0, CAPACITY - self.foreign - stored - self._incoming())

    def place(self, names: Iterable[str], modified: float) -> None:
        """Put a small file of each name into both folders."""
        for name in names:
            self.images[name] = self.home[name] = File(BlobWriter().finish(), modified)

    def fill(self, free: int) -> None:
        """Let somebody else occupy all but ``free`` bytes."""
        self.foreign += self.free - free
