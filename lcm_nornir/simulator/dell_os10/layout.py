"""The literal layouts that differ between releases and captures."""

from __future__ import annotations

from dataclasses import dataclass

_BRAND_NEW = "Dell SmartFabric OS10 Enterprise"
_BRAND_EMC = "Dell EMC Networking OS10 Enterprise"
_BRAND_DASH = "Dell EMC Networking OS10-Enterprise"
_NULL_TIME = "0000-00-00T00:00:00Z"
_YEAR_MINUS_ONE = "-001-11-30T00:00:00+00:00"


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to print the screens.

    Attributes:
        brand: First line of ``show version``.
        indented: Detail lines of ``show image status`` are indented by two blanks.
        empty_time: A task time that was never set.
        boot_padding: Blanks added to each column of ``show boot``.
        install_done: Installation state after a good install.
        lagging: The upgrade state says ``idle`` while an install runs, as one capture shows.
        warning: The login banner warns of the default password.
        spare_parts: ``show inventory`` lists power supplies and fans below the switch.
    """

    brand: str = _BRAND_NEW
    indented: bool = True
    empty_time: str = _NULL_TIME
    boot_padding: int = 0
    install_done: str = "idle"
    lagging: bool = False
    warning: bool = False
    spare_parts: bool = False


# The first is the one of the literal blocks; each other varies several things at once.
LAYOUTS = (
    Layout(),
    Layout(brand=_BRAND_EMC, indented=False, warning=True, spare_parts=True),
    Layout(empty_time=_YEAR_MINUS_ONE, boot_padding=4, install_done="install-success", lagging=True),
    Layout(brand=_BRAND_DASH, indented=False, empty_time=_YEAR_MINUS_ONE, warning=True),
    Layout(boot_padding=9, lagging=True, warning=True, spare_parts=True),
    Layout(brand=_BRAND_EMC, indented=False, boot_padding=1, install_done="install-success"),
)


def layout(variant: int) -> Layout:
    """Give the layout of a variant; variants beyond the last begin again."""
    return LAYOUTS[variant % len(LAYOUTS)]
