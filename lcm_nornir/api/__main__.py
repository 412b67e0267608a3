"""``python -m lcm_nornir.api > docs/openapi.json``: write the OpenAPI document."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from nornir.core import Nornir
from nornir.core.inventory import Hosts, Inventory

from lcm_nornir.api.app import create_app
from lcm_nornir.api.openapi import document
from lcm_nornir.journal.store import Store


def _no_switches() -> Nornir:
    return Nornir(inventory=Inventory(hosts=Hosts()))


with tempfile.TemporaryDirectory() as name, Store(Path(name) / "lcm.db") as store:
    print(json.dumps(document(create_app(store, _no_switches)), indent=2, ensure_ascii=False))  # noqa: T201 - its purpose
