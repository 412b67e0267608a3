"""Which SSH algorithms are not used unless the inventory allows them, and which ones a switch offers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from typing import Any

WEAK: Mapping[str, tuple[str, ...]] = {
    "kex": (
        "diffie-hellman-group1-sha1",
        "diffie-hellman-group14-sha1",
        "diffie-hellman-group-exchange-sha1",
        "ecdh-sha2-nistp256",
        "ecdh-sha2-nistp384",
        "ecdh-sha2-nistp521",
    ),
    "keys": ("ssh-rsa", "ssh-dss", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    "ciphers": ("3des-cbc", "blowfish-cbc"),
    "macs": ("hmac-sha1", "hmac-sha1-96", "hmac-md5", "hmac-md5-96"),
}
"""What ssh-audit fails of all that paramiko 4 and 5 know, by the names of paramiko's ``disabled_algorithms``."""

_TOLD = {"kex": "key exchange", "keys": "host key", "ciphers": "encryption", "macs": "integrity"}
_IN_ERRORS = {"kex": "kex", "host key": "keys", "cipher": "ciphers", "mac": "macs"}  # paramiko's words for these
_GREETING = re.compile(rb"(?:\A|\n)SSH-[^\n]*\n")
_LONGEST = 35_000  # bytes of a packet (RFC 4253 section 6.1)
_KEXINIT = 20
_COOKIE = 17  # where the lists begin, behind the message's number and 16 random bytes
_NO_ALGORITHM = re.compile(r"ext-info-|kex-strict-")


def disabled() -> dict[str, list[str]]:
    """Give what netmiko's option ``disabled_algorithms`` is where the inventory does not say it."""
    return {kind: list(names) for kind, names in WEAK.items()}


def weak_of(options: Mapping[str, Any]) -> list[str]:
    """Give which weak algorithms netmiko's options allow."""
    refused = options.get("disabled_algorithms") or {}
    return [name for kind, names in WEAK.items() for name in names if name not in refused.get(kind, ())]


def offered_over(sock: Any, timeout: float) -> dict[str, list[str]]:
    """Ask an SSH server which algorithms it offers, without a key exchange, over a connected socket.

    Args:
        sock: It is closed afterwards.
        timeout: Seconds to wait for each piece of its answer.

    Returns:
        Names by the kinds of `WEAK`; empty if what answers is no SSH server.
    """
    data = b""
    try:
        with closing(sock):
            sock.settimeout(timeout)
            sock.send(b"SSH-2.0-lcm_nornir\r\n")
            while (lists := _lists_in(data)) is None:
                new = sock.recv(4096)
                if not new:
                    return {}
                data += new
    except (OSError, ValueError):
        return {}
    kex, keys, _, ciphers, _, macs = lists
    return {"kex": kex, "keys": keys, "ciphers": ciphers, "macs": macs}


def told(error: str, offered: Mapping[str, list[str]]) -> str:
    """Put paramiko's error about algorithms, and what the switch offers of that kind, into one sentence."""
    kind = next((kind for words, kind in _IN_ERRORS.items() if words in error), "")
    if not offered.get(kind):
        return f"no common SSH algorithm: {error}"
    return f"no common SSH algorithm for {_TOLD[kind]}: the switch offers {', '.join(offered[kind])}"


def _lists_in(data: bytes) -> list[list[str]] | None:
    """Give the lists of names in a server's first packet; None as long as it is not complete."""
    greeting = _GREETING.search(data)
    packet = data[greeting.end() :] if greeting else b""
    size = int.from_bytes(packet[:4], "big")
    if size > _LONGEST or len(data) > 2 * _LONGEST:
        raise ValueError("no packet of SSH")
    if len(packet) < 5 or len(packet) < 4 + size:  # noqa: PLR2004 - its length, and that of its padding
        return None
    message = packet[5 : 4 + size - packet[4]]
    if not message or message[0] != _KEXINIT:
        raise ValueError("no offer of algorithms")
    return _names_in(message[_COOKIE:])


def _names_in(lists: bytes) -> list[list[str]]:
    found = []
    for _ in range(6):
        size = int.from_bytes(lists[:4], "big")
        names = lists[4 : 4 + size].decode("ascii", "replace").split(",")
        found.append([name for name in names if name.isprintable() and not _NO_ALGORITHM.match(name)])
        lists = lists[4 + size :]
    return found
