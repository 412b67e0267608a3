"""Dell SmartFabric OS10."""

from lcm_nornir.drivers.dell_os10.driver import DellOS10

__all__ = ["DellOS10"]
