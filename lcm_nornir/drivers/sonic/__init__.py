"""Community SONiC."""

from lcm_nornir.drivers.sonic.driver import Sonic

__all__ = ["Sonic"]
