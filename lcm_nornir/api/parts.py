"""What the routes of one app share, and how each asks for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Annotated

from fastapi import Depends, Header, Path, Request
from nornir.core import Nornir

from lcm_nornir.api.auth import CallerDep
from lcm_nornir.api.conditions import IF_MATCH
from lcm_nornir.api.limits import Limits
from lcm_nornir.clock import elapsed
from lcm_nornir.jobs.images import Images
from lcm_nornir.jobs.lifecycle import Actor
from lcm_nornir.jobs.repeats import Repeats
from lcm_nornir.jobs.running import RunningJobs
from lcm_nornir.jobs.updates import OpenInventory, UpdateJobs
from lcm_nornir.journal.following import Followers
from lcm_nornir.journal.store import Store
from lcm_nornir.schema.messages import Message

_KEY = r"^[\x21-\x7e]*$"  # of an idempotency key: what a header carries without quoting


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes of one app share.

    Attributes:
        store: Where everything is kept.
        inventory: The inventory, some seconds old.
        images: Image servers and the catalogue.
        jobs: The jobs.
        running: Those that run or wait for their time.
        repeats: Answers to requests with an idempotency key.
        followers: The jobs that are followed.
        limits: How much one may ask.
        is_ready: Set while jobs can be run.
        is_ending: Set once the service is being stopped: streams end then.
    """

    store: Store
    inventory: Recent
    images: Images
    jobs: UpdateJobs
    running: RunningJobs
    repeats: Repeats
    followers: Followers
    limits: Limits
    is_ready: Event = field(default_factory=Event)
    is_ending: Event = field(default_factory=Event)


class Recent:
    """The inventory as it was some seconds ago, for those who only look: opening a large one takes seconds.

    Safe to use from several threads; who asks meanwhile waits for the one who opens it.

    Args:
        inventory: Opens it.
        seconds: How old it may be.
        now: Gives seconds that never run backwards.
    """

    def __init__(self, inventory: OpenInventory, seconds: float = 5.0, now: Callable[[], float] = elapsed) -> None:
        self._inventory, self._seconds, self._now = inventory, seconds, now
        self._kept: tuple[float, Nornir] | None = None
        self._lock = Lock()

    def __call__(self) -> Nornir:
        """Give it; nothing is to be run with it."""
        with self._lock:
            if self._kept is None or self._now() - self._kept[0] > self._seconds:
                self._kept = None
                nornir = self._inventory()
                self._kept = self._now(), nornir
            return self._kept[1]


Once = Callable[[Callable[[], Message]], Message]
"""Does what it is given once for each idempotency key of a user; without a key it simply does it."""


async def parts(request: Request) -> Parts:  # a coroutine, as the next: another thread costs more than they do
    """Give what the routes share."""
    found: Parts = request.app.state.lcm_parts
    return found


async def actor(caller: CallerDep) -> Actor:
    """Give who calls, as the jobs know him."""
    return Actor(caller.user, caller.roles)


PartsDep = Annotated[Parts, Depends(parts)]
ActorDep = Annotated[Actor, Depends(actor)]
Id = Annotated[str, Path(alias="id", max_length=128)]
"""The path's ``{id}``."""


async def once(
    request: Request,
    shared: PartsDep,
    who: ActorDep,
    key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            max_length=128,
            pattern=_KEY,
            description="Chosen by you: sent again with the same key, a request is answered and not done again.",
        ),
    ] = "",
) -> Once:
    """Give what does a request once for each of its idempotency keys."""
    head = f"{request.method} {request.url.path}\n".encode()
    if condition := request.headers.getlist(IF_MATCH):
        head += f"{IF_MATCH}: {','.join(condition)}\n".encode()
    asked = head + await request.body()

    def do_once(do: Callable[[], Message]) -> Message:
        return shared.repeats.once(who, key, asked, do)

    return do_once


OnceDep = Annotated[Once, Depends(once)]
