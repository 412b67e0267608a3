"""What the skeleton needs of a network operating system, and which ones there are.

A personality is a package of its own below this one. The skeleton gives it an SSH port, a life cycle of power, faults,
a log and an image server; the personality gives the switch's state and whoever answers on a channel. Nothing here
assumes that a session is made of lines: a channel is bytes in and bytes out.

What must be known of an OS before its code is imported, as by the image server, stands in :data:`PLATFORMS`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from lcm_nornir.simulator.journal import Journal
    from lcm_nornir.simulator.power import Power
    from lcm_nornir.simulator.spec import FleetSpec, SwitchSpec


@dataclass(frozen=True, slots=True)
class Platform:
    """The plain facts of an OS.

    Attributes:
        name: Name in inventories.
        package: Where its personality lives; its module ``personality`` has the object ``PERSONALITY``.
        word: How the header of an image names the OS.
        file_name: Form of an image's file name, with the fields ``version``, ``dotted`` (10.4.5 for 10.4(5)) and
            ``build``.
        target: Version of the served image unless a fleet says otherwise.
        running: Version that a switch runs unless it says otherwise.
        standby: The other version that it holds unless it says otherwise.
        newest: A version later than any that a fleet upgrades to.
        model: Model of a switch unless it says otherwise.
        other_model: Another model of the same vendor.
    """

    name: str
    package: str
    word: str
    file_name: str
    target: str
    running: str
    standby: str
    newest: str
    model: str
    other_model: str


PLATFORMS = {
    platform.name: platform
    for platform in (
        Platform(
            name="dell_os10",
            package="lcm_nornir.simulator.dell_os10",
            word="OS10",
            file_name="PKGS_OS10-Enterprise-{version}.{build}buster-installer-x86_64.bin",
            target="10.5.6.5",
            running="10.5.4.1",
            standby="10.5.3.0",
            newest="99.1.0.0",
            model="S5248F-ON",
            other_model="S4148F-ON",
        ),
        Platform(
            name="edgecore_sonic",  # netmiko's name for it; what is imitated is community SONiC
            package="lcm_nornir.simulator.sonic",
            word="SONiC",
            file_name="sonic-broadcom-{version}.bin",
            target="202311.1-7c20e4b6d",
            running="202205.3-a4f1c2d9e",
            standby="202012.0-fb89c28c9",
            newest="209911.9-0a1b2c3d4",
            model="AS7326-56X",
            other_model="AS5835-54X",
        ),
        Platform(
            name="cisco_xe",
            package="lcm_nornir.simulator.cisco_xe",
            word="IOSXE",
            file_name="cat9k_iosxe.{version}.SPA.bin",
            target="17.09.04a",
            running="17.06.05",
            standby="",  # an untouched switch has nothing added that does not run
            newest="99.01.01",
            model="C9300-48U",
            other_model="C9500-40X",
        ),
        Platform(
            name="cisco_nxos",
            package="lcm_nornir.simulator.cisco_nxos",
            word="NXOS",
            file_name="nxos64-cs.{dotted}.M.bin",
            target="10.4(5)",
            running="10.2(5)",
            standby="10.2(4)",
            newest="99.1(1)",
            model="N9K-C9396PX",
            other_model="N9K-C93180YC-EX",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Wire:
    """One SSH channel, as whoever answers on it sees it.

    Attributes:
        session: Number of the session, for the log.
        write: Sends bytes to the client.
        leave: Ends the channel with an exit status.
        size: Columns and rows of the client's terminal; zeros if it did not say.
        terminal: The client asked for a terminal.
        kind: The kind of terminal that it said it has.
    """

    session: int
    write: Callable[[bytes], None]
    leave: Callable[[int], None]
    size: tuple[int, int] = (0, 0)
    terminal: bool = False
    kind: str = ""


class Reader(Protocol):
    """Whoever answers on a channel."""

    def start(self) -> None:
        """Begin, and speak first if need be."""

    def feed(self, data: bytes) -> None:
        """Take what the client sent."""

    def eof(self) -> None:
        """The client has nothing more to say."""

    def resize(self, columns: int, rows: int) -> None:
        """The client's terminal has another size now."""

    def close(self) -> None:
        """The channel is gone."""


_S = TypeVar("_S")


class Personality(Protocol[_S]):
    """One network operating system.

    Attributes:
        ssh_version: Version string of its SSH server.
        locks_out: Three failed logins in a row lock the user for a while.
    """

    ssh_version: str
    locks_out: bool

    def switch(self, spec: SwitchSpec, fleet: FleetSpec, journal: Journal, source: str | None) -> _S:
        """Make a switch as it is before anybody touches it.

        Raises:
            ValueError: There is no such switch.
        """

    def shell(self, switch: _S, power: Power, wire: Wire) -> Reader:
        """Open an interactive session."""

    def execute(self, switch: _S, power: Power, command: str, wire: Wire) -> Reader | None:
        """Answer one command of an ``exec`` request; None refuses it."""


def platform(name: str) -> Platform:
    """Give the facts of an OS.

    Raises:
        ValueError: There is no personality of this name.
    """
    if name not in PLATFORMS:
        raise ValueError(f"unknown platform {name!r}; there are {', '.join(sorted(PLATFORMS))}")
    return PLATFORMS[name]


def personality(name: str) -> Personality[Any]:
    """Import a personality.

    Raises:
        ValueError: There is none of this name.
    """
    module = importlib.import_module(f"{platform(name).package}.personality")
    return cast("Personality[Any]", module.PERSONALITY)
