"""What the switch is made of: its chassis, its modules, and one or two supervisors.

A modular chassis (N9K-C95xx) has two supervisors, each with a version of its own. How its screens place them is [U];
the columns and the good states are evidenced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lcm_nornir.simulator.cisco_nxos.switch import Switch

_SLOTS = (27, 28)  # of the supervisors in a modular chassis


def chassis(switch: Switch) -> str:
    """Give the words for the chassis."""
    return f"Nexus9000 {switch.model.removeprefix('N9K-')} Chassis"


def serial(switch: Switch) -> str:
    """Give the serial number as it is printed."""
    return "" if "no-serial" in switch.faults else switch.serial


def inventory(switch: Switch) -> str:
    """``show inventory``."""
    power = f'"{chassis(switch).removesuffix("Chassis")}Power Supply"'
    supervisors = [
        (f'"Slot {slot}"', '"Supervisor Module"', "N9K-SUP-A", switch.draw_serial(f"supervisor {slot}"))
        for slot in _SLOTS[: switch.supervisors if switch.is_modular else 0]
    ]
    rows = (
        ('"Chassis"', f'"{chassis(switch)}"', switch.model, serial(switch)),
        ('"Slot 1"', '"48x1/10G SFP+ 6x40G Ethernet Module"', _card(switch), switch.draw_serial("module")),
        *supervisors,
        ('"Power Supply 1"', power, "N9K-PAC-650W-B", "DCB1819X0P3"),
        ("Ethernet1/1", "CISCO-FINISAR", "SFP-10G-SR", "FNS16410ABC"),
    )
    return "\n\n".join(
        f"NAME: {name},  DESCR: {about}\nPID: {part:<20},  VID: V02 ,  SN: {number}"
        for name, about, part, number in rows
    )


def _card(switch: Switch) -> str:
    return "N9K-X9564PX" if switch.is_modular else switch.model


def _modules(switch: Switch) -> list[tuple[int, int, str, str, str, str]]:
    """Give slot, ports, kind, model, status and version of each module; while the switch comes up none is ok."""
    card = (1, 54, "48x1/10G SFP+ 6x40G Ethernet Module", _card(switch))
    good, running = switch.is_ready, switch.running
    if not switch.is_modular:
        return [(*card, "active *" if good else "powered-up", running)]
    active, standby = _SLOTS
    return [
        (*card, "ok" if good else "powered-up", running),
        (active, 0, "Supervisor Module", "N9K-SUP-A", "active *" if good else "powered-up", running),
        (standby, 0, "Supervisor Module", "N9K-SUP-A", "ha-standby" if good else "powered-up", switch.other_running),
    ]


def module(switch: Switch) -> str:
    """``show module``."""
    modules, base = _modules(switch), mac(switch)
    diag = "Pass" if switch.is_ready else "Untested"
    tables = (
        (
            "Mod Ports             Module-Type                      Model           Status",
            "--- ----- ------------------------------------- --------------------- ---------",
            *(
                f"{slot:<4} {count:<5}{kind:<37} {model:<21} {status}"
                for slot, count, kind, model, status, _ in modules
            ),
        ),
        (
            "Mod  Sw                       Hw    Slot",
            "---  ----------------------- ------ ----",
            *(f"{slot:<4} {version:<23} 1.0    NA" for slot, *_, version in modules),
        ),
        (
            "Mod  MAC-Address(es)                         Serial-Num",
            "---  --------------------------------------  ----------",
            *(f"{slot:<4} {base} to {base[:-2]}ff  {serial(switch)}" for slot, *_ in modules),
        ),
        ("Mod  Online Diag Status", "---  ------------------", *(f"{slot:<4} {diag}" for slot, *_ in modules)),
        ("* this terminal session",),
    )
    return "\n\n".join("\n".join(table) for table in tables)


def redundancy(switch: Switch) -> str:
    """``show system redundancy status``."""
    ours = ("Active", "Active with HA standby") if switch.is_modular else ("Active", "Active with no standby")
    theirs = ("Standby", "HA standby") if switch.is_modular and switch.is_ready else ("Not present", "Not present")
    blocks = (("This", ours), ("Other", theirs))
    return "\n\n".join(
        f"{who} supervisor ({f'sup-{number}'})\n-----------------------\n"
        f"    Redundancy state:   {state}\n    Supervisor state:   {mode}"
        for number, (who, (state, mode)) in enumerate(blocks, 1)
    )


def mac(switch: Switch) -> str:
    """Give the switch's base address."""
    return "7c-0e-ce-" + "-".join(f"{byte:02x}" for byte in switch.draws.raw("mac")[:3])
