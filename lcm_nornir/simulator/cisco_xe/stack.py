"""The members of a stack; one box is a stack of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lcm_nornir.simulator.cisco_xe.switch import Switch


@dataclass(slots=True)
class Member:
    """One member.

    Attributes:
        number: Its number; 1 is the active one.
        serial: Its serial number.
        version: The version that it runs.
        mac: Its address.
    """

    number: int
    serial: str
    version: str
    mac: str


def _mac(switch: Switch, number: int) -> str:
    digits = switch.draws.raw(f"mac {number}").hex()
    return f"04bd.97{digits[:2]}.{digits[2:6]}"


def members(switch: Switch, count: int) -> list[Member]:
    """Make the members of a stack; the active one has the switch's serial number."""
    serials = [switch.serial, *(switch.draw_serial(f"member {number}") for number in range(2, count + 1))]
    return [
        Member(number, serial, switch.running, _mac(switch, number)) for number, serial in enumerate(serials, start=1)
    ]


def differs(switch: Switch, member: Member) -> bool:
    """Tell whether a member runs other software than the active one."""
    return member.version != switch.members[0].version


def show_switch(switch: Switch) -> str:
    """``show switch``."""
    rows = []
    for member in switch.members:
        star, role = ("*", "Active") if member.number == 1 else (" ", "Standby" if member.number == 2 else "Member")  # noqa: PLR2004 - the second member stands by
        state = "V-Mismatch" if differs(switch, member) else "Ready"
        rows.append(f"{star}{member.number:<8}{role:<9}{member.mac:<19}{16 - member.number:<7}{'V02':<8}{state}")
    own = switch.members[0].mac
    return "\n".join(
        (
            f"Switch/Stack Mac Address : {own} - Local Mac Address",
            "Mac persistency wait time: Indefinite",
            "                                             H/W   Current",
            "Switch#   Role    Mac Address     Priority Version  State",
            "-------------------------------------------------------------------------------------",
            *rows,
            "",
        )
    )


def in_sync(switch: Switch) -> bool:
    """Tell whether there is a standby member, and it runs the same software."""
    return len(switch.members) > 1 and not differs(switch, switch.members[1])


def show_redundancy(switch: Switch) -> str:
    """``show redundancy``, of which the fields are evidenced and the order is not."""
    synced = in_sync(switch)
    head = (
        "Redundant System Information :",
        "------------------------------",
        f"          Hardware Mode = {'Duplex' if synced else 'Simplex'}",
        f"Configured Redundancy Mode = {'sso' if synced else 'Non-redundant'}",
        f" Operating Redundancy Mode = {'sso' if synced else 'Non-redundant'}",
        f"            Communications = {'Up' if synced else 'Down      Reason: Simplex mode'}",
        "",
        "Current Processor Information :",
        "-------------------------------",
        "    Current Software state = ACTIVE",
        "",
    )
    if not synced:
        return "\n".join(
            (*head, "Peer (slot: unavailable) information is not available because it is in 'DISABLED' state")
        )
    peer = ("Peer Processor Information :", "----------------------------", "    Current Software state = STANDBY HOT")
    return "\n".join((*head, *peer))


def show_redundancy_states(switch: Switch) -> str:
    """``show redundancy states``."""
    peer = "8  -STANDBY HOT" if in_sync(switch) else "1  -DISABLED"
    mode = "Duplex" if in_sync(switch) else "Simplex"
    return f"       my state = 13 -ACTIVE\n     peer state = {peer}\n           Mode = {mode}"


def show_platform(switch: Switch) -> str:
    """``show platform``, of which the states of the slots are evidenced."""
    rows = []
    for member in switch.members:
        state = "ok, active" if member.number == 1 else "ok" if not differs(switch, member) else "V-mismatch"
        rows.append(f"{member.number:<9} {switch.model:<19} {state:<21} {'never':<17}")
    head = "Slot      Type                State                 Insert time (ago)"
    rule = "--------- ------------------- --------------------- -----------------"
    return "\n".join((f"Chassis type: {switch.model}", "", head, rule, *rows))
