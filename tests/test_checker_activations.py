"""The checker can fail of an activation, too, which chooses the next boot and reboots by one command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from lcm_nornir import update_image
from lcm_nornir.journal.intent import REBOOTS
from lcm_nornir.simulator import ImageServerSpec, SwitchSpec
from lcm_nornir.tasks.findings import Finding
from tests.fleets import lab
from tests.left_behind import Run, body_of, complains, inserted, is_evidence, run_of

TYPED = ("install all nxos bootflash:", "install activate")
FAILED = {"kind": "ImageActivationFailed", "message": "it did not go well", "host": "leaf"}


@pytest.fixture(scope="module", params=["cisco_nxos", "cisco_xe"])
def good(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """One switch that is updated well by an activation."""
    leaf = SwitchSpec("leaf", request.param)
    with lab(tmp_path_factory.mktemp("activated"), leaf, images=ImageServerSpec()) as fleet:
        fleet.nornir().run(task=update_image, image=fleet.image)
        yield run_of(fleet)


def is_typed(entry: dict[str, Any]) -> bool:
    return str(entry.get("line", "")).startswith(TYPED)


def as_reload(run: Run) -> Run:
    """Give the same as if the switch had been told to reload, where it was told to activate."""
    log = [{**entry, "line": "reload"} if is_typed(entry) else entry for entry in run.logs["leaf"]]
    return run.with_log("leaf", log).with_intents(
        lambda one: replace(one, command="reload") if one.command == "activate" else one
    )


def with_state(run: Run, **state: Any) -> Run:
    """Give the same with another state of the switch when it reboots."""
    log = [
        {**entry, "state": {**entry["state"], **state}} if entry.get("kind") == "reload" else entry
        for entry in run.logs["leaf"]
    ]
    return run.with_log("leaf", log)


def test_a_good_activation_has_nothing_to_report(good: Run) -> None:
    assert good.found() == []
    assert {"set_next_boot", "reload"}.isdisjoint({one.command for one in good.intents})
    assert len([entry for entry in good.logs["leaf"] if is_typed(entry)]) == 1


@pytest.mark.parametrize("name", ["running", "boot identity"])
def test_N3_success_without_evidence_after_the_activation_is_reported(good: Run, name: str) -> None:
    assert complains(good.with_notes(lambda note: None if is_evidence(note, "leaf", name) else note), "N3 leaf")


def test_N3_a_running_version_that_was_read_before_the_activation_does_not_count(good: Run) -> None:
    before = good.intent("leaf", "activate").time - 0.001
    early = good.with_notes(lambda note: replace(note, time=before) if is_evidence(note, "leaf", "running") else note)
    assert complains(early, "N3 leaf", "N6 leaf")


def test_N3_success_of_an_activation_after_which_nothing_booted_is_reported(good: Run) -> None:
    assert complains(
        good.with_log("leaf", [entry for entry in good.logs["leaf"] if entry.get("kind") != "booted"]), "N3 leaf"
    )


@pytest.mark.parametrize(("told", "broken"), [("0{}", ()), ("{}0", ("N3 leaf",))])
def test_N3_zeros_before_a_number_are_no_other_version(good: Run, told: str, broken: tuple[str, ...]) -> None:
    runs = good.at("leaf", "booted")["state"]["running"]
    other = good.with_notes(
        lambda note: body_of(note, value=told.format(runs)) if is_evidence(note, "leaf", "running") else note
    )
    assert complains(other, *broken)


def test_N4_an_activation_without_an_intent_is_reported(good: Run) -> None:
    assert complains(good.with_intents(lambda one: None if one.command == "activate" else one), "N4 leaf")


def test_N4_an_activation_on_the_intent_of_a_reload_is_reported(good: Run) -> None:
    other = good.with_intents(lambda one: replace(one, command="reload") if one.command == "activate" else one)
    assert complains(other, "N4 leaf")


def test_N4_a_second_activation_on_one_intent_is_reported(good: Run) -> None:
    twice = [entry for one in good.logs["leaf"] for entry in ([one, one] if is_typed(one) else [one])]
    assert complains(good.with_log("leaf", twice), "N4 leaf")


def test_N5_an_activation_that_is_sent_again_while_the_switch_goes_down_is_reported(good: Run) -> None:
    sent = next(entry for entry in good.logs["leaf"] if is_typed(entry))
    # nor is there an intent of it
    assert complains(good.with_log("leaf", inserted(good.logs["leaf"], "reload", sent)), "N4 leaf", "N5 leaf")


def test_N5_into_what_an_activation_boots_the_switch_chose_and_a_reload_is_reported(good: Run) -> None:
    same = with_state(good, next_boot="active")
    assert same.found() == []
    assert complains(as_reload(same), "N5 leaf")
    assert as_reload(good).found() == []


def intended_again(run: Run, *between: tuple[str, dict[str, Any]]) -> Run:
    """Give the same with a second intent to reboot in the same boot, and with notes between the two."""
    first = next(one for one in run.intents if one.command in REBOOTS)
    place = next(n for n, note in enumerate(run.notes) if note.kind == "Acting" and '"activate"' in note.body) + 1
    acting = run.notes[place - 1]
    told = [replace(acting, kind=kind, body=json.dumps(body)) for kind, body in between]
    notes = (*run.notes[:place], *told, *run.notes[place:])
    again = replace(first, token="another", time=acting.time)
    numbered = tuple(replace(note, seq=number) for number, note in enumerate(notes, run.notes[0].seq))
    return replace(run, notes=numbered, intents=(*run.intents, again))


def evidence(name: str, finding: Finding) -> tuple[str, dict[str, Any]]:
    return "Evidence", {"name": name, "value": finding.value}


def ended(kind: str = "ImageActivationFailed", phase: str = "reboot") -> tuple[str, dict[str, Any]]:
    return "StepEnded", {"phase": phase, "changed": False, "error": {**FAILED, "kind": kind}}


@pytest.mark.parametrize(
    "proof",
    [
        evidence("activate before", Finding.NOT_ACTIVATED),
        evidence("activate before", Finding.OLD_BOOT),
        ended(),
        ended("DidNotReboot", "reachability"),
    ],
    ids=str,
)
def test_N5_an_activation_again_after_a_proof_is_not_reported(good: Run, proof: tuple[str, dict[str, Any]]) -> None:
    assert intended_again(good, proof).found() == []


@pytest.mark.parametrize(
    "between",
    [
        [],
        [evidence("activate before", Finding.NEW_BOOT)],
        [evidence("reload before", Finding.OLD_BOOT)],
        [ended("MayYetReboot")],
        [ended(phase="validate")],
    ],
    ids=str,
)
def test_N5_an_activation_again_without_proof_is_reported(good: Run, between: list[tuple[str, dict[str, Any]]]) -> None:
    assert complains(intended_again(good, *between), "N5 leaf")


def test_N5_that_a_reload_ended_in_an_error_is_no_proof_as_it_is_of_an_activation(good: Run) -> None:
    assert complains(intended_again(as_reload(good), ended()), "N5 leaf")


def test_N10_an_activation_without_a_word_on_the_configuration_is_reported(good: Run) -> None:
    silent = good.with_notes(lambda note: None if is_evidence(note, "leaf", "configuration") else note)
    assert complains(silent, "N10 leaf")


def test_N10_a_configuration_that_an_activation_lost_is_reported(good: Run) -> None:
    assert complains(with_state(good, unsaved=True), "N10 leaf")


@pytest.mark.parametrize("kind", ["stopped", "cancelled"])
def test_N12_an_activation_after_a_stop_is_reported(good: Run, kind: str) -> None:
    time = good.intent("leaf", "activate").time - 3.0
    found = good.stopped(kind, time).found()
    assert any(text.startswith("N12 leaf: activate was intended") for text in found), found
    assert {text.partition(" ")[0] for text in found} == {"N12"}
