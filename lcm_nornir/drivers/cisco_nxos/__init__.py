"""Cisco NX-OS."""

from lcm_nornir.drivers.cisco_nxos.driver import CiscoNXOS

__all__ = ["CiscoNXOS"]
