"""What is told comes back from the store as it was told, but for secrets: they never get there."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nornir.core.task import Result, Task

from lcm_nornir import Store, errors, update_image
from lcm_nornir.clock import elapsed, machine_boot
from lcm_nornir.drivers.base import (
    Activity,
    BootIdentity,
    Configuration,
    CopyState,
    InstallerState,
    InstallState,
    Member,
    Slot,
    SwitchFacts,
)
from lcm_nornir.errors import ImageInstallFailed, LcmError, RequestError, SessionError, UnexpectedFailure
from lcm_nornir.events import (
    Acting,
    CopyDone,
    Copying,
    Down,
    Ending,
    Event,
    Evidence,
    InstallDone,
    Installing,
    Phase,
    StepBegan,
    StepEnded,
    Up,
    Verdict,
)
from lcm_nornir.journal.codec import dump_error, dump_event, dump_facts, load_error, load_event, load_facts, told_now
from lcm_nornir.journal.intent import Command
from lcm_nornir.secrets import Redaction
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import Lab, lab, store_of
from tests.journal.stores import begun, filled, owned

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
COUNT = st.integers(0, 1 << 53)
SECONDS = st.floats(0, 1e10, allow_nan=False)
KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, LcmError | SessionError | RequestError)
]
FIELDS = {LcmError: ("host", "step", "command", "said", "remedy"), SessionError: ("command", "said", "remedy")}
PASSWORD = 'p@ss w"rd+ö/\\$'
FORMS = (
    PASSWORD,
    quote(PASSWORD, safe=""),
    re.escape(PASSWORD),
    json.dumps(PASSWORD)[1:-1],
    json.dumps(PASSWORD, ensure_ascii=False)[1:-1],
    base64.b64encode(PASSWORD.encode()).decode(),
)


def fields_of(kind: type) -> tuple[str, ...]:
    return next((names for base, names in FIELDS.items() if issubclass(kind, base)), ("field", "cure"))


def errors_of(kinds: list[Any], text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.one_of(*(st.builds(kind, text, **dict.fromkeys(fields_of(kind), text)) for kind in kinds))


def events_of(text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    phases, percents = st.sampled_from(Phase), st.integers(0, 100)
    ours = errors_of([kind for kind in KINDS if issubclass(kind, LcmError)], text)
    return st.one_of(
        st.builds(StepBegan, phases),
        st.builds(StepEnded, phases, st.booleans(), st.none() | errors_of(KINDS, text)),
        st.builds(Copying, text, COUNT, COUNT, COUNT, percents),
        st.builds(Installing, text, percents),
        st.builds(CopyDone, st.booleans(), COUNT),
        st.builds(InstallDone, st.booleans()),
        st.builds(Acting, text),
        st.builds(Down),
        st.builds(Up),
        st.builds(Evidence, text, text),
        st.builds(Verdict, st.sampled_from(Ending), st.none() | ours, st.none() | phases),
    )


EVENTS = events_of(TEXT)
SLOTS = st.builds(Slot, TEXT, TEXT, st.booleans(), st.booleans())
BOOTS = st.builds(BootIdentity, TEXT, st.none() | SECONDS, SECONDS, SECONDS)
FACTS = st.builds(
    SwitchFacts,
    serial=TEXT,
    model=TEXT,
    members=st.lists(st.builds(Member, TEXT, TEXT), max_size=3).map(tuple),
    boot=BOOTS,
    slots=st.lists(SLOTS, max_size=3).map(tuple),
    images=st.none() | st.dictionaries(TEXT, COUNT, max_size=3),
    free=st.none() | COUNT,
)
INSTALLERS = st.builds(
    InstallerState,
    st.builds(CopyState, st.sampled_from(Activity), TEXT, TEXT, COUNT, COUNT, COUNT, COUNT),
    st.builds(InstallState, st.sampled_from(Activity), TEXT, TEXT, COUNT, st.booleans()),
    st.booleans(),
)
ONE_STORE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


@ONE_STORE
@given(st.lists(EVENTS, min_size=1, max_size=10))
def test_events_come_back_from_the_store_as_they_were_told(store: Store, told: list[Event]) -> None:
    job = begun(store)
    for event in told:
        store.note(job.id, "leaf01", *dump_event(event, str))
    store.note(job.id, "", "end", "{}", wait=True)
    notes = store.notes(job, switch="leaf01")
    assert [load_event(note.kind, note.body) for note in notes] == told
    assert all(note.is_event for note in notes)


@ONE_STORE
@given(FACTS, st.none() | INSTALLERS, st.lists(TEXT, max_size=3))
def test_what_a_command_was_decided_on_comes_back_from_the_store(
    store: Store, facts: SwitchFacts, installer: InstallerState | None, args: list[str]
) -> None:
    with owned(store, job := begun(store)) as owner:
        command = Command("leaf01", "install", tuple(args), attempt=1, facts=facts, installer=installer)
        token = store.intend(owner, job.id, command).token
    (intent,) = store.intents(job)
    assert (intent.token, intent.switch, intent.command, intent.attempt) == (token, "leaf01", "install", 1)
    assert (intent.facts, intent.installer, intent.outcome) == (facts, installer, None)


@ONE_STORE
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), TEXT)
def test_configurations_come_back_from_the_store(store: Store, running: str, startup: str) -> None:
    job = begun(store)
    assert store.configuration(job, "leaf01") is None
    store.keep(job.id, "leaf01", Configuration("older", "older"))
    store.keep(job.id, "leaf01", Configuration(running, startup))
    store.note(job.id, "", "end", "{}", wait=True)
    assert store.configuration(job, "leaf01") == Configuration(running, startup)


@given(errors_of(KINDS, TEXT))
def test_an_error_comes_back_as_it_was(error: Exception) -> None:
    data = json.loads(json.dumps(dump_error(error, str)))
    assert load_error(data) == error
    assert str(load_error(data)) == str(error)


@given(FACTS, st.none() | INSTALLERS)
def test_facts_come_back_through_JSON(facts: SwitchFacts, installer: InstallerState | None) -> None:
    assert load_facts(json.loads(json.dumps(dump_facts(facts, installer)))) == (facts, installer)


def test_an_error_that_is_none_of_ours_comes_back_as_what_it_was_taken_for() -> None:
    dumped = dump_event(StepEnded(Phase.COPY, error=ValueError("odd")), str)
    assert load_event(*dumped) == StepEnded(Phase.COPY, error=UnexpectedFailure("ValueError: odd"))


class BadFlash(ImageInstallFailed):
    """As a driver of somebody else's may tell it."""


def test_an_error_of_somebody_elses_driver_comes_back_as_the_error_of_ours_that_it_is_a_kind_of() -> None:
    error = load_error(dump_error(BadFlash("sector 7", host="leaf01"), str))
    assert isinstance(error, ImageInstallFailed)
    assert (error.message, error.host, error.word) == ("sector 7", "leaf01", "IMAGE_INSTALL_FAILED")


def test_every_error_and_every_event_is_tried_here() -> None:
    assert len(KINDS) > 30
    assert {kind.__name__ for kind in Event.__args__} == {
        "StepBegan", "StepEnded", "Copying", "Installing", "CopyDone", "InstallDone",
        "Acting", "Down", "Up", "Evidence", "Verdict",
    }  # fmt: skip


@pytest.mark.parametrize("right", [True, False])
def test_within_one_boot_of_this_machine_a_boot_identity_is_as_it_was_read(*, right: bool) -> None:
    boot = BootIdentity("", 100.0, 1.0, elapsed() - 50)
    assert told_now(boot, elapsed(), 0.0, machine_boot(), right=right) == boot


@pytest.mark.parametrize("machine", ["another boot", ""])
def test_F67_an_uptime_from_before_our_own_reboot_tells_nothing_if_the_clock_was_wrong(machine: str) -> None:
    boot = BootIdentity("id", 100.0, 1.0, 50.0)
    assert told_now(boot, 50.0, 0.0, machine, right=False) == replace(boot, uptime=None)


secretive = st.builds("{}{}{}".format, TEXT, st.sampled_from(FORMS), TEXT)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)


@given(events_of(secretive))
def test_S10_no_field_of_an_event_takes_a_secret_along(event: Event) -> None:
    redact = Redaction()
    redact.add(PASSWORD)
    kind, body = dump_event(event, redact)
    for text in (body, *texts(json.loads(body))):
        assert not any(form in text for form in FORMS), (kind, text)


def test_S10_the_text_of_a_strange_exception_takes_no_secret_along() -> None:
    redact = Redaction()
    redact.add(PASSWORD)
    for form in FORMS:
        assert form not in str(dump_error(OSError(f"<{form}>"), redact))


def test_S10_an_outcome_takes_no_secret_along(store: Store, path: Path) -> None:
    redact = Redaction()
    redact.add(PASSWORD)
    with owned(store, job := filled(store)) as owner:
        command = Command("leaf01", "copy", (), attempt=1, facts=store.intents(job)[0].facts, installer=None)
        sent = store.intend(owner, job.id, command)
        store.outcome(sent, errors.CommandRefused("refused", said=f"<{PASSWORD}>"), redact)
    store.note(job.id, "", "end", "{}", wait=True)
    assert store.intents(job)[-1].outcome == "CommandRefused"
    assert found_in(path) == set()


def found_in(path: Path, folder: Path | None = None) -> set[str]:
    """Give which forms of the password stand in the bytes of a store, and of a folder."""
    files = [*path.parent.glob(f"{path.name}*"), *(folder.rglob("*") if folder else ())]
    data = b"".join(file.read_bytes() for file in files if file.is_file())
    assert data
    return {form for form in FORMS if form.encode() in data}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    switches = (
        SwitchSpec("good"),
        SwitchSpec("bad", faults=("install-failed",)),
        SwitchSpec("there", faults=("target-in-standby",)),
    )
    with lab(tmp_path_factory.mktemp("codec"), *switches, password=PASSWORD) as running:
        yield running


def test_S10_no_secret_is_in_the_store_after_a_success_and_a_failure(fleet: Lab) -> None:
    result = fleet.nornir("good", "bad").run(task=update_image, image=fleet.image)
    assert [result[name].failed for name in ("good", "bad")] == [False, True]
    assert found_in(store_of(fleet.place)) == set()


@pytest.mark.parametrize("form", FORMS)
def test_S10_no_secret_is_in_the_store_after_an_exception_with_it(fleet: Lab, form: str) -> None:
    def runbook(task: Task) -> Result:
        task.run(update_image, image=fleet.image)
        raise RuntimeError(f"cannot log in with <{form}>")

    assert fleet.nornir("good").run(task=runbook)["good"].failed
    assert found_in(store_of(fleet.place)) == set()


def test_S10_no_secret_is_in_the_store_that_a_runbook_was_given(fleet: Lab) -> None:
    def runbook(task: Task, enable: str, nested: list[str]) -> None:
        del enable, nested
        task.run(update_image, image=fleet.image)

    nornir = fleet.nornir("there")
    assert not nornir.run(task=runbook, enable=PASSWORD, nested=[f"password {PASSWORD}"]).failed
    assert fleet.store.job("last").task == "runbook"
    assert found_in(store_of(fleet.place)) == set()
