"""Whatever is sent to the service, its answers are those that its OpenAPI document tells of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from lcm_nornir.api.limits import Limits
from lcm_nornir.schema.messages import Message
from tests.api.services import LOCAL, NOBODYS, Served, served
from tests.jobs.services import write_inventory

pytestmark = pytest.mark.slow

EXAMPLES = 25
FAST = replace(LOCAL, limits=Limits(token_rate=10**6, address_rate=10**6, open_jobs=10**6))
STORED = Path(__file__).parents[2] / "docs" / "openapi.json"
OPEN = ("GET /healthz", "GET /readyz", "POST /auth/token")
TRACE = re.compile(r'Traceback|File "|/site-packages/|\.py\b')


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    place = tmp_path_factory.mktemp("schemathesis")
    write_inventory(place, {"a": dict(NOBODYS)}, {"one": ["a"]})
    with served(place, FAST) as found:
        yield found


def described() -> dict[str, Any]:
    """Give the stored document, which is the served one, without the route whose answer does not end."""
    found: dict[str, Any] = json.loads(STORED.read_text())
    del found["paths"]["/lcm/update-jobs/{id}/events"]
    return found


METHODS = ("get", "put", "post", "delete", "patch")
OPERATIONS = [f"{how.upper()} {path}" for path, item in described()["paths"].items() for how in METHODS if how in item]


@pytest.fixture(scope="module")
def operations() -> dict[str, Any]:
    """Give the operations by method and path."""
    import schemathesis  # noqa: PLC0415 - heavy, and every run collects this module
    from schemathesis.core.result import Ok  # noqa: PLC0415

    every = list(schemathesis.openapi.from_dict(described()).get_all_operations())
    found = {f"{one.method.upper()} {one.path}": one for one in (each.ok() for each in every if isinstance(each, Ok))}
    assert sorted(found) == sorted(OPERATIONS)
    return found


@pytest.fixture(scope="module")
def checks() -> list[Any]:
    """Give what is asked of every answer."""
    from schemathesis.checks import not_a_server_error  # noqa: PLC0415 - as above
    from schemathesis.specs.openapi import checks as of_openapi  # noqa: PLC0415

    found = of_openapi.content_type_conformance, of_openapi.response_schema_conformance
    return [not_a_server_error, *found, of_openapi.status_code_conformance]


def role_of(path: str) -> str:
    """Give the role of a user who may, so that something comes of it."""
    if path.startswith(("/users", "/audit")):
        return "admin"
    return "approver" if path.endswith("/approve") else "operator"


@pytest.mark.parametrize("name", OPERATIONS)
def test_S16_S19_S23_every_answer_is_as_the_document_says(
    api: Served, operations: dict[str, Any], checks: list[Any], name: str
) -> None:
    operation = operations[name]
    ends_tokens = name in ("DELETE /auth/token", "POST /auth/token/extend")
    token = "nobodys" if ends_tokens else api.tokens[role_of(operation.path)]

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(case=operation.as_strategy())
    def check(case: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"SFD {token}"}
        answer = case.call(base_url=api.url)
        case.validate_response(answer, checks=checks)
        if answer.status_code >= 400:
            Message.model_validate_json(answer.content)
            assert not TRACE.search(answer.text)
            assert str(api.place) not in answer.text
        case.headers["Authorization"] = "SFD nobodys"
        assert name in OPEN or case.call(base_url=api.url).status_code == 401

    check()
