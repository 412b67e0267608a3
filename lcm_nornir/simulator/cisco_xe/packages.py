"""The installed packages and their states: what ``packages.conf`` names, what is committed, what is only added."""

from __future__ import annotations

from dataclasses import dataclass, field

# The packages of an image, and how much of it each takes, in percent.
_PARTS = {"cc_srdriver": 4, "espbase": 12, "guestshell": 4, "rpbase": 58, "rpboot": 6, "sipbase": 8, "webui": 8}


def files(version: str) -> list[str]:
    """Name the package files of a version."""
    return [f"cat9k-{part}.{version}.SPA.pkg" for part in _PARTS]


def sizes(version: str, total: int) -> dict[str, int]:
    """Give the size of each package file of a version, which together are not larger than the image."""
    return {name: total * share // 100 for name, share in zip(files(version), _PARTS.values(), strict=True)}


@dataclass(slots=True)
class Packages:
    """The inventory; versions stand for all packages of an image.

    Attributes:
        active: What ``packages.conf`` names, and the next boot in install mode loads; empty if there is no such file.
        committed: What it goes back to unless the active one is committed.
        inactive: What is added and not activated.
        former: What was committed before and can be rolled back to, as long as its files are there; the latest last.
        broken: Versions that were not unpacked as a whole.
    """

    active: str
    committed: str
    inactive: list[str] = field(default_factory=list)
    former: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    @property
    def pending(self) -> bool:
        """Something is activated and not committed."""
        return self.active != self.committed

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Give state letter and version of everything in the inventory."""
        rows = [("I", version) for version in self.inactive]
        if self.pending:
            return [*rows, ("U", self.active), ("D", self.committed)]
        return [*rows, ("C", self.active)] if self.active else rows

    def activate(self, version: str) -> None:
        """Let ``packages.conf`` name another version, from the inactive or the former ones."""
        self.inactive = [one for one in self.inactive if one != version]
        self.active = version
        self.committed = self.committed or version

    def commit(self) -> None:
        """Keep what is active."""
        if self.pending:
            self.former = [one for one in self.former if one != self.active] + [self.committed]
            self.committed = self.active

    def revert(self) -> None:
        """Go back to what is committed; the other one stays added."""
        if self.pending:
            self.inactive.append(self.active)
            self.active = self.committed

    def return_to(self, version: str) -> None:
        """Have nothing but a version active and committed; what was active stays added."""
        if self.active not in {version, ""}:
            self.inactive.append(self.active)
        self.inactive = [one for one in self.inactive if one != version]
        self.active = self.committed = version
