"""Whether what the store tells of the past is what was written into it."""

from __future__ import annotations

import re
from dataclasses import asdict

from lcm_nornir.cli import Output
from lcm_nornir.cli.kept import Kept
from lcm_nornir.cli.terminal import data_json, data_table, note
from lcm_nornir.errors import RequestError
from lcm_nornir.journal.reading import Reading

_HEAD = re.compile(r"[0-9a-f]{64}")


def verify(kept: Kept, head: str, output: Output) -> int:
    """Print what an audit of the store finds, and give the exit code: 1 if something is not as it was written.

    Args:
        kept: Where the jobs are kept; it is only read.
        head: Digest that was noted after an earlier audit; none if empty.
        output: Form of the findings on stdout.

    Raises:
        RequestError: There is no such store, or that is no head.
    """
    if head and not _HEAD.fullmatch(head):
        raise RequestError(f"{head!r} is no head", field="--head", cure="give what an earlier audit printed: 64 digits")
    with Reading.at(kept.place) as store:
        found = store.audit(head)
    if output is Output.JSON:
        data_json(asdict(found))
    else:
        figures = [[name, str(getattr(found, name))] for name in ("lines", "jobs", "configurations", "head")]
        data_table(("audit", "found"), [*figures, *(["altered", told] for told in found.altered)])
    if found.altered:
        note(f"{kept.place} is not as it was written ({len(found.altered)}): keep the file, and ask who can write it")
    return 1 if found.altered else 0
