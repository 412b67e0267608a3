"""A person at the keyboard of a Nexus switch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lcm_nornir.simulator import SwitchSpec
from tests.simulator.console import Console, come_back, plain

if TYPE_CHECKING:
    from typing import Any

    from lcm_nornir.simulator import SimulatedSwitch

PLATFORM = "cisco_nxos"
OLD, OLDER, NEW = "10.2(5)", "10.2(4)", "10.4(5)"
OLD_FILE, OLDER_FILE, NEW_FILE = (f"nxos64-cs.10.{end}.M.bin" for end in ("2.5", "2.4", "4.5"))
CONFIRM = r"Do you want to continue with the installation \(y/n\)\?  \[n\] $"


class Nexus(Console):
    """One session."""

    prompt = r"\S+# $"

    def copy(self, url: str, *, dont_ask: bool = True) -> str:
        """Copy an image over HTTP; gives what is left on the screen of it."""
        if dont_ask:
            self.run("terminal dont-ask")
        return plain(self.run(f"copy {url} bootflash:{url.rpartition('/')[2]} vrf management"))

    def set_boot(self, name: str) -> str:
        """Put a file into the boot variable; gives what is said of it."""
        self.run("configure terminal")
        said = self.run(f"boot nxos bootflash:{name}")
        self.run("end")
        return said

    def save(self) -> str:
        """Save the configuration."""
        return plain(self.run("copy running-config startup-config"))

    def reload(self) -> None:
        """Reload, and say yes."""
        self.ask("reload", r"\(y/n\)\?  \[n\] $")
        self.type("y\n")

    @property
    def reset(self) -> str:
        """When it was reset last, to the microsecond."""
        found = re.search(r"(?m)^Last reset at .*$", self.run("show version"))
        assert found
        return found[0]

    @property
    def next_boot(self) -> str:
        """Name of the file that the next reload takes."""
        return self.run("show boot").rpartition("NXOS variable = bootflash:/")[2].split("\n")[0]


def nexus(name: str, *faults: str, **fields: Any) -> SwitchSpec:
    return SwitchSpec(name, platform=PLATFORM, faults=faults, **fields)


def back(switch: SimulatedSwitch, reset: str) -> Nexus:
    """Log in as soon as the switch has been reset again and is ready."""

    def ready(console: Nexus) -> bool:
        return console.reset != reset and bool(console.run("show logging logfile | include 'System ready'"))

    return come_back(Nexus, switch, ready)
