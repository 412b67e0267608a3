"""Server-sent events of a job: its state and its switches' rows, when they change."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import lru_cache, partial
from itertools import count
from typing import Annotated

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.responses import StreamingResponse

from lcm_nornir.api.auth import AccessDep, CallerDep
from lcm_nornir.api.limits import Streams
from lcm_nornir.api.parts import Id, PartsDep
from lcm_nornir.api.update_jobs import PATH
from lcm_nornir.journal.following import Followed, News, Told

router = APIRouter(prefix=PATH, tags=["update jobs"])

_PAUSE = 1.0  # seconds between two looks
_ASKED = 3  # looks, at each of the first of which it is asked whether the token is still valid
_MANY = 1000  # changes; the text of more is not kept for the next who asks
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
    followed = shared.followers.of(name)
    followed.look()
    first = followed.now() if after is None else followed.after(after)
    if first.is_over and not first.told:
        return Response(status_code=204)

    return StreamingResponse(
        _stream(followed, first, shared.is_ending.is_set, partial(access.knows, caller)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(
    followed: Followed, news: News, is_ending: Callable[[], bool], is_known: Callable[[], bool]
) -> AsyncIterator[bytes]:
    async def look(after: int) -> News:
        if followed.is_due:  # one of those who follow looks for all; another thread costs more than what is told
            await run_sync(followed.look_again)
        if news := followed.kept_after(after):
            return news
        return await run_sync(followed.after, after)

    quiet = 0.0
    for asked in count():
        if news.told:
            yield (_text if len(news.told) > _MANY else _same_text)(news)
        if news.is_over or is_ending() or (asked % _ASKED == 0 and not await run_sync(is_known)):
            return
        quiet = 0.0 if news.told else quiet + _PAUSE
        if quiet >= _QUIET:
            quiet = 0.0
            yield b":\n\n"
        await anyio.sleep(_PAUSE)
        news = await look(news.upto)


def _text(news: News) -> bytes:
    return "".join(map(_event, news.told)).encode()


_same_text = lru_cache(maxsize=32)(_text)  # what fifty are told at once is written once


def _event(told: Told) -> str:
    return f"id: {told.seq}\nevent: {told.kind}\ndata: {told.body}\n\n"
