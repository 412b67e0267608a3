"""The service's numbers: requests as they are answered, jobs and switches as they are when somebody asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from time import perf_counter
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lcm_nornir.api.parts import Parts
from lcm_nornir.schema.jobs import JobState
from lcm_nornir.schema.words import UpdateProgress

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0)


class Metrics:
    """The numbers of one app.

    Args:
        shared: What they are about.
    """

    def __init__(self, shared: Parts) -> None:
        self._shared = shared
        self._registry = CollectorRegistry()
        self._registry.register(self)
        names = ("method", "route")
        self.requests = Counter(
            "lcm_requests", "Requests that were answered.", (*names, "status"), registry=self._registry
        )
        self.seconds = Histogram(
            "lcm_request_seconds",
            "Seconds until a request was answered, of a stream until it ended.",
            names,
            buckets=_SECONDS,
            registry=self._registry,
        )

    def text(self) -> bytes:
        """Give all of them in the text format of Prometheus."""
        return generate_latest(self._registry)

    def describe(self) -> Iterable[Metric]:
        """Name nothing before it is asked for: the store is not read when the app is made."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Give jobs and switches as they are now."""
        states = self._shared.jobs.states()
        yield _gauge("lcm_jobs", "Jobs by their state.", "state", {one: states[one] for one in JobState})
        words = self._shared.running.words()
        told = {one: words[one] for one in UpdateProgress}
        yield _gauge("lcm_switches", "Switches of jobs that run, by their progress word.", "progress", told)


class Counting:
    """ASGI middleware that counts requests and takes their time.

    Args:
        app: What it stands before.
        metrics: Where they are counted.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin, status = perf_counter(), "none"

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, seen)
        finally:
            route = getattr(scope.get("route"), "path", "none")  # not the path: there is no end of those
            method = scope["method"] if route != "none" else "any"
            self._metrics.requests.labels(method, route, status).inc()
            self._metrics.seconds.labels(method, route).observe(perf_counter() - begin)


def _gauge(name: str, meaning: str, label: str, values: Mapping[Any, int]) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(name, meaning, labels=[label])
    for value, number in values.items():
        gauge.add_metric([value], number)
    return gauge
