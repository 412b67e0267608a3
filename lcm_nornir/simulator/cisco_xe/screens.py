"""What the ``show`` commands print, laid out as chapter 5 and section 15.4 of the behaviour document have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lcm_nornir.simulator import image
from lcm_nornir.simulator.cisco_xe import moments, stack, wording
from lcm_nornir.simulator.cisco_xe.flash import CAPACITY

if TYPE_CHECKING:
    from lcm_nornir.simulator.cisco_xe.switch import Switch

_TRAINS = {"17.3": "Amsterdam", "17.6": "Bengaluru", "17.9": "Cupertino", "17.12": "Dublin"}
_SOFTWARE, _RELEASE = "Catalyst L3 Switch Software (CAT9K_IOSXE)", "RELEASE SOFTWARE (fc3)"
_RULE = "-" * 80


def version(switch: Switch) -> str:
    """``show version``; the layout of the first lines and of the table of members is well known, not evidenced."""
    running, host = switch.running, switch.configuration.hostname
    name = _TRAINS.get(moments.train(running), "Everest")
    now_up, booted = moments.uptime(switch.uptime), moments.stamp(switch.booted)
    first = switch.members[0]
    return "\n".join(
        (
            f"Cisco IOS XE Software, Version {running}",
            f"Cisco IOS Software [{name}], {_SOFTWARE}, Version {moments.short(running)}, {_RELEASE}",
            "Technical Support: http://www.cisco.com/techsupport",
            "Copyright (c) 1986-2023 by Cisco Systems, Inc.",
            "Compiled Fri 20-Oct-23 10:44 by mcpre",
            "",
            "ROM: IOS-XE ROMMON",
            "BOOTLDR: System Bootstrap, Version 17.12.1r, RELEASE SOFTWARE (P)",
            "",
            f"{host} uptime is {now_up}",
            f"Uptime for this control processor is {now_up}",
            f"System returned to ROM by {switch.reason}",
            f"System restarted at {booted}",
            f'System image file is "flash:{switch.booted_from.file}"',
            f"Last reload reason: {switch.reason}",
            "",
            f"cisco {switch.model} (X86) processor with 1331521K/6147K bytes of memory.",
            f"Processor board ID {_serial(switch, first)}",
            "",
            f"Base Ethernet MAC Address          : {first.mac}",
            f"Model Number                       : {switch.model}",
            f"System Serial Number               : {_serial(switch, first)}",
            "",
            "Switch Ports Model              SW Version        SW Image              Mode   ",
            "------ ----- -----              ----------        ----------            ----   ",
            *(_row(switch, member) for member in switch.members),
            *(line for member in switch.members[1:] for line in _block(switch, member)),
            "",
            "Configuration register is 0x102",
            "",
        )
    )


def _serial(switch: Switch, member: stack.Member) -> str:
    return "" if "no-serial" in switch.faults else member.serial


def _row(switch: Switch, member: stack.Member) -> str:
    star, mode = "*" if member.number == 1 else " ", "BUNDLE" if switch.bundle else "INSTALL"
    return f"{star}{member.number:>5} {65:<5} {switch.model:<18} {member.version:<17} {'CAT9K_IOSXE':<21} {mode:<7}"


def _block(switch: Switch, member: stack.Member) -> tuple[str, ...]:
    return (
        "",
        f"Switch {member.number:02}",
        "---------",
        f"Switch uptime                      : {moments.uptime(switch.uptime)}",
        "",
        f"Base Ethernet MAC Address          : {member.mac}",
        f"Model Number                       : {switch.model}",
        f"System Serial Number               : {_serial(switch, member)}",
    )


def inventory(switch: Switch) -> str:
    """``show inventory``: a row for the stack that repeats the active member's data, and one for each member."""
    rows = [(f"Switch {member.number}", member) for member in switch.members]
    if switch.layout.chassis and len(rows) == 1:
        rows = [("Chassis", switch.members[0])]
    elif not switch.layout.chassis:
        rows.insert(0, ("c93xx Stack", switch.members[0]))
    blocks = []
    for name, member in rows:
        described = "c93xx Stack" if name == "c93xx Stack" else switch.model
        serial = _serial(switch, member)
        blocks.append(f'NAME: "{name}", DESCR: "{described}"\nPID: {switch.model:<18}, VID: V02  , SN: {serial}\n')
    return "\n".join(blocks)


def boot(switch: Switch) -> str:
    """``show boot``: what was tried at this boot, and what the next one will try."""
    following = ";".join(switch.configuration.boot_variable)
    current = f"flash:{switch.booted_from.file}"
    if not following and not switch.bundle:
        following = "flash:packages.conf"  # what a switch in install mode is delivered with
    rows = (
        "Current Boot Variables:",
        f"BOOT variable = {current};",
        "",
        "Boot Variables on next reload:",
        f"BOOT variable = {following};" if following else "BOOT variable does not exist",
        f"Manual Boot = {'yes' if switch.manual_boot else 'no'}",
        "Enable Break = yes",
        "Boot Mode = DEVICE",
        "iPXE Timeout = 0",
    )
    rule = "-" * 27
    return "\n".join("\n".join((rule, f"Switch {member.number}", rule, *rows)) for member in switch.members)


def _built(version: str) -> str:
    """Write a version as the installer does, with its build: ``17.12.01a.0.118``."""
    return f"{version}.0.{image.build_number(version)}"


def _letter_rows(switch: Switch, letters: str) -> list[str]:
    rows = switch.packages.rows
    if switch.bundle and not rows:
        rows = [("C", switch.running)]
    word = switch.layout.word if switch.layout.word == "IMG" else "PKG"
    return [f"{word:<6}{letter:<5}{_built(version)}" for letter, version in rows if letter in letters]


def install_summary(switch: Switch, letters: str = "IUCD") -> str:
    """``show install summary`` and, with fewer states, ``active``, ``inactive``, ``committed``, ``uncommitted``."""
    place = wording.places(switch)
    where = place if place == "R0" else f"Switch {place}"
    left = switch.installer.left
    timer = "inactive" if left is None else f"active on install_activate, time before rollback - {moments.clock(left)}"
    return "\n".join(
        (
            f"[ {where} ] Installed Package(s) Information:",
            "State (St): I - Inactive, U - Activated & Uncommitted,",
            "            C - Activated & Committed, D - Deactivated & Uncommitted",
            _RULE,
            "Type  St   Filename/Version",
            _RULE,
            *_letter_rows(switch, letters),
            "",
            _RULE,
            f"Auto abort timer: {timer}",
            _RULE,
            "",
        )
    )


def install_log(switch: Switch) -> str:
    """``show install log``; an operation that runs has a START and no END."""
    return "\n".join(switch.installer.log)


def install_rollback(switch: Switch) -> str:
    """``show install rollback``, of which no document shows the layout."""
    rows = [
        f"{number:<4}{_built(version):<24}No description"
        for number, version in enumerate(switch.packages.former, start=1)
    ]
    return "\n".join(("ID  Label                   Description", _RULE, *(rows or ["No rollback points found"])))


def directory(switch: Switch) -> str:
    """``dir flash:``."""
    rows = [
        f"{475_137 + number:<8}  -rw-  {file.size:>15}  {moments.filed(file.modified)}  {name}"
        for number, (name, file) in enumerate(sorted(switch.flash.files.items()))
    ]
    free = switch.flash.free
    return "\n".join(("Directory of flash:/", "", *rows, "", f"{CAPACITY} bytes total ({free} bytes free)", ""))


def clock(switch: Switch) -> str:
    """``show clock``."""
    stamp = moments.stamp(switch.now())
    return f"*{stamp[:8]}.{int(switch.now() * 1000) % 1000:03}{stamp[8:]}"
