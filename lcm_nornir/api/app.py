"""The FastAPI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from anyio.to_thread import run_sync
from fastapi import FastAPI
from starlette.types import Lifespan

from lcm_nornir.api import auth, events, health, images, inventory, update_jobs, users
from lcm_nornir.api.auth import install_guard
from lcm_nornir.api.collecting import collecting_beside
from lcm_nornir.api.limits import Limits
from lcm_nornir.api.metrics import Counting, Metrics
from lcm_nornir.api.openapi import install_openapi
from lcm_nornir.api.parts import Parts, Recent
from lcm_nornir.destinations import Allowed, Resolver, destination, resolve
from lcm_nornir.jobs.images import Images
from lcm_nornir.jobs.repeats import Repeats
from lcm_nornir.jobs.running import Late, RunningJobs
from lcm_nornir.jobs.updates import OpenInventory, UpdateJobs
from lcm_nornir.journal.following import Followers
from lcm_nornir.journal.store import Store
from lcm_nornir.policy import CAREFUL, Policy


@dataclass(frozen=True, slots=True)
class Settings:
    """How the service is set up.

    Attributes:
        allowed: On which hosts images may lie; nowhere, unless it is said.
        limits: How much one may ask.
        policy: What updates may do where there is a choice.
        late: What becomes of a job whose time was missed: it starts at once, or it is refused.
        config: Nornir's configuration file, for whoever resumes a job at the command line.
        resolver: Gives the addresses of a name.
        grace: Seconds that the jobs have to come to a safe point when the service is stopped.
    """

    allowed: Allowed = field(default_factory=Allowed)
    limits: Limits = field(default_factory=Limits)
    policy: Policy = CAREFUL
    late: Late = "start"
    config: str = ""
    resolver: Resolver = resolve
    grace: float = 60.0


def create_app(store: Store, inventory_now: OpenInventory, settings: Settings | None = None) -> FastAPI:
    """Make the application that serves the LCM API.

    While it is started (its lifespan), jobs run in it: one application per store.

    Args:
        store: Where everything is kept; it stays open until the application has ended.
        inventory_now: Opens the inventory as it is now, each time as a Nornir of its own under a `WaveRunner` of its
            own.
        settings: How it is set up.
    """
    settings = settings or Settings()
    shared = _parts(store, inventory_now, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with collecting_beside(lambda: bool(shared.running.running)):
            await run_sync(shared.running.start)
            shared.is_ready.set()
            try:
                yield
            finally:
                shared.is_ready.clear()
                await run_sync(shared.running.stop, settings.grace)

    app = routed(lifespan)
    app.state.lcm_parts = shared
    install_guard(app, store, limits=settings.limits)
    app.state.lcm_metrics = Metrics(shared)
    app.add_middleware(Counting, metrics=app.state.lcm_metrics)
    install_openapi(app)
    return app


def routed(lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """Give the application with its routes, and with nothing behind them: what its document is made of.

    Args:
        lifespan: What is done while it is started.
    """
    app = FastAPI(
        title="LCM API",
        summary="Life-cycle management of network switches: their OS images, upgraded by approved jobs.",
        version="2.0",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    routers = (update_jobs.router, events.router, images.servers, images.catalogue, inventory.router)
    for router in (*routers, users.router, health.router, auth.router):
        app.include_router(router)
    return app


def _parts(store: Store, inventory_now: OpenInventory, settings: Settings) -> Parts:
    images_ = Images(store, partial(destination, allowed=settings.allowed, resolver=settings.resolver, field="host"))
    jobs = UpdateJobs(store, images_, inventory_now, policy=settings.policy, most=settings.limits.switches)
    running = RunningJobs(store, jobs, late=settings.late, config=settings.config)
    return Parts(
        store,
        Recent(inventory_now),
        images_,
        jobs,
        running,
        Repeats(store),
        Followers(store),
        settings.limits,
    )
