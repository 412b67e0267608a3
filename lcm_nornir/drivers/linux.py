"""How the answers of ordinary Linux programs are read, for each network OS that lets one type them. Pure functions."""

from __future__ import annotations

import re

_LONG_LISTING = re.compile(
    r"^-\S{9,}\s+\d+\s+\S+\s+\S+\s+(\d+)\s+(?:[A-Z][a-z]{2}\s+\d+\s+\S+|\d{4}-\d\d-\d\d\s+\d\d:\d\d\S*)\s+(\S+)\s*$",
    re.MULTILINE,
)
_DISK_FREE = re.compile(r"^\S+\s+\d+\s+\d+\s+(\d+)\s+\d+%\s+/\S*\s*$", re.MULTILINE)
_UUID = re.compile(r"^\s*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s*$", re.MULTILINE)


def free_bytes(text: str) -> int | None:
    """Read ``df -k``; None if it is no such table."""
    rows = _DISK_FREE.findall(text)
    return int(rows[-1]) * 1024 if rows else None


def stored_images(text: str) -> dict[str, int] | None:
    """Read ``ls -l`` of the image folder; None if it is no listing."""
    if "total " not in text:
        return None
    return {name: int(size) for size, name in _LONG_LISTING.findall(text)}


def boot_id(text: str) -> str:
    """Read the kernel's boot id; empty if the text has another form."""
    found = _UUID.search(text)
    return found[1] if found else ""


def digest(text: str, length: int, path: str) -> str:
    """Read ``sha256sum`` and its like; empty if there is no line of that form for that path."""
    found = re.search(rf"^\\?([0-9a-f]{{{length}}}) [ *]{re.escape(path)}\s*$", text, re.MULTILINE)
    return found[1] if found else ""
