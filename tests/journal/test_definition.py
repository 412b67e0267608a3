"""What a job's task was given goes to the store as plain data, whatever a runbook's own task calls its parameters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lcm_nornir import Image, Policy
from lcm_nornir.journal.definition import define, params_of

IMAGE = Image(url="http://192.0.2.10/os10.bin", version="10.5.6.5", sha256="0" * 64)


def kept(**params: Any) -> Any:
    """Give parameters as the store keeps them."""
    return json.loads(json.dumps(define(params, lambda text: text.replace("s3cret", "***"))))


@pytest.mark.parametrize(
    "params",
    [
        {"image": IMAGE, "policy": Policy()},
        {"version": "10.5.6.5"},
        {"version": None},
        {"version": 10},
        {"version": 10.5},
        {"keep": ("a.bin", "b.bin")},
        {"keep": ()},
        {"keep": None},
    ],
)
def test_what_our_own_tasks_take_comes_back(params: dict[str, Any]) -> None:
    assert params_of(kept(**params)) == params


def test_S10_what_nobody_knows_of_is_not_kept() -> None:
    class Mine:
        version = "s3cret"

    told = kept(version=Mine(), keep={"s3cret": 1}, image="http://me:s3cret@h/x", password="s3cret", names=["s3cret"])
    assert told == {
        "params": {"version": "<Mine>", "keep": "<dict>", "image": "<str>", "password": "<str>", "names": "<list>"}
    }
    assert kept(version="s3cret", keep=["s3cret"]) == {"params": {"version": "***", "keep": ["***"]}}
