"""Server-sent events of a job: its state and its switches' rows, when they change."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Annotated

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.responses import StreamingResponse

from lcm_nornir.api.auth import AccessDep, CallerDep
from lcm_nornir.api.limits import Streams
from lcm_nornir.api.parts import Id, Parts, PartsDep
from lcm_nornir.api.update_jobs import PATH
from lcm_nornir.journal.following import Following, Told

router = APIRouter(prefix=PATH, tags=["update jobs"])

_PAUSE = 0.5  # seconds between two looks
_QUIET = 15.0  # seconds after which a comment keeps the connection


def slot(request: Request, caller: CallerDep) -> Iterator[None]:
    """Have one of the places for streams until the response has ended."""
    streams: Streams = request.app.state.lcm_streams
    with streams.open(caller):
        yield


@router.get(
    "/{id}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}, 204: {"description": "The job has ended: nothing follows"}},
    dependencies=[Depends(slot)],
)
def follow(
    name: Id,
    shared: PartsDep,
    caller: CallerDep,
    access: AccessDep,
    after: Annotated[int | None, Header(alias="Last-Event-ID", ge=0, le=2**53)] = None,
) -> Response:
    """Give what changes of a job: events `row` (a switch's row of the status) and `job` (its state).

    Without `Last-Event-ID` the stream begins with the rows as they are; with it, with whatever changed since.
    It ends with the job; 204 if nothing is left to be told.
    """
    shared.jobs.get(name)
    following = Following(shared.store, name, after)
    first = following.news()
    if following.is_over and not first:
        return Response(status_code=204)

    return StreamingResponse(
        _stream(shared, following, first, partial(access.knows, caller)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(
    shared: Parts, following: Following, news: tuple[Told, ...], is_known: Callable[[], bool]
) -> AsyncIterator[str]:
    quiet = 0.0
    while True:
        for told in news:
            yield _event(told)
        if following.is_over or shared.is_ending.is_set() or not await run_sync(is_known):
            return
        quiet = 0.0 if news else quiet + _PAUSE
        if quiet >= _QUIET:
            quiet = 0.0
            yield ":\n\n"
        await anyio.sleep(_PAUSE)
        news = await run_sync(following.news)


def _event(told: Told) -> str:
    body = json.dumps(json.loads(told.body), separators=(",", ":"))
    return f"id: {told.seq}\nevent: {told.kind}\ndata: {body}\n\n"
