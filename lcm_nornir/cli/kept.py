"""Where jobs are kept, and how that place is named to whoever has to type it again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from shlex import quote

from lcm_nornir.journal.database import database_of
from lcm_nornir.journal.place import Place, place_of
from lcm_nornir.journal.store import Store
from lcm_nornir.places import state_folder

_COMMAND = re.compile(r"\blcm-nornir (?:(?:cancel|resume|retry|status|watch) [0-9a-f]{8}\b|status --all\b)")


@dataclass(frozen=True, slots=True)
class Kept:
    """Where jobs are kept.

    Attributes:
        store_name: Of the store: a path or a URL, as it was typed; a file in the user's state folder if None.
        lease: Seconds for which a switch stays a run's while that stands still.
    """

    store_name: Place | str | None = None
    lease: float = 60.0

    @property
    def place(self) -> Place:
        """The one place of the store.

        Raises:
            RequestError: There is no such place.
        """
        return place_of(self.store_name or state_folder() / "lcm.db")

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
        database_of(self.place).find()
        return self.store()

    def named(self, text: str) -> str:
        """Complete the commands that a text tells by the option that names this store, if it had to be named.

        What is below the command line knows its jobs, but not by which options they are reached.
        """
        if self.store_name is None:
            return text
        return _COMMAND.sub(lambda found: f"{found[0]} --store {quote(str(self.place))}", text)
