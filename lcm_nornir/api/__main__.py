"""``python -m lcm_nornir.api > docs/openapi.json``: write the OpenAPI document."""

from __future__ import annotations

import json

from lcm_nornir.api.app import routed
from lcm_nornir.api.openapi import document

print(json.dumps(document(routed()), indent=2, ensure_ascii=False))  # noqa: T201 - its purpose
