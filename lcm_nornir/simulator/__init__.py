"""A fleet of simulated switches over real SSH, and an image server.

The simulator is always a process of its own, written from the behaviour document and from nothing else of this
project: what it says is a second opinion, not an echo of a driver.

    from lcm_nornir.simulator import FleetSpec, SwitchSpec, start_fleet

    # SwitchSpec("leaf1", platform="edgecore_sonic") is a SONiC switch; a fleet may mix platforms.
    with start_fleet(FleetSpec(switches=(SwitchSpec("leaf1"),), log_dir="logs", speed=60)) as fleet:
        print(fleet.switches[0].host, fleet.switches[0].port)
"""

from lcm_nornir.simulator.fleet import Fleet, SimulatorError, inventory, start_fleet
from lcm_nornir.simulator.personality import PLATFORMS
from lcm_nornir.simulator.spec import FleetSpec, ImageServerSpec, SimulatedImage, SimulatedSwitch, SwitchSpec

__all__ = [
    "PLATFORMS",
    "Fleet",
    "FleetSpec",
    "ImageServerSpec",
    "SimulatedImage",
    "SimulatedSwitch",
    "SimulatorError",
    "SwitchSpec",
    "inventory",
    "start_fleet",
]
