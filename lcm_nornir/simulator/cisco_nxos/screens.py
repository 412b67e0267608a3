"""The show commands, laid out as chapter 6 and section 15.5 of the behaviour document have them.

Lines that the document does not print, such as the head of ``show version``, are filled in [U].
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lcm_nornir.simulator.cisco_nxos import invented, noise
from lcm_nornir.simulator.cisco_nxos.bootflash import CAPACITY, name_of
from lcm_nornir.simulator.cisco_nxos.configuration import moment

if TYPE_CHECKING:
    from lcm_nornir.simulator.cisco_nxos.switch import Switch

BIOS = "05.47"
_SUMS = {"md5sum": "md5", "sha256sum": "sha256", "sha512sum": "sha512"}


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
        f"  cisco {_chassis(switch)}",
        "  Intel(R) Core(TM) i3-3115C CPU @ 2.50GHz with 16399572 kB of memory.",
        f"  Processor Board ID {_serial(switch)}",
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


def _chassis(switch: Switch) -> str:
    return f"Nexus9000 {switch.model.removeprefix('N9K-')} Chassis"


def _serial(switch: Switch) -> str:
    return "" if "no-serial" in switch.faults else switch.serial


def inventory(switch: Switch) -> str:
    """``show inventory``."""
    module = switch.draw_serial("module")
    rows = (
        ('"Chassis"', f'"{_chassis(switch)}"', switch.model, _serial(switch)),
        ('"Slot 1"', '"1/10G SFP+ Ethernet Module"', switch.model, module),
        (
            '"Power Supply 1"',
            f'"{_chassis(switch).removesuffix("Chassis")}Power Supply"',
            "N9K-PAC-650W-B",
            "DCB1819X0P3",
        ),
        ("Ethernet1/1", "CISCO-FINISAR", "SFP-10G-SR", "FNS16410ABC"),
    )
    return "\n\n".join(
        f"NAME: {name},  DESCR: {about}\nPID: {part:<19},  VID: V02 ,  SN: {serial}"
        for name, about, part, serial in rows
    )


def module(switch: Switch) -> str:
    """``show module``; while the switch comes up its module is not ok."""
    status, diag = ("active *", "Pass") if switch.is_ready else ("powered-up", "Untested")
    return "\n".join(
        (
            "Mod Ports             Module-Type                      Model           Status",
            "--- ----- ------------------------------------- --------------------- ---------",
            f"1    54   {'48x1/10G SFP+ 6x40G Ethernet Module':<37} {switch.model:<21} {status}",
            "",
            "Mod  Sw                       Hw    Slot",
            "---  ----------------------- ------ ----",
            f"1    {switch.running:<23} 1.0    NA",
            "",
            "Mod  MAC-Address(es)                         Serial-Num",
            "---  --------------------------------------  ----------",
            f"1    {mac(switch)} to {mac(switch)[:-2]}ff  {_serial(switch)}",
            "",
            "Mod  Online Diag Status",
            "---  ------------------",
            f"1    {diag}",
            "",
            "* this terminal session",
        )
    )


def mac(switch: Switch) -> str:
    """Give the switch's base address."""
    return "7c-0e-ce-" + "-".join(f"{byte:02x}" for byte in switch.draws.raw("mac")[:3])


def boot(switch: Switch) -> str:
    """``show boot``: what the running configuration says, and what the next reload takes."""
    configuration = switch.configuration
    blocks = (
        ("Current Boot Variables:", configuration.boot_file),
        ("Boot Variables on next reload:", configuration.saved_boot_file),
    )
    return "\n\n".join(
        "\n".join((title, "", "sup-1", _variable(name), "No module boot variable set")) for title, name in blocks
    )


def _variable(name: str) -> str:
    return f"NXOS variable = bootflash:/{name}" if name else "NXOS variable not set"


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
        lines.append(noise.log_line(switch))
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


def file(switch: Switch, words: list[str]) -> str:
    """``show file bootflash:F {md5sum|sha256sum|sha512sum}``: the bare hash; empty for anything else."""
    match words:
        case [path, sum_ as name] if sum_ in _SUMS and name_of(path):
            found = switch.flash.files.get(name_of(path))
            if found is None:
                return invented.text(invented.NO_SUCH_FILE, switch.draws)
            return found.content.digest(_SUMS[name])
    return ""


def directory(switch: Switch, words: list[str]) -> str:
    """``dir bootflash:[F]``; empty for anything else."""
    if words and not words[0].startswith("bootflash:"):
        return ""
    name = name_of(words[0]) if words else ""
    sizes = switch.flash.sizes
    rows = {key: row for key, row in sizes.items() if name in {"", key}}
    if name and not rows:
        return invented.text(invented.NO_SUCH_FILE, switch.draws)
    lines = [f"{size:>12}    {_dated(when)}  {key}" for key, (size, when) in sorted(rows.items())]
    folders = [] if name else [f"{4096:>12}    {_dated(switch.booted)}  .rpmstore/"]
    free = switch.flash.free
    return "\n".join(
        (
            *folders,
            *lines,
            "",
            "Usage for bootflash://sup-local",
            f"{CAPACITY - free:>12} bytes used",
            f"{free:>12} bytes free",
            f"{CAPACITY:>12} bytes total",
        )
    )


def _dated(epoch_s: float) -> str:
    return time.strftime("%b %d %H:%M:%S %Y", time.gmtime(epoch_s))
