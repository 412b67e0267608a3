"""Users of tests. Their password is hashed once per process: that takes long on purpose, and tests have many stores."""

from __future__ import annotations

from functools import cache

from lcm_nornir import Store
from lcm_nornir.access import Role
from lcm_nornir.access.passwords import hashed
from lcm_nornir.journal.accounts import StoredUser
from lcm_nornir.journal.deeds import Deed

PASSWORD = "correct horse battery"
_hash = cache(hashed)


def add_user(store: Store, name: str, *roles: Role) -> None:
    """Add a user whose password is `PASSWORD` as `Access.add` does."""
    accounts = store.accounts()
    user = StoredUser(name, _hash(PASSWORD), frozenset(roles), disabled=False, created=accounts.now())
    accounts.add(user, Deed("the test", "users add", name, detail=" ".join(sorted(roles))))
