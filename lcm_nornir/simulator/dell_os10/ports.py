"""The switch's ports, and who is seen on them: what may be missing after a reload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lcm_nornir.simulator import cabling, times

if TYPE_CHECKING:
    from lcm_nornir.simulator.dell_os10.switch import Switch

DELAY_RESTORE_S = 90  # at speed 1; the vendor's default
_COUNT = 6
_RULE = "-" * 98


def up(switch: Switch) -> list[int]:
    """Give the numbers of the ports that are up now."""
    delay_s = DELAY_RESTORE_S / switch.pace.speed if switch.peer else 0.0
    return [] if cabling.are_delayed(switch, delay_s) else cabling.linked(switch)


def interface_status(switch: Switch) -> str:
    """``show interface status``, as captures of real switches print it."""
    now_up = up(switch)
    rows = []
    for port in range(1, _COUNT + 1):
        description = f"uplink-{port}" if f"interface ethernet1/1/{port}" in switch.configuration.running else ""
        state = f"{'up':<9}{'25G':<9}" if port in now_up else f"{'down':<9}{'0':<9}"
        rows.append(f"{f'Eth 1/1/{port}':<16}{description:<16}{state}{'full':<9}A    1    -")
    head = "Port            Description     Status   Speed    Duplex   Mode Vlan Tagged-Vlans"
    return "\n".join((_RULE, head, _RULE, *rows, _RULE))


def lldp_neighbors(switch: Switch) -> str:
    """``show lldp neighbors``, of which the titles are evidenced."""
    head = "Loc PortID          Rem Host Name        Rem Port Id                    Rem Chassis Id"
    rows = (
        f"{f'ethernet1/1/{port}':<20}{f'spine{port}':<21}{'ethernet1/1/9':<31}50:9a:4c:00:00:{port:02x}"
        for port in up(switch)
    )
    return "\n".join((head, "-" * 86, *rows))


def bgp_summary(switch: Switch) -> str:
    """``show ip bgp summary``, of which the titles are evidenced; a number in the last column means established."""
    now_up = up(switch)
    rows = []
    for port in cabling.CABLED:
        state = "12" if port in now_up else "Active"
        since = times.short(switch.uptime) if port in now_up else "00:00:00"
        rows.append(f"{f'198.51.100.{port}':<19}{65_000 + port:<11}1021       1019       {since:<20}{state}")
    head = "Neighbor           AS         MsgRcvd    MsgSent    Up/Down             State/Pfx"
    return "\n".join((head, *rows))
