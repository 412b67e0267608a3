"""Requests of our own to hosts that somebody else has named: to the address that was checked, and nowhere else."""

from __future__ import annotations

import httpx

from lcm_nornir.destinations import Allowed, Resolver, destination, resolve

_SECONDS = 10.0


class Pinned(httpx.BaseTransport):
    """Resolves and checks the host of each request once, and connects to the address that was checked.

    The name is still what the server's certificate must be for, and what it is asked for.

    Args:
        allowed: Where requests may go.
        resolver: Gives the addresses of a name.
    """

    def __init__(self, allowed: Allowed, resolver: Resolver = resolve) -> None:
        self._allowed = allowed
        self._resolver = resolver
        self._inner = httpx.HTTPTransport(trust_env=False, retries=0, limits=httpx.Limits(max_keepalive_connections=0))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request.

        Raises:
            RequestError: Its host is not allowed.
            httpx.TransportError: It was sent, and nothing good came of it.
        """
        url = request.url
        found = destination(url.host, self._allowed, self._resolver, field="url")
        request.extensions["sni_hostname"] = found.host  # also what the certificate is compared with
        request.url = url.copy_with(host=str(found.addresses[0]))
        return self._inner.handle_request(request)  # its header Host was made of the name

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


def client(allowed: Allowed, resolver: Resolver = resolve) -> httpx.Client:
    """Give a client for requests to hosts that somebody else has named: no redirects, no proxy, ten seconds.

    Args:
        allowed: Where requests may go.
        resolver: Gives the addresses of a name.
    """
    return httpx.Client(transport=Pinned(allowed, resolver), follow_redirects=False, trust_env=False, timeout=_SECONDS)
