"""From which train of NX-OS one may go to which, as Cisco's documents and programs tell it."""

from __future__ import annotations

from lcm_nornir.drivers.paths import Rule

_NEXUS_3000 = (
    "Cisco, Upgrade Nexus 3000 and 3100 NX-OS Software,"
    " https://www.cisco.com/c/en/us/support/docs/switches/nexus-3000-series-switches/"
    "216037-nexus-3000-and-3100-nx-os-software-upgra.html"
)
_POAP = (
    "Cisco, poap.py for Nexus: the steps of an upgrade,"
    " https://github.com/datacenter/nexus9000/blob/0f4620ae3356b99a5ea4169c73446f789e5373a0/nx-os/poap/poap.py"
)
_STEPS = ("5.0(3)U5(1)", "6.0(2)U6(2a)", "6.0(2)U6(7)")

PATHS = (
    Rule("5.0(3)U", ("6.0(2)U",), _STEPS[:1], "Nexus 3000", _POAP, "S"),
    Rule("5.0(3)U", ("7.0(3)I", "9."), _STEPS, "Nexus 3000", _POAP, "S"),
    Rule("6.0(2)U", ("7.0(3)I",), ("6.0(2)U6(10)",), "Nexus 3000 and 3100", _NEXUS_3000, "V"),
    Rule("6.0(2)U", ("9.2(",), ("6.0(2)U6(10)", "7.0(3)I7(9)"), "Nexus 3000 and 3100", _NEXUS_3000, "V"),
)
"""Where no rule leads out of a train nothing is told of it."""
