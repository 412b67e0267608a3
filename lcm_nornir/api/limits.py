"""How much one may ask of the service, as numbers in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of the service.

    Attributes:
        body: Bytes of a request's body.
        body_time: Seconds in which a request's body has to arrive.
        page: Items of a list's page, where a list has pages.
        switches: Switches of a job.
        open_jobs: Jobs that have not ended, drafts included.
        streams: Event streams at once.
        streams_per_user: Event streams of one user at once.
        token_rate: Requests per minute with one token.
        address_rate: Requests per minute from one address.
        hashing: Passwords that are compared at once: each takes 64 MiB and a core meanwhile.
    """

    body: int = 1 << 20
    body_time: float = 10.0
    page: int = 200
    switches: int = 5_000
    open_jobs: int = 100
    streams: int = 50
    streams_per_user: int = 5
    token_rate: int = 600
    address_rate: int = 1_200
    hashing: int = 2
