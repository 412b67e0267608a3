"""A person at the keyboard of an IOS-XE switch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lcm_nornir.simulator import SwitchSpec
from tests.simulator.console import Console, come_back

if TYPE_CHECKING:
    from typing import Any

    from lcm_nornir.simulator import SimulatedSwitch

PLATFORM = "cisco_xe"
OLD, NEW = "17.06.05", "17.09.04a"
PROCEED = r"This operation may require a reload of the system\. Do you want to proceed\? \[y/n\]"
CONFIRM = r"\[confirm\]$"
RESTARTED = re.compile(r"(?m)^System restarted at (.*)$")


class Ios(Console):
    """One session at the privileged prompt."""

    prompt = r"[^\s<]+[#>]$"

    def key(self, key: str) -> str:
        """Press one key where a confirmation is asked for, and read up to the prompt."""
        self.type(key)
        return self.until(rf"\n{self.prompt}")

    def pull(self, url: str, name: str = "") -> str:
        """Copy an image to the flash; gives what the switch says."""
        name = name or url.rpartition("/")[2]
        self.ask(f"copy {url} flash:{name}", rf"Destination filename \[{re.escape(name)}\]\? $")
        return self.ask("")

    def configure(self, *lines: str) -> str:
        """Enter lines in configuration mode; gives what is said."""
        said = self.ask("configure terminal")
        return said + "".join(self.ask(line) for line in (*lines, "end"))


def xe(name: str, *faults: str, **fields: Any) -> SwitchSpec:
    return SwitchSpec(name, platform=PLATFORM, faults=faults, **fields)


def restarted(console: Ios) -> str:
    """Give when the switch has booted, as it says."""
    found = RESTARTED.search(console.run("show version"))
    assert found is not None
    return found[1]


def back(switch: SimulatedSwitch, before: str) -> Ios:
    """Log in as soon as the switch has booted again and its command line is ready."""

    def ready(console: Ios) -> bool:
        found = RESTARTED.search(console.run("show version"))
        return found is not None and found[1] != before

    return come_back(Ios, switch, ready)


def reload(console: Ios) -> str:
    """Reload a switch whose configuration is saved; gives when it had booted before."""
    before = restarted(console)
    console.ask("reload", CONFIRM)
    console.type("\n")
    return before
