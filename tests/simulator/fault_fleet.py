"""A fleet with one switch per fault that a platform can have: what each platform's test of the faults looks at."""

from __future__ import annotations

from lcm_nornir.simulator import SwitchSpec, faults

WITH_ARGUMENTS = (
    "wrong-serial:model",
    "busy-installer:download",
    "fast-reboot:open",
    "old-version:next-stays",
    "set-boot-ignored:active",
    "set-boot-refused:active",
    "garbled:show boot",
    "slow:3",
)
"""Faults whose argument makes another fault of them, on every platform."""


def fault_fleet(platform: str, *more: str, serial: str = "X1") -> list[SwitchSpec]:
    """Give a switch for each fault that fits a platform, named like it but without blanks.

    Args:
        platform: What all of them run.
        *more: Further faults with arguments.
        serial: That of the switches whose fault is that another one answers.
    """
    fitting = (fault.name for fault in faults.FAULTS if fault.fits(platform))
    return [
        SwitchSpec(
            name.replace(" ", "-"), platform, faults=(name,), serial=serial if name.startswith("wrong-serial") else ""
        )
        for name in (*fitting, *WITH_ARGUMENTS, *more)
    ]
