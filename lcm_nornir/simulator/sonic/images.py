"""The installed images, and which of them boots: GRUB's menu, its saved entry, and its one-time entry."""

from __future__ import annotations

from dataclasses import dataclass


def name(version: str) -> str:
    """Name the image of a version as the tools do."""
    return f"SONiC-OS-{version}"


@dataclass(slots=True)
class Images:
    """The menu; versions stand for images.

    Attributes:
        installed: What is installed, in the order of the menu: the last installed comes first.
        current: What runs.
        default: What boots unless a boot has been chosen for once.
        once: What boots next, for once; empty if nothing was chosen.
    """

    installed: list[str]
    current: str
    default: str
    once: str = ""

    @property
    def next(self) -> str:
        """What boots next: the one-time entry comes before the saved one."""
        return self.once or self.default

    def named(self, text: str) -> str | None:
        """Find the version of an image by its name."""
        return next((version for version in self.installed if name(version) == text), None)

    def add(self, version: str) -> None:
        """Put an image on top of the menu; no more are kept than it and the one that runs."""
        self.installed = [version, *(one for one in self.installed if one == self.current)]
        self._forget()

    def remove(self, version: str) -> None:
        """Take an image out of the menu; the first of what is left becomes the default."""
        self.installed.remove(version)
        self.default = self.installed[0]
        self._forget()

    def _forget(self) -> None:
        """Choose nothing that is not there."""
        if self.once not in self.installed:
            self.once = ""
        if self.default not in self.installed:
            self.default = self.current
