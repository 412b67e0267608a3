"""What a job's task was given, as plain data, and back: image or catalogue, policy, version, names to keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from lcm_nornir.errors import RequestError
from lcm_nornir.image import Image, ImageCatalog
from lcm_nornir.policy import Policy

_TEXTS = ("version", "keep")  # of our own tasks; a runbook's may give them any meaning


def define(params: Mapping[str, Any], redact: Callable[[str], str]) -> dict[str, Any]:
    """Give a task's parameters as plain data; of one that is none of ours, only what it looks like."""
    return {"params": {name: _plain(name, value, redact) for name, value in params.items()}}


def params_of(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Give a task's parameters back.

    Raises:
        RequestError: The image is a local file that has changed since, or is gone.
    """
    return {name: _value(name, data) for name, data in definition["params"].items()}


def _plain(name: str, value: Any, redact: Callable[[str], str]) -> Any:
    if isinstance(value, Image):
        return {"image": value.dump()}
    if isinstance(value, ImageCatalog):
        return {"catalogue": value.dump()}
    if isinstance(value, Policy):
        return {"policy": asdict(value)}
    if name in _TEXTS:
        if isinstance(value, str):
            return redact(value)
        if isinstance(value, list | tuple | set | frozenset):
            return [redact(str(one)) for one in value]
        if value is None or isinstance(value, int | float):
            return value
    return f"<{type(value).__name__}>"  # of a runbook's own task: it may be a secret that nobody knows of yet


def _value(name: str, data: Any) -> Any:
    if isinstance(data, list):
        return tuple(data)
    if not isinstance(data, dict):
        return data
    try:
        (kind, inner), *_ = data.items()
        if kind == "policy":
            return Policy(**inner)
        return Image.restore(inner) if kind == "image" else ImageCatalog.restore(inner)
    except RequestError as error:
        raise RequestError(error.message, field=f"{name} of the job: {error.field}", cure=error.cure) from error
