"""``python -m lcm_nornir.simulator``: serve the fleet that standard input describes; ``faults`` prints the table."""

from __future__ import annotations

import asyncio
import sys

from lcm_nornir.simulator import faults, spec


def main(arguments: list[str]) -> int:
    """Run the process; the exit code is 2 if it could not start."""
    if arguments == ["faults"]:
        print(faults.table())  # noqa: T201 - what the person asked for
        return 0
    if arguments:
        print("usage: python -m lcm_nornir.simulator [faults]", file=sys.stderr)  # noqa: T201 - usage
        return 2
    try:
        fleet = spec.fleet_spec(sys.stdin.readline())
        from lcm_nornir.simulator import serving  # noqa: PLC0415 - the table and a wrong specification need no SSH

        asyncio.run(serving.serve(fleet))
    except (OSError, TypeError, ValueError) as error:
        print(f"simulator: {error}", file=sys.stderr)  # noqa: T201 - the process's one way to complain
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
