"""How long things may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from lcm_nornir.errors import RequestError

_LONGEST = 30 * 86400.0  # a wait of any length must not overflow in threading
_OF_THE_SESSION = {"connect", "login", "reply", "digest"}


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits and paces of one switch, all in seconds.

    A driver brings its own defaults; the runner's option ``timeouts``, and ``data["lcm"]["timeouts"]`` of defaults,
    groups and host override single fields, the nearest to the host last.

    Attributes:
        connect: TCP connect.
        login: SSH banner, key exchange and login, up to the first prompt.
        reply: One command that only reads.
        digest: The digest of an image on the switch.
        download: The whole of one copy.
        download_stall: A copy without a new byte.
        install: The whole of one installation.
        install_stall: An installation whose state does not change.
        go_down: From the accepted reload until the old boot must be gone.
        come_back: From the accepted reload until the switch must be usable.
        stable: How long it must stay up after the first good login.
        settle: From the first answer of the SSH port to the first login, at least; 0.22 of the time that the
            reboot took until then, if that is longer.
        first_poll: Until the first look at a copy; at an installation after four times as long.
        poll: Shortest pause between two looks; a refused login is tried again after it.
        probe: Pause between two TCP connects to a switch that reboots.
    """

    connect: float = 15.0
    login: float = 30.0
    reply: float = 30.0
    digest: float = 300.0
    download: float = 7200.0
    download_stall: float = 300.0
    install: float = 3600.0
    install_stall: float = 1200.0
    go_down: float = 300.0
    come_back: float = 1200.0
    stable: float = 60.0
    settle: float = 40.0
    first_poll: float = 30.0
    poll: float = 5.0
    probe: float = 5.0

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LONGEST:
                raise RequestError(f"{value!r} is no time", field=f"timeouts.{item.name}", cure="write seconds above 0")

    def scaled(self, factor: float) -> Timeouts:
        """Give the same limits for switches that work `factor` times as long; what the network itself needs stays."""
        if not factor > 0:
            raise RequestError(f"{factor!r} is no factor", field="timeouts", cure="write a number above 0")
        return Timeouts(
            **{f.name: getattr(self, f.name) * (1 if f.name in _OF_THE_SESSION else factor) for f in fields(self)}
        )

    def with_overrides(self, overrides: Mapping[str, Any], where: str) -> Timeouts:
        """Replace single fields.

        Args:
            overrides: Field name to seconds.
            where: The place they come from, for the error.

        Raises:
            RequestError: There is no such field, or its value is no time.
        """
        known = [f.name for f in fields(self)]
        for name in overrides:
            if name not in known:
                raise RequestError(f"no such time-out: {name}", field=where, cure=f"one of: {', '.join(known)}")
        return replace(self, **dict(overrides)) if overrides else self
