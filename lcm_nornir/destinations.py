"""Where requests may go that somebody else has named: the hosts of image servers."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from lcm_nornir.errors import RequestError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolver = Callable[[str], Sequence[str]]
"""Gives the addresses of a name; OSError if it has none."""

SPECIAL: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this machine
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local: metadata of clouds
        "192.0.0.0/24",  # protocol assignments
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "::/96",  # unspecified, loopback, IPv4-compatible
        "::ffff:0:0/96",  # IPv4-mapped
        "::ffff:0:0:0/96",  # IPv4-translated
        "64:ff9b::/96",  # NAT64, which leads to any IPv4 address
        "64:ff9b:1::/48",
        "100::/64",  # discard
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local
        "ff00::/8",  # multicast
    )
)
"""Addresses that lead elsewhere than they seem to, or to this machine itself."""

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|\d+)")  # a last label that makes a name an address in disguise: 127.1, 0x7f000001
_LONGEST = 253


@dataclass(frozen=True, slots=True)
class Allowed:
    """Where requests may go.

    Attributes:
        networks: Addresses. One that is special (loopback, link-local, multicast, mapped IPv6 …) is allowed only by a
            network that is special itself: ``0.0.0.0/0`` does not open 127.0.0.1.
        names: DNS names, lower case, ``*.example.net`` for all below: whatever they resolve to, if it is not special.
    """

    networks: tuple[Network, ...] = ()
    names: tuple[str, ...] = ()

    @classmethod
    def parse(cls, texts: Iterable[str], field: str = "--allow") -> Allowed:
        """Read networks, addresses and names.

        Raises:
            RequestError: A text is none of these.
        """
        networks: list[Network] = []
        names: list[str] = []
        for text in texts:
            try:
                networks.append(ip_network(text))
            except ValueError:
                names.append(text[:2] + _name(text[2:], field) if text.startswith("*.") else _name(text, field))
        return cls(tuple(networks), tuple(names))

    def takes(self, address: Address, *, name: str = "") -> bool:
        """Tell whether an address may be used.

        Args:
            address: Which.
            name: The DNS name that led to it; empty if none did.
        """
        special = next((one for one in SPECIAL if address in one), None)
        within = [one for one in self.networks if address in one]
        if special is not None:
            return any(_is_within(one, special) for one in within)
        return bool(within) or self._names(name)

    def _names(self, name: str) -> bool:
        return any(name.endswith(one[1:]) if one.startswith("*.") else name == one for one in self.names)


@dataclass(frozen=True, slots=True)
class Destination:
    """A host that was checked, with the addresses that were checked.

    Attributes:
        host: As it was named: DNS name in lower case, or address.
        addresses: All that it resolved to.
    """

    host: str
    addresses: tuple[Address, ...]


def resolve(name: str) -> Sequence[str]:
    """Ask this machine's resolver: a `Resolver`."""
    return [str(found[4][0]) for found in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]


def destination(host: str, allowed: Allowed, resolver: Resolver = resolve, *, field: str = "host") -> Destination:
    """Check a host: of a name, every address that it has now.

    Args:
        host: IP address, or DNS name.
        allowed: Where requests may go.
        resolver: Gives the addresses of a name.
        field: How the field is called in which the host was given.

    Raises:
        RequestError: It is no host, does not resolve, or one of its addresses is not allowed.
    """
    try:
        literal: Address | None = ip_address(host)
    except ValueError:
        literal = None
    if literal is not None and "%" not in host:
        return _checked(host, (literal,), allowed, "", field)
    name = _name(host, field)
    try:
        addresses = tuple(dict.fromkeys(map(ip_address, resolver(name))))
    except (OSError, ValueError) as error:  # a link-local one comes with a zone
        cure = "see that it is written right and that this machine can resolve it"
        raise RequestError(f"{name} does not resolve to addresses that can be used", field=field, cure=cure) from error
    if not addresses:
        raise RequestError(f"{name} has no address", field=field, cure="write a name that has one")
    return _checked(name, addresses, allowed, name, field)


def _checked(host: str, addresses: tuple[Address, ...], allowed: Allowed, name: str, field: str) -> Destination:
    """Take a host, if each of its addresses is allowed: one that is not says that somebody plays with its name."""
    if not all(allowed.takes(one, name=name) for one in addresses):
        # which of its addresses it is, is not told: that would map a network for whoever asks
        cure = "name a host that is allowed, or let whoever runs the service allow it (--allow)"
        raise RequestError(f"requests to {host} are not allowed", field=field, cure=cure)
    return Destination(host, addresses)


def _name(text: str, field: str) -> str:
    name = text.lower().removesuffix(".")
    if len(name) > _LONGEST or not _NAME.fullmatch(name) or _NUMBER.fullmatch(name.rpartition(".")[2]):
        raise RequestError("it is neither an IP address nor a DNS name", field=field, cure="write one of them")
    return name


def _is_within(network: Network, other: Network) -> bool:
    return type(network) is type(other) and network.subnet_of(other)  # type: ignore[arg-type]  # of one kind
