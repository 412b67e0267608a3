"""How a shell on this machine comes to see the folder of a switch as its root.

Neither chroot nor namespaces are to be had by an ordinary user everywhere, so paths are rewritten as they pass. What is
typed reaches bash with the switch's folder in front of each absolute path that a switch has (:data:`MAPPED`); whatever
is printed, the terminal's echo included, has the folder taken out again. Quotes, redirections, ``&&``, ``$?``, jobs and
exit codes are bash's own, for nothing else about a line is touched.

The limits follow from that. A path is seen only where a word begins, or behind one of ``= : , ; & | < > ( { [ @ !`` or
a quote that stands there: ``-o/host/F`` or ``"$a"/host`` are not, nor is a path that a script puts together from pieces
or reads from a pushed file. ``/`` alone is the root of this machine, as is every path that is not mapped. The length of
a printed path, and the content of a file that a path was written to, are those of the true one. Erasing back into a
path that something else was typed behind leaves a wrong line; Ctrl-U does not. All programs run as one user: only the
programs of the switch itself, not ``rm`` or a redirection, ask who is root.
"""

from __future__ import annotations

import re

MAPPED = (
    b"/host",
    b"/tmp",  # nosec B108 - the name of a folder inside the switch's own
    b"/run",
    b"/etc",
    b"/home",
    b"/var",
    b"/root",
    b"/boot",
    b"/bin",
    b"/sbin",
    b"/usr/bin",
    b"/usr/sbin",
    b"/usr/local/bin",
    b"/proc/uptime",
    b"/proc/version",
    b"/proc/sys/kernel/random/boot_id",
)
_STARTS = frozenset(b" \t\r\n\x03\x15=:,;&|<>({[@!`")  # a word may begin after these
_KEEPS = frozenset(b"'\"\\")  # whether a word begins after these is as it was before them
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
_ERASE = frozenset(b"\b\x7f")
_SLASH = ord("/")


class Inward:
    """Puts the switch's folder in front of absolute paths, byte by byte as they are typed.

    Only what may yet become such a path is held back. What was decided too early, because a key was erased again, is
    erased as a whole and decided again.
    """

    def __init__(self, root: str) -> None:
        self._root = root.encode()
        self._starting = True
        self._held = bytearray()
        self._word = bytearray()  # the path that is being typed, once it has been decided
        self._sent = 0  # bytes that were given for it
        self._least = 0  # bytes of it that must stay, or it is to be decided again

    def feed(self, data: bytes) -> bytes:
        """Take typed bytes and give those that are decided."""
        out = bytearray()
        for code in data:
            if self._held and self._holds(code):
                continue
            if self._word and code in _ERASE:
                out += self._erase(code)
                continue
            out += self._decided(code)
            if code == _SLASH and self._starting:
                self._held.append(code)
                continue
            out.append(code)
            self._follow(code)
        return bytes(out)

    def whole(self, text: str) -> str:
        """Rewrite a whole command."""
        return self.feed(f"{text}\n".encode())[:-1].decode(errors="surrogateescape")

    def _holds(self, code: int) -> bool:
        """Take one more byte of what may become a path."""
        if code in _ERASE:
            self._held.pop()
            return True
        longer = bytes(self._held) + bytes((code,))
        if any(path.startswith(longer) for path in MAPPED):
            self._held.append(code)
            return True
        return False

    def _decided(self, following: int) -> bytes:
        """Let go of what was held back, now that it is known what follows."""
        if not self._held:
            return b""
        held, self._starting = bytes(self._held), False
        self._held.clear()
        given = self._root + held if held in MAPPED and following not in _WORD else held
        self._word, self._sent, self._least = bytearray(held), len(given), len(held) + 1
        return given

    def _follow(self, code: int) -> None:
        """Note a byte that was passed on as it is."""
        if code not in _KEEPS:
            self._starting = code in _STARTS
        if code in _WORD or code == _SLASH:
            if self._word:
                self._word.append(code)
                self._sent += 1
        else:
            self._word.clear()

    def _erase(self, code: int) -> bytes:
        """Erase the last key of a path, or all that was given for it."""
        self._word.pop()
        if len(self._word) >= self._least:
            self._sent -= 1
            return bytes((code,))
        self._held, self._starting = self._word, True
        self._word = bytearray()
        return bytes((code,)) * self._sent


class Outward:
    """Takes the switch's folder out of what is printed."""

    def __init__(self, root: str) -> None:
        self._root = root.encode()
        self._folder = re.compile(re.escape(self._root) + rb"(/?)")
        self._held = b""

    @property
    def holds(self) -> bool:
        """Some bytes are held back, for they may be the beginning of the folder's name."""
        return bool(self._held)

    def feed(self, data: bytes) -> bytes:
        """Take printed bytes and give those that are decided."""
        data = self._held + data
        tail = data.rfind(self._root[:1])
        undecided = tail >= 0 and self._beginning(data)
        kept = len(data) - undecided if undecided else len(data)
        self._held = data[kept:]
        return self._folder.sub(b"/", data[:kept])

    def rest(self) -> bytes:
        """Give what was held back."""
        held, self._held = self._held, b""
        return self._folder.sub(b"/", held)

    def whole(self, text: str) -> str:
        """Write back a whole text."""
        return text.replace(f"{self._root.decode()}/", "/").replace(self._root.decode(), "/")

    def _beginning(self, data: bytes) -> int:
        """Count the bytes at the end that may be the beginning of the folder's name, or all of it."""
        if data.endswith(self._root + b"/"):
            return 0  # that slash is the folder's own
        longest = min(len(data), len(self._root))
        return next((count for count in range(longest, 0, -1) if self._root.startswith(data[-count:])), 0)
