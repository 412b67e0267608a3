"""``python -m lcm_nornir.schema``: print the JSON Schema that is published as docs/schema/update-job-status.json."""

import json

from lcm_nornir.schema.status import published

print(json.dumps(published(), indent=2))  # noqa: T201 - what the module is for
