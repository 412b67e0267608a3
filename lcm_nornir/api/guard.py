"""What stands before every request: how often, who, whether he may, how much; and afterwards, what he did."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from math import ceil

import anyio
from anyio.to_thread import run_sync
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lcm_nornir.access import Access, Caller
from lcm_nornir.access.attempts import origin
from lcm_nornir.api.answers import ApiError, answer_to, unauthorized
from lcm_nornir.api.limits import Limits, Rates, too_many
from lcm_nornir.api.permissions import READERS, Found, Permissions
from lcm_nornir.errors import JournalFailed
from lcm_nornir.journal.deeds import Deed
from lcm_nornir.schema.messages import message

logger = logging.getLogger(__name__)

CALLER = "lcm_caller"
"""Key of the request's scope under which the caller is."""
_SCHEMES = ("sfd", "bearer")
_TARGET = 200  # characters of what a deed was done to
_POLICY_VIOLATION = 1008  # RFC 6455


class _Refused(Exception):
    """A request goes no further."""

    def __init__(self, error: ApiError | None = None) -> None:
        super().__init__()
        self.error = error  # None: 401


class _Reply:
    """The way to the client; what is to be recorded is, before the answer goes out."""

    def __init__(self, send: Send, access: Access) -> None:
        self._send = send
        self._access = access
        self.started = False
        self.deed: Deed | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            if self.deed:
                await run_sync(self._record, replace(self.deed, outcome=str(message["status"])))
        await self._send(message)

    def _record(self, deed: Deed) -> None:
        try:
            self._access.accounts.tell(deed)
        except JournalFailed as error:  # it is done; that is what the answer has to tell
            logger.error("what %s did is kept in memory until the store takes it: %s", deed.who, error)  # noqa: TRY400 - no traceback
            self._access.accounts.tell(deed, wait=False)


class Guard:
    """ASGI middleware, the outermost: nothing reaches a route but what the table of permissions lets pass.

    Args:
        app: What it stands before.
        access: Tells who somebody is.
        limits: How much one may ask.
        permissions: Who may do what.
        now: Gives seconds that never run backwards.
    """

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        limits: Limits,
        permissions: Permissions,
        now: Callable[[], float],
    ) -> None:
        self._app = app
        self._access = access
        self._limits = limits
        self._permissions = permissions
        self._of_address = Rates(limits.address_rate, now)
        self._of_token = Rates(limits.token_rate, now)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer it."""
        if scope["type"] == "websocket":  # there is none
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        reply = _Reply(send, self._access)
        try:
            await self._serve(scope, receive, reply)
        except _Refused as refused:
            response = answer_to(refused.error, "") if refused.error else unauthorized()
            await response(scope, receive, reply)
        except Exception as error:
            response = answer_to(error, f"{scope['method']} {ascii(scope['path'][:_TARGET])[1:-1]}")
            if reply.started:  # the connection has to break, else half an answer looks whole
                raise
            await response(scope, receive, reply)

    async def _serve(self, scope: Scope, receive: Receive, reply: _Reply) -> None:
        address = scope["client"][0] if scope.get("client") else ""
        _within(self._of_address, origin(address))
        row = self._permissions.find(scope["method"], scope["path"])
        if row is None or row.roles is not None:
            caller = await self._caller(scope, address)
            _within(self._of_token, caller.digest)
            self._check(scope, row, caller, reply)
            scope[CALLER] = caller
        receive = await _received(scope, receive, self._limits)
        await self._app(scope, receive, reply)

    async def _caller(self, scope: Scope, address: str) -> Caller:
        token = _token(scope)
        caller = await run_sync(self._access.caller, token, address) if token else None
        if caller is None:
            raise _Refused
        return caller

    def _check(self, scope: Scope, row: Found | None, caller: Caller, reply: _Reply) -> None:
        """Check that there is such a route, and that the caller may take it; what is worth it will be recorded."""
        if row is None:
            raise _Refused(_no_such(self._permissions.methods(scope["path"])))
        target = " ".join(row.params.values())[:_TARGET]
        deed = Deed(caller.user, f"{scope['method']} {row.path}", target, caller.address)
        if not caller.roles & (READERS if row.roles is None else row.roles):
            reply.deed = deed
            raise _Refused(ApiError(HTTPStatus.FORBIDDEN, message("lcm.auth.forbidden")))
        if row.roles != READERS:
            reply.deed = deed


def _within(rates: Rates, who: str) -> None:
    if wait := rates.take(who):
        raise _Refused(too_many(message("lcm.limit.rate", seconds=ceil(wait)), wait))


def _no_such(methods: frozenset[str]) -> ApiError:
    if not methods:
        return ApiError(HTTPStatus.NOT_FOUND, message("lcm.request.not_found"))
    told = ", ".join(sorted(methods))
    return ApiError(HTTPStatus.METHOD_NOT_ALLOWED, message("lcm.request.method", methods=told), {"Allow": told})


def _token(scope: Scope) -> str:
    """Give the token of a request; empty if there is none, or several."""
    values = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(values) != 1:
        return ""
    scheme, _, token = values[0].decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() in _SCHEMES else ""


async def _received(scope: Scope, receive: Receive, limits: Limits) -> Receive:
    """Receive a request's body, so far as it is not too much; gives it to be received again."""
    told = message("lcm.limit.body", bytes=limits.body)
    too_large = ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, told, {"Connection": "close"})
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if not length.isdigit() or int(length) > limits.body:
        raise _Refused(too_large)
    body = bytearray()
    last: Message = {}
    with anyio.move_on_after(limits.body_time) as in_time:
        while True:
            last = await receive()
            body += last.get("body", b"")
            if len(body) > limits.body:
                raise _Refused(too_large)
            if not last.get("more_body"):
                break
    if in_time.cancelled_caught:
        late = message("lcm.limit.body_time", seconds=limits.body_time)
        raise _Refused(ApiError(HTTPStatus.REQUEST_TIMEOUT, late, {"Connection": "close"}))
    return _again(last if last["type"] == "http.disconnect" else _whole(body), receive)


def _whole(body: bytearray) -> Message:
    return {"type": "http.request", "body": bytes(body), "more_body": False}


def _again(first: Message, receive: Receive) -> Receive:
    """Give what was received first, then whatever comes."""
    waiting = [first]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
