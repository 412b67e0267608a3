"""A recording comes back from its file as it was; what is none is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcm_nornir.dialogue import Dialogues, Ended, Exchange, Kind, ReadFacts, Recording
from lcm_nornir.dialogue.recording import lines_of
from lcm_nornir.errors import RequestError

FACTS = ReadFacts("5M44SR3", "S5248F-ON", "10.5.4.1", {"A": "10.5.4.1", "B": "10.5.3.0"}, "A", "A")
SECONDS = st.integers(0, 10**6).map(lambda number: number / 1000)
EXCHANGES = st.builds(
    Exchange, st.text(), st.text(), st.sampled_from(Ended), SECONDS, st.sampled_from(Kind), st.just("facts")
)


@given(st.text(), st.none() | st.just(FACTS), st.lists(EXCHANGES, max_size=4))
def test_a_recording_comes_back_as_it_was(about: str, facts: ReadFacts | None, exchanges: list[Exchange]) -> None:
    recording = Recording("dell_os10", "host1", "2026-11-27", "x 1", about, facts, tuple(exchanges))
    text = recording.text()
    assert text.isascii()
    assert all(one.isprintable() for one in text.replace("\n", ""))
    assert Recording.of(text) == recording


@given(st.text("a\r\n\x0b\x85\u2028\x1c"))
def test_a_text_is_cut_after_each_newline_and_nowhere_else(text: str) -> None:
    lines = lines_of(text)
    assert "".join(lines) == text
    assert all("\n" not in line[:-1] for line in lines)


def test_each_line_of_output_is_a_line_of_the_file() -> None:
    text = Recording("dell_os10", "host1", exchanges=(Exchange("x", "a\r\nb\x1b[0m\x7f# ", Ended.PROMPT),)).text()
    assert '    "a\\r\\n",\n    "b\\u001b[0m\\u007f# "\n' in text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no recording"),
        ("{", "is no recording"),
        ("[]", "is no recording"),
        ('{"recording": 2}', "another format than 1"),
        ('{"recording": 1, "facts": null, "exchanges": [{}]}', "is no recording"),
        ('{"recording": 1, "facts": {"x": 1}, "exchanges": []}', "is no recording"),
        ('{"recording": 1, "platform": "x", "prompt": "y", "facts": null, "exchanges": [], "more": 1}', "more"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_recording_is_refused_by_its_path(tmp_path: Path, text: str | None, why: str) -> None:
    path = tmp_path / "x.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(RequestError, match=why) as caught:
        Recording.read(path)
    assert caught.value.field == str(path)
    assert caught.value.cure


def test_an_exchange_with_an_unknown_end_is_refused(tmp_path: Path) -> None:
    document = json.loads(Recording("x", "y", exchanges=(Exchange("a", "b", Ended.LOST),)).text())
    document["exchanges"][0]["ended"] = "well"
    (tmp_path / "x.json").write_text(json.dumps(document))
    with pytest.raises(RequestError, match="'well'"):
        Recording.read(tmp_path / "x.json")


def test_files_are_for_their_owner_and_never_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "recordings"
    files: list[Path] = []
    for switch in ("leaf1", "leaf2"):
        for dialogues in (Dialogues(folder), Dialogues(folder)):
            dialogue = dialogues.of(switch, "192.0.2.1:22", "dell_os10")
            assert dialogues.of(switch, "192.0.2.1:22", "dell_os10") is dialogue
            dialogue.save()
            assert dialogue.file is None, "nothing was said"
            dialogue.add(Exchange(f"show {switch}", "", Ended.PROMPT))
            dialogue.save()
            assert dialogue.file is not None
            files.append(dialogue.file)
    assert len(set(files)) == 4
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600] * 4
    assert folder.stat().st_mode & 0o777 == 0o700
    assert sorted(folder.iterdir()) == sorted(files)
    assert [Recording.read(path).exchanges[0].typed for path in files] == ["show leaf1"] * 2 + ["show leaf2"] * 2
    assert not any("leaf" in path.name for path in files)


def test_a_file_is_written_anew_as_the_dialogue_goes_on(tmp_path: Path) -> None:
    dialogue = Dialogues(tmp_path).of("leaf1", "192.0.2.1:22", "dell_os10")
    dialogue.add(Exchange("show x", "the switch is leaf7-ams", Ended.PROMPT))
    dialogue.save()
    first = dialogue.file
    dialogue.add(Exchange("show y", "hostname leaf7-ams", Ended.PROMPT))
    dialogue.save()
    assert dialogue.file == first
    assert first is not None
    assert [one.came for one in Recording.read(first).exchanges] == ["the switch is host1", "hostname host1"]


def test_trouble_with_the_file_is_told_and_ends_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    dialogues = Dialogues(tmp_path / "recordings")
    dialogue = dialogues.of("leaf1", "192.0.2.1:22", "dell_os10")
    dialogue.add(Exchange("show x", "", Ended.PROMPT))
    dialogues.folder.rmdir()
    dialogue.save()
    assert dialogue.trouble == "No such file or directory"
    assert "the dialogue with leaf1 cannot be written" in caplog.text


@pytest.mark.parametrize("name", ["a file", "a file/below", "/proc/nope"])
def test_a_folder_that_cannot_be_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "a file").write_text("")
    with pytest.raises(RequestError, match="no recordings can be written there"):
        Dialogues(tmp_path / name)
