"""What known_hosts files say of one server, in the format of OpenSSH's sshd(8).

paramiko's own reader takes a marker (``@revoked``, ``@cert-authority``) for a host's name: it passes over such a line,
or refuses the whole file because of it. So these files are read here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lcm_nornir.errors import HostKeyRejected

if TYPE_CHECKING:
    from paramiko import PKey

_REVOKED, _AUTHORITY = "@revoked", "@cert-authority"


def fingerprint(key: PKey) -> str:
    """Give a key's fingerprint as OpenSSH prints it: ``ssh-ed25519 SHA256:…``."""
    digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
    return f"{key.get_name()} SHA256:{digest}"


def known_as(host: str, port: int) -> str:
    """Give the name under which OpenSSH knows a server."""
    return host if port == 22 else f"[{host}]:{port}"  # noqa: PLR2004 - SSH's port


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one server's host keys.

    Attributes:
        keys: Those that are trusted.
        revoked: Those that must not be accepted any more, as bytes, each with the place that says so.
        notes: Why none is trusted, where the files hold something that is not used.
    """

    keys: tuple[PKey, ...] = ()
    revoked: Mapping[bytes, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def refusal(self, shown: PKey) -> HostKeyRejected:
        """Give why a key that was shown is refused: it is revoked, or another one is trusted, or none."""
        shows = f"the switch shows {fingerprint(shown)}"
        if place := self.revoked.get(shown.asbytes()):
            return HostKeyRejected(
                f"host key revoked: {shows}, which {place} revokes",
                remedy="give the switch a new host key at its console, then trust that",
            )
        if self.keys:
            trusted = " or ".join(fingerprint(key) for key in self.keys)
            return HostKeyRejected(f"host key changed: {trusted} is trusted, {shows}")
        return HostKeyRejected("; ".join([f"host key unknown: none is trusted, {shows}", *self.notes]))


def known_of(host: str, port: int, files: Iterable[Path]) -> Known:
    """Read what files say of a server; a file that is missing says nothing.

    Args:
        host: Its address, as one connects to it.
        port: Its SSH port.
        files: known_hosts files.

    Raises:
        HostKeyRejected: A file, or a line about this server, cannot be read.
    """
    name = known_as(host, port)
    keys: list[PKey] = []
    revoked: dict[bytes, str] = {}
    notes: list[str] = []
    for file in files:
        for line in _lines(file):
            if line.marker == _REVOKED and (_names(line.names, name) or _names(line.names, host)):
                revoked[line.blob] = line.place
            elif line.marker == _AUTHORITY and _names(line.names, name):
                notes.append(f"{line.place} trusts a certificate authority, and host certificates are not supported")
            elif not line.marker and _names(line.names, name) and (key := line.key) is not None:
                keys.append(key)
    return Known(tuple(key for key in keys if key.asbytes() not in revoked), revoked, tuple(notes))


def fingerprint_at(file: Path, number: int) -> str:
    """Give the fingerprint of the key in one line of a file; empty if there is none."""
    for line in _lines(file):
        if line.number == number and (key := line.key) is not None:
            return fingerprint(key)
    return ""


class _Line(NamedTuple):
    """One line of a file; its key is decoded only where it is wanted: other servers' lines may be damaged."""

    file: Path
    number: int
    marker: str
    names: str
    words: list[str]

    @property
    def place(self) -> str:
        return f"{self.file} line {self.number}"

    @property
    def blob(self) -> bytes:
        try:
            return base64.b64decode(self.words[1], validate=True)
        except (IndexError, ValueError) as error:
            raise _unreadable(self.place) from error

    @property
    def key(self) -> PKey | None:
        """The key; None if it is of a type that paramiko does not know, and so cannot be shown to us either."""
        from paramiko import PKey  # noqa: PLC0415 - heavy
        from paramiko.pkey import UnknownKeyType  # noqa: PLC0415 - as above

        blob = self.blob
        try:
            return PKey.from_type_string(self.words[0], blob)
        except UnknownKeyType:
            return None
        except Exception as error:  # what cryptography says of bytes that are no key, of several kinds
            raise _unreadable(self.place) from error


def _lines(file: Path) -> Iterator[_Line]:
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unreadable(f"{file}: {error.strerror}") from error
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split()
        marker = words.pop(0) if words and words[0].startswith("@") else ""
        if words and not words[0].startswith("#"):
            yield _Line(file, number, marker, words[0], words[1:])


def _unreadable(what: str) -> HostKeyRejected:
    return HostKeyRejected(
        f"the file of trusted host keys cannot be read: {what}", remedy="correct it, or trust the key anew"
    )


def _names(patterns: str, name: str) -> bool:
    """Tell whether a line's first field means a server: names with ``*`` and ``?``, ``!`` before what is not meant."""
    if patterns.startswith("|"):
        return _hashes(patterns, name)
    found = False
    for pattern in patterns.lower().split(","):
        if _like(pattern.removeprefix("!"), name.lower()):
            if pattern.startswith("!"):
                return False
            found = True
    return found


def _like(pattern: str, name: str) -> bool:
    if "*" not in pattern and "?" not in pattern:
        return pattern == name
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), name) is not None


def _hashes(field: str, name: str) -> bool:
    try:
        _, kind, salt, digest = field.split("|")
        expected = hmac.new(base64.b64decode(salt), name.lower().encode(), hashlib.sha1).digest()
        return kind == "1" and hmac.compare_digest(base64.b64decode(digest), expected)
    except ValueError:
        return False
