"""Where requests may go that somebody else has named: image servers, webhooks."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolver = Callable[[str], Sequence[str]]
"""Gives the addresses of a name; OSError if it has none."""


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
    def parse(cls, texts: Iterable[str]) -> Allowed:
        """Read networks, addresses and names.

        Raises:
            RequestError: A text is none of these.
        """
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Destination:
    """A host that was checked, pinned to the addresses that were checked.

    Attributes:
        host: As it was named: DNS name in lower case, or address.
        addresses: All that it resolved to; only these may be used.
    """

    host: str
    addresses: tuple[Address, ...]


def resolve(name: str) -> Sequence[str]:
    """Ask this machine's resolver: a `Resolver`."""
    return [str(found[4][0]) for found in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]


def destination(host: str, allowed: Allowed, resolver: Resolver = resolve, *, field: str = "host") -> Destination:
    """Check a host, and pin it. The resolver is asked once; what it says later matters to nobody.

    Args:
        host: IP address, or DNS name.
        allowed: Where requests may go.
        resolver: Gives the addresses of a name.
        field: How the field is called in which the host was given.

    Raises:
        RequestError: It is no host, does not resolve, or one of its addresses is not allowed.
    """
    raise NotImplementedError
