"""File content, kept once for the whole fleet.

A thousand switches that hold the same image would need a thousand times its size. Content is cut into chunks, and equal
chunks are one object; equal files are then one object too, and their digests are computed once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from lcm_nornir.simulator import image

CHUNK_BYTES = 65_536

_chunks: dict[bytes, bytes] = {}
_blobs: dict[tuple[int, ...], Blob] = {}


class Blob:
    """The content of a file.

    Attributes:
        size: Length in bytes.
    """

    __slots__ = ("_chunks", "_digests", "_image", "size")

    def __init__(self, chunks: tuple[bytes, ...]) -> None:
        self._chunks = chunks
        self._digests: dict[str, str] = {}
        self._image: image.ImageHeader | image.ImageError | None = None
        self.size = sum(map(len, chunks))

    def digest(self, algorithm: str) -> str:
        """Give the hexadecimal digest by one of :mod:`hashlib`'s algorithms."""
        if algorithm not in self._digests:
            running = hashlib.new(algorithm)
            for chunk in self._chunks:
                running.update(chunk)
            self._digests[algorithm] = running.hexdigest()
        return self._digests[algorithm]

    def image(self, platform: str) -> image.ImageHeader:
        """Read the content as an image of an OS, named as the header names it.

        Raises:
            ImageError: It is no undamaged image of this OS.
        """
        if self._image is None:
            try:
                self._image = image.read(self._chunks)
            except image.ImageError as error:
                self._image = error
        if isinstance(self._image, image.ImageError):
            raise image.ImageError(str(self._image))
        if self._image.platform != platform:
            raise image.ImageError("platform")
        return self._image

    def is_image(self, platform: str) -> bool:
        """Tell whether it is an undamaged image of an OS."""
        try:
            self.image(platform)
        except image.ImageError:
            return False
        return True

    def pieces(self) -> tuple[bytes, ...]:
        """Give the content, piece by piece."""
        return self._chunks


@dataclass(frozen=True, slots=True)
class File:
    """A file.

    Attributes:
        content: What is in it.
        modified: When it was written, by the switch's clock, in epoch seconds.
    """

    content: Blob
    modified: float


class BlobWriter:
    """Takes content piece by piece and becomes a :class:`Blob`."""

    def __init__(self) -> None:
        self._tail = bytearray()
        self._done: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Append content."""
        self._tail += data
        while len(self._tail) >= CHUNK_BYTES:
            self._keep(bytes(self._tail[:CHUNK_BYTES]))
            del self._tail[:CHUNK_BYTES]

    def finish(self, size: int | None = None) -> Blob:
        """End the file, cut to ``size`` bytes if that is given, and give its content."""
        self._keep(bytes(self._tail))
        self._tail.clear()
        if size is not None and size < sum(map(len, self._done)):
            content = b"".join(self._done)[:size]
            self._done.clear()
            self.write(content)
            return self.finish()
        chunks = tuple(chunk for chunk in self._done if chunk)
        return _blobs.setdefault(tuple(map(id, chunks)), Blob(chunks))

    def _keep(self, chunk: bytes) -> None:
        self._done.append(_chunks.setdefault(chunk, chunk))
