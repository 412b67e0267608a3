"""How the installer says that an operation begins, where it stands, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lcm_nornir.simulator.cisco_xe import invented, moments

if TYPE_CHECKING:
    from lcm_nornir.simulator.cisco_xe.switch import Switch


def places(switch: Switch) -> str:
    """Name the members as results do: ``1 2``, or ``R0``."""
    if switch.layout.in_slots and len(switch.members) == 1:
        return "R0"
    return " ".join(str(member.number) for member in switch.members)


def began(switch: Switch, name: str) -> str:
    """Say that an operation begins."""
    return f"{name}: START {moments.dated(switch.now())}"


def starting(switch: Switch, step: str, *, listed: bool = False) -> str:
    """Say that a step begins, and, if wanted, on which members."""
    rows = (f" [{place.removeprefix('R0') or 1}] {step} package(s) on  {place}\n" for place in places(switch).split())
    return f"--- Starting {step} ---\nPerforming {step} on all members\n{''.join(rows) if listed else ''}"


def finished(switch: Switch, step: str) -> str:
    """Say on which members a step has finished."""
    return "".join(
        f" [{place.removeprefix('R0') or 1}] Finished {step} on  {place}\n" for place in places(switch).split()
    )


def checked(switch: Switch, step: str, *, failed: bool = False) -> str:
    """Say on which members a step passed, and whether it failed on the first."""
    everywhere = places(switch)
    first, *others = everywhere.split()
    verdict = f"Passed on [{' '.join(others)}]. Failed on [{first}]" if failed else f"Passed on [{everywhere}]"
    return f"Checking status of {step} on [{everywhere}]\n{step}: {verdict}"


def failed(switch: Switch, text: str) -> str:
    """Say in mid-line that something failed on the first member."""
    where = " R0" if places(switch) == "R0" else "Switch 1"
    return f" [1] {where} FAILED: {text}"


def ended(switch: Switch, name: str, file: str = "") -> str:
    """Say that an operation failed, in one of the evidenced forms."""
    when = moments.dated(switch.now())
    forms = [f"FAILED: {name} exit(1) {when}", f"FAILED: {name}  exit(1)"]
    if file:
        forms.append(f"FAILED: {name} /flash/{file} {when}")
    return switch.draws.pick("end of a failure", forms)


def refused(switch: Switch, name: str, text: str, file: str = "") -> str:
    """Say that an operation was refused before it did anything."""
    return f"{began(switch, name)}\n{failed(switch, text)}\n{ended(switch, name, file)}"


def busy(switch: Switch, name: str) -> str:
    """Say why nobody may begin an operation now; empty if one may."""
    running = switch.installer.operation
    return refused(switch, name, invented.text(invented.BUSY, switch.draws, operation=running)) if running else ""


def succeeded(switch: Switch, name: str, file: str = "") -> str:
    """Take note that the operation that runs is a success, and say so."""
    switch.installer.succeeded()
    return f"SUCCESS: {name}{f' /flash/{file}' if file else ''} {moments.dated(switch.now())}\n"
