"""Everything that differs from switch to switch, drawn from the fleet's seed.

A draw depends on the seed, the switch's name and the purpose only, never on the order in which things happen. The same
seed gives the same fleet again, whatever was asked of it in between.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

if TYPE_CHECKING:
    from collections.abc import Sequence

_T = TypeVar("_T")
_TAG_LETTERS = "0123456789BCDFGHJKLMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Draws:
    """The draws of one switch.

    Attributes:
        seed: The fleet's seed.
        name: The switch's name.
    """

    seed: int
    name: str

    def raw(self, purpose: str) -> bytes:
        """Draw 32 bytes."""
        return hashlib.sha256(f"{self.seed}/{self.name}/{purpose}".encode()).digest()

    def number(self, purpose: str, low: int, high: int) -> int:
        """Draw a whole number from ``low`` to ``high``, both included."""
        return low + int.from_bytes(self.raw(purpose)[:8], "big") % (high - low + 1)

    def pick(self, purpose: str, options: Sequence[_T]) -> _T:
        """Draw one of the options."""
        return options[self.number(purpose, 0, len(options) - 1)]

    def service_tag(self, purpose: str = "service tag") -> str:
        """Draw a Dell service tag: seven characters that end in a digit, like 5M44SR3."""
        letters = [_TAG_LETTERS[byte % len(_TAG_LETTERS)] for byte in self.raw(purpose)[:6]]
        return "".join(letters) + str(self.number(purpose + " end", 1, 9))

    def boot_id(self, boot: int) -> str:
        """Draw the id of the ``boot``-th boot, in the form of ``/proc/sys/kernel/random/boot_id``."""
        return str(uuid.UUID(bytes=self.raw(f"boot {boot}")[:16], version=4))

    def host_key(self, boot: int = 0) -> Ed25519PrivateKey:
        """Draw the SSH host key: the first, or the one that a switch makes at the ``boot``-th boot."""
        return Ed25519PrivateKey.from_private_bytes(self.raw(f"host key {boot}" if boot else "host key"))
