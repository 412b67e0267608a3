"""The operator's pages: one per word, with the same four parts, and true of the code and of the command line."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from lcm_nornir import Decision, StatusProcessor, Store, errors, update_image
from lcm_nornir.cli import app
from lcm_nornir.errors import LcmError, SessionError, UnexpectedOutput
from lcm_nornir.events import Ending, Phase
from lcm_nornir.processors.lines import Line
from lcm_nornir.schema import DownloadState, InstallState, JobStatus, UpdateError, UpdateProgress, words
from lcm_nornir.simulator import SwitchSpec
from lcm_nornir.tasks.step import meaning
from tests.faults.rows import ids_in, rows
from tests.fleets import lab
from tests.journal.stores import begun

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FAMILIES: dict[str, set[str]] = {
    "DOWNLOAD_STATUS": set(DownloadState),
    "INSTALL_STATUS": set(InstallState),
    "JOB_STATUS": set(JobStatus),
}
STATES = set(UpdateProgress) | {ending.name for ending in Ending}
ERROR_PAGES = sorted((DOCS / "errors").glob("*.md"))
STATE_PAGES = sorted((DOCS / "states").glob("*.md"))
PAGES = [*ERROR_PAGES, *STATE_PAGES]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
STEPS = [phase for phase in Phase if phase not in (Phase.WAITING, Phase.STAGED)]
CLASSES = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, LcmError)]
SESSION = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, SessionError)]
HEADINGS = ["Meaning", "What to check", "What to do", "How to undo"]
EXAMPLE = re.compile(r"^\$ lcm-nornir rehearse --switches 1 ((?:--fault leaf01=\S+ ?)+)\n(.+)$", re.MULTILINE)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def cell(page: Path, head: str) -> str:
    """Give the cell beside a head in the page's first table; empty if there is none."""
    found = re.search(rf"^\| {head} \| (.*) \|$", page.read_text().partition("\n## ")[0], re.MULTILINE)
    return found[1] if found else ""


def column(text: str, head: str) -> list[str]:
    """Give the first column of the tables that are headed so."""
    tables = re.findall(rf"^\| {head} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [row.split("|")[1].strip() for table in tables for row in table.splitlines()]


def kinds(text: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", text))


def test_every_word_has_its_page_and_every_page_its_word() -> None:
    assert {page.stem for page in ERROR_PAGES} == set(UpdateError)
    assert {page.stem for page in STATE_PAGES} == STATES | set(FAMILIES)
    for family, members in FAMILIES.items():
        listed = column((DOCS / "states" / f"{family}.md").read_text(), "Status")
        assert set(listed) == members
        assert len(listed) == len(members)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_tells_meaning_what_to_check_what_to_do_and_how_to_undo(page: Path) -> None:
    first, *parts = re.split(r"^## (.+)\n", page.read_text(), flags=re.MULTILINE)
    if page.stem not in FAMILIES:
        assert re.match(rf"# {page.stem}(?: \(\w+\))?\n", first)
    assert parts[::2] == HEADINGS
    for text in parts[1::2]:
        assert len(text.split()) > 2, text


@pytest.mark.parametrize("page", ERROR_PAGES, ids=name_of)
def test_an_error_s_page_names_the_classes_and_the_steps_that_carry_its_word(page: Path) -> None:
    word = UpdateError(page.stem)
    assert kinds(cell(page, "Carried by")) == {kind.__name__ for kind in CLASSES if kind.word == word}
    of_the_step = [
        step for step in STEPS if words(step, Ending.FAILED, UpdateError.NOT_SET, changed=True, down=False)[1] is word
    ]
    assert cell(page, "Word of the step") == ", ".join(of_the_step)
    for step in STEPS:
        unreadable = meaning(UnexpectedOutput("x"), step).word
        assert unreadable != word or step in of_the_step or word is UpdateError.NOT_SET
    told = {
        kind.__name__
        for kind in SESSION
        if kind is not SessionError and meaning(kind("x"), Phase.READINESS).word == word
    }
    if word is not UpdateError.NOT_SET:
        assert kinds(cell(page, "Session errors")) == told


@pytest.mark.parametrize("page", ERROR_PAGES, ids=name_of)
def test_an_error_s_page_names_every_fault_that_ends_in_it(page: Path) -> None:
    named, known = ids_in(cell(page, "Faults")), rows()
    assert named == sorted(named)
    assert set(named) <= set(known)
    ends = re.compile(rf"\b{page.stem}\b(?! /)")
    assert {
        one.id for one in known.values() if ends.search(one.told[-1]) and not one.result.startswith("with ")
    } <= set(named)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(document: Path) -> None:
    for path, _, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(#([^)]*))?\)", document.read_text()):
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), path
        if anchor:
            heads = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads}


def test_the_index_leads_to_every_document() -> None:
    linked = {(DOCS / path).resolve() for path in re.findall(r"\]\(([^)#]+)\)", (DOCS / "README.md").read_text())}
    assert set(DOCS.rglob("*.md")) - {DOCS / "README.md"} <= linked


def commands(text: str) -> Iterator[list[str]]:
    """Give the words of every command line of ours in code spans and code blocks."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    for code in (
        *(line for block in blocks for line in block.splitlines()),
        *(" ".join(span.split()) for span in spans),
    ):
        for line in re.findall(r"\blcm-nornir ([a-z][^;)#|>]*)", code):
            listed = re.sub(r"^([a-z]+) …", r"\1", line).split()
            end = next((number for number, word in enumerate(listed, 1) if word.endswith(",")), None)
            yield [word.rstrip(",") for word in listed[:end]]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_command_line_is_one_that_we_have(document: Path) -> None:
    known: Any = typer.main.get_command(app)
    for name, *rest in commands(document.read_text()):
        command = known.commands[name]
        try:
            given = command.make_context(name, rest).params
        except typer.Exit:  # --faults: answered
            continue
        assert {word.partition("=")[2] for word in given.get("decide") or ()} <= set(Decision)
        told = {option.name: option.help or "" for option in command.params if hasattr(option, "help")}
        for kind in ",".join(given.get("only") or ()).split(","):
            assert kind in told.get("only", ""), kind


def fragments(cells: Iterable[str]) -> set[str]:
    """Give what is literal in phrases of reasons: without what is put in, and without notes in brackets."""
    parts = [part for text in cells for part in re.split(r"\([^)]*\)|, |…|'|:|\b[A-Z]{4,}\b", text)]
    return {part.strip() for part in parts if part.strip()}


def test_what_a_reason_is_said_to_say_stands_in_the_code() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "lcm_nornir").rglob("*.py"))
    joined = re.sub(r'"\s*\n\s*f?"', "", code)
    said = fragments(text for page in PAGES for text in column(page.read_text(), "The reason says"))
    assert len(said) > 20
    assert {part for part in said if part not in joined} == set()


def masked(text: str, name: str) -> str:
    """Take out of a line what differs from run to run: times, names, numbers, and what a simulated switch says."""
    for pattern, stands_for in (
        (r"^\d\d:\d\d:\d\d ", ""),
        (rf"\b{name}\b", "SWITCH"),
        (r"the switch said: '.*'", "the switch said: …"),
        (r"(serial is|inventory says) \w+", r"\1 …"),
        (r"SHA256:\S+", "KEY"),
        (r"\b[0-9a-f]{8,}(?:…|\b)", "DIGEST"),
        (r"\b[AB]\b", "SLOT"),
        (r"\d+(?:\.\d+)*", "N"),
    ):
        text = re.sub(pattern, stands_for, text)
    return text


def test_the_examples_are_what_the_program_prints(tmp_path: Path) -> None:
    shown = [found for page in PAGES for found in EXAMPLE.findall(page.read_text())]
    names = {f"example{number:02}": re.findall(r"=(\S+)", faults) for number, (faults, _) in enumerate(shown)}
    switches = [SwitchSpec(name, faults=tuple(faults), variant=n) for n, (name, faults) in enumerate(names.items())]
    status = StatusProcessor()
    with lab(tmp_path, *switches) as fleet:
        nornir = fleet.nornir(processors=(status,))
        for name, faults in names.items():
            if "never-returns" in faults:
                nornir.inventory.hosts[name].data["lcm"]["timeouts"] = {"come_back": 150.0}
        nornir.run(task=update_image, image=fleet.image)
    assert len(shown) > 15
    for record, (_, line) in zip(status.record(), shown, strict=True):
        assert masked(Line(record).news(), record.name) == masked(line, "leaf01")


def test_the_record_is_read_as_the_index_shows(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (DOCS / "README.md").read_text(), re.DOTALL)
    with Store(tmp_path / "store" / "lcm.db") as store:
        begun(store)
    assert '"lcm.db"' in code
    code = code.replace("lcm.db", str(tmp_path / "store" / "lcm.db"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "'name': 'leaf01'" in done.stdout
