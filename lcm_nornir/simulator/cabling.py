"""Which ports of a switch have a cable, and which of them are up: some may be missing after a reload."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lcm_nornir.simulator.chassis import Chassis

CABLED = (1, 2, 3, 4)
PORT_CHANNELS = {1: {1, 2}, 2: {3, 4}}
"""The ports in each of a pair's."""
_LOST = (2, 4)


def are_delayed(switch: Chassis, by_itself_s: float = 0.0) -> bool:
    """Tell whether the ports are held back after a boot.

    Args:
        switch: The switch.
        by_itself_s: Seconds for which its OS does so where no fault says otherwise.
    """
    if not switch.boots:
        return False
    if "ports-delayed" in switch.faults:
        return switch.uptime < switch.faults.number("ports-delayed") / switch.pace.speed
    return switch.uptime < by_itself_s


def linked(switch: Chassis) -> list[int]:
    """Give the numbers of the ports that are up where they are not held back."""
    lost = _LOST if switch.boots and "lost-links" in switch.faults else ()
    return [port for port in CABLED if port not in lost]
