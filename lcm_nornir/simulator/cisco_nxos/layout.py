"""What differs between releases and captures, or is not evidenced either way."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to behave and to print.

    Attributes:
        next_at_once: The boot variables on next reload follow ``boot nxos`` at once, not only with the next save. No
            source tells which [U]; a driver that saves before it reads them back works with both.
        follows: ``show install all status`` stays until Ctrl-C while an install runs, as one report has it.
        bare_reset: ``show version`` prints ``Last reset`` without a time, as one capture has it.
        boot_mode: ``show version`` prints the line ``NXOS boot mode``.
        two_blanks: The refusal of a second install has two blanks in ``may  be``.
        wide_vlans: ``show vpc`` wraps a long list of VLANs.
    """

    next_at_once: bool = False
    follows: bool = True
    bare_reset: bool = False
    boot_mode: bool = False
    two_blanks: bool = False
    wide_vlans: bool = False


# The first is the one of the literal blocks; each other varies several things at once.
LAYOUTS = (
    Layout(),
    Layout(next_at_once=True, follows=False, boot_mode=True),
    Layout(two_blanks=True, wide_vlans=True),
    Layout(bare_reset=True, follows=False, boot_mode=True),
)


def layout(variant: int) -> Layout:
    """Give the layout of a variant; variants beyond the last begin again."""
    return LAYOUTS[variant % len(LAYOUTS)]
