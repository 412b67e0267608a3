"""What is typed to change something, known by its form: so a switch's own log can be held against the journal.

It is written from what stands in those logs, not from the drivers: a line that nobody listed here is a finding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """One line of a command.

    Attributes:
        pattern: Of the line's begin.
        commands: Names of the driver's methods that type it.
        part: Which line of its command it is: each comes once per intent at most.
        after: Of the line that was typed before it, where that tells what it is part of.
    """

    pattern: str
    commands: tuple[str, ...]
    part: int = 0
    after: str = ""

    def fits(self, line: str, before: str) -> bool:
        """Tell whether a line has this form, typed after another one."""
        return re.match(self.pattern, line) is not None and (not self.after or re.match(self.after, before) is not None)


_INSTALLER = "sudo sonic-installer "
_APART = r"sudo sh -c 'umask 077; mkdir -p \S+ \S+ && cd \S+ && rm -f {0}\.\* && date \+%s\.%N > {0}\.began && "
FORMS = (
    Form(r"write memory$", ("set_next_boot",), part=4, after=r"end$"),  # IOS-XE: the boot variable
    # Dell SmartFabric OS10
    Form(r"image download |scp ", ("copy",)),
    Form(r'system "sudo mv ', ("copy",), part=1),
    Form(r"image install ", ("install",)),
    Form(r"boot system ", ("set_next_boot",)),
    Form(r"write memory$|copy running-configuration startup-configuration$", ("save_config",)),
    Form(r"reload$", ("reload",)),
    Form(r"delete ", ("delete",)),
    Form(r"image cancel$", ("cancel",)),
    # SONiC
    Form(_APART.format("copy"), ("copy",)),
    Form(r"sudo sh -c 'mkdir -p /host/lcm-nornir && mv \./", ("copy",), part=1),
    Form(_INSTALLER + "remove ", ("install",), part=1),
    Form(_APART.format("install"), ("install",)),
    Form(_INSTALLER + "set-default ", ("set_next_boot", "commit")),
    Form(_INSTALLER + "set-next-boot ", ("set_next_boot", "commit"), part=1),
    Form(r"sudo config save -y", ("save_config",)),
    Form(r"sudo sh -c 'mkdir -p /run/lcm-nornir && exec setsid -w reboot", ("reload",)),
    Form(r"sudo rm -f /host/lcm-nornir/", ("delete",)),
    Form(r"sudo sh -c 'cd /run/lcm-nornir && kill ", ("cancel",)),
    # Cisco: the first lines are of IOS-XE, the last of NX-OS
    Form(r"copy \S+ flash:\S+( vrf \S+)?$", ("copy",)),
    Form(r"install add file flash:", ("install",)),
    Form(r"install activate$", ("activate",)),
    Form(r"install commit$", ("commit", "set_next_boot")),
    Form(r"configure terminal$", ("set_next_boot",), part=1),
    Form(r"no boot system$", ("set_next_boot",), part=3),
    Form(r"copy (https?|tftp)://\S+ bootflash:\S+ vrf \S+$", ("copy",)),
    Form(r"install all nxos bootflash:", ("activate",)),
    Form(r"boot nxos bootflash:", ("set_next_boot",)),
    Form(r"copy running-config startup-config$", ("save_config", "set_next_boot"), part=2),
)
_READS = re.compile(
    r"verify /sha512 flash:|"
    r'(show|terminal|dir)\b|(exit|end)$|image verify |system "(sudo )?(cat|ls|df|uptime|sha256sum|sha512sum|md5sum)\b'
    r"|set \+o emacs|(sudo )?(cat|ls|df|sha256sum|sha512sum|tail) [^;&|>]*; echo |sudo sonic-cfggen -d --print-data;"
    r"|sudo sonic-installer (list|verify-next-image);"
    r"|sudo sh -c 'cd /run/lcm-nornir 2>/dev/null && for f in copy install;"
    r"|sudo sh -c 'cd /host/image-\S+ \|\| exit; for f in "
)
_FILE = re.compile(
    r"(?:image install image://|.*sonic-installer install -y \S*/|install add file flash:"
    r"|install all nxos bootflash:)([\w.+-]+)"
)


def form_of(line: str, before: str = "") -> Form | None:
    """Give the form of a line that changes something, typed after another one; None if it has none."""
    return next((form for form in FORMS if form.fits(line, before)), None)


def only_reads(line: str) -> bool:
    """Tell whether a line is known to change nothing."""
    return _READS.match(line) is not None


def file_of_install(line: str) -> str:
    """Give the name of the file that a line installs; empty if it installs none."""
    found = _FILE.match(line)
    return found[1] if found else ""


def chooses_another(line: str) -> bool:
    """Tell whether a line makes a slot that does not run the next boot."""
    return line == "boot system standby" or line.startswith(_INSTALLER + "set-next-boot ")
