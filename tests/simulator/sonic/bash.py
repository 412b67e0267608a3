"""A person at the keyboard of a SONiC switch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lcm_nornir.simulator import SwitchSpec
from tests.simulator.console import Console, come_back

if TYPE_CHECKING:
    from typing import Any

    from lcm_nornir.simulator import SimulatedSwitch

PLATFORM = "edgecore_sonic"
OLD, OLDER, NEW = "202205.3-a4f1c2d9e", "202012.0-fb89c28c9", "202311.1-7c20e4b6d"


class Bash(Console):
    """One session with a shell."""

    prompt = r"admin@\S+:\S+\$ $"

    def status(self, line: str) -> tuple[str, int]:
        """Type a command and give its output and its exit code."""
        output, _, status = self.run(f"{line}; echo RC=$?").rpartition("RC=")
        return output.removesuffix("\n"), int(status)


def sonic(name: str, *faults: str, **fields: Any) -> SwitchSpec:
    return SwitchSpec(name, platform=PLATFORM, faults=faults, **fields)


def reboot(bash: Bash) -> None:
    """Reboot, and wait until the switch has taken note: a hang-up before that would end the command."""
    bash.type("sudo reboot\n")
    bash.until(r"Issuing OS-level reboot \.\.\.")


def back(switch: SimulatedSwitch, boot_id: str) -> Bash:
    """Log in as soon as the switch has booted again and is ready."""

    def ready(bash: Bash) -> bool:
        other = bash.run("cat /proc/sys/kernel/random/boot_id") != boot_id
        return other and bash.run("show system-health sysready-status brief") == "System is ready"

    return come_back(Bash, switch, ready)


def boot_id(bash: Bash) -> str:
    found = bash.run("cat /proc/sys/kernel/random/boot_id")
    assert re.fullmatch(r"[0-9a-f-]{36}", found)
    return found
