"""What the ``show`` commands print, laid out as section 15.2 of the behaviour document tells."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lcm_nornir.simulator import cabling, times
from lcm_nornir.simulator.sonic import configuration, images
from lcm_nornir.simulator.sonic.configuration import PORTS

if TYPE_CHECKING:
    from lcm_nornir.simulator.sonic.switch import Switch

_CABLED = tuple(port - 1 for port in cabling.CABLED)
_BGP_HEAD = """\
Neighbhor         V     AS    MsgRcvd    MsgSent    TblVer    InQ    OutQ  Up/Down      State/PfxRcd  NeighborName
--------------  ---  -----  ---------  ---------  --------  -----  ------  ---------  --------------  --------------"""
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def uptime(switch: Switch) -> str:
    """Give what ``uptime`` prints: ``14:40:15 up 3 min,  1 user,  load average: ...``."""
    seconds = int(switch.uptime)
    days, rest = divmod(seconds, _DAY)
    hours, minutes = rest // _HOUR, rest % _HOUR // _MINUTE
    span = f"{days} day{'s' if days > 1 else ''}, " if days else ""
    span += f"{hours:2}:{minutes:02}" if hours else f"{minutes} min"
    return f"{times.plain(switch.now())[11:]} up {span},  1 user,  load average: 1.26, 1.45, 0.66"


def pretty_uptime(switch: Switch) -> str:
    """Give what ``uptime -p`` and ``show uptime`` print."""
    seconds = int(switch.uptime)
    parts = (
        (seconds // (7 * _DAY), "week"),
        (seconds // _DAY % 7, "day"),
        (seconds // _HOUR % 24, "hour"),
        (seconds // _MINUTE % 60, "minute"),
    )
    named = [f"{count} {word}{'s' if count > 1 else ''}" for count, word in parts if count]
    return "up " + (", ".join(named) or "0 minutes")


def version(switch: Switch) -> str:
    """``show version``."""
    running, now = switch.images.current, time.gmtime(switch.now())
    commit = running.rpartition("-")[2]
    return "\n".join(
        (
            "",
            f"SONiC Software Version: SONiC.{running}",
            "SONiC OS Version: 11",
            "Distribution: Debian 11.9",
            "Kernel: 6.1.0-11-2-amd64",
            f"Build commit: {commit}",
            "Build date: Fri Mar 22 01:55:48 UTC 2024",
            "Built by: johnar@jenkins-worker-4",
            "",
            f"Platform: {switch.onie}",
            f"HwSKU: Accton-{switch.model}",
            "ASIC: broadcom",
            "ASIC Count: 1",
            f"Serial Number: {_serial(switch)}",
            f"Model Number: {switch.model}",
            "Hardware Revision: R01A",
            f"Uptime: {uptime(switch)}",
            f"Date: {time.strftime('%a %d %b %Y %H:%M:%S', now)}",
            "",
            "Docker images:",
            "REPOSITORY                 TAG                      IMAGE ID       SIZE",
            f"docker-syncd-brcm          {running:<25}0a1b2c3d4e5f   776MB",
            "docker-syncd-brcm          latest                   0a1b2c3d4e5f   776MB",
        )
    )


def _serial(switch: Switch) -> str:
    return "" if "no-serial" in switch.faults else switch.serial


def platform_summary(switch: Switch) -> str:
    """``show platform summary``."""
    return "\n".join(
        (
            f"Platform: {switch.onie}",
            f"HwSKU: Accton-{switch.model}",
            "ASIC: broadcom",
            "ASIC Count: 1",
            f"Serial Number: {_serial(switch)}",
            f"Model Number: {switch.model}",
            "Hardware Revision: R01A",
        )
    )


def syseeprom(switch: Switch) -> str:
    """``show platform syseeprom``."""
    rows = [
        ("Product Name", "0x21", switch.model),
        ("Part Number", "0x22", "F0PZZ5656012A"),
        ("Serial Number", "0x23", _serial(switch)),
        ("Base MAC Address", "0x24", switch.configuration.running["DEVICE_METADATA"]["localhost"]["mac"].upper()),
        ("Manufacture Date", "0x25", "05/14/2021 09:12:31"),
        ("Platform Name", "0x28", switch.onie),
        ("Manufacturer", "0x2B", "Accton"),
    ]
    lines = [f"{key:<21}{code:<6}{len(text):3}  {text}" for key, code, text in rows]
    return "\n".join(
        (
            "TlvInfo Header:",
            "   Id String:    TlvInfo",
            "   Version:      1",
            "   Total Length: 169",
            "TLV Name             Code  Len  Value",
            "-------------------- ----  ---  -----",
            *lines,
            "",
            "(checksum valid)",
        )
    )


def sysready(switch: Switch) -> str:
    """``show system-health sysready-status brief``."""
    return "System is ready" if switch.ready else "System is not ready - one or more services are not up"


def up(switch: Switch) -> list[int]:
    """Give the numbers of the ports that are up now; they begin at 0."""
    return [] if cabling.are_delayed(switch) else [port - 1 for port in cabling.linked(switch)]


def interfaces(switch: Switch) -> str:
    """``show interfaces status``."""
    titles = ("Interface", "Lanes", "Speed", "MTU", "Alias", "Vlan", "Oper", "Admin", "Type", "Asym PFC")
    widths = (11, 7, 7, 5, 18, 6, 6, 7, 15, 10)
    now_up = up(switch)
    rows = [
        (
            f"Ethernet{port}",
            str(port + 1),
            "25G",
            "9100",
            f"twentyfiveGigE{port + 1}",
            "routed",
            "up" if port in now_up else "down",
            "up",
            "SFP/SFP+/SFP28" if port in _CABLED else "N/A",
            "N/A",
        )
        for port in range(PORTS)
    ]
    lines = [titles, tuple("-" * width for width in widths), *rows]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def lldp(switch: Switch) -> str:
    """``show lldp table``."""
    rows = [
        f"{f'Ethernet{port}':<11}  {f'spine{port + 1}':<14}  {'Ethernet8':<15}  {'BR':<12}  twentyfiveGigE9"
        for port in up(switch)
    ]
    return "\n".join(
        (
            "Capability codes: (R) Router, (B) Bridge, (O) Other",
            "LocalPort    RemoteDevice    RemotePortID     Capability    RemotePortDescr",
            "-----------  --------------  ---------------  ------------  -----------------",
            *rows,
            "--------------------------------------------------",
            f"Total entries displayed:  {len(rows)}",
        )
    )


def bgp(switch: Switch) -> str:
    """``show ip bgp summary``; a number in the column before the last means established."""
    now_up = up(switch)
    rows = []
    for port in _CABLED:
        state = "6402" if port in now_up else "Active"
        since = times.short(switch.uptime) if port in now_up else "never"
        neighbour = f"198.51.100.{port + 1}"
        rows.append(
            f"{neighbour:<14}  {'4':>3}  {65_001 + port:>5}  {9194:>9}  {3104:>9}  {0:>8}  {0:>5}  {0:>6}  "
            f"{since:>9}  {state:>14}  spine{port + 1}"
        )
    return "\n".join(
        (
            "",
            "IPv4 Unicast Summary:",
            "BGP router identifier 10.1.0.1, local AS number 65100 vrf-id 0",
            "BGP table version 6406",
            "RIB entries 12807, using 2356488 bytes of memory",
            f"Peers {len(_CABLED)}, using 87264 KiB of memory",
            "",
            "",
            _BGP_HEAD,
            *rows,
            "",
            f"Total number of neighbors {len(_CABLED)}",
        )
    )


def running_configuration(switch: Switch) -> str:
    """``show runningconfiguration all``: the tables, and the text of FRR."""
    frr = f"frr version 8.2.2\nhostname {switch.configuration.host_name}\nrouter bgp 65100\n"
    return configuration.text({**switch.configuration.running, "bgpraw": frr})  # type: ignore[dict-item]


def boot(switch: Switch) -> str:
    """``show boot`` and ``sonic-installer list``."""
    menu = switch.images
    head = (f"Current: {images.name(menu.current)}", f"Next: {images.name(menu.next)}", "Available: ")
    return "\n".join((*head, *map(images.name, menu.installed)))
