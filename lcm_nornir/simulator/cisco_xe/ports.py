"""The switch's ports, and who is seen on them: what may be missing after a reload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lcm_nornir.simulator import cabling, times

if TYPE_CHECKING:
    from lcm_nornir.simulator.cisco_xe.switch import Switch

_COUNT = 6


def up(switch: Switch) -> list[int]:
    """Give the numbers of the ports that are up now."""
    return [] if cabling.are_delayed(switch) else cabling.linked(switch)


def interfaces_status(switch: Switch) -> str:
    """``show interfaces status``."""
    now_up = up(switch)
    rows = []
    for port in range(1, _COUNT + 1):
        name = switch.configuration.described(f"interface TenGigabitEthernet1/0/{port}")[:18]
        state = "connected" if port in now_up else "notconnect"
        rows.append(f"{f'Te1/0/{port}':<10}{name:<19}{state:<13}{'trunk':<11}{'full':<8}{'10G':<6}SFP-10GBase-SR")
    return "\n".join(("", "Port      Name               Status       Vlan       Duplex  Speed Type", *rows))


def ip_interface_brief(switch: Switch) -> str:
    """``show ip interface brief``."""
    last = switch.draws.number("management address", 1, 250)
    now_up = up(switch)
    rows = [f"{'GigabitEthernet0/0':<23}{f'192.0.2.{last}':<16}YES NVRAM  {'up':<22}up"]
    for port in range(1, _COUNT + 1):
        state = "up" if port in now_up else "down"
        rows.append(f"{f'Te1/0/{port}':<23}{'unassigned':<16}YES unset  {state:<22}{state}")
    return "\n".join(("Interface              IP-Address      OK? Method Status                Protocol", *rows))


def lldp_neighbors(switch: Switch) -> str:
    """``show lldp neighbors``."""
    now_up = up(switch)
    rows = [f"{f'spine{port}':<20}{f'Te1/0/{port}':<15}{'120':<11}{'B,R':<16}Eth1/9" for port in now_up]
    return "\n".join(
        (
            "Capability codes:",
            "    (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device",
            "    (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other",
            "",
            "Device ID           Local Intf     Hold-time  Capability      Port ID",
            *rows,
            "",
            f"Total entries displayed: {len(rows)}",
            "",
        )
    )


def cdp_neighbors(switch: Switch) -> str:
    """``show cdp neighbors``."""
    rows = [
        f"{f'spine{port}':<17}{f'Ten 1/0/{port}':<18}{'155':<13}{'R S I':<12}N9K-C9336 Eth 1/9" for port in up(switch)
    ]
    return "\n".join(
        (
            "Capability Codes: R - Router, T - Trans Bridge, B - Source Route Bridge",
            "                  S - Switch, H - Host, I - IGMP, r - Repeater, P - Phone",
            "",
            "Device ID        Local Intrfce     Holdtme    Capability  Platform  Port ID",
            *rows,
            "",
            f"Total cdp entries displayed : {len(rows)}",
        )
    )


def bgp_summary(switch: Switch) -> str:
    """``show ip bgp summary``; a number in the last column means established."""
    now_up = up(switch)
    rows = []
    for port in cabling.CABLED:
        state = "12" if port in now_up else "Active"
        since = times.short(switch.uptime) if port in now_up else "never"
        rows.append(
            f"{f'198.51.100.{port}':<16}4{65_000 + port:>13}    1021    1019       33    0    0 {since:<8} {state:>12}"
        )
    head = "Neighbor        V           AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd"
    return "\n".join(
        ("BGP router identifier 198.51.100.254, local AS number 65100", "BGP table version is 33", "", head, *rows)
    )
