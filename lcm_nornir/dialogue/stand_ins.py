"""Stand-ins for what is private: of the same form, so that whoever reads the text reads it as before.

The same thing gets the same stand-in, two things get two, in the order in which they are met.
"""

from __future__ import annotations

import string
from collections.abc import Iterable
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Address

_NETWORKS = tuple(map(IPv4Network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15")))
_IPV6 = IPv6Address("2001:db8::")
_ALPHABETS = (string.digits, string.ascii_uppercase, string.ascii_lowercase)


class Private(StrEnum):
    """Kinds of private things."""

    SECRET = "secret"  # noqa: S105  # nosec B105 - a word
    SERIAL = "serial"
    HOST = "host"
    USER = "user"
    WORDS = "words"
    MAIL = "mail"
    MAC = "mac"
    IPV4 = "ipv4"
    IPV6 = "ipv6"


class StandIns:
    """The stand-ins of one recording.

    Args:
        taken: What no stand-in may be: the values for which they stand.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._given: dict[tuple[Private, str], str] = {}
        self._counts: dict[Private, int] = {}
        self._taken = set(taken)

    def of(self, kind: Private, value: str) -> str:
        """Give the stand-in of a value."""
        key = kind, _same(kind, value)
        if key not in self._given:
            self._given[key] = self._next(kind, value)
        return _spread(value, self._given[key]) if kind is Private.MAC else self._given[key]

    def __contains__(self, text: str) -> bool:
        return text in self._given.values()

    def _next(self, kind: Private, value: str) -> str:
        while True:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            given = _made(kind, self._counts[kind], value)
            if given not in self._taken:
                self._taken.add(given)
                return given


def _same(kind: Private, value: str) -> str:
    """Give what is the same of all ways to write one thing."""
    match kind:
        case Private.MAC:
            return _digits(value)
        case Private.IPV6:
            return str(IPv6Address(value))
        case Private.HOST | Private.SERIAL:
            return value.lower()
    return value


def _made(kind: Private, number: int, value: str) -> str:
    match kind:
        case Private.SERIAL:
            return shaped(number, value)
        case Private.MAC:
            return f"02{number:0{len(_digits(value)) - 2}x}"  # locally administered
        case Private.IPV4:
            return _ipv4(number)
        case Private.IPV6:
            return str(_IPV6 + number)
        case Private.MAIL:
            return f"mail{number}@example.net"
    return f"{kind.value}{number}"


def shaped(number: int, value: str) -> str:
    """Give the number-th text of a value's shape: digits stay digits, letters letters of their case, signs signs.

    Where it has no more of them it grows.
    """
    characters = []
    for character in reversed(value):
        alphabet = next((one for one in _ALPHABETS if character in one), character)
        number, index = divmod(number, len(alphabet))
        characters.append(alphabet[index])
    return "".join(reversed(characters)) if not number else f"{number}{value}"


def _ipv4(number: int) -> str:
    for network in _NETWORKS:
        if number < network.num_addresses - 1:
            return str(network[number])
        number -= network.num_addresses - 2
    raise ValueError("more addresses than there are for examples")


def _digits(value: str) -> str:
    return "".join(character for character in value.lower() if character in string.hexdigits)


def _spread(value: str, digits: str) -> str:
    """Write hexadecimal digits with the signs, and in the case, of another notation."""
    rest = iter(digits.upper() if value.isupper() else digits)
    return "".join(next(rest) if character in string.hexdigits else character for character in value)
