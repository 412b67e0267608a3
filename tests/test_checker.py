"""The checker can fail: of a good history each property is broken on purpose, and it is the one that is reported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from lcm_nornir import update_image
from lcm_nornir.journal.reading import Note
from lcm_nornir.schema import DownloadState, DownloadStatus
from lcm_nornir.simulator import SwitchSpec
from tests.checker import RACE, figures
from tests.fleets import lab
from tests.left_behind import Run, body_of, complains, inserted, is_evidence, is_verdict, run_of


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Two peers that are updated one after the other, and one switch that fails before its reload."""
    specs = SwitchSpec("left"), SwitchSpec("right"), SwitchSpec("fails", faults=("save-refused",))
    with lab(tmp_path_factory.mktemp("checker"), *specs) as fleet:
        nornir = fleet.nornir()
        nornir.inventory.hosts["left"].data["lcm"]["peer"] = "right"
        nornir.run(task=update_image, image=fleet.image)
        yield run_of(fleet)


def test_a_good_history_has_nothing_to_report(good: Run) -> None:
    assert good.found() == []
    assert good.peers == {"left": "right"}
    assert {one.command for one in good.intents} == {"copy", "install", "set_next_boot", "save_config", "reload"}


def test_N1_a_switch_that_appears_is_reported(good: Run) -> None:
    stray = replace(good.notes[-1], seq=good.notes[-1].seq + 1, switch="stray", kind="Down", body="{}")
    assert complains(replace(good, notes=(*good.notes, stray)), "N1 stray")


def test_N1_a_switch_that_vanishes_is_reported(good: Run) -> None:
    fewer = replace(good.job, switches=tuple(one for one in good.job.switches if one.name != "left"))
    assert "N1 left" in {text.partition(":")[0] for text in replace(good, job=fewer).found()}


def test_N1_a_second_row_of_a_switch_is_reported(good: Run) -> None:
    twice = replace(good.job, switches=(*good.job.switches, good.job.switches[0]))
    assert complains(replace(good, job=twice), "N1 left")


def test_N1_a_switch_that_was_begun_and_never_told_of_is_reported(good: Run) -> None:
    silent = good.with_notes(lambda note: None if note.switch == "fails" else note)
    assert complains(silent, "N1 fails")


def test_N2_a_note_that_takes_the_place_of_an_earlier_one_is_reported(good: Run) -> None:
    last = next(note for note in reversed(good.notes) if note.switch)
    same = replace(last, body=last.body)
    assert complains(replace(good, notes=(*good.notes, same)), f"N2 {same.switch}")


def test_N3_success_without_reading_what_runs_is_reported(good: Run) -> None:
    unread = good.with_notes(lambda note: None if is_evidence(note, "left", "running") else note)
    assert complains(unread, "N3 left")


def test_N3_success_without_a_new_boot_is_reported(good: Run) -> None:
    same = good.with_notes(lambda note: None if is_evidence(note, "left", "boot identity") else note)
    assert complains(same, "N3 left")


def test_N3_success_with_another_version_is_reported(good: Run) -> None:
    other = good.with_notes(
        lambda note: body_of(note, value="10.9.9.9") if is_evidence(note, "left", "running") else note
    )
    assert complains(other, "N3 left")


def test_N3_evidence_that_the_switch_contradicts_is_reported(good: Run) -> None:
    log = [
        {**entry, "state": {**entry["state"], "running": "10.5.4.1"}} if entry.get("kind") == "booted" else entry
        for entry in good.logs["left"]
    ]
    assert complains(good.with_log("left", log), "N3 left")


def test_N3_evidence_from_before_the_reload_does_not_count(good: Run) -> None:
    reload = good.intent("left", "reload")
    late = good.with_intents(lambda one: replace(one, time=good.notes[-1].time) if one is reload else one)
    assert any(text.startswith("N4 left") for text in late.found())
    shifted = [
        replace(note, time=reload.time - 1) if is_evidence(note, "left", "running") else note for note in good.notes
    ]
    assert any(text.startswith("N3 left") for text in replace(good, notes=tuple(shifted)).found())


@pytest.mark.parametrize("command", ["copy", "install", "set_next_boot", "save_config", "reload"])
def test_N4_a_command_without_an_intent_is_reported(good: Run, command: str) -> None:
    missing = good.intent("left", command)
    assert "N4 left" in {
        text.partition(":")[0] for text in good.with_intents(lambda one: None if one is missing else one).found()
    }


def test_N4_an_intent_that_comes_after_its_command_is_reported(good: Run) -> None:
    install = good.intent("left", "install")
    late = good.at("left", "install_started")["t"] + 0.001
    assert complains(good.with_intents(lambda one: replace(one, time=late) if one is install else one), "N4 left")


def test_N4_a_second_command_on_one_intent_is_reported(good: Run) -> None:
    log = good.logs["left"]
    sent = next(n for n, entry in enumerate(log) if entry.get("line") == "write memory")
    assert complains(good.with_log("left", [*log[: sent + 1], *log[sent:]]), "N4 left")


def test_N4_a_command_of_which_nobody_knows_what_it_does_is_reported(good: Run) -> None:
    strange = {"t": good.logs["left"][0]["t"] + 0.1, "event": "command", "line": "configure terminal", "session": 1}
    assert complains(good.with_log("left", [*good.logs["left"], strange]), "N4 left")


def test_N5_an_install_into_one_that_runs_is_reported(good: Run) -> None:
    begun = good.at("left", "install_started")
    assert complains(good.with_log("left", inserted(good.logs["left"], "install_started", begun)), "N5 left")


def test_N5_an_install_of_what_a_slot_holds_is_reported(good: Run) -> None:
    done = good.at("left", "install_done")
    again = {**done, "kind": "install_started"}
    assert complains(good.with_log("left", inserted(good.logs["left"], "install_done", again, done)), "N5 left")


def test_N5_a_download_that_cancels_its_own_is_reported(good: Run) -> None:
    begun = good.at("left", "download_started")
    assert complains(good.with_log("left", inserted(good.logs["left"], "download_started", begun)), "N5 left")


def test_N5_a_reload_that_is_sent_again_is_reported(good: Run) -> None:
    sent = next(entry for entry in good.logs["left"] if entry.get("line") == "reload")
    found = good.with_log("left", inserted(good.logs["left"], "reload", sent)).found()
    assert {text.partition(":")[0] for text in found} == {"N4 left", "N5 left"}  # nor is there an intent of it


def test_N5_a_reload_that_is_intended_again_without_proof_is_reported(good: Run) -> None:
    first = good.intent("left", "reload")
    again = replace(first, token="another", time=first.time + 0.0001)
    assert complains(replace(good, intents=(*good.intents, again)), "N5 left")


def test_N5_a_reload_into_what_runs_already_is_reported(good: Run) -> None:
    log = [
        {**entry, "state": {**entry["state"], "next_boot": "active"}} if entry.get("kind") == "reload" else entry
        for entry in good.logs["left"]
    ]
    assert complains(good.with_log("left", log), "N5 left")


def test_N6_a_time_that_runs_backwards_is_reported(good: Run) -> None:
    last = next(note for note in reversed(good.notes) if note.switch == "left")
    early = good.with_notes(lambda note: replace(note, time=good.job.created) if note is last else note)
    assert complains(early, "N6 left")


@pytest.mark.parametrize(
    "last",
    [
        {"transfer_bytes": 4},
        {"transfer_bytes": 11},
        {"progress_percentage": 49},
        {"progress_percentage": 101},
        {"transfer_rate": -1},
        {"start_time": 2},
    ],
    ids=str,
)
def test_N6_figures_of_a_copy_that_cannot_be_are_reported(last: dict[str, int]) -> None:
    fields: dict[str, Any] = {
        "status": DownloadState.DOWNLOAD_IN_PROGRESS,
        "start_time": 1,
        "progress_percentage": 50,
        "transfer_bytes": 5,
        "file_size": 10,
    }
    first = DownloadStatus(**fields)
    assert list(figures("left", [first, first])) == []
    # an invalid one is what is looked for
    assert list(figures("left", [first, DownloadStatus.model_construct(**{**dict(first), **last})]))


@pytest.mark.parametrize("error", [None, {"kind": "ImageActivationFailed", "message": "", "host": "fails"}])
def test_N7_a_failure_without_a_reason_is_reported(good: Run, error: dict[str, str] | None) -> None:
    assert "N7 fails" in {
        text.partition(":")[0]
        for text in good.with_notes(
            lambda note: body_of(note, error=error) if is_verdict(note, "fails") else note
        ).found()
    }


@pytest.mark.parametrize(("field", "value"), [("step", ""), ("host", "left"), ("message", "it did not go well")])
def test_N7_a_reason_without_its_step_or_switch_or_words_is_reported(good: Run, field: str, value: str) -> None:
    def less(note: Note) -> Note:
        if not is_verdict(note, "fails"):
            return note
        return body_of(note, error={**json.loads(note.body)["error"], field: value})

    assert "N7 fails" in {text.partition(":")[0] for text in good.with_notes(less).found()}


def test_N8_a_next_boot_that_is_left_and_not_told_is_reported(good: Run) -> None:
    chosen = [entry for entry in good.logs["fails"] if entry.get("kind") == "set_boot"]
    kept = [entry for entry in good.logs["fails"] if entry is not chosen[-1]]
    assert complains(good.with_log("fails", kept), "N8 fails")

    def loud(note: Note) -> Note:
        if not is_verdict(note, "fails"):
            return note
        error = json.loads(note.body)["error"]
        return body_of(note, error={**error, "message": error["message"] + "; THE NEXT POWER CYCLE MAY RUN IT"})

    assert good.with_log("fails", kept).with_notes(loud).found() == []


@pytest.mark.parametrize("ending", ["refused", "not begun"])
def test_N8_a_refusal_after_a_change_is_reported(good: Run, ending: str) -> None:
    refused = good.with_notes(lambda note: body_of(note, ending=ending) if is_verdict(note, "fails") else note)
    assert complains(refused, "N8 fails")


def test_N9_peers_that_are_down_together_are_reported(good: Run) -> None:
    reloads = sorted((good.at(name, "reload")["t"], name) for name in ("left", "right"))
    (_, first), (second, _) = reloads
    silent = [entry for entry in good.logs[first] if entry["event"] != "session_opened" or entry["t"] > second]
    assert complains(good.with_log(first, silent), "N9 left")


def test_N10_success_without_a_word_on_the_configuration_is_reported(good: Run) -> None:
    silent = good.with_notes(lambda note: None if is_evidence(note, "left", "configuration") else note)
    assert complains(silent, "N10 left")


def test_N10_a_configuration_that_was_lost_and_called_the_same_is_reported(good: Run) -> None:
    log = [
        {**entry, "state": {**entry["state"], "unsaved": True}} if entry.get("kind") == "reload" else entry
        for entry in good.logs["left"]
    ]
    assert complains(good.with_log("left", log), "N10 left")


def test_N11_two_owners_whose_intents_interleave_are_reported(good: Run) -> None:
    install = good.intent("left", "install")
    other = good.with_intents(lambda one: replace(one, owner="another", fence=9) if one is install else one)
    assert complains(other, "N11 left")


def test_N11_a_change_of_owner_without_a_greater_fence_is_reported(good: Run) -> None:
    reload = good.intent("left", "reload")
    assert complains(good.with_intents(lambda one: replace(one, owner="another") if one is reload else one), "N11 left")


@pytest.mark.parametrize("kind", ["stopped", "cancelled"])
@pytest.mark.parametrize("command", ["install", "set_next_boot", "reload"])
def test_N12_who_passes_the_point_of_no_return_after_a_stop_is_reported(good: Run, kind: str, command: str) -> None:
    broken = good.stopped(kind, good.intent("left", command).time - 3.0)
    found = {text.partition(":")[0] for text in broken.found()}
    assert "N12 left" in found
    assert {text.partition(" ")[0] for text in found} == {"N12"}


def test_N12_taking_the_next_boot_back_after_a_stop_is_not_reported(good: Run) -> None:
    chosen, undone = [one for one in good.intents if (one.switch, one.command) == ("fails", "set_next_boot")]
    others = {"left", "right"}
    body = json.dumps({"reason": "enough", "time": (chosen.time + undone.time) / 2 - RACE})
    ended = good.notes[-1]
    stopped = replace(ended, seq=ended.seq, kind="stopped", body=body)
    notes = (*good.notes[:-1], stopped, replace(ended, seq=ended.seq + 1))
    found = {text.partition(":")[0] for text in replace(good, notes=notes).found()}
    assert found <= {f"N12 {name}" for name in others}
