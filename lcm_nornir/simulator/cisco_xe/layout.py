"""The literal layouts that differ between models, releases and captures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to print the screens.

    Attributes:
        in_slots: Members are called ``R0`` and not ``Switch 1``, as on boxes that are no stack.
        minutes: What the auto abort timer begins with: two hours by most evidence, six by one report.
        asks_to_save: An install with an unsaved configuration asks what to do, unless it may not ask.
        word: What the installer calls what it adds; older trains say ``PACKAGE``.
        chassis: ``show inventory`` names the box ``Chassis`` and has no row for a stack.
        returns: The prompt comes back after an activation; if not, the session just ends.
    """

    in_slots: bool = False
    minutes: int = 120
    asks_to_save: bool = False
    word: str = "IMG"
    chassis: bool = False
    returns: bool = True


# The first is the one of the literal blocks of a Catalyst 9300; each other varies several things at once.
LAYOUTS = (
    Layout(),
    Layout(in_slots=True, chassis=True, asks_to_save=True),
    Layout(minutes=360, returns=False),
    Layout(in_slots=True, word="PACKAGE", chassis=True, returns=False),
    Layout(asks_to_save=True, word="PACKAGE"),
)


def layout(variant: int) -> Layout:
    """Give the layout of a variant; variants beyond the last begin again."""
    return LAYOUTS[variant % len(LAYOUTS)]
