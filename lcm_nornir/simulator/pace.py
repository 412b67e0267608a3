"""How long things take on a switch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lcm_nornir.simulator.spec import FleetSpec


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things take, in real seconds.

    Attributes:
        speed: Divides durations.
        download: A download.
        install: An install.
        reboot: A reboot, from the closing of the port until the switch is ready.
    """

    speed: float
    download: float
    install: float
    reboot: float

    @classmethod
    def of(cls, spec: FleetSpec) -> Pace:
        """Give the pace of a fleet."""
        return cls(spec.speed, spec.download_s / spec.speed, spec.install_s / spec.speed, spec.reboot_s / spec.speed)
