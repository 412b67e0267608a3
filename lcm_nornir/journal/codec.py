"""Values as plain data for the store, and back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from typing import Any

from lcm_nornir import clock, errors, events
from lcm_nornir.drivers.base import BootIdentity, InstallerState, SwitchFacts
from lcm_nornir.errors import LcmError, RequestError, SessionError, UnexpectedFailure
from lcm_nornir.events import Ending, Event, Phase

Redact = Callable[[str], str]

_ENCODER = json.JSONEncoder(separators=(",", ":"))

_EVENTS = {
    kind.__name__: kind
    for kind in (
        events.Acting,
        events.CopyDone,
        events.Copying,
        events.Down,
        events.Evidence,
        events.InstallDone,
        events.Installing,
        events.StepBegan,
        events.StepEnded,
        events.Up,
        events.Verdict,
    )
}
_FIELDS: dict[type, tuple[str, ...]] = {kind: tuple(field.name for field in fields(kind)) for kind in _EVENTS.values()}


def text(value: Any) -> str:
    """Give plain data as JSON."""
    return _ENCODER.encode(value)


def dump_event(event: Event, redact: Redact) -> tuple[str, str]:
    """Give an event's kind, and its fields as JSON, without secrets."""
    kind = type(event)
    return kind.__name__, text({name: _plain(getattr(event, name), redact) for name in _FIELDS[kind]})


def load_event(kind: str, body: str) -> Event:
    """Give back an event."""
    values = json.loads(body)
    values.pop("intent", None)  # an Acting's row is its intent's, too, which is more than the event tells
    if "phase" in values and values["phase"] is not None:
        values["phase"] = Phase(values["phase"])
    if "ending" in values:
        values["ending"] = Ending(values["ending"])
    if values.get("error"):
        values["error"] = load_error(values["error"])
    event: Event = _EVENTS[kind](**values)
    return event


def _plain(value: Any, redact: Redact) -> Any:
    if isinstance(value, BaseException):
        return dump_error(value, redact)
    if isinstance(value, Phase | Ending):
        return value.value
    return redact(value) if isinstance(value, str) else value


def dump_error(error: BaseException, redact: Redact) -> dict[str, str]:
    """Give an error as plain data, without secrets; one that is none of ours by its name and text."""
    if not isinstance(error, LcmError | SessionError | RequestError):
        error = UnexpectedFailure(f"{type(error).__name__}: {error}")
    _, message, values = error.__reduce__()[1]
    kind = next(one.__name__ for one in type(error).__mro__ if getattr(errors, one.__name__, None) is one)
    return {
        "kind": kind,
        "message": redact(message),
        **{name: redact(str(value)) for name, value in values.items()},
    }


def load_error(data: dict[str, str]) -> BaseException:
    """Give back an error."""
    values = dict(data)
    kind = getattr(errors, values.pop("kind"))
    error: BaseException = kind(values.pop("message"), **values)
    return error


@cache
def _adapter(kind: type) -> Any:
    from pydantic import TypeAdapter  # noqa: PLC0415 - made once, when needed

    return TypeAdapter(kind)


def dump_facts(facts: SwitchFacts, installer: InstallerState | None) -> dict[str, Any]:
    """Give the facts on which a command is decided as plain data; `installer` as it stood, if that was read."""
    return {
        "facts": _adapter(SwitchFacts).dump_python(facts, mode="json"),
        "installer": _adapter(InstallerState).dump_python(installer, mode="json") if installer else None,
        "clock": bool(clock.synchronised()),
    }


def load_facts(data: dict[str, Any]) -> tuple[SwitchFacts, InstallerState | None]:
    """Give back the facts on which a command was decided."""
    installer = data["installer"]
    return (
        _adapter(SwitchFacts).validate_python(data["facts"]),
        _adapter(InstallerState).validate_python(installer) if installer else None,
    )


def told_now(boot: BootIdentity, then: float, written: float, machine: str, *, right: bool) -> BootIdentity:
    """Give a stored boot identity in terms of this process's clock.

    Within one boot of this machine its clock has gone on. Across a reboot of it only the wall clock can tell how much
    time has passed, if a time service kept it right then and keeps it right now; else the uptime tells nothing.

    Args:
        boot: As it was stored.
        then: Our clock when it was stored, seconds.
        written: The wall clock at that time, epoch seconds.
        machine: Which boot of this machine that was.
        right: Whether the wall clock was synchronised then.
    """
    if machine and machine == clock.machine_boot():
        return boot
    if not right or not clock.synchronised():
        return replace(boot, uptime=None)
    passed = time.time() - written + (then - boot.read_at)
    return replace(boot, read_at=clock.elapsed() - passed)
