"""Cisco IOS-XE."""

from lcm_nornir.drivers.cisco_xe.driver import CiscoIOSXE

__all__ = ["CiscoIOSXE"]
