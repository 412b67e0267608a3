"""Where the service may listen: on this machine only, unless it is encrypted and somebody has to log in."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from lcm_nornir.errors import RequestError


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the service listens.

    Attributes:
        host: IP address, or ``localhost``.
        port: TCP port; 0: any that is free.
        certificate: PEM file with the certificate chain; None without TLS.
        key: PEM file with its key; None without TLS.
    """

    host: str = "127.0.0.1"
    port: int = 8443
    certificate: Path | None = None
    key: Path | None = None

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


def check_listening(listening: Listening, users: int) -> None:
    """Refuse to listen where it is not safe; pure: no file is opened, no name looked up.

    Args:
        listening: Where.
        users: How many users can log in.

    Raises:
        RequestError: Half of TLS is given; or others can reach it, and TLS or a user is missing.
    """
    if (listening.certificate is None) != (listening.key is None):
        lacking = "--tls-key" if listening.key is None else "--tls-certificate"
        raise RequestError("certificate and key belong together", field=lacking, cure="give both, or neither")
    if listening.is_local:
        return
    if listening.certificate is None:
        raise RequestError(
            f"{listening.host} can be reached from other machines, and without TLS tokens would travel readably",
            field="--host",
            cure="give --tls-certificate and --tls-key, or listen on 127.0.0.1 behind a proxy that has them",
        )
    if users < 1:
        raise RequestError(
            f"{listening.host} can be reached from other machines, and nobody is set up who could log in",
            field="--host",
            cure="run: lcm-nornir users add NAME --role admin",
        )
