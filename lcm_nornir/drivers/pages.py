"""Writes those pages of the documentation that are tables of the drivers' data, or checks them.

``python -m lcm_nornir.drivers.pages`` writes them below ``docs`` in a source tree; with ``--check`` it only tells which
are not what the drivers say.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from lcm_nornir.drivers.base import Driver, HasPaths
from lcm_nornir.drivers.paths import Rule
from lcm_nornir.drivers.registry import drivers
from lcm_nornir.drivers.words import ERROR_OF, Word, rows_of

_DOCS = Path(__file__).parents[2] / "docs"
_OURS = "lcm_nornir."
_MARKS = (
    "Evidence: S read in the source of the OS or of its tools, V the vendor's document, F a real transcript, T third"
    " parties, U unverified."
)
_MADE = "*This page is made by `python -m lcm_nornir.drivers.pages`; do not edit it.*"
_OF_THE_STEP = "the step's"


def pages() -> Mapping[str, str]:
    """Give each page's text by its name below ``docs``."""
    ours = [driver for driver in drivers().values() if type(driver).__module__.startswith(_OURS)]
    return {"paths.md": _paths(ours), "words.md": _words(ours)}


def _paths(known: Iterable[Driver]) -> str:
    rules = {driver.platform: driver.paths if isinstance(driver, HasPaths) else () for driver in known}
    without = ", ".join(f"`{platform}`" for platform, its in rules.items() if not its)
    rows = [_path(platform, rule) for platform, its in sorted(rules.items()) for rule in its]
    return _page(
        "Upgrade paths",
        "Readiness refuses a jump for which a release must be run first, and names that release. From a train that"
        " runs in a row to a train that no row leads to no way is known: that is refused, too, unless"
        " `--allow-unknown-path`. Of all other jumps nothing is known here, and nothing is refused: ask the vendor's"
        " upgrade matrix. The rules are about upgrades; going back has to be allowed by `--allow-downgrade`, whatever"
        " they say.",
        ("Platform", "Runs", "Is to run", "First, in this order, or later of its train", "About", "Source", "Evidence"),
        rows,
        f"No rule is known for {without}." if without else "",
        _MARKS,
    )


def _path(platform: str, rule: Rule) -> tuple[str, ...]:
    title, _, address = rule.source.rpartition(" ")
    first = ", then ".join(f"`{release}`" for release in rule.first)
    targets = ", ".join(f"`{target}`…" for target in rule.targets)
    source = f"[{title.rstrip(',')}]({address})"
    return f"`{platform}`", f"`{rule.running}`…", targets, first, rule.about, source, rule.mark


def _words(known: Iterable[Driver]) -> str:
    return _page(
        "Words of failure",
        "What the switches say when something fails, and which error that is. Words only narrow which error it is: that"
        " something failed is told by what is there. In a platform's rows the first that fits decides. Where an example"
        " is known it is shown, else the pattern that is looked for.",
        ("Platform", "Words", "Said for", "Taken for", "Error", "Evidence"),
        [_word(driver.platform, row) for driver in known for row in rows_of(driver)],
        _MARKS,
    )


def _word(platform: str, row: Word) -> tuple[str, ...]:
    error = ERROR_OF.get(row.means, "")
    linked = f"[{error}](errors/{error}.md)" if error else _OF_THE_STEP
    return f"`{platform}`", f"`{row.example or row.pattern}`", row.trigger, row.means, linked, row.evidence


def _page(title: str, about: str, heads: Sequence[str], rows: Iterable[Sequence[str]], *notes: str) -> str:
    table = [_line(heads), f"|{'---|' * len(heads)}", *map(_line, rows)]
    return "\n\n".join([f"# {title}", about, "\n".join(table), *filter(None, notes), _MADE]) + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def main(arguments: Sequence[str], docs: Path = _DOCS) -> int:
    """Write the pages, or check them; gives the exit code."""
    changed = {name: text for name, text in pages().items() if _read(docs / name) != text}
    if "--check" in arguments:
        sys.stderr.writelines(f"docs/{name} is not what the drivers say\n" for name in changed)
        return 1 if changed else 0
    for name, text in changed.items():
        (docs / name).write_text(text, encoding="utf-8")
    return 0


def _read(page: Path) -> str:
    return page.read_text(encoding="utf-8") if page.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
