"""The API's users: added, listed, changed, by whoever may write the store."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable

import typer

from lcm_nornir.access import Access
from lcm_nornir.access.roles import roles_of
from lcm_nornir.cli import Output
from lcm_nornir.cli.kept import Kept
from lcm_nornir.cli.terminal import data, data_json, data_table, note
from lcm_nornir.errors import RequestError
from lcm_nornir.journal.leases import who
from lcm_nornir.secrets import SecretRef

_DAY = 86_400.0


def add(kept: Kept, name: str, roles: Iterable[str], password: str) -> int:
    """Add a user; makes the store if there is none.

    Args:
        kept: Where users are kept.
        name: By which he logs in.
        roles: Names of his roles.
        password: Reference to his password; it is asked for if empty.

    Raises:
        RequestError: As `Access.add`, or there is no such secret.
        JournalFailed: The store does not take it.
    """
    given = roles_of(roles, "--role")
    secret = _password(password)
    with kept.store() as store:
        Access(store.accounts()).add(name, secret, given, who())
    note(f"{name} may log in ({', '.join(sorted(given))})")
    return 0


def listed(kept: Kept, output: Output) -> int:
    """Print the users.

    Raises:
        RequestError: There is no such store.
    """
    with kept.existing() as store:
        found = store.accounts().users()
    rows = [
        {
            "name": user.name,
            "roles": sorted(user.roles),
            "disabled": user.disabled,
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(user.created)),
        }
        for user in found
    ]
    if output is Output.JSON:
        data_json(rows)
    else:
        cells = [(one.name, " ".join(sorted(one.roles)), "disabled" if one.disabled else "") for one in found]
        data_table(("user", "roles", ""), cells)
    return 0


def change(kept: Kept, name: str, *, roles: Iterable[str] | None = None, disabled: bool | None = None) -> int:
    """Change a user; his tokens end.

    Raises:
        RequestError: As `Access.change`.
        JournalFailed: The store does not take it.
    """
    given = None if roles is None else roles_of(roles, "--role")
    with kept.existing() as store:
        user = Access(store.accounts()).change(name, given, who(), disabled=disabled)
    note(
        f"{name} {'is disabled' if user.disabled else 'may log in'} ({', '.join(sorted(user.roles))}); no token is left"
    )
    return 0


def set_password(kept: Kept, name: str, password: str) -> int:
    """Give a user another password; his tokens end.

    Raises:
        RequestError: As `Access.set_password`, or there is no such secret.
        JournalFailed: The store does not take it.
    """
    with kept.existing() as store:
        Access(store.accounts()).set_password(name, _password(password), who())
    note(f"{name} has another password; no token is left")
    return 0


def token(kept: Kept, name: str, roles: Iterable[str], days: float) -> int:
    """Print a token, and nothing else, to stdout.

    Raises:
        RequestError: As `Access.grant`.
        JournalFailed: The store does not take it.
    """
    given = roles_of(roles, "--role")
    with kept.existing() as store:
        issued = Access(store.accounts()).grant(name, given, days * _DAY, who())
    data(issued.token)
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(issued.expires))
    note(f"valid until {until} for: {', '.join(sorted(given))}; it is shown this once")
    return 0


def _password(reference: str) -> str:
    """Fetch a password, or ask for it, twice. Never from an argument: other users of this machine see those."""
    if reference:
        return SecretRef.parse(reference).resolve()
    if not sys.stdin.isatty():
        raise RequestError("there is no terminal to ask at", field="--password", cure="write env:NAME or file:PATH")
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return answer
