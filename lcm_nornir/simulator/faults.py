"""The table of faults: everything that can be wrong with a simulated switch or with its image server.

A fault is written ``name`` or ``name:argument``. ``F21`` stands for the first fault of the table that names this row
of the fault matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the table.

    Attributes:
        name: How it is asked for.
        rows: Rows of the fault matrix that it serves.
        meaning: What the switch or the server does, in one sentence.
        argument: What an argument means and what it is when left out, as ``meaning=default``; empty if there is none.
        served: The image server does it, not the switch.
        platforms: Platforms whose switches can have it; empty stands for all.
    """

    name: str
    rows: tuple[str, ...]
    meaning: str
    argument: str = ""
    served: bool = False
    platforms: frozenset[str] = frozenset()

    @property
    def default(self) -> str:
        """The argument when none is given."""
        return self.argument.partition("=")[2]

    def fits(self, platform: str) -> bool:
        """Tell whether a switch of this platform can have it; without a platform, whether it is a fault at all."""
        return not (platform and self.platforms) or platform in self.platforms


_HOSTILE = (
    "banner, file names, log lines and errors carry control codes, HTML and formula cells, errors the password too, "
    "and the host name is as long as may be; :refuse, the download fails and says so in such words"
)

_OS10, _SONIC, _XE, _NXOS = (frozenset({name}) for name in ("dell_os10", "edgecore_sonic", "cisco_xe", "cisco_nxos"))
_CLIS = _OS10 | _XE | _NXOS

FAULTS = (
    # Who answers, and whether.
    Fault(
        "wrong-serial",
        ("F04",),
        "answers with another service tag than the fleet says; :model, also as another model",
        "what=serial",
    ),
    Fault("refused", ("F12",), "the SSH port never opens"),
    Fault("black-hole", ("F12",), "TCP connects, and nothing is ever said"),
    Fault("wrong-password", ("F13",), "every password is rejected"),
    Fault("session-limit", ("F16",), "closes connections beyond so many at once", "sessions=2"),
    Fault("slow-login", ("F16",), "answers the password only after a while", "seconds at speed 1=20"),
    Fault(
        "noisy",
        ("F17",),
        "64 KiB of banner with prompt characters and ANSI codes, log lines between the lines of output",
    ),
    Fault("hostile", ("S09", "F17"), _HOSTILE, "download=goes well", platforms=_CLIS),
    Fault(
        "mute",
        ("F56", "F11"),
        "show commands never answer, from so many on",
        "commands before=0",
        platforms=_OS10 | _XE,
    ),
    Fault(
        "hang",
        ("F56", "F11"),
        "never answers again from the line on that comes after so many, or begins so; new sessions say nothing",
        "lines before, or the beginning of a line=0",
    ),
    Fault("slow-answers", ("F11",), "takes a while before it obeys each command", "seconds at speed 1=20"),
    Fault("no-serial", ("F04",), "the service tag is empty, as on virtual switches"),
    Fault("no-system", ("F11",), "the command system is switched off", platforms=_OS10),
    Fault("garbled", ("F11",), "a show command prints something that no release prints", "command=show version"),
    Fault("sudo-password", ("F33",), "sudo asks for the password once in each session", platforms=_SONIC),
    # How it stands before the upgrade.
    Fault("already-target", ("F05",), "already runs the image's version", "version=of the image"),
    Fault("newer-than-target", ("F06",), "runs a version later than the image's", "version=a late one"),
    Fault(
        "target-in-standby",
        ("F07",),
        "holds the image's version in the standby partition, next boot active",
        "version=of the image",
    ),
    Fault("disk-full-before", ("F08",), "has next to no free space", "bytes=65536"),
    Fault(
        "busy-installer",
        ("F10",),
        "somebody else's install runs, for long; :download, somebody's download",
        "what=install",
    ),
    Fault(
        "alarming-words",
        ("F34",),
        "Failed and Error stand in file names, in the banner and in warnings, and everything goes well",
        platforms=_CLIS,
    ),
    # The download.
    Fault("url-illegal", ("F19",), "calls every URL illegal", platforms=_CLIS),
    Fault("dns", ("F20",), "asks for the image at a name that does not resolve"),
    Fault("connection-refused", ("F20",), "asks for the image at a port that is closed"),
    Fault("no-route", ("F20",), "asks for the image at an address to which there is no route"),
    Fault("tls", ("F20",), "speaks TLS to a server that does not"),
    Fault("http-401", ("F20",), "the image server answers 401", served=True),
    Fault("http-403", ("F20",), "the image server answers 403", served=True),
    Fault("http-404", ("F20",), "the image server answers 404", served=True),
    Fault("server-hang", ("F21",), "the image server takes the request and never answers", served=True),
    Fault("stall", ("F21",), "the image server stops sending at so many percent", "percent=40", served=True),
    Fault("reset", ("F22",), "the image server resets the connection at so many percent", "percent=50", served=True),
    Fault(
        "slow", ("F23",), "the image server sends so many times slower than a download takes", "factor=10", served=True
    ),
    Fault(
        "disk-fills", ("F24",), "the disk is full at so many percent of the copy; the partial file stays", "percent=60"
    ),
    Fault(
        "truncated",
        ("F25",),
        "the image server sends only so many percent and calls it the whole file",
        "percent=70",
        served=True,
    ),
    Fault("bit-flip", ("F25",), "the image server flips one bit", served=True),
    Fault("html-page", ("F25",), "the image server sends an HTML page instead, as 200 OK", served=True),
    Fault(
        "other-file", ("F25", "F26"), "the image server sends another platform's image under the same name", served=True
    ),
    Fault(
        "replaced",
        ("F27",),
        "the image server has another good image under the same name, once so many asked for it, whoever they were",
        "times=1",
        served=True,
    ),
    Fault(
        "download-false-success",
        ("F34",),
        "the download claims success, and only so many percent of the file are there; at 0 there is no file",
        "percent=60",
        platforms=_CLIS,
    ),
    Fault(
        "stuck",
        ("F56",),
        "the install never ends, and its last state stays; :download, the download, though all has arrived",
        "what=install",
    ),
    # The install.
    Fault("wrong-platform", ("F26",), "the installer finds that the image, as it should be, is for another platform"),
    Fault(
        "bad-signature",
        ("F26",),
        "image verify and the installer find the signature bad; :refused, image install is refused at once",
        "install=fails",
    ),
    Fault(
        "disk-full-unpacking",
        ("F28",),
        "the disk is full while the install unpacks, and stays full; :claimed, success is claimed and the standby "
        "partition unchanged; :incomplete, success is claimed and the standby partition cannot boot, "
        "as always on SONiC",
        "install=fails",
    ),
    Fault("extract-failed", ("F28",), "the install fails while it unpacks into the filesystem"),
    Fault("install-failed", ("F29",), "the install fails late"),
    Fault("install-false-success", ("F30", "F34"), "the install claims success and the standby partition is unchanged"),
    Fault(
        "silent-install",
        ("F32",),
        "the session that sends image install hangs, as on old releases",
        platforms=_OS10 | _NXOS,
    ),
    Fault("odd-progress", ("F35",), "progress over 100, falling, and empty fields", platforms=_OS10 | _NXOS),
    Fault(
        "late-status",
        ("F35",),
        "so many looks at show image status show what stood there before the download or the install began",
        "looks=1",
        platforms=_OS10,
    ),
    Fault(
        "install-moves-next-boot",
        ("F36",),
        "the install makes the standby partition the next boot by itself",
        platforms=_OS10,
    ),
    # Set boot, save, reload.
    Fault(
        "set-boot-ignored", ("F36",), "boot system does nothing, silently; :active, only on the way back", "role=any"
    ),
    Fault("set-boot-refused", ("F36",), "boot system is refused; :active, only on the way back", "role=any"),
    Fault("service-veto", ("F29",), "a service vetoes the upgrade when the installer notifies it", platforms=_NXOS),
    Fault(
        "incompatible-config",
        ("F29",),
        "the running configuration is incompatible with the new image, say the installer and show incompatibility-all",
        platforms=_NXOS,
    ),
    Fault("pre-check-failed", ("F29",), "the installer's pre-upgrade check fails", platforms=_NXOS),
    Fault("impact-refused", ("F29",), "the impact check finds the image not bootable on the module", platforms=_NXOS),
    Fault(
        "backend-error",
        ("F34", "F31"),
        "the session that runs the install is told of a backend error and gets its prompt; the install goes on",
        platforms=_NXOS,
    ),
    Fault(
        "next-image-bad",
        ("F43",),
        "verify-next-image finds the image of the next boot bad, and so reboot refuses to reboot",
        platforms=_SONIC,
    ),
    Fault("save-refused", ("F65",), "saving the configuration fails"),
    Fault("changed-after-install", ("F37",), "somebody changes the configuration when the install ends"),
    Fault(
        "unexpected-question",
        ("F33",),
        "reload, or the command that begins so, asks one more question, which no document knows",
        "command=reload",
        platforms=_CLIS,
    ),
    Fault(
        "slow-down",
        ("F39",),
        "goes on answering after reload for so long, at least one second",
        "seconds at speed 1=10",
    ),
    Fault("reload-never", ("F40",), "accepts the reload and does not do it"),
    # Coming back.
    Fault("fast-reboot", ("F41",), "is down for a tenth of a second; :open, the port never closes", "port=closed"),
    Fault(
        "wrong-clock",
        ("F42",),
        "its clock stands in 1970 and jumps at each boot; :restless, also whenever anything happens to the switch",
        "jumps=at boot",
    ),
    Fault(
        "old-version",
        ("F43",),
        "comes back on the old partition; :next-stays, and boots the new one next",
        "next boot=the old one, too",
    ),
    Fault(
        "standby-behind",
        ("F43",),
        "after a reload the other supervisor, if it has two, runs the version of before",
        platforms=_NXOS,
    ),
    Fault(
        "not-ready",
        ("F44",),
        "long without banner, with logins refused, and with a CLI that is not ready",
        "times as long=8",
    ),
    Fault(
        "second-reboot",
        ("F45",),
        "reboots again shortly after the first login that follows a reload, so many times",
        "times=1",
    ),
    Fault(
        "boot-loop",
        ("F45",),
        "reboots again and again, whoever logs in, and stays up in between for a while",
        "share of a reboot=0.2",
    ),
    Fault("never-returns", ("F46",), "never comes back from a reload"),
    Fault("late-return", ("F47",), "comes back from a reload, so many times later than it should", "factor=20"),
    Fault("new-host-key", ("F48",), "comes back from a reload with a new SSH host key"),
    Fault("lost-configuration", ("F49",), "comes back with fewer lines in its configuration"),
    Fault("lost-links", ("F49",), "comes back with half of its ports down, and without the neighbours on them"),
    Fault("ports-delayed", ("F44", "F50"), "its ports stay down for a while after a boot", "seconds at speed 1=90"),
    # Cisco IOS-XE alone.
    Fault("user-exec", ("F16",), "a login has no privileges until enable, and may not push files", platforms=_XE),
    Fault("bundle-mode", (), "runs in bundle mode: it boots the image file itself", platforms=_XE),
    Fault("package-added", ("F10",), "holds packages that somebody added and did not activate", platforms=_XE),
    Fault(
        "members-differ",
        ("F11",),
        "a stack of which the second member runs another version; :after, from the upgrade on, which misses it",
        "when=before",
        platforms=_XE,
    ),
    Fault(
        "activate-fails",
        ("F29",),
        "the activation fails on a member, and nothing reboots",
        "number of the member=1",
        platforms=_XE,
    ),
    Fault("commit-refused", ("F43",), "install commit fails, and the timer goes on", platforms=_XE),
    Fault(
        "auto-abort",
        ("F43",),
        "takes an activation back this soon, unless it is committed",
        "seconds at speed 1=600",
        platforms=_XE,
    ),
    Fault(
        "manual-boot", ("F36",), "show boot says Manual Boot = yes, and a reload ends in the boot loader", platforms=_XE
    ),
)
BY_NAME = {fault.name: fault for fault in FAULTS}


class FaultError(ValueError):
    """A name that is not in the table, an argument for a fault that takes none, or a fault of another platform."""


def parse(text: str, platform: str = "") -> tuple[Fault, str]:
    """Look a fault up.

    Args:
        text: ``name``, ``name:argument``, ``Fnn`` or ``Fnn:argument``.
        platform: Platform of the switch that is to have it; empty if that does not matter.

    Returns:
        The row of the table, and the argument or its default.

    Raises:
        FaultError: There is no such fault, it takes no argument, or switches of this platform cannot have it.
    """
    name, colon, argument = text.partition(":")
    numbered = (row for row in FAULTS if name.upper() in row.rows and row.fits(platform))
    fault = BY_NAME.get(name) or next(numbered, None)
    if fault is None:
        raise FaultError(f"unknown fault {text!r}; see python -m lcm_nornir.simulator faults")
    if not fault.fits(platform):
        raise FaultError(f"the fault {fault.name} is of {', '.join(sorted(fault.platforms))} only, not of {platform}")
    if colon and not fault.argument:
        raise FaultError(f"the fault {fault.name} takes no argument")
    return fault, argument if colon else fault.default


class Faults:
    """The faults of one switch."""

    def __init__(self, texts: Iterable[str], platform: str = "") -> None:
        self._arguments = {fault.name: argument for fault, argument in (parse(text, platform) for text in texts)}

    def __contains__(self, name: str) -> bool:
        return self._arguments.__contains__(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._arguments)

    def has(self, text: str) -> bool:
        """Tell whether this switch has a fault with just this argument, or with its default if none is named."""
        fault, argument = parse(text)
        return self._arguments.get(fault.name) == argument

    def argument(self, name: str) -> str:
        """Give the argument of a fault that this switch has."""
        return self._arguments[name]

    def number(self, name: str) -> float:
        """Give the argument of a fault that this switch has, as a number."""
        return float(self._arguments[name])

    @property
    def served(self) -> str | None:
        """The one fault that the image server does for this switch, with its argument."""
        for name, argument in self._arguments.items():
            if BY_NAME[name].served:
                return f"{name}:{argument}" if argument else name
        return None


def table() -> str:
    """Print the table for people."""
    width = max(len(fault.name) for fault in FAULTS)
    lines = [f"{'fault'.ljust(width)}  {'rows':8}  meaning"]
    for fault in FAULTS:
        note = f" [:{fault.argument}]" if fault.argument else ""
        note += f" ({', '.join(sorted(fault.platforms))} only)" if fault.platforms else ""
        lines.append(f"{fault.name.ljust(width)}  {','.join(fault.rows):8}  {fault.meaning}{note}")
    return "\n".join(lines)
