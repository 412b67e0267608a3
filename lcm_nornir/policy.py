"""What an update may do where there is a choice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Policy:
    """Choices of the person who runs the update; each default is the careful one.

    Attributes:
        unsaved: An unsaved running configuration is saved before the reload, or the switch is refused.
        allow_downgrade: The target may be older than what runs.
        allow_unverified: The image may be installed although the switch cannot tell its digest, or none is pinned.
        allow_mixed: Its members may run different versions before; afterwards all run the target.
        allow_unknown_path: The target may be in a train to which no known way leads.
    """

    unsaved: Literal["save", "refuse"] = "save"
    allow_downgrade: bool = False
    allow_unverified: bool = False
    allow_mixed: bool = False
    allow_unknown_path: bool = False


CAREFUL = Policy()
"""The default of every task."""
