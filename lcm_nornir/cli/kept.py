"""Where jobs are kept, and how that place is named to whoever has to type it again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from lcm_nornir.journal.place import found_at, place_of
from lcm_nornir.journal.store import Store
from lcm_nornir.places import state_folder

_COMMAND = re.compile(r"\blcm-nornir (?:(?:cancel|resume|retry|status|watch) [0-9a-f]{8}\b|status --all\b)")


@dataclass(frozen=True, slots=True)
class Kept:
    """Where jobs are kept.

    Attributes:
        path: Of the store, as it was named; in the user's state folder if None.
        lease: Seconds for which a switch stays a run's while that stands still.
    """

    path: Path | None = None
    lease: float = 60.0

    @property
    def place(self) -> Path:
        """The one path of the store.

        Raises:
            RequestError: There is no such place.
        """
        return place_of(self.path or state_folder() / "lcm.db")

    def store(self) -> Store:
        """Open the store.

        Raises:
            RequestError: It cannot be used.
        """
        return Store(self.place, lease=self.lease)

    def existing(self) -> Store:
        """Open the store, and make none.

        Raises:
            RequestError: There is none, or it cannot be used.
        """
        found_at(self.place)
        return self.store()

    def named(self, text: str) -> str:
        """Complete the commands that a text tells by the option that names this store, if it had to be named.

        What is below the command line knows its jobs, but not by which options they are reached.
        """
        if self.path is None:
            return text
        return _COMMAND.sub(lambda found: f"{found[0]} --store {quote(str(self.place))}", text)
