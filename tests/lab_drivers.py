"""Drivers that only tests know, of switches that the simulator has."""

from __future__ import annotations

import pytest

from lcm_nornir.drivers import registry
from lcm_nornir.drivers.base import Driver


def stand_in(monkeypatch: pytest.MonkeyPatch, driver: Driver) -> None:
    """Let a driver take the place of the one of its platform."""
    known = dict(registry._names())
    monkeypatch.setattr(registry, "_names", lambda: {**known, driver.platform: driver})
