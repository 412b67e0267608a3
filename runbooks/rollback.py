"""Go back to the version in the other slot: runbooks/rollback.py CONFIG VERSION [SWITCH...]."""

import sys

from nornir import InitNornir
from nornir.core.filter import F

from lcm_nornir import StatusProcessor, rollback_image


def main(config: str, version: str, *switches: str) -> int:
    """Roll the named switches back, all if none is named; the exit code tells whether every one runs the version."""
    status = StatusProcessor()
    nr = InitNornir(config_file=config)
    if switches:
        nr = nr.filter(F(name__any=list(switches)))
    result = nr.with_processors([status]).run(task=rollback_image, version=version)
    sys.stdout.write(status.report().model_dump_json(indent=2) + "\n")
    return int(result.failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
