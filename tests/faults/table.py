"""Which tests prove each row of docs/faults.md, and how they ended.

``python -m tests.faults.table RESULTS.xml …`` writes it into the table, from the JUnit files of a whole run::

    pytest --junitxml fast.xml; pytest -m slow --junitxml slow.xml; python -m tests.faults.table fast.xml slow.xml

With ``--check`` it only compares; what was skipped where the table was written may pass elsewhere. A row without a
test and without a reason is an error in both.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

from tests.faults.rows import TABLE, ids_in, read

_OF_THE_SIMULATOR = "tests.simulator."


class Ended(NamedTuple):
    """How one test ended.

    Attributes:
        module: Its module.
        result: ``passed``, ``failed``, or ``skipped: `` and why.
    """

    module: str
    result: str


def main(arguments: Sequence[str]) -> int:
    """Write the table, or compare it; gives the exit code."""
    files = [Path(word) for word in arguments if word != "--check"]
    before = TABLE.read_text(encoding="utf-8")
    after, unproven = filled(before, results(files))
    for row in unproven:
        sys.stderr.write(f"{row} has neither a test nor a reason for having none\n")
    if "--check" not in arguments:
        TABLE.write_text(after, encoding="utf-8")
    elif changed := [
        new for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if not same(old, new)
    ]:
        sys.stderr.write("docs/faults.md is not what the tests show; these lines would be:\n")
        sys.stderr.writelines(f"{line}\n" for line in changed)
        return 1
    return 1 if unproven else 0


def same(old: str, new: str) -> bool:
    """Tell whether a line says what it said, or that a test which was skipped has passed."""
    if old == new:
        return True
    row = read(old)
    return row is not None and row.result.startswith("skipped") and read(new) == row._replace(result="passed")


def results(files: Iterable[Path]) -> dict[str, list[Ended]]:
    """Read how the tests of each row ended, from JUnit files."""
    found: dict[str, list[Ended]] = defaultdict(list)
    for file in files:
        for case in ET.parse(file).iter("testcase"):  # noqa: S314 - our own pytest wrote it
            module = case.get("classname", "")
            if module.startswith(_OF_THE_SIMULATOR):
                continue
            for row in ids_in(case.get("name", "")):
                found[row].append(Ended(module, _result(case)))
    return found


def _result(case: ET.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    skipped = case.find("skipped")
    return "passed" if skipped is None else f"skipped: {skipped.get('message')}"


def filled(text: str, found: Mapping[str, list[Ended]]) -> tuple[str, list[str]]:
    """Fill results into the table; gives it, and the rows that neither a test nor a reason stands for."""
    lines, unproven = [], []
    for line in text.splitlines(keepends=True):
        if not (row := read(line.rstrip("\n"))):
            lines.append(line)
            continue
        if ended := found.get(row.id):
            row = row._replace(tests=_files(ended), result=_together(ended))
        elif row.tests or not row.result:
            row = row._replace(tests="", result="")
            unproven.append(row.id)
        lines.append(f"{row}\n")
    return "".join(lines), unproven


def _files(ended: Iterable[Ended]) -> str:
    return ", ".join(f"`{module}`" for module in sorted({one.module.removeprefix("tests.") for one in ended}))


def _together(ended: Iterable[Ended]) -> str:
    return "; ".join(sorted({one.result for one in ended}))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
