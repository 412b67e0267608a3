"""The switch's ports, and who is seen on them: what may be missing after a reload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lcm_nornir.simulator import cabling, times

if TYPE_CHECKING:
    from lcm_nornir.simulator.cisco_nxos.switch import Switch

DELAY_RESTORE_S = 30  # at speed 1; as in the recorded screen
_COMING_UP = 0.22  # share of a reboot that passes between the boot and being ready
_COUNT = 6
_RULE = "-" * 80


def are_delayed(switch: Switch) -> bool:
    """Tell whether the ports are held back after a boot; the timer of a pair starts when the switch is ready."""
    delay_s = switch.pace.reboot * _COMING_UP + DELAY_RESTORE_S / switch.pace.speed
    return cabling.are_delayed(switch, delay_s if switch.peer is not None else 0.0)


def up(switch: Switch) -> list[int]:
    """Give the numbers of the ports that are up now."""
    return [] if not switch.is_ready or are_delayed(switch) else cabling.linked(switch)


def interface_status(switch: Switch) -> str:
    """``show interface status``."""
    now_up = up(switch)
    rows = [f"{'mgmt0':<14}{'--':<19}{'connected':<10}{'routed':<10}{'full':<8}{'1000':<8}--"]
    for port in range(1, _COUNT + 1):
        name = f"uplink-{port}" if switch.configuration.has(f"  description uplink-{port}") else "--"
        state = "connected" if port in now_up else "notconnec" if port in cabling.CABLED else "sfpAbsent"
        rows.append(f"{f'Eth1/{port}':<14}{name:<19}{state:<10}{'trunk':<10}{'full':<8}{'10G':<8}10Gbase-SR")
    head = "Port          Name               Status    Vlan      Duplex  Speed   Type"
    return "\n".join((_RULE, head, _RULE, *rows))


def lldp_neighbors(switch: Switch) -> str:
    """``show lldp neighbors``."""
    rows = [f"{f'spine{port}':<22}{f'Eth1/{port}':<16}{'120':<12}{'BR':<12}Ethernet1/9" for port in up(switch)]
    return "\n".join(
        (
            "Capability codes:",
            "  (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device",
            "  (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other",
            "Device ID             Local Intf      Hold-time   Capability  Port ID",
            *rows,
            f"Total entries displayed: {len(rows)}",
        )
    )


def bgp_summary(switch: Switch) -> str:
    """``show ip bgp summary vrf all``; a number in the last column means established."""
    now_up = up(switch)
    rows = []
    for port in cabling.CABLED:
        state = "12" if port in now_up else "Idle"
        since = times.short(switch.uptime) if port in now_up else "00:00:00"
        counts = f"{'1021':>7} {'1019':>7} {'34':>8} {0:>4} {0:>4}"
        rows.append(f"{f'198.51.100.{port}':<16}4 {65_000 + port:<6}{counts} {since:>8} {state}")
    return "\n".join(
        (
            "BGP summary information for VRF default, address family IPv4 Unicast",
            "BGP router identifier 198.51.100.254, local AS number 65100",
            "BGP table version is 34, IPv4 Unicast config peers 4, capable peers " + str(len(now_up)),
            "",
            "Neighbor        V    AS    MsgRcvd    MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd",
            *rows,
        )
    )
