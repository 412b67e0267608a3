"""The OpenAPI document: stored as it is served, complete, and like the table of permissions."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from lcm_nornir import Store
from lcm_nornir.api import create_app
from lcm_nornir.api.app import routed
from lcm_nornir.api.openapi import document
from lcm_nornir.api.permissions import PERMISSIONS, missing
from lcm_nornir.schema import UpdateJobStatus
from lcm_nornir.schema.jobs import UpdateJob
from lcm_nornir.schema.messages import Message
from tests.api.guarded import routes_of
from tests.api.services import NOBODYS, served
from tests.jobs.services import opened, write_inventory

ROOT = Path(__file__).parents[2]
STORED = ROOT / "docs" / "openapi.json"
PAGE = ROOT / "docs" / "api.md"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    place = tmp_path_factory.mktemp("openapi")
    with Store(place / "lcm.db") as store:
        return create_app(store, partial(opened, place))


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return document(routed())


def test_the_stored_document_is_the_served_one(made: dict[str, Any], tmp_path: Path) -> None:
    assert json.loads(STORED.read_text()) == made, "python -m lcm_nornir.api > docs/openapi.json"
    write_inventory(tmp_path, {"a": dict(NOBODYS)}, {"one": ["a"]})
    with served(tmp_path) as api:
        assert api.clients["viewer"].openapi() == made


def test_S16_every_route_has_a_role_and_every_role_a_route(app: FastAPI) -> None:
    routes = routes_of(app)
    assert missing(routes) == []
    assert set(routes) == set(PERMISSIONS)
    assert len(routes) == len(set(routes))


@pytest.mark.parametrize(("method", "path"), sorted(PERMISSIONS))
def test_the_page_tells_of_every_route(method: str, path: str) -> None:
    rows = [line for line in PAGE.read_text().splitlines() if f"`{path}`" in line]
    assert any(method in row.partition(f"`{path}`")[0] for row in rows)


def test_every_operation_tells_who_may_and_which_errors_there_are(made: dict[str, Any]) -> None:
    told = {(method.upper(), path) for path, item in made["paths"].items() for method in item}
    assert told == set(PERMISSIONS) - {("GET", "/openapi.json")}  # the document does not tell of itself
    for path, item in made["paths"].items():
        for method, operation in item.items():
            roles = PERMISSIONS[method.upper(), path]
            assert operation["x-roles"] == sorted(roles or ())
            assert bool(operation["security"]) is (roles is not None)
            assert operation["responses"]["default"] == {"$ref": "#/components/responses/default"}
            assert "422" not in operation["responses"]
            assert operation["summary"]


def test_every_error_is_a_message_object(made: dict[str, Any]) -> None:
    assert "default" in made["components"]["responses"]
    for response in made["components"]["responses"].values():
        assert response["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Message"}


@pytest.mark.parametrize("model", [Message, UpdateJob, UpdateJobStatus])
def test_documents_have_exactly_the_fields_of_their_models(made: dict[str, Any], model: Any) -> None:
    schema = made["components"]["schemas"][model.__name__]
    assert set(schema["properties"]) == set(model.model_fields)
    assert schema["additionalProperties"] is False
