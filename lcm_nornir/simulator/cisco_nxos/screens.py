"""The show commands, laid out as chapter 6 and section 15.5 of the behaviour document have them.

Lines that the document does not print, such as the head of ``show version``, are filled in [U].
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lcm_nornir.simulator.cisco_nxos import hardware, invented, noise
from lcm_nornir.simulator.cisco_nxos.bootflash import CAPACITY, name_of
from lcm_nornir.simulator.cisco_nxos.configuration import moment
from lcm_nornir.simulator.noise import logged

if TYPE_CHECKING:
    from lcm_nornir.simulator.cisco_nxos.switch import Switch

BIOS = "05.47"


def version(switch: Switch) -> str:
    """``show version``."""
    reset = f"Last reset at {_usecs(switch)} usecs after {moment(switch.reset_at)}"
    mode = ("  NXOS boot mode: LXC",) if switch.layout.boot_mode else ()
    lines = (
        "Cisco Nexus Operating System (NX-OS) Software",
        "TAC support: http://www.cisco.com/tac",
        "Copyright (C) 2002-2024, Cisco and/or its affiliates.",
        "",
        "Software",
        f"  BIOS: version {BIOS}",
        f"  NXOS: version {switch.running}",
        "  BIOS compile time:  04/28/2022",
        f"  NXOS image file is: bootflash:///{switch.image}",
        "  NXOS compile time:  3/14/2024 12:00:00 [03/14/2024 19:44:22]",
        *mode,
        "",
        "Hardware",
        f"  cisco {hardware.chassis(switch)}",
        "  Intel(R) Core(TM) i3-3115C CPU @ 2.50GHz with 16399572 kB of memory.",
        f"  Processor Board ID {hardware.serial(switch)}",
        "",
        f"  Device name: {switch.configuration.host_name}",
        f"  bootflash:   {CAPACITY // 1024} kB",
        "",
        f"Kernel uptime is {_uptime(int(switch.uptime))}",
        "",
        "Last reset" if switch.layout.bare_reset else reset,
        f"  Reason: {switch.reason}",
        f"  System version: {switch.before_reset}",
        "  Service:",
        "",
        "plugin",
        "  Core Plugin, Ethernet Plugin",
    )
    return "\n".join(lines)


def _uptime(seconds: int) -> str:
    days, hours, minutes = seconds // 86_400, seconds % 86_400 // 3600, seconds % 3600 // 60
    return f"{days} day(s), {hours} hour(s), {minutes} minute(s), {seconds % 60} second(s)"


def _usecs(switch: Switch) -> int:
    return switch.draws.number(f"usecs {switch.boots}", 1, 999_999)


def boot(switch: Switch) -> str:
    """``show boot``: what the running configuration says, and what the next reload takes."""
    configuration = switch.configuration
    blocks = (
        ("Current Boot Variables:", configuration.boot_file),
        ("Boot Variables on next reload:", configuration.saved_boot_file),
    )
    return "\n\n".join("\n".join((title, "", *_variables(switch, name))) for title, name in blocks)


def _variables(switch: Switch, name: str) -> list[str]:
    value = f"NXOS variable = bootflash:/{name}" if name else "NXOS variable not set"
    lines = [line for number in (1, 2)[: switch.supervisors] for line in (f"sup-{number}", value, "Boot POAP Disabled")]
    return [*lines, "No module boot variable set"]


def clock(switch: Switch) -> str:
    """``show clock``."""
    now = switch.now()
    return f"{time.strftime('%H:%M:%S', time.gmtime(now))}.{int(now % 1 * 1000):03} UTC " + time.strftime(
        "%a %b %d %Y", time.gmtime(now)
    )


def logfile(switch: Switch) -> str:
    """``show logging logfile``: the marks of the boot, of which the last comes when everything is up."""
    stamp = time.strftime("%Y %b %e %H:%M:%S", time.gmtime(switch.booted))
    head = f"{stamp} {switch.configuration.host_name}"
    lines = [f"{head} %MODULE-5-ACTIVE_SUP_OK: Supervisor 1 is active"]
    if switch.is_ready:
        lines += [
            f"{head} %ASCII-CFG-2-CONFIG_REPLAY_STATUS: Ascii Replay Done.",
            f"{head} %ASCII-CFG-2-CONF_CONTROL: System ready",
        ]
    if "noisy" in switch.faults:
        lines.append(logged(switch, noise.event(switch)))
    return "\n".join(lines)


def running_config(switch: Switch, words: list[str]) -> str:
    """``show running-config``; empty for a part that is not simulated."""
    if words:
        return ""
    configuration = switch.configuration
    head = (
        "",
        "!Command: show running-config",
        f"!Running configuration last done at: {moment(configuration.changed_at)}",
        f"!Time: {moment(switch.now())}",
        "",
        f"version {switch.running} Bios:version {BIOS}",
    )
    return "\n".join((*head, *configuration.running))


def startup_config(switch: Switch) -> str:
    """``show startup-config``."""
    configuration = switch.configuration
    head = (
        "",
        "!Command: show startup-config",
        f"!Time: {moment(switch.now())}",
        f"!Startup config saved at: {moment(configuration.saved_at)}",
        "",
        f"version {configuration.startup_version} Bios:version {BIOS}",
    )
    return "\n".join((*head, *configuration.startup))


def difference(switch: Switch, words: list[str]) -> str:
    """``show running-config diff [unified]``: empty if everything is saved."""
    return switch.configuration.difference(unified=words == ["unified"])


def reset_reason(switch: Switch) -> str:
    """``show system reset-reason``."""
    return "\n".join(
        (
            "----- reset reason for module 1 (from Supervisor in slot 1) ---",
            f"1) At {_usecs(switch)} usecs after {moment(switch.reset_at)}",
            f"    Reason: {switch.reason}",
            "    Service:",
            f"    Version: {switch.before_reset}",
        )
    )


def feature(switch: Switch) -> str:
    """``show feature``."""
    rows = ("bash-shell", "bgp", "interface-vlan", "lldp", "scp-server", "sftp-server", "telnet", "vpc")
    state = ((name, "enabled" if switch.configuration.has(f"feature {name}") else "disabled") for name in rows)
    head = "Feature Name          Instance  State\n--------------------  --------  --------"
    return "\n".join((head, *(f"{name:<22}{1:<10}{word}" for name, word in state)))


def incompatibility(switch: Switch, words: list[str]) -> str:
    """``show incompatibility-all nxos bootflash:F``; empty if it names no file of the bootflash."""
    name = name_of(words[0]) if len(words) == 1 else ""
    if not name:
        return ""
    if name not in switch.flash.files:
        return invented.text(invented.NO_SUCH_FILE, switch.draws)
    dynamic = "Checking dynamic incompatible configuration(s)\nNo incompatible configurations"
    if "incompatible-config" not in switch.faults:
        return f"Checking incompatible configuration(s)\nNo incompatible configurations\n\n{dynamic}"
    return (
        "Checking incompatible configuration(s)\n"
        "The following configurations on active are incompatible with the system image\n"
        "1) Service : icam , Capability : CAP_FEATURE_ICAM\n"
        "Description : iCAM is enabled\nCapability requirement : STRICT\n"
        f"Enable/Disable command : no feature icam\n\n{dynamic}"
    )
