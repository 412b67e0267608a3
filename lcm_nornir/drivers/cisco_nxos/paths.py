"""From which train of NX-OS one may go to which, as Cisco's documents tell it."""

from __future__ import annotations

from lcm_nornir.drivers.paths import Rule

_NEXUS_3000 = (
    "Cisco, Upgrade Nexus 3000 and 3100 NX-OS Software,"
    " https://www.cisco.com/c/en/us/support/docs/switches/nexus-3000-series-switches/"
    "216037-nexus-3000-and-3100-nx-os-software-upgra.html"
)

PATHS = (
    Rule("6.0(2)U", "7.0(3)I", ("6.0(2)U6(10)",), "Nexus 3000 and 3100", _NEXUS_3000, "V"),
    Rule("6.0(2)U", "9.2(", ("6.0(2)U6(10)", "7.0(3)I7(9)"), "Nexus 3000 and 3100", _NEXUS_3000, "V"),
)
"""Of the trains that do not stand under `running` nothing is told."""
