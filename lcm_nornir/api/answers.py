"""Every error as a message object; what nobody foresaw is in the log, and the answer names only its reference."""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from math import ceil
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from lcm_nornir.access.access import LoginRefused, TooManyAttempts
from lcm_nornir.errors import (
    Invalid,
    JournalFailed,
    NotAllowed,
    NotAsSeen,
    NotFound,
    Refused,
    RequestError,
    WrongState,
)
from lcm_nornir.schema.messages import Message, field_message, message, message_of

logger = logging.getLogger(__name__)

_FIELD = re.compile(r"[a-z][a-z0-9_.]*")
"""A field of the API. Other names are the command line's (``--store``), and what is said of them may tell a path."""
_FIELDS = 50  # that are told of one request
_AGAIN = 5  # seconds until the store may take something again
_MEANINGS = {
    HTTPStatus.UNAUTHORIZED: "lcm.auth.unauthorized",
    HTTPStatus.FORBIDDEN: "lcm.auth.forbidden",
    HTTPStatus.NOT_FOUND: "lcm.request.not_found",
    HTTPStatus.BAD_REQUEST: "lcm.request.malformed",
}

_REFUSALS: Mapping[type[Refused], HTTPStatus] = {
    Invalid: HTTPStatus.BAD_REQUEST,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    WrongState: HTTPStatus.CONFLICT,
    NotAsSeen: HTTPStatus.PRECONDITION_FAILED,
}


class ApiError(Exception):
    """What a route raises to answer with an error.

    Args:
        status: HTTP status.
        message: The answer's body.
        headers: Further headers.
    """

    def __init__(self, status: HTTPStatus, message: Message, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message.message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


class Unforeseen(Exception):
    """Stands in the log for an exception of which the text is not told: nobody has looked through it for secrets."""


def answer(status: int, message: Message, headers: Mapping[str, str] | None = None) -> Response:
    """Give the response that carries a message object; it is not to be kept by anybody on its way."""
    body = json.dumps(message.model_dump(mode="json"))
    return Response(body, status, {"Cache-Control": "no-store", **(headers or {})}, media_type="application/json")


def answer_to(error: Exception, what: str) -> Response:
    """Give the response to an exception, whatever it is.

    Args:
        error: The exception.
        what: Method and path of the route, for the log.
    """
    match error:
        case ApiError():
            return answer(error.status, error.message, error.headers)
        case RequestValidationError():
            fields = [
                field_message(_name(one), "lcm.field.invalid", what=one["msg"]) for one in error.errors()[:_FIELDS]
            ]
            return answer(HTTPStatus.BAD_REQUEST, message("lcm.request.malformed", messages=fields))
        case HTTPException():
            return _of_status(error)
        case TooManyAttempts():
            wait = ceil(error.wait)
            later = message("lcm.auth.too_many_attempts", seconds=wait)
            return answer(HTTPStatus.TOO_MANY_REQUESTS, later, {"Retry-After": str(wait)})
        case LoginRefused():
            return unauthorized()
        case Refused():
            return answer(_REFUSALS[type(error)], message_of(error))
        case RequestError() if _FIELD.fullmatch(error.field):
            what_is = "; ".join(filter(None, (error.message, error.cure)))
            told = field_message(error.field, "lcm.field.invalid", what=what_is)
            return answer(HTTPStatus.BAD_REQUEST, message("lcm.request.refused", why=str(error), messages=[told]))
        case RequestError() | JournalFailed():  # of the store
            unavailable = message("lcm.service.unavailable", reference=_logged(error, what, str(error)))
            return answer(HTTPStatus.SERVICE_UNAVAILABLE, unavailable, {"Retry-After": str(_AGAIN)})
    failed = message("lcm.request.failed", reference=_logged(error, what, _kinds(error)))
    return answer(HTTPStatus.INTERNAL_SERVER_ERROR, failed)


def unauthorized() -> Response:
    """Give the response to whoever is not known: 401."""
    return answer(HTTPStatus.UNAUTHORIZED, message("lcm.auth.unauthorized"), {"WWW-Authenticate": "Bearer"})


def install_answers(app: FastAPI) -> None:
    """Let an app answer what its routes raise with message objects; `install_guard` calls it."""

    async def handle(request: Request, error: Exception) -> Response:
        return answer_to(error, what=_route(request))

    for kind in (ApiError, RequestValidationError, HTTPException, RequestError, JournalFailed):
        app.add_exception_handler(kind, handle)


def _of_status(error: HTTPException) -> Response:
    """Answer with a status; the detail may tell what is nobody's business, the status does not."""
    status = HTTPStatus(error.status_code)
    key = _MEANINGS.get(status)
    return answer(status, message(key) if key else message("lcm.request.status", phrase=status.phrase), error.headers)


def _name(error: Mapping[str, Any]) -> str:
    """Give the name of the field at fault; empty if it is the whole body."""
    place = () if error["type"] == "json_invalid" else error["loc"][1:]  # what comes first is body, query or path
    return ".".join(map(str, place))


def _route(request: Request) -> str:
    path = getattr(request.scope.get("route"), "path", "")
    return f"{request.method} {path}"


def _logged(error: Exception, what: str, told: str) -> str:
    """Log an exception, where it was raised and what is told of it; gives the reference."""
    reference = secrets.token_hex(4)
    logger.error(
        "reference %s: %s: %s", reference, what, told, exc_info=(Unforeseen, Unforeseen(told), error.__traceback__)
    )
    return reference


def _kinds(error: BaseException | None) -> str:
    """Name an exception and those that led to it."""
    names: list[str] = []
    while error is not None and len(names) < _FIELDS:
        names.append(type(error).__name__)
        error = error.__cause__ or error.__context__
    return ", after ".join(names)
