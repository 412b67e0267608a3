"""Arista EOS, as a driver that comes from outside of lcm_nornir."""

from lcm_nornir_eos.driver import AristaEOS

__all__ = ["AristaEOS"]
