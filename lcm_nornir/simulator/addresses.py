"""Loopback addresses and sockets."""

from __future__ import annotations

import errno
import ipaddress
import secrets
import socket

_TRIES = 50


def bound_socket(host: str, port: int) -> socket.socket:
    """Bind a socket that is ready to listen, without listening: connections to it are refused."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.setblocking(False)
    except OSError:
        bound.close()
        raise
    return bound


def _block(first: str, count: int, port: int) -> list[socket.socket]:
    """Bind ``count`` addresses from ``first`` on, all at the same port."""
    start = ipaddress.IPv4Address(first)
    sockets: list[socket.socket] = []
    try:
        sockets.extend(bound_socket(str(start + number), port) for number in range(count))
    except OSError:
        for bound in sockets:
            bound.close()
        raise
    return sockets


def bind(count: int, first: str, port: int, *, one_address: bool) -> list[socket.socket]:
    """Bind the ports of a fleet.

    Args:
        count: How many switches.
        first: First address; empty takes a free block of 127/8 at random.
        port: Port at every address; not used with ``one_address``.
        one_address: All at 127.0.0.1, each at a free port.

    Returns:
        One bound socket for each switch.

    Raises:
        OSError: The addresses are taken.
    """
    if one_address:
        return [bound_socket("127.0.0.1", 0) for _ in range(count)]
    if first:
        return _block(first, count, port)
    for _ in range(_TRIES):
        # Not 127.0.0.0/16, where other programs live.
        number = (1 << 16) + secrets.randbelow((1 << 24) - (1 << 16) - count - 256)
        try:
            return _block(str(ipaddress.IPv4Address("127.0.0.1") + (number & ~0xFF)), count, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    raise OSError(errno.EADDRINUSE, "no free block of addresses in 127/8")
