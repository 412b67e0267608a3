"""Serving the LCM API: until SIGTERM or Ctrl-C, with orderly ends; a rehearsal brings its own fleet and users."""

from __future__ import annotations

import secrets
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from shlex import quote
from urllib.parse import urlsplit

from lcm_nornir.access import Access, Role
from lcm_nornir.api import Settings, create_app
from lcm_nornir.api.listening import Listening, check_listening
from lcm_nornir.api.server import Server
from lcm_nornir.cli.kept import Kept
from lcm_nornir.cli.lab import LabSpec, start_lab, write_lab
from lcm_nornir.cli.selection import nornir_of
from lcm_nornir.cli.terminal import data, note
from lcm_nornir.destinations import Allowed
from lcm_nornir.errors import RequestError
from lcm_nornir.journal.store import Store
from lcm_nornir.simulator import Fleet

GROUP = "fabric"
"""Group in which all switches of a rehearsal are."""
_BACKLOG = 256
_DEMO = {"olga": (Role.OPERATOR, Role.APPROVER), "anton": (Role.APPROVER,)}
"""Users of a rehearsal: who writes jobs might approve, too, and yet never what she wrote."""


@dataclass(frozen=True, slots=True)
class Served:
    """What is served.

    Attributes:
        config: Nornir's configuration file.
        kept: Where jobs and users are kept.
        listening: Where.
        settings: How the service is set up.
    """

    config: Path
    kept: Kept
    listening: Listening
    settings: Settings


def served(wanted: Served) -> int:
    """Serve until SIGTERM or Ctrl-C, and give the exit code.

    Raises:
        RequestError: The inventory cannot be opened, the store not be used, or it is not safe, or not possible, to
            listen there.
    """
    nornir_of(wanted.config)  # what is wrong with it is told now, and not to the first who asks
    with wanted.kept.store() as store:
        _serve(wanted, store, lambda url: note(f"the LCM API listens at {url}; Ctrl-C ends it"))
    return 0


def rehearsed(wanted: Served, spec: LabSpec) -> int:
    """Serve a simulated fleet, its image server and two users until SIGTERM or Ctrl-C; all of it goes afterwards.

    What a shell needs to try it goes to stdout once it listens, as assignments. A store that was named stays.

    Args:
        wanted: Where to listen, and how; the rest comes with the fleet.
        spec: The fleet.

    Raises:
        RequestError: The store that was named cannot be used, or is in use already.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt), tempfile.TemporaryDirectory(prefix="lcm_nornir-") as name:
        place = Path(name)
        with _rehearsed_store(wanted.kept, place) as store, start_lab(spec, place / "switches") as fleet:
            config = write_lab(fleet, place, spec.speed, group=GROUP)
            passwords = _users(store)
            settings = replace(wanted.settings, allowed=Allowed.parse(["127.0.0.0/8"]))
            own = replace(wanted, config=config, kept=Kept(store.place), settings=settings)
            _serve(own, store, partial(_tell, fleet, passwords))
    return 0


def _rehearsed_store(kept: Kept, place: Path) -> Store:
    """Open the store of a rehearsal: one that is named has to be empty, for its users are told to everybody."""
    if kept.store_name is None:
        return Store(place / "store" / "lcm.db")
    store = kept.store()
    if store.last():
        store.close()
        raise RequestError("this store is in use already", field="--store", cure="name an empty one for a rehearsal")
    return store


def _serve(wanted: Served, store: Store, announce: Callable[[str], None]) -> None:
    users = sum(1 for user in store.accounts().users() if not user.disabled)
    check_listening(wanted.listening, users)
    if not users:
        note("nobody can log in yet; run: lcm-nornir users add NAME --role operator")
    settings = replace(wanted.settings, config=str(wanted.config.absolute()))
    app = create_app(store, partial(nornir_of, wanted.config), settings)
    with store.database.alone(), _socket(wanted.listening) as listener, _ending_by_signals():
        url = _url(wanted.listening, listener)
        Server(app, wanted.listening, partial(announce, url)).run(sockets=[listener])


def _socket(listening: Listening) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(
            listening.host, listening.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        raise RequestError(
            f"{listening.host} port {listening.port} cannot be listened at: {error.strerror}",
            field="--host, --port",
            cure="choose another, or end what listens there",
        ) from error


def _url(listening: Listening, listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    scheme = "https" if listening.certificate else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


@contextmanager
def _ending_by_signals() -> Iterator[None]:
    """Let SIGTERM, which is raised anew once the service has ended, end this process as Ctrl-C does: orderly."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _users(store: Store) -> Mapping[str, str]:
    """Make the users of a rehearsal, and give their passwords."""
    access = Access(store.accounts())
    passwords = {name: secrets.token_urlsafe(12) for name in _DEMO}
    for name, roles in _DEMO.items():
        access.add(name, passwords[name], roles, by="the rehearsal")
    return passwords


def _tell(fleet: Fleet, passwords: Mapping[str, str], url: str) -> None:
    """Tell what a shell needs."""
    platform, image = next(iter(fleet.images.items()))
    found = urlsplit(image.url)
    folder, _, file = found.path.rpartition("/")
    operator, approver = _DEMO
    told = {
        "API": url,
        "OPERATOR": operator,
        "OPERATOR_PASSWORD": passwords[operator],
        "APPROVER": approver,
        "APPROVER_PASSWORD": passwords[approver],
        "GROUP": GROUP if len(fleet.images) == 1 else platform,  # a job has one image
        "IMAGE_HOST": found.hostname or "",
        "IMAGE_PORT": str(found.port or 80),
        "IMAGE_PATH": folder or "/",
        "IMAGE_FILE": file,
        "IMAGE_VERSION": image.version,
        "IMAGE_SHA256": image.sha256,
        "IMAGE_SHA512": image.sha512,
    }
    data("\n".join(f"{name}={quote(value)}" for name, value in told.items()))
    note(f"the LCM API of a simulated fleet of {len(fleet.switches)} switches listens at {url}; Ctrl-C ends it")
    for name, roles in _DEMO.items():
        note(f"  {name} ({', '.join(roles)}), password {passwords[name]}")
