"""How the answers of ordinary Linux programs are read, for each network OS that lets one type them. Pure functions."""

from __future__ import annotations

import re

_LONG_LISTING = re.compile(
    r"^-\S{9,}\s+\d+\s+\S+\s+\S+\s+(\d+)\s+(?:[A-Z][a-z]{2}\s+\d+\s+\S+|\d{4}-\d\d-\d\d\s+\d\d:\d\d\S*)\s+(\S+)\s*$",
    re.MULTILINE,
)
_TOTAL = re.compile(r"^total (\d+)\s*$", re.MULTILINE)
_ENTRY = re.compile(r"^[-bcdlps][r-][w-]", re.MULTILINE)
_BESIDE = 1 << 16  # bytes that a file, or a folder that is listed, may take up beside its size
_DISK_FREE = re.compile(r"^\S+\s+\d+\s+\d+\s+(\d+)\s+\d+%\s+/\S*\s*$", re.MULTILINE)
_UUID = re.compile(r"^\s*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s*$", re.MULTILINE)


def free_bytes(text: str) -> int | None:
    """Read ``df -k``; None if it is no such table."""
    rows = _DISK_FREE.findall(text)
    return int(rows[-1]) * 1024 if rows else None


def stored_images(text: str) -> dict[str, int] | None:
    """Read ``ls -l`` of the image folder; None if it is no listing, or lacks files that its total counts."""
    total = _TOTAL.search(text)
    if not total:
        return None
    files = _LONG_LISTING.findall(text)
    told, seen = int(total[1]) * 1024, sum(int(size) for size, _ in files)
    if told > seen + seen // 100 + _BESIDE * len(_ENTRY.findall(text)):
        return None
    return {name: int(size) for size, name in files}


def boot_id(text: str) -> str:
    """Read the kernel's boot id; empty if the text has another form."""
    found = _UUID.search(text)
    return found[1] if found else ""


def digest(text: str, length: int, path: str) -> str:
    """Read ``sha256sum`` and its like; empty if there is no line of that form for that path."""
    found = re.search(rf"^\\?([0-9a-f]{{{length}}}) [ *]{re.escape(path)}\s*$", text, re.MULTILINE)
    return found[1] if found else ""
