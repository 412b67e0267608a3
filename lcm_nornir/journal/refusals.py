"""Why a store is not used, in our words."""

from __future__ import annotations

from lcm_nornir.errors import RequestError
from lcm_nornir.journal.place import Place

RESTORE = "restore it from a backup, or name another store"
"""What is to be done about a store that cannot be used."""
LOCKED = ("another program keeps it locked", "end that program, or wait")
"""What is wrong with a store that is locked for too long, and what to do."""


def refusal(place: Place, what: str, cure: str) -> RequestError:
    """Give the refusal of a store: what is wrong with it, and what to do."""
    return RequestError(f"{place}: {what}", field="--store", cure=cure)


def damaged(place: Place, what: str) -> RequestError:
    """Give the refusal of a store whose content is spoilt."""
    return refusal(
        place, f"the store is damaged ({what}) and is left as it is", "restore it from a backup, or name a new store"
    )
