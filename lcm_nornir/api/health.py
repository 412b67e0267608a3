"""Whether the service lives, whether it can do its work, and its numbers."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from lcm_nornir.api.answers import ApiError
from lcm_nornir.api.metrics import CONTENT_TYPE, Metrics
from lcm_nornir.api.parts import PartsDep
from lcm_nornir.schema.messages import Message, message

router = APIRouter(tags=["health"])


@router.get("/healthz")
def alive() -> Message:
    """Tell that the process answers."""
    return message("lcm.service.alive")


@router.get("/readyz")
def ready(shared: PartsDep) -> Message:
    """Tell whether jobs can be run: the store answers, and nobody stops the service."""
    if not shared.is_ready.is_set() or shared.is_ending.is_set():
        raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, message("lcm.service.not_ready"))
    shared.store.last()  # what it raises is answered with 503, too
    return message("lcm.service.ready")


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def numbers(request: Request) -> Response:
    """Give the service's numbers in the text format of Prometheus."""
    metrics: Metrics = request.app.state.lcm_metrics
    return Response(metrics.text(), headers={"Content-Type": CONTENT_TYPE})
