"""Whatever is sent to the service, its answers are those that its OpenAPI document tells of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from lcm_nornir.api.limits import Limits
from lcm_nornir.schema.messages import Message
from tests.api.services import LOCAL, NOBODYS, Served, served
from tests.jobs.services import write_inventory

pytestmark = pytest.mark.slow

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
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


def operations() -> dict[str, Any]:
    """Give the operations of the stored document, which is the served one, by method and path."""
    described = json.loads(STORED.read_text())
    del described["paths"]["/lcm/update-jobs/{id}/events"]  # it does not end
    schema = schemathesis.openapi.from_dict(described)
    every = list(schema.get_all_operations())
    found = [one.ok() for one in every if isinstance(one, Ok)]
    assert len(found) == len(every) > 30
    return {f"{one.method.upper()} {one.path}": one for one in found}


def role_of(path: str) -> str:
    """Give the role of a user who may, so that something comes of it."""
    if path.startswith(("/users", "/audit")):
        return "admin"
    return "approver" if path.endswith("/approve") else "operator"


OPERATIONS = operations()


@pytest.mark.parametrize("name", OPERATIONS)
def test_S16_S19_S23_every_answer_is_as_the_document_says(api: Served, name: str) -> None:
    operation = OPERATIONS[name]
    ends_tokens = name in ("DELETE /auth/token", "POST /auth/token/extend")
    token = "nobodys" if ends_tokens else api.tokens[role_of(operation.path)]

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(case=operation.as_strategy())
    def check(case: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"SFD {token}"}
        answer = case.call(base_url=api.url)
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code >= 400:
            Message.model_validate_json(answer.content)
            assert not TRACE.search(answer.text)
            assert str(api.place) not in answer.text
        case.headers["Authorization"] = "SFD nobodys"
        assert name in OPEN or case.call(base_url=api.url).status_code == 401

    check()
