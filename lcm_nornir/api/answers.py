"""Every error as a message object; what nobody foresaw is in the log, and the answer names only its reference."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI
from starlette.responses import JSONResponse

from lcm_nornir.schema.messages import Message

UNAUTHORIZED = "You are not authorized to perform this operation"
"""The contract's words, of 401 and of 403."""
NOT_FOUND = "Requested entity does not exist"
"""The contract's words, of 404."""


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


def answer(status: int, message: Message, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Give the response that carries a message object."""
    return JSONResponse(message.model_dump(mode="json"), status, headers)


def install_answers(app: FastAPI) -> None:
    """Let an app answer every error with a message object; call it once, after all other middleware is added."""
    raise NotImplementedError
