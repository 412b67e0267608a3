"""The OpenAPI document: as FastAPI makes it, with how one proves who one is, who may do what, and our errors."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import JSONResponse

from lcm_nornir.api.permissions import PERMISSIONS
from lcm_nornir.schema.messages import Message

_SCHEMES = {
    "SFD": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`SFD {token}`, with a token of `POST /auth/token`",
    },
    "Bearer": {"type": "http", "scheme": "bearer", "description": "The same token."},
}
_ERRORS = {
    "400": "The request is malformed, or its content cannot be used",
    "401": "You are not authorized to perform this operation",
    "403": "Your roles do not allow it",
    "404": "Requested entity does not exist",
    "409": "Not in this state",
    "413": "The request's body is too large",
    "429": "Too many requests",
    "default": "Any other trouble",
}
_METHODS = ("get", "put", "post", "delete")


def install_openapi(app: FastAPI) -> None:
    """Let an app give its OpenAPI document at ``/openapi.json``. Call it once, after all routes are there."""

    @app.get("/openapi.json", include_in_schema=False)
    def openapi() -> JSONResponse:
        return JSONResponse(document(app))


def document(app: FastAPI) -> dict[str, Any]:
    """Give the OpenAPI document of an app."""
    made = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        routes=app.routes,
        separate_input_output_schemas=False,
    )
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(_message_schemas())
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    made["components"]["securitySchemes"] = _SCHEMES
    made["components"]["responses"] = {status: _response(meaning) for status, meaning in _ERRORS.items()}
    for path, item in made["paths"].items():
        for method in _METHODS:
            if method in item:
                _complete(item[method], PERMISSIONS.get((method.upper(), path)))
    return made


def _complete(operation: dict[str, Any], roles: frozenset[str] | None) -> None:
    operation["security"] = [] if roles is None else [{name: []} for name in _SCHEMES]
    operation["x-roles"] = sorted(roles or ())
    responses = operation["responses"]
    responses.pop("422", None)
    for status in _ERRORS:
        responses[status] = {"$ref": f"#/components/responses/{status}"}


def _response(meaning: str) -> dict[str, Any]:
    body = {"schema": {"$ref": "#/components/schemas/Message"}}
    return {"description": meaning, "content": {"application/json": body}}


def _message_schemas() -> dict[str, Any]:
    schema = Message.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    return {**schema.pop("$defs"), "Message": schema}
