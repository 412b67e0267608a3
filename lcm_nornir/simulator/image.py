"""The image file: what it looks like inside, how it is made, and what an installer finds in it.

A simulated image of any OS is a 128-byte text header, a body of pseudo-random bytes, and the SHA-256 of all that in
the last 32 bytes. A cut file, a flipped bit, an HTML page or another platform's image is therefore found by reading
the file.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAGIC = "LCM-SIMULATED-IMAGE"
_HEADER_BYTES = 128
_TRAILER_BYTES = 32
SMALLEST = _HEADER_BYTES + _TRAILER_BYTES
_HEADER = re.compile(rf"{MAGIC} platform=(\S+) version=(\S+) build=(\d+) size=(\d+)\n")


class ImageError(Exception):
    """A file is no image of an OS; the text says why: ``header``, ``size``, ``checksum`` or ``platform``."""


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What an image says of itself.

    Attributes:
        platform: Operating system that it is made for.
        version: Version that it installs.
        build: Last part of the build version.
        size: Length of the whole file in bytes.
    """

    platform: str
    version: str
    build: int
    size: int


def build_number(version: str) -> int:
    """Derive a build number from a version, the same everywhere in the fleet."""
    return 100 + hashlib.sha256(version.encode()).digest()[0] % 200


def file_name(form: str, version: str) -> str:
    """Name an image as its vendor does: ``form`` has the fields ``version``, ``dotted`` and ``build``."""
    return form.format(version=version, dotted=".".join(re.findall(r"\w+", version)), build=build_number(version))


def make(version: str, size: int, platform: str) -> bytes:
    """Make an image file, the same bytes for the same arguments.

    Args:
        version: Version that it will install.
        size: Length of the whole file in bytes, at least :data:`SMALLEST`.
        platform: Operating system that it claims to be made for.

    Raises:
        ValueError: ``size`` leaves no room for header and checksum.
    """
    if size < SMALLEST:
        raise ValueError(f"an image has at least {SMALLEST} bytes, not {size}")
    text = f"{MAGIC} platform={platform} version={version} build={build_number(version)} size={size}\n"
    header = text.encode().ljust(_HEADER_BYTES, b"\0")
    content = header + hashlib.shake_128(header).digest(size - SMALLEST)
    return content + hashlib.sha256(content).digest()


def read(chunks: Iterable[bytes]) -> ImageHeader:
    """Read a file as the installer does.

    Raises:
        ImageError: The file is no undamaged image.
    """
    content = b"".join(chunks)
    found = _HEADER.match(content[:_HEADER_BYTES].decode("latin-1"))
    if found is None:
        raise ImageError("header")
    header = ImageHeader(found[1], found[2], int(found[3]), int(found[4]))
    if header.size != len(content):
        raise ImageError("size")
    if hashlib.sha256(content[:-_TRAILER_BYTES]).digest() != content[-_TRAILER_BYTES:]:
        raise ImageError("checksum")
    return header
