"""Which rows of the fault matrix were shown on which platform: docs/fault-matrix.md.

``python -m tests.faults.by_platform RESULTS.xml …`` writes it, from the JUnit files of a whole run; ``--check`` only
compares. A platform's rows are the cases of its matrix; what does not apply to it says why.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

from tests.faults.rows import ids_in, rows

PAGE = Path(__file__).parents[2] / "docs" / "fault-matrix.md"
MATRICES = {
    "dell_os10": ("test_matrix", "test_links"),
    "edgecore_sonic": ("test_sonic_matrix", "test_sonic_links"),
    "cisco_nxos": ("test_nxos_matrix", "test_nxos_links"),
    "cisco_xe": ("test_iosxe_matrix", "test_iosxe_slow_matrix", "test_iosxe_links"),
}
"""The modules of each platform's cases; the first may tell, as ``NOT_HERE``, why a row does not apply."""
ALIKE = {
    row: why
    for why, ids in (
        ("before any switch is touched", "F01 F02 F18"),
        ("in the door, the same for every platform", "F03 F14 F15 F48 F60 F66"),
        ("in the process or the store, the same for every platform", "F47 F52 F53 F54 F55 F57 F58 F67"),
        ("in the API, the same for every platform", "F61"),
        ("in the tasks, the same for every platform", "F09 F21 F23 F27 F37 F39 F45 F46 F56"),
    )
    for row in ids.split()
}
"""Rows in which the platform plays no part, or the same: where they are shown tells docs/faults.md."""
HEAD = """# The fault matrix by platform

Each cell tells how many switches of that platform's fleets had the fault, and that all of them ended as the row of
[faults.md](faults.md) demands; or why there is none. Written by `python -m tests.faults.by_platform` from the results
of a whole run of the tests.

"""


def main(arguments: Sequence[str]) -> int:
    """Write the page, or compare it; gives the exit code."""
    files = [Path(word) for word in arguments if word != "--check"]
    text, empty = page(passed(files))
    for row, platform in empty:
        sys.stderr.write(f"{row} has neither a case nor a reason for having none on {platform}\n")
    if "--check" not in arguments:
        PAGE.write_text(text, encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != text:
        sys.stderr.write("docs/fault-matrix.md is not what the tests show: write it anew\n")
        return 1
    return 1 if empty else 0


def passed(files: Iterable[Path]) -> dict[tuple[str, str], bool]:
    """Read which cases' tests have passed, by module and case, from JUnit files."""
    found: dict[tuple[str, str], bool] = {}
    for file in files:
        for test in ET.parse(file).iter("testcase"):  # noqa: S314 - our own pytest wrote it
            module, name = test.get("classname", "").rpartition(".")[2], test.get("name", "")
            if not name.startswith("test_the_row"):
                continue
            good = all(test.find(kind) is None for kind in ("failure", "error", "skipped"))
            found[module, name.partition("[")[2].removesuffix("]")] = good
    return found


def page(found: Mapping[tuple[str, str], bool]) -> tuple[str, list[tuple[str, str]]]:
    """Give the page, and the cells for which neither a case nor a reason stands."""
    heads = ["Id", *MATRICES]
    lines, empty = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)], []
    for row in (name for name, one in rows().items() if name[0] == "F" and not one.result.startswith("with the ")):
        cells = {platform: _cell(row, platform, found) for platform in MATRICES}
        empty += [(row, platform) for platform, cell in cells.items() if not cell]
        lines.append(f"| {row} | {' | '.join(cells.values())} |")
    return HEAD + "\n".join(lines) + "\n", empty


def _cell(row: str, platform: str, found: Mapping[tuple[str, str], bool]) -> str:
    modules = [_module(name) for name in MATRICES[platform]]
    told = [
        found.get((module.__name__.rpartition(".")[2], case), False)
        for module in modules
        for case in module.CASES
        if row in ids_in(case)
    ]
    if told:
        return f"{len(told)} passed" if all(told) else f"{told.count(False)} of {len(told)} FAILED"
    why: str = getattr(modules[0], "NOT_HERE", {}).get(row) or ALIKE.get(row, "")
    return why


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"tests.faults.{name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
