"""The show commands, laid out as chapter 2 and section 15.1 of the behaviour document record them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lcm_nornir.simulator import times
from lcm_nornir.simulator.dell_os10.switch import Slot, Switch, other

if TYPE_CHECKING:
    from lcm_nornir.simulator.blobs import File
    from lcm_nornir.simulator.dell_os10.progress import Transfer

PORTS = "48x25GbE SFP28, 4x100GbE QSFP28, 2x200GbE QSFP-DD"
_BOARD = ("006Y6V", "A03", "TH-006Y6V-CET00-332-60OZ")
# Power supplies and fans, without the star and with the filler tag of the recorded screens.
_SPARES = (
    ("  1", "{}-PWR-1-AC", "0GR7PD", "A00", "CN-0GR7PD-28298-96A-00BC", "AEIOU##", "226 457 410 55"),
    ("  2", "{}-PWR-1-AC", "0GR7PD", "A00", "CN-0GR7PD-28298-96A-00BD", "AEIOU##", "226 457 410 55"),
    ("  1", "{}-FANTRAY-1", "07CRK8", "A00", "TH-07CRK8-CET00-96B-0129", "AEIOU##", "226 457 410 55"),
)
_UNIT_WIDTHS = (5, 25, 13, 5, 26, 9)
_UNIT_HEAD = "Unit Type                     Part Number  Rev  Piece Part ID             Svc Tag  "


def version(switch: Switch) -> str:
    """``show version``."""
    slot = switch.running
    return "\n".join(
        (
            switch.layout.brand,
            f"Copyright (c) 1999-{slot.built[:4]} by Dell Inc. All Rights Reserved.",
            f"OS Version: {slot.version}",
            f"Build Version: {slot.version}.{slot.build}",
            f"Build Time: {slot.built}",
            f"System Type: {switch.model}",
            "Architecture: x86_64",
            f"Up Time: {times.span(switch.uptime)}",
        )
    )


def boot(switch: Switch) -> str:
    """``show boot``; its columns get wider with longer versions."""
    active, letter = switch.active, switch.next
    cells = (
        f"[{active}] {switch.running.version}",
        f"[{other(active)}] {switch.standby.version}",
        f"[{letter}] {switch.next_boot}",
    )
    width = max(15, *(len(cell) + 3 for cell in cells)) + switch.layout.boot_padding
    # In the recorded screen the titles stand 3, 2 and 2 columns right of their cells.
    head = "Type      Boot Type".ljust(25) + "Active".ljust(width - 1) + "Standby".ljust(width) + "Next-Boot"
    row = "Node-id 1 Flash Boot  " + "".join(cell.ljust(width) for cell in cells).rstrip()
    rule = "-" * (len(head) + 1)
    return "\n".join(("Current system image information:", "=" * 35, head, rule, row))


def boot_detail(switch: Switch) -> str:
    """``show boot detail``."""
    active = switch.active
    rows = (
        ("Type", "Node-id 1"),
        ("Boot Type", "Flash Boot"),
        *_partition("Active", active, switch.running),
        *_partition("Standby", other(active), switch.standby),
        ("Next-Boot", f"{switch.next_boot}[{switch.next}]"),
    )
    lines = [f"{key + ':':<31}{value}" for key, value in rows]
    return "\n".join(("Current system image information detail:", "=" * 58, *lines))


def _partition(role: str, letter: str, slot: Slot) -> tuple[tuple[str, str], ...]:
    kernel = (("Active Kernel Version", "Linux 4.19.0-27-amd64"),) if role == "Active" else ()
    return (
        (f"{role} Partition", letter),
        (f"{role} SW Version", slot.version),
        (f"{role} SW Build Version", f"{slot.version}.{slot.build}"),
        *kernel,
        (f"{role} Build Date/Time", slot.built.replace("+0000", "Z")),
    )


def image_status(switch: Switch) -> str:
    """``show image status``."""
    transfer, install, state = switch.installer.look()
    empty = switch.layout.empty_time
    percent, written, size, rate = progress(switch, transfer)
    sections = (
        (
            ("File Transfer State", transfer.state),
            (
                ("State Detail", transfer.detail),
                ("Task Start", moment(transfer.started, empty)),
                ("Task End", moment(transfer.ended, empty)),
                ("Transfer Progress", percent and f"{percent} %"),
                ("Transfer Bytes", written and f"{written} bytes"),
                ("File Size", size and f"{size} bytes"),
                ("Transfer Rate", rate and f"{rate} kbps"),
            ),
        ),
        (
            ("Installation State", install.state),
            (
                ("State Detail", install.detail),
                ("Task Start", moment(install.started, empty)),
                ("Task End", moment(install.ended, empty)),
            ),
        ),
    )
    blocks = ["\n".join((_head(*head), "-" * 50, *(_line(switch, *row) for row in rows))) for head, rows in sections]
    return "\n".join((_head("Image Upgrade State", state), "=" * 50, "\n\n".join(blocks)))


def _head(key: str, value: str) -> str:
    return f"{key + ':':<25}{value}"


def _line(switch: Switch, key: str, value: str) -> str:
    text = f"{key + ':':<23}{value}"
    return "  " + text if switch.layout.indented else text


def moment(epoch_s: float | None, empty: str) -> str:
    """Print a task time, or the form of a time that was never set."""
    return empty if epoch_s is None else times.zulu(epoch_s)


def progress(switch: Switch, transfer: Transfer) -> tuple[str, str, str, str]:
    """Give percent, bytes, size and rate of a transfer; a fault makes them odd while it runs."""
    true = tuple(map(str, (transfer.percent, transfer.written, transfer.size, transfer.rate)))
    if "odd-progress" not in switch.faults or not transfer.busy:
        return true[0], true[1], true[2], true[3]
    return _odd(transfer, int(time.monotonic() * 20))


def _odd(transfer: Transfer, beat: int) -> tuple[str, str, str, str]:
    forms = (
        (str(transfer.percent + 100), str(transfer.written + transfer.size), str(transfer.size), "4294967295"),
        (str(transfer.percent // 2), str(transfer.written // 2), str(transfer.size), "0"),
        ("", "", "", ""),
        ("-1", "0", "0", "0"),
    )
    return forms[beat % len(forms)]


def inventory(switch: Switch, width: int) -> str:
    """``show inventory``; a terminal narrower than the table cuts its last column."""
    tag = "" if "no-serial" in switch.faults else switch.serial
    units: list[tuple[str, ...]] = [("* 1", switch.model, *_BOARD, tag, _express(tag))]
    if switch.layout.spare_parts:
        units += [tuple(cell.format(switch.model.removesuffix("-ON")) for cell in part) for part in _SPARES]
    cut = max(1, width - sum(_UNIT_WIDTHS)) if 0 < width < len(_UNIT_HEAD + "Exprs Svc Code") else None
    head = _UNIT_HEAD + "Exprs Svc Code"[:cut]
    rows = [
        "".join(cell.ljust(size) for cell, size in zip(unit, _UNIT_WIDTHS, strict=False)) + unit[-1][:cut]
        for unit in units
    ]
    return "\n".join(
        (
            f"Product               : {switch.model}",
            f"Description           : {switch.model} {PORTS} Interface Module",
            f"Software version      : {switch.running.version}",
            "Product Base          :",
            "Product Serial Number :",
            "Product Part Number   :",
            head,
            "-" * len(head),
            *rows,
        )
    )


def _express(tag: str) -> str:
    """Give the express service code: the tag as a number of base 36, in groups of three digits."""
    code = str(int(tag, 36)) if tag.isalnum() and tag.isascii() else ""
    return " ".join(code[start : start + 3] for start in range(0, len(code), 3))


def license_status(switch: Switch) -> str:
    """``show license status``, of which ``Product Name`` and ``Service Tag`` are evidenced."""
    return "\n".join(
        (
            "System Information",
            "-" * 57,
            "Vendor Name          :   Dell EMC",
            f"Product Name         :   {switch.model}",
            f"Service Tag          :   {switch.serial}",
        )
    )


def system(switch: Switch) -> str:
    """``show system``, of which ``Up Time`` and the unit's ``Status`` are evidenced."""
    rows = (
        ("Node Id", "1"),
        ("MAC", mac(switch)),
        ("Number of MACs", "256"),
        ("Up Time", times.span(switch.uptime)),
    )
    unit = (
        ("Status", "up"),
        ("System Identifier", "1"),
        ("Down Reason", "user-triggered"),
        ("System Location LED", "off"),
        ("Required Type", switch.model.removesuffix("-ON")),
        ("Current Type", switch.model.removesuffix("-ON")),
        ("Hardware Revision", "A03"),
        ("Software Version", switch.running.version),
        ("Physical Ports", PORTS),
    )
    lines = ["", *(f"{key:<26} : {value}" for key, value in rows), "", "-- Unit 1 --"]
    return "\n".join(lines + [f"{key:<26} : {value}" for key, value in unit])


def mac(switch: Switch) -> str:
    """Give the switch's base address."""
    return "50:9a:4c:" + ":".join(f"{byte:02x}" for byte in switch.draws.raw("mac")[:3])


def running_configuration(switch: Switch, words: list[str]) -> str:
    """``show running-configuration``; only the whole text has the header lines."""
    configuration = switch.configuration
    lines = configuration.section(configuration.running, words)
    head = [] if words else configuration.header(switch.running.version)
    return "\n".join(head + lines)


def startup_configuration(switch: Switch) -> str:
    """``show startup-configuration``."""
    return "\n".join(switch.configuration.startup)


def clock(switch: Switch) -> str:
    """``show clock``."""
    return times.offset(switch.now())


def directory(name: str, files: dict[str, File]) -> str:
    """``dir image`` and ``dir home``."""
    width = max((len(file) for file in files), default=11)
    rows = [f"{times.zulu(file.modified)}   {file.content.size:<12}  {key}" for key, file in sorted(files.items())]
    return "\n".join(
        (
            f"Directory contents for folder: {name}",
            "Date (modified)        Size (bytes)  Name",
            f"---------------------  ------------  {'-' * width}",
            *rows,
        )
    )
